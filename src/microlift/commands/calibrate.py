"""`microlift calibrate`: regenerate the tables of what the methods really do."""

from pathlib import Path

import click

from microlift.calibrate import STUDIES
from microlift.calibrate.write import write


@click.command()
@click.argument("names", nargs=-1, metavar="[STUDY]...")
@click.option(
    "--seed", type=click.IntRange(min=0), default=20260105, show_default=True, help="Same seed, same tables."
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("docs/calibration"),
    show_default=True,
    help="Folder.",
)
def calibrate(names: tuple[str, ...], seed: int, output: Path) -> None:
    """Measure coverage and error rates of the methods, and write a table and a plot a study.

    Without a name: all studies, some of which take minutes. docs/calibration/README.md says what each shows.
    """
    unknown = [name for name in names if name not in STUDIES]
    if unknown:
        raise click.ClickException(
            f"there is no study {unknown[0]!r}; there are {', '.join(sorted(STUDIES))}"
        )
    for name in names or sorted(STUDIES):
        try:
            paths = write(name, STUDIES[name], seed, output)
        except OSError as error:
            raise click.ClickException(f"{output} cannot be written: {error}") from error
        click.echo(" and ".join(map(str, paths)))
