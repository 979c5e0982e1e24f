"""A dbt project for an adopter: written once by `microlift init`, tied to the installed microlift by `microlift link`."""
