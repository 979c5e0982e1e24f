"""`microlift explain`: from a result down to its units."""

from pathlib import Path

import click

from microlift import explain as explaining
from microlift.commands.database import built, the_database


def _named(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    pairs = dict(text.partition("=")[::2] for text in given)
    if any("=" not in text for text in given):
        raise click.BadParameter("give COLUMN=VALUE, as in experiment_id=aa_check")
    return pairs


@click.command()
@click.argument("table", type=click.Choice(list(explaining.TABLES)))
@click.option(
    "--where", multiple=True, callback=_named, metavar="COLUMN=VALUE", help="Names the row; may be repeated."
)
@click.argument("more", nargs=-1, callback=_named, metavar="[COLUMN=VALUE]...")
@the_database
def explain(table: str, where: dict[str, str], more: dict[str, str], database: Path) -> None:
    """Print a row of TABLE, what it was made from, and SQL from it down to its units. Run any of it.

    \b
    Examples:
      microlift explain results_comparisons --where experiment_id=aa_check metric_id=used_filter
      microlift explain results_intervals --where experiment_id=aa_check --where variant_id=b --where method=wilson
      microlift explain results_health --where experiment_id=redirect_checkout check_name=sample_ratio
    """
    with built(database, "results") as connection:
        try:
            found = explaining.explain(connection, table, where | more)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
    width = max(len(name) for name in found.row)
    click.echo(f"-- {table}")
    for name, value in found.row.items():
        if value is not None:
            click.echo(f"--   {name:<{width}}  {value}")
    click.echo(f"-- made from: {' <- '.join(dict.fromkeys(step.table for step in found.steps))}")
    for number, step in enumerate(found.steps, start=1):
        click.echo(f"\n-- {number}. {step.table}: {step.meaning}\n{step.sql};")
