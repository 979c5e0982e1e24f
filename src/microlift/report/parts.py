"""What a page is made of: sections of words, figures and tables. Templates render nothing else."""

from dataclasses import dataclass, field

TONES = {
    "ship": "good",
    "pass": "good",
    "better": "good",
    "helps": "good",
    "passed": "good",
    "stop": "quiet",
    "inconclusive": "quiet",
    "no difference shown": "quiet",
    "gain holds": "good",
    "gain smaller": "open",
    "gain vanished": "bad",
    "harm": "bad",
    "keep running": "open",
    "warn": "open",
    "not causal": "open",
    "excluded": "quiet",
    "cannot be trusted": "bad",
    "fail": "bad",
    "failed": "bad",
    "worse": "bad",
    "harms": "bad",
}
MARKS = {"good": "✓", "quiet": "–", "open": "…", "bad": "!"}


@dataclass(frozen=True)
class Badge:
    """A word with a mark and a colour: whoever sees no colour loses nothing."""

    text: str

    @property
    def tone(self) -> str:
        return TONES.get(self.text, "quiet")

    @property
    def mark(self) -> str:
        return MARKS[self.tone]


@dataclass(frozen=True)
class Link:
    """A cell that leads to another page."""

    text: str
    href: str
    below: str = ""


Cell = str | Badge | Link


@dataclass(frozen=True)
class Table:
    """A table; columns whose label is in `numeric` are set to the right. The first cell names its row."""

    caption: str
    columns: list[str]
    rows: list[list[Cell]]
    numeric: frozenset[str] = frozenset()
    folded: bool = False


@dataclass(frozen=True)
class Figure:
    """A chart as SVG, with what it shows in words."""

    svg: str
    caption: str


@dataclass(frozen=True)
class Fact:
    """A key figure at the top of a page."""

    label: str
    value: str
    detail: str = ""


@dataclass
class Section:
    """A part of a page; `missing` says why there is nothing, where there is nothing."""

    anchor: str
    title: str
    lead: str = ""
    figures: list[Figure] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    missing: str = ""
    term: str = ""


def facts_of(rows: list[list[Cell]], caption: str, columns: list[str], first_numeric: int = 1) -> Table:
    """A table whose columns are numbers from the given one on."""
    worded = {"Shown", "Significant", "Kind", "Scale", "Causal", "Adds up", "Kept", "Method"}
    return Table(caption, columns, rows, frozenset(columns[first_numeric:]) - worded)
