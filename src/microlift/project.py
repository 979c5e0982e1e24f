"""Where microlift's own dbt project is: models, macros, seeds and suites of expectations."""

from importlib.metadata import version
from pathlib import Path


def home() -> Path:
    """The folder of microlift's dbt project: inside the installed package, or the clone that it is developed in.

    Raises FileNotFoundError where neither has one, which only a broken installation can mean.
    """
    package = Path(__file__).parent
    for folder in (package / "dbt_project", package.parents[1]):
        if (folder / "dbt_project.yml").is_file():
            return folder
    raise FileNotFoundError(
        f"microlift is installed without its dbt project (looked in {package / 'dbt_project'}): "
        "pip install --force-reinstall microlift"
    )


def check_version(package: str) -> None:
    """Hold the version of the dbt package that runs (`_landing.yml`) to that of the installed library.

    Raises RuntimeError where they differ: the models call the library, and would call another one's functions.
    """
    library = version("microlift")
    if package != library:
        raise RuntimeError(
            f"the dbt package microlift is {package}, and the installed library is {library}: "
            f"run `microlift link`, or name the same version in packages.yml and `pip install microlift=={package}`"
        )
