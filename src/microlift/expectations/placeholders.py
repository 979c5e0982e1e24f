"""``$name`` placeholders in the kwargs of an expectation, filled from parameters and relations."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

_PLACEHOLDER = re.compile(r"\$([A-Za-z_]\w*)")


def fill(value: Any, parameters: Mapping[str, Any], relations: Mapping[str, str]) -> Any:
    """Fill every placeholder in ``value``, a YAML scalar, list or mapping.

    A text that is one placeholder and nothing else takes the parameter with its type. Inside a longer text
    (a query) a relation key becomes the relation, and a parameter an SQL literal.

    Raises:
        ValueError: a name is neither a parameter nor a relation, or the parameter's type has no SQL literal.
    """
    if isinstance(value, Mapping):
        return {key: fill(item, parameters, relations) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, parameters, relations) for item in value]
    if not isinstance(value, str):
        return value
    whole = _PLACEHOLDER.fullmatch(value)
    if whole and whole[1] in parameters:
        return parameters[whole[1]]

    def as_sql(match: re.Match[str]) -> str:
        name = match[1]
        known = _known(name, parameters, relations)
        return _escape(str(known) if name in relations else _literal(name, known))

    return _PLACEHOLDER.sub(as_sql, value)


def fill_words(text: str, parameters: Mapping[str, Any], relations: Mapping[str, str]) -> str:
    """Fill the placeholders of a text that people read.

    Raises:
        ValueError: a name is neither a parameter nor a relation.
    """
    return _PLACEHOLDER.sub(lambda match: str(_known(match[1], parameters, relations)), text)


def _known(name: str, parameters: Mapping[str, Any], relations: Mapping[str, str]) -> Any:
    given = {**parameters, **relations}
    if name not in given:
        names = ", ".join(sorted(given)) or "none"
        raise ValueError(
            f"placeholder ${name} is neither a parameter nor a relation of this run (given: {names})"
        )
    return given[name]


def _literal(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dt.datetime):
        return f"timestamp '{value.isoformat(sep=' ')}'"
    if isinstance(value, dt.date):
        return f"date '{value.isoformat()}'"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    raise ValueError(
        f"parameter {name} = {value!r} has type {type(value).__name__}; allowed are bool, int, float, str, "
        "date and datetime"
    )


def _escape(text: str) -> str:
    # The query still passes through str.format (which fills {batch}) and through SQLAlchemy's :name binding.
    return text.replace("{", "{{").replace("}", "}}").replace(":", r"\:")
