"""Numbers as people read them. What is not known is a dash, never a blank or a NaN."""

import datetime as dt
import math
import re
from typing import Any

NOTHING = "–"
NAMES = {
    "obrien_fleming": "O’Brien–Fleming",
    "hwang_shih_decani": "Hwang–Shih–DeCani",
    "benjamini_hochberg": "Benjamini–Hochberg",
    "benjamini_yekutieli": "Benjamini–Yekutieli",
    "naive_p_value": "Naive p-value",
}
PERCENT_KINDS = ("conversion", "retention")


def is_known(value: Any) -> bool:
    """Whether a value is there and, if it is a number, finite."""
    return value is not None and not (isinstance(value, float) and not math.isfinite(value))


def percent(value: float | None, signed: bool = False) -> str:
    """A fraction as per cent, to one decimal; two for rates below 1% and changes below 0.1%, none from 1,000% on."""
    if not is_known(value):
        return NOTHING
    assert value is not None
    decimals = 0 if abs(value) >= 10 else 2 if 0 < abs(value) < (0.001 if signed else 0.01) else 1
    return _minus(f"{value:+,.{decimals}%}" if signed else f"{value:,.{decimals}%}")


def number(value: float | None, signed: bool = False) -> str:
    """A number to four significant digits without idle zeros, whole numbers in full."""
    if not is_known(value):
        return NOTHING
    assert value is not None
    if float(value).is_integer() and abs(value) >= 1:
        return _minus(f"{int(value):+,}" if signed else f"{int(value):,}")
    digits = max(0, 3 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:{'+' if signed else ''},.{min(digits, 6)}f}"
    return _minus(text.rstrip("0").rstrip(".") if "." in text else text)


def count(value: float | None) -> str:
    """A whole number with separators."""
    return f"{int(value):,}" if is_known(value) and value is not None else NOTHING


def value_of(kind: str | None, value: float | None, signed: bool = False) -> str:
    """A metric's value in its unit: per cent for conversions, else a number."""
    if kind in PERCENT_KINDS:
        if signed and is_known(value):
            return _minus(f"{(value or 0) * 100:+.2f} points")
        return percent(value)
    return number(value, signed)


def interval(low: str, high: str) -> str:
    """An interval in words, since a screen reader skips dashes; open where an end is not known, and its unit is said once."""
    if low.endswith(" points") and high != NOTHING:
        low = low.removesuffix(" points")
    if low == NOTHING and high == NOTHING:
        return NOTHING
    if high == NOTHING:
        return f"{low} or more"
    if low == NOTHING:
        return f"{high} or less"
    return f"{low} to {high}"


def lift(row: dict[str, Any], prefix: str = "relative_lift") -> str:
    """A relative lift with its interval."""
    if not is_known(row.get(prefix)):
        return NOTHING
    low, high = (percent(row.get(f"{prefix}_{end}"), signed=True) for end in ("low", "high"))
    return f"{percent(row[prefix], signed=True)} ({interval(low, high)})"


def p_value(value: float | None) -> str:
    """A p-value to two significant digits; tiny ones as a bound."""
    if not is_known(value):
        return NOTHING
    assert value is not None
    if value < 0.0001:
        return "< .0001"
    return f"{value:.2g}" if value < 0.1 else f"{value:.2f}"


def probability(value: float | None) -> str:
    """A probability as per cent, never rounded to certainty."""
    if not is_known(value):
        return NOTHING
    assert value is not None
    if value > 0.999:
        return "> 99.9%"
    if value < 0.001:
        return "< 0.1%"
    return f"{value:.1%}"


def moment(value: dt.datetime | dt.date | None) -> str:
    """A day, or a day with its time where that is not midnight."""
    if value is None:
        return NOTHING
    if isinstance(value, dt.datetime) and (value.hour or value.minute):
        return f"{value:%d %b %Y, %H:%M}"
    return f"{value:%d %b %Y}"


def label(name: str) -> str:
    """A column's or check's name as a heading."""
    text = NAMES.get(name) or name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def prose(text: str) -> str:
    """A sentence of the tables as the report sets it: rules by their names, the minus as wide as the plus."""
    for name, said in NAMES.items():
        text = text.replace(name, said)
    return re.sub(r"(?<![\w−-])-(?=\d)", "−", text)


def plain(value: Any, name: str = "") -> str:
    """Any cell of a table that the report knows nothing else about."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.date):
        return moment(value)
    if isinstance(value, int | float):
        return p_value(value) if name.startswith("p_") or name.endswith("p_value") else number(value)
    return str(value)


def _minus(text: str) -> str:
    """The typographic minus, which is as wide as the plus above it."""
    return text.replace("-", "−")
