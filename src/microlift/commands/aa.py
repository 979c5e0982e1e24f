"""`microlift aa`: the error rate that the pipeline really has on this warehouse."""

from pathlib import Path

import click

from microlift.commands.database import built, the_database
from microlift.rerandomise import error_rates
from microlift.stats.multiplicity import PROCEDURES


@click.command()
@the_database
@click.option("--schema", default="microlift", show_default=True, help="Schema of the tables.")
@click.option(
    "--replicates", type=click.IntRange(min=2), default=500, show_default=True, help="Assignments to draw."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same assignments.")
@click.option("--experiment", help="Only this experiment.")
@click.option("--metric", help="Only this metric.")
@click.option(
    "--alpha", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.05, show_default=True
)
@click.option(
    "--correction", type=click.Choice(list(PROCEDURES)), default="benjamini_hochberg", show_default=True
)
@click.option(
    "--exact-below", type=click.FloatRange(min=0), default=10, show_default=True, help="As the variable."
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="CSV to write the table to.")
def aa(
    database: Path, schema: str, replicates: int, seed: int, experiment: str | None, metric: str | None, alpha: float,
    correction: str, exact_below: float, output: Path | None,
) -> None:  # fmt: skip
    """Draw the assignment of past units again, many times, and report how often something is found.

    Every finding is an error, since the drawn variants did nothing. An error rate well above alpha (see its
    standard error) says that p-values of this metric or dimension cannot be trusted here.
    """
    with built(database, "units") as connection:
        connection.execute(f'use "{schema.replace(chr(34), chr(34) * 2)}"')
        try:
            table = error_rates(
                connection, replicates, seed, experiment, metric, alpha, correction, exact_below
            )
        except ValueError as error:
            raise click.ClickException(str(error)) from error
    if output:
        table.to_csv(output, index=False, float_format="%.6g")
        click.echo(f"{len(table)} rows in {output}")
    for row in table.to_dict("records"):
        spread = max(row["standard_error"], (alpha * (1 - alpha) / row["tests"]) ** 0.5)
        beyond = "  ABOVE" if row["error_rate"] > alpha + 3 * spread else ""
        click.echo(
            f"{row['experiment_id']:24} {row['metric_id']:24} {row['segment_dimension']:16} {row['test']:12} "
            f"{row['error_rate']:7.2%} ± {row['standard_error']:.2%} of {row['tests']:,}{beyond}"
        )
