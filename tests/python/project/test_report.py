"""Reports of warehouses made by hand: what is missing is said, what is hostile stays text."""

import datetime as dt
import re
from pathlib import Path

import duckdb
import made
import pytest
from click.testing import CliRunner
from scipy import stats

from microlift.cli import main
from microlift.report import words, write_site
from microlift.report.read import Tables
from microlift.report.sections import course, effects
from microlift.report.sections.scope import Scope
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
    assert "6 pages of 1 experiments" in written.output


def scope(path: Path) -> Scope:
    tables = Tables(duckdb.connect(str(path), read_only=True))
    return Scope.of(tables, tables.rows("dim_experiments")[0], {"signup": tables.rows("dim_metrics")[0]})


def test_the_drawn_posterior_is_the_one_that_was_computed(tmp_path: Path) -> None:
    """Whatever the prior: the density is found from the published limits."""
    rows = made.experiment("one")
    for row in rows["results_intervals"]:
        row["interval_low"], row["interval_high"] = made.credible(row["successes"], row["units"], (30.0, 5.0))
    curves = effects._beta_curves(scope(made.warehouse(tmp_path / "w.duckdb", **rows)))
    drawn = [point for point in curves if point["series"] == "A"]
    law = stats.beta(30 + 41, 5 + 369)
    assert [point["y"] for point in drawn] == pytest.approx(
        [law.pdf(point["x"]) for point in drawn], rel=1e-4
    )


def test_variants_are_named_in_the_charts(tmp_path: Path) -> None:
    section = effects.posterior(scope(made.warehouse(tmp_path / "w.duckdb", **made.experiment("one"))))
    svg = section.figures[0].svg
    assert {">A<", ">B<"} <= set(re.findall(r">[AB]<", svg))
    assert 'role="img" aria-label="Posterior densities of Signed up' in svg


def test_looks_are_drawn_with_their_boundaries_and_stops(tmp_path: Path) -> None:
    rows = made.experiment("one")
    at = [dt.datetime(2026, 1, day) for day in (10, 20)]
    rows["agg_variant_metrics_by_look"] = [
        row | {"look": look, "look_at": moment}
        for look, moment in enumerate(at, start=1)
        for row in (
            {k: v for k, v in arm.items() if k != "is_large_enough"} for arm in rows["agg_variant_metrics"]
        )
    ]
    rows["results_sequential"] = [
        {"experiment_id": "one", "metric_id": "signup", "variant_id": "b", "baseline_variant_id": "a", "rule": rule,
         "is_declared": rule == "pocock", "look": look, "look_at": at[look - 1], "direction": "two_sided", "statistic": z,
         "boundary": edge, "is_crossed": z > edge, "verdict": "better" if z > edge else "continue", "error_if_used": error}
        for rule, edge, error in (("pocock", 2.178, 0.05), ("naive_p", 1.96, 0.083)) for look, z in ((1, 1.1), (2, 2.1))
    ]  # fmt: skip
    section = course.looks(scope(made.warehouse(tmp_path / "w.duckdb", **rows)))
    assert "Under its rule (Pocock), B is at: continue." in section.lead
    assert "z at the last look 2.1, boundary 2.178" in section.figures[1].svg
    stopped = {row[0]: row[2] for row in section.tables[0].rows}
    assert stopped == {"Pocock (declared)": "not yet", "Naive p": "look 2, 20 Jan 2026"}
    for row in rows["results_sequential"]:
        row["is_declared"] = False
    naive = course.looks(scope(made.warehouse(tmp_path / "naive.duckdb", **rows)))
    assert "may stop" not in "".join(figure.caption for figure in naive.figures)
    assert naive.notes[0].startswith("No stopping rule is declared")


def test_power_and_days_left_are_read_where_they_are(tmp_path: Path) -> None:
    needed = {"units_needed": 14000, "units_missing": 13190, "units_a_day": 100.0, "days_left": 132.0}
    found = {"smallest_lift": 0.1, "power_now": 0.31, "detectable_lift": 0.55}
    power = needed | found | {"statement": "needs 13,190 more units", "note": "traffic of the last week"}
    where = {
        "experiment_id": "one",
        "segment_dimension": "all",
        "metric_id": "signup",
        "variant_id": "b",
        "baseline_variant_id": "a",
    }
    rows = made.experiment("one") | {"results_power": [where | power]}
    section = course.power(scope(made.warehouse(tmp_path / "w.duckdb", **rows)))
    assert section.lead == "B needs 13,190 more units."
    assert section.tables[0].rows[0][2:] == ["10.0%", "31.0%", "55.0%", "14,000", "13,190", "100", "132"]


def test_result_tables_without_a_picture_are_shown_as_they_are(tmp_path: Path) -> None:
    rows = made.experiment("one") | {
        "results_forecasts": [{"experiment_id": "one", "day": dt.date(2026, 3, 1), "p_value": 0.00001}]
    }
    page = (
        site(made.warehouse(tmp_path / "w.duckdb", **rows), tmp_path / "out") / "experiments" / "one.html"
    ).read_text()
    assert "Forecasts" in page
    assert "01 Mar 2026" in page
    assert "&lt; .0001" in page


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (float("inf"), "–"),
        (0.0, "0"),
        (1234567.0, "1,234,567"),
        (0.00051, "0.00051"),
        (-2.5, "−2.5"),
    ],
)
def test_numbers_in_words(value: float | None, said: str) -> None:
    assert words.number(value) == said
