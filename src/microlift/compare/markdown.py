"""A difference of two builds as Markdown, for pull requests."""

from microlift.compare.moved import TABLES, Difference, Move, show_value


def write(difference: Difference, limit: int = 50) -> str:
    """The page: a sentence of what moved, decisions first, then definitions and rows; `limit` rows a table."""
    parts = [f"## What moved from `{difference.before}` to `{difference.after}`", _summary(difference)]
    for table in TABLES:
        moves = [move for move in difference.moves if move.table == table]
        if moves:
            parts.append(_table(table, moves, limit))
    for title, rows in (("added", difference.added), ("removed", difference.removed)):
        if rows:
            listed = [f"- `{table}`: `{row}`" for table, row in rows[:limit]]
            parts.append("\n".join([f"### Rows of definitions {title}: {len(rows)}", "", *listed]))
    if difference.rows:
        listed = [
            f"| `{table}` | {show_value(was)} | {show_value(now)} |"
            for table, (was, now) in difference.rows.items()
        ]
        parts.append(
            "\n".join(["### Rows of tables", "", "| table | before | after |", "|---|---:|---:|", *listed])
        )
    return "\n\n".join(parts) + "\n"


def _summary(difference: Difference) -> str:
    if not (difference.moves or difference.added or difference.removed or difference.rows):
        return "Nothing: every result, definition and row count is the same."
    verdicts = sum(move.table == "results_decisions" for move in difference.moves)
    definitions = len(difference.added) + len(difference.removed)
    return (
        f"{len(difference.moves)} results moved, {verdicts} of them decisions; "
        f"{definitions} rows of definitions and the rows of {len(difference.rows)} tables changed."
    )


def _table(table: str, moves: list[Move], limit: int) -> str:
    lines = [f"### `{table}`: {len(moves)}", "", "| row | what moved | why |", "|---|---|---|"]
    for move in moves[:limit]:
        row = " / ".join(_escape(str(value)) for value in move.key.values())
        lines.append(f"| {row} | {_escape(_what(move))} | {_escape('; '.join(move.reasons))} |")
    if len(moves) > limit:
        lines.append(f"| … {len(moves) - limit} more | | |")
    return "\n".join(lines)


def _what(move: Move) -> str:
    if move.before is None or move.after is None:
        return "new" if move.before is None else "gone"
    return ", ".join(
        f"{name} {show_value(move.before.get(name))} → {show_value(move.after.get(name))}"
        for name in TABLES[move.table][1]
        if move.before.get(name) != move.after.get(name)
    )


def _escape(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
