"""What pyproject.toml cannot say: the wheel carries the dbt project too, as the folder `microlift/dbt_project`."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
FILES = ("dbt_project.yml", "profiles.yml")
FOLDERS = ("models", "python_models", "macros", "seeds", "expectations", "tests/generic")


class BuildWithProject(build_py):
    """Copies the dbt project and its pages into the package; an editable install reads it where it is."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        to = Path(self.build_lib) / "microlift" / "dbt_project"
        shutil.rmtree(to, ignore_errors=True)
        for folder in FOLDERS:
            shutil.copytree(ROOT / folder, to / folder, ignore=shutil.ignore_patterns("__pycache__"))
        (to / "docs").mkdir()
        for file in (
            *map(ROOT.joinpath, FILES),
            *(ROOT / "tests").glob("*.sql"),
            *(ROOT / "docs").glob("*.md"),
        ):
            shutil.copy(file, to / file.relative_to(ROOT))


setup(cmdclass={"build_py": BuildWithProject})
