"""`microlift reference`: write the reference of the public tables."""

from pathlib import Path

import click

from microlift.project import home
from microlift.reference import reference as written


@click.command()
@click.option(
    "--project",
    type=click.Path(path_type=Path),
    default=home,
    help="Folder of microlift's dbt project.  [default: the installed one]",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("docs/reference.md"),
    show_default=True,
    help="File.",
)
def reference(project: Path, output: Path) -> None:
    """Write docs/reference.md: every public table with its grain, and what each column says.

    \b
    Example:
      microlift reference
    """
    try:
        text = written(project)
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{text.count(chr(10) + '### ')} tables in {output}")
