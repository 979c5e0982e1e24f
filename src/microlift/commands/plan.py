"""`microlift plan`: how many units a test needs."""

from pathlib import Path

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from microlift.commands.database import built, the_database
from microlift.plan import Baseline, Question, curve, powers, read, sizes

FRACTION = click.FloatRange(0, 1, min_open=True, max_open=True)


@click.command()
@click.option("--baseline", type=FRACTION, help="Rate before the change, such as .02.")
@click.option("--mean", type=float, help="Mean before the change, of a metric that is no rate.")
@click.option(
    "--deviation", type=click.FloatRange(0, min_open=True), help="Its standard deviation between units."
)
@click.option("--metric", help="Read baseline and traffic of this metric from the warehouse.")
@click.option("--segment", help="In this segment only: device=mobile.")
@click.option(
    "--lift",
    "lifts",
    type=float,
    multiple=True,
    help="Relative lift to find (repeatable).  [default: .05 .1 .2]",
)
@click.option("--units", type=click.IntRange(2), help="Units of the control arm: what would they find?")
@click.option("--power", type=FRACTION, default=0.8, show_default=True, help="Power wanted.")
@click.option("--alpha", type=FRACTION, default=0.05, show_default=True, help="Error rate.")
@click.option("--one-sided", is_flag=True, help="The direction was declared.")
@click.option("--ratio", type=click.FloatRange(0, min_open=True), default=1.0, show_default=True,
              help="Units of the treatment for each of the control.")  # fmt: skip
@click.option(
    "--margin", type=FRACTION, help="Non-inferiority: a relative loss that is still harmless (one-sided)."
)
@click.option("--daily", type=click.FloatRange(0, min_open=True), help="Units a day, for the days.")
@the_database
def plan(
    baseline: float | None, mean: float | None, deviation: float | None, metric: str | None, segment: str | None,
    lifts: tuple[float, ...], units: int | None, power: float, alpha: float, one_sided: bool, ratio: float,
    margin: float | None, daily: float | None, database: Path,
) -> None:  # fmt: skip
    """Answer how many units a test needs, or what so many units can find.

    \b
    Examples:
      microlift plan --baseline .02 --lift .1 --lift .25
      microlift plan --baseline .2 --lift .05 --daily 800
      microlift plan --baseline .05 --units 150
      microlift plan --mean 12.5 --deviation 40 --lift .05 --ratio .25
      microlift plan --baseline .1 --margin .05
      microlift plan --metric signup_conversion --segment device=mobile
    """
    question = Question(alpha, power, 1 if one_sided or margin else 2, ratio, margin or 0.0)
    wanted = lifts or ((0.0,) if margin else (0.05, 0.1, 0.2))
    try:
        known = _known(baseline, mean, deviation, metric, segment, database)
        known = Baseline(known.mean, known.deviation, daily or known.daily, known.source)
        if known.mean == 0 or (known.deviation is None and not 0 < known.mean < 1):
            raise ValueError(
                f"the baseline is {known.mean:g} {known.source}: no relative lift of it can be planned"
            )
        if 0 in wanted and not margin:
            raise ValueError(
                "a lift of 0 is no effect to find: give another --lift, or a --margin (non-inferiority)"
            )
        _show(known, wanted, units, question)
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _known(
    baseline: float | None, mean: float | None, deviation: float | None, metric: str | None,
    segment: str | None, database: Path,
) -> Baseline:  # fmt: skip
    """Where the baseline comes from: exactly one of a rate, a mean with its deviation, or a metric."""
    if sum(value is not None for value in (baseline, mean, metric)) != 1:
        raise ValueError("give one of --baseline (a rate), --mean with --deviation, or --metric (see --help)")
    if (mean is None) != (deviation is None):
        raise ValueError("--mean and --deviation go together")
    if segment is not None and metric is None:
        raise ValueError("--segment needs --metric: the warehouse tells its baseline")
    if metric is not None:
        with built(database, "metrics") as connection:
            return read(connection, metric, segment)
    return Baseline(mean, deviation) if mean is not None else Baseline(baseline or 0.0)


def _show(known: Baseline, lifts: tuple[float, ...], units: int | None, question: Question) -> None:
    console = Console(highlight=False)
    what = (
        f"rate {known.mean:.4g}"
        if known.deviation is None
        else f"mean {known.mean:.4g}, deviation {known.deviation:.4g}"
    )
    sides = "one-sided" if question.sides == 1 else "two-sided"
    margin = f", margin {question.margin:.3g}" if question.margin else ""
    console.print(
        f"Baseline: {what}, {known.source}. {sides.capitalize()} {question.alpha:g}, power {question.power:g}{margin}."
    )
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    if units is not None:
        rows, smallest = powers(known, lifts, units, question)
        names = ["Lift", "Leads to", "Power", "Exact"]
    else:
        rows, smallest = sizes(known, lifts, question), float("nan")
        names = ["Lift", "Leads to", "Control", "Treatment", "Both", "Days"]
    for name in names:
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(*row)
    console.print(table)
    if units is not None:
        found = f"{smallest:+.1%}" if smallest == smallest else "nothing"
        console.print(f"{units:,} units of the control find {found} with power {question.power:g}.")
    elif lines := curve(known, lifts[0], question):
        console.print(f"Power of a lift of {100 * lifts[0]:+.3g}% by units of the control (│ = power wanted)")
        console.print("\n".join(lines))
