"""From sufficient statistics to result tables: what the dbt Python models call."""
