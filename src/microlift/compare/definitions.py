"""The rows of the definition tables as text, so that two builds can be compared row by row."""

import duckdb


def rows_of_definitions(connection: duckdb.DuckDBPyConnection) -> str:
    """A query of `definition`, `row` (JSON) for all rows of all definition tables, of the seeds or their stand-ins.

    Left out are stand-ins that the warehouse no longer holds, and who is to be forgotten.
    """
    named = connection.execute(
        "select definition, relation from definition_sources where definition != 'erasures' order by 1"
    ).fetchall()
    parts = ["select cast(null as varchar) as definition, cast(null as varchar) as row where false"]
    for definition, relation in named:
        quoted = ".".join('"' + part.replace('"', '""') + '"' for part in relation.split("."))
        try:
            connection.execute(f"describe {quoted}")
        except duckdb.CatalogException:
            continue
        parts.append(f"select '{definition}', cast(to_json(d) as varchar) from {quoted} as d")
    return " union all ".join(parts)
