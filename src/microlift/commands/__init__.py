"""The commands of `microlift`: a module each, which `microlift.cli` puts into the group."""
