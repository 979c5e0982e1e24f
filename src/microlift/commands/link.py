"""`microlift link`: tie a dbt project to the installed microlift."""

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
def link(folder: Path) -> None:
    """Point a dbt project to the dbt package inside the installed microlift.

    Run it once after a checkout, and again when Python, the environment or microlift changed; it is safe to repeat.

    \b
    Examples:
      microlift link
      microlift link /srv/analytics
    """
    from microlift.scaffold.link import LINK, PACKAGES, LinkError, is_listed
    from microlift.scaffold.link import link as tie

    try:
        home = tie(folder)
    except (LinkError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{folder / LINK} -> {home}")
    if not is_listed(folder):
        click.echo(f"Add microlift to packages.yml:\n{PACKAGES}")
    ignored = folder / ".gitignore"
    if not ignored.is_file() or LINK not in ignored.read_text(encoding="utf-8"):
        click.echo(f"Add {LINK} to .gitignore: it is a path of this machine.")
