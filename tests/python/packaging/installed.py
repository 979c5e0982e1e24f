"""microlift as its users get it: a wheel in an environment of its own, and a project of theirs that it is a package of."""

import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import duckdb

ROOT = Path(__file__).parents[3]
FILES = ("pyproject.toml", "setup.py", "README.md", "LICENSE", "dbt_project.yml", "profiles.yml")
FOLDERS = ("src", "models", "python_models", "macros", "seeds", "expectations", "tests", "docs")
DBT = "from dbt.cli.main import cli; cli()"


@dataclass(frozen=True)
class Installation:
    """An environment that holds microlift's wheel; everything else it borrows from the one that runs the tests."""

    folder: Path

    def run(self, *command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run `microlift …`, `dbt …` or `python …` of the environment."""
        programs = self.folder / "bin"
        call = [str(programs / command[0]), *command[1:]]
        if command[0] == "dbt":
            call = [str(programs / "python"), "-c", DBT, *command[1:]]
        ours = {"MICROLIFT_DATABASE", "MICROLIFT_UNIT_TESTS", "PYTHONPATH", "DBT_PROFILES_DIR"}
        env = {name: value for name, value in os.environ.items() if name not in ours}
        return subprocess.run(call, cwd=cwd, env=env, capture_output=True, text=True, check=False)

    def done(self, *command: str, cwd: Path) -> str:
        """The same, where it has to come through; returns what was printed."""
        result = self.run(*command, cwd=cwd)
        assert result.returncode == 0, (result.stdout + result.stderr)[-4000:]
        return result.stdout


def wheel(folder: Path) -> Path:
    """Build the wheel, without network, from a copy: a build leaves files behind that the next one would pack."""
    source = folder / "source"
    source.mkdir(parents=True)
    left_out = shutil.ignore_patterns("__pycache__", "*.egg-info", "python")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, source / name, ignore=left_out)
    for name in FILES:
        shutil.copy(ROOT / name, source / name)
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(source))
    return next(folder.glob("*.whl"))


def install(file: Path, folder: Path) -> Installation:
    """Install a wheel into a fresh environment."""
    venv.create(folder, with_pip=False, symlinks=True)
    pip(
        "--python",
        str(folder / "bin" / "python"),
        "install",
        "--no-deps",
        "--no-index",
        "--no-compile",
        str(file),
    )
    packages = next((folder / "lib").glob("python*/site-packages"))
    (packages / "borrowed.pth").write_text(str(Path(duckdb.__file__).parents[1]))
    return Installation(folder)


def pip(*arguments: str) -> None:
    call = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
