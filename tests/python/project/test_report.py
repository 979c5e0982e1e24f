"""Reports of warehouses made by hand: what is missing is said, what is hostile stays text."""

import re
from pathlib import Path

import duckdb
import made
import pytest
from click.testing import CliRunner

from microlift.cli import main
from microlift.report import write_site
from microlift.report.read import Tables
from microlift.report.site import glossary, page_name


def site(path: Path, folder: Path) -> Path:
    with duckdb.connect(str(path), read_only=True) as connection:
        return write_site(Tables(connection), folder).folder


def test_tables_that_do_not_exist_or_are_empty_are_told_apart(tmp_path: Path) -> None:
    rows = made.experiment("sparse")
    path = made.warehouse(tmp_path / "w.duckdb", ("results_interactions", "quality_validations"), **rows)
    folder = site(path, tmp_path / "out")
    page = (folder / "experiments" / "sparse.html").read_text()
    assert "The table results_interactions is not in this warehouse." in page
    assert "The table results_health has no rows of this experiment." in page
    assert "The table results_sequential" in page or "agg_variant_metrics_by_look has no rows" in page
    assert "The table quality_validations is not in this warehouse." in (folder / "quality.html").read_text()
    assert "nan" not in page.lower().replace("inan", "")
    assert "None" not in page


def test_no_experiment_at_all_is_a_report_too(tmp_path: Path) -> None:
    folder = site(made.warehouse(tmp_path / "w.duckdb"), tmp_path / "out")
    assert "dim_experiments has no rows" in (folder / "index.html").read_text()


def test_numbers_in_words_are_those_of_the_tables(tmp_path: Path) -> None:
    folder = site(made.warehouse(tmp_path / "w.duckdb", **made.experiment("one")), tmp_path / "out")
    page = (folder / "experiments" / "one.html").read_text()
    for said in (
        "+20.0% (−10.0% to +60.0%)",
        "12.0% against 10.0%",
        "+2.00 points (−1.00 points to +5.00 points)",
        "88.0%",
    ):
        assert said in page, said


def test_hostile_names_stay_text_and_inside_the_folder(tmp_path: Path) -> None:
    name, title = "../../evil/<b>", '<script>alert("x")</script>'
    folder = site(made.warehouse(tmp_path / "w.duckdb", **made.experiment(name, title)), tmp_path / "out")
    pages = list((folder / "experiments").iterdir())
    assert [page.name for page in pages] == [page_name(name)]
    for page in (*pages, folder / "index.html"):
        assert "<script>alert" not in page.read_text()
    assert {path.name for path in tmp_path.iterdir()} == {"w.duckdb", "out"}


def test_ids_that_differ_have_pages_that_differ() -> None:
    names = ["a b", "a-b", "A-b", "a_b", "ä", "ö", "", "con/../x"]
    assert len({page_name(name).lower() for name in names}) == len(names)


def test_links_of_terms_lead_into_the_glossary(tmp_path: Path) -> None:
    folder = site(made.warehouse(tmp_path / "w.duckdb", **made.experiment("one")), tmp_path / "out")
    pages = "".join(page.read_text() for page in folder.rglob("*.html"))
    linked = set(re.findall(r"glossary\.html#([\w-]+)", pages))
    assert linked
    assert linked <= set(glossary())


def test_the_same_warehouse_gives_the_same_bytes(tmp_path: Path) -> None:
    path = made.warehouse(tmp_path / "w.duckdb", **made.experiment("one"))
    first, second = site(path, tmp_path / "first"), site(path, tmp_path / "second")
    files = [file.relative_to(first) for file in first.rglob("*") if file.is_file()]
    assert all((first / file).read_bytes() == (second / file).read_bytes() for file in files)


def test_another_folder_is_never_overwritten_and_an_earlier_report_is(tmp_path: Path) -> None:
    path = made.warehouse(tmp_path / "w.duckdb", **made.experiment("one"))
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(ValueError, match=r"holds something else than a report"):
        site(path, mine)
    assert (mine / "thesis.txt").read_text() == "years of work"
    folder = site(path, tmp_path / "out")
    (folder / "experiments" / "gone.html").write_text("an experiment that is no more")
    site(path, folder)
    assert not (folder / "experiments" / "gone.html").exists()


def test_the_command_says_what_to_do(tmp_path: Path) -> None:
    missing = CliRunner().invoke(
        main, ["report", "--database", str(tmp_path / "no.duckdb"), "--output", str(tmp_path / "out")]
    )
    assert missing.exit_code == 1
    assert "run `dbt build` first" in missing.output
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    empty = CliRunner().invoke(
        main, ["report", "--database", str(tmp_path / "empty.duckdb"), "--output", str(tmp_path / "out")]
    )
    assert empty.exit_code == 1
    assert "run `dbt build` first" in empty.output
    path = made.warehouse(tmp_path / "w.duckdb", **made.experiment("one"))
    written = CliRunner().invoke(main, ["report", "--database", str(path), "--output", str(tmp_path / "out")])
    assert written.exit_code == 0, written.output
    assert "5 pages of 1 experiments" in written.output
