"""Reports of warehouses made by hand: what is missing is said, what is hostile stays text."""

import datetime as dt
import re
from pathlib import Path
from typing import Any

import duckdb
import made
import pytest
from click.testing import CliRunner
from scipy import stats

from microlift.cli import main
from microlift.report import Site, charts, words, write_site
from microlift.report.kept import keep
from microlift.report.read import Tables
from microlift.report.sections import course, effects, monitoring
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
        '+20.0% <span class="i">(−10.0% to +60.0%)',
        "12.0% against 10.0%",
        '+2.00 points <span class="i">(−1.00 to +5.00 points)',
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


def test_credible_limits_stand_beside_the_posterior(tmp_path: Path) -> None:
    names = ["experiment_id", "segment_dimension", "metric_id", "kind", "variant_id", "baseline_variant_id"]
    row = {name: value for name, value in ({"experiment_id": "one"} | made.COMPARED).items() if name in names}
    row |= {"credible_lift_low": -0.1, "credible_lift_high": 0.6, "credible_difference_low": -0.01,
            "credible_difference_high": 0.05, "probability_better": 0.88, "probability_best": 0.87,
            "equivalence_lift": 0.05, "probability_equivalent": 0.21, "confidence": 0.95}  # fmt: skip
    path = made.warehouse(tmp_path / "w.duckdb", **made.experiment("one"), results_posteriors=[row])
    (table,) = effects.posterior(scope(path)).tables
    assert table.caption == "Posterior in numbers: 95% credible limits"
    said = ["−10.0% to +60.0%", "−1.00 to +5.00 points", "88.0%", "87.0%", "21.0% within ±5.0%"]
    assert table.rows[0] == ["B against A", *said]


def test_variants_are_named_in_the_charts(tmp_path: Path) -> None:
    section = effects.posterior(scope(made.warehouse(tmp_path / "w.duckdb", **made.experiment("one"))))
    svg = section.figures[0].svg
    assert {">A<", ">B<"} <= set(re.findall(r">[AB]<", svg))
    assert 'role="img" aria-label="Posterior densities of Signed up' in svg


def test_lean_drawings_show_the_same() -> None:
    """What all elements of a group say of their look is said once, what differs stays, and so do places and words."""
    line = '<line transform="translate({x},2)" x2="0" y2="-4.25" stroke="var(--line)" stroke-width="{width}" opacity="1"/>'
    text = (
        '<text text-anchor="end" transform="translate(-6,15.5)" font-family="Arial" fill="red">1.2345</text>'
    )
    svg = f"<svg><g>{''.join(line.format(x=x, width=2 + x) for x in range(3))}</g><g>{text * 3}</g><g></g></svg>"
    lines = "".join(f'<line x1="{x}" y1="2" x2="{x}" y2="-2.2" stroke-width="{2 + x}"/>' for x in range(3))
    texts = '<text x="-6" y="15.5">1.2345</text>' * 3
    assert (
        charts._lean(svg) == f'<svg><g stroke="var(--line)">{lines}</g><g text-anchor="end">{texts}</g></svg>'
    )
    area = '<path d="M0,9L1,5L2,9L2,9L3,9L4,9Z"/>'
    assert charts._lean(area) == '<path d="M0,9L1,5L2,9L4,9Z"/>'


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


def test_unchanged_pages_are_kept_and_changed_ones_drawn_again(tmp_path: Path) -> None:
    rows, other = made.experiment("one"), made.experiment("two")
    rows = {name: rows[name] + (other[name] if name != "dim_metrics" else []) for name in rows}
    path = made.warehouse(tmp_path / "w.duckdb", **rows, dim_days=[{"day": dt.date(2026, 2, 1)}])

    def write() -> tuple[Site, dict[str, str]]:
        with duckdb.connect(str(path), read_only=True) as connection:
            written = write_site(Tables(connection), tmp_path / "out")
        return written, {page.stem: page.read_text() for page in (tmp_path / "out" / "experiments").iterdir()}

    def change(sql: str) -> None:
        with duckdb.connect(str(path)) as connection:
            connection.execute(sql)

    first, pages = write()
    assert first.kept == 0
    change("update microlift.dim_days set day = '2026-02-02'")
    second, _ = write()
    assert second.kept == 2  # a day more, and no result that changed
    change("update microlift.dim_metrics set metric_name = 'Signed up twice'")
    renamed, later = write()
    assert renamed.kept == 0
    change("update microlift.results_decisions set evidence = 'it got worse' where experiment_id = 'two'")
    third, last = write()
    assert third.kept == 1
    assert (last["one"], "it got worse" in last["two"]) == (later["one"], True)
    assert "Data as of 01 Feb 2026 UTC" in pages["one"]
    assert "Data as of 02 Feb 2026 UTC" in last["one"]
    page = tmp_path / "out" / "experiments" / "one.html"
    made_of = re.search(r'name="made-of" content="(\w+)"', last["one"])
    assert made_of
    assert keep(page, tmp_path / "kept.html", made_of[1], "03 Mar 2026")
    assert (tmp_path / "kept.html").read_text() == last["one"].replace("02 Feb 2026 UTC", "03 Mar 2026 UTC")
    assert not keep(page, tmp_path / "kept.html", "0" * 32, "03 Mar 2026")


def monitored(is_causal: bool, states: list[str]) -> dict[str, list[dict[str, Any]]]:
    """An experiment whose variant was shipped, with a look for each state."""
    rows = made.experiment("one")
    shipped = dt.datetime(2026, 1, 10)
    rows["dim_experiments"][0] |= {"shipped_at": shipped, "shipped_variant_id": "b"}
    looked = {"experiment_id": "one", "metric_id": "signup", "variant_id": "b", "baseline_variant_id": "a", "shipped_at": shipped,
              "is_causal": is_causal, "units": 900, "baseline_units": 100, "estimate": 0.1, "baseline_estimate": 0.1,
              "relative_lift_high": 0.1, "shipped_relative_lift": 0.3, "shipped_relative_lift_low": 0.2,
              "shipped_relative_lift_high": 0.4, "p_value": 0.5, "note": "no first_alarm_look: there is no alarm"}  # fmt: skip
    rows["results_monitoring"] = [
        looked | {"look": look, "look_at": shipped + dt.timedelta(days=look), "state": state, "relative_lift": 0.01 * look,
                  "relative_lift_low": None if look == 1 else -0.2, "is_alarm": state not in ("open", "gain holds")}
        for look, state in enumerate(states, start=1)
    ]  # fmt: skip
    return rows


def test_a_gain_that_has_gone_is_told_in_the_decision_and_on_the_first_page(tmp_path: Path) -> None:
    path = made.warehouse(tmp_path / "w.duckdb", **monitored(True, ["open", "gain vanished", "open"]))
    folder = site(path, tmp_path / "out")
    page = (folder / "experiments" / "one.html").read_text()
    decision = page[page.index('class="decision') : page.index('class="with-contents"')]
    assert (
        "After shipping, the gain in “Signed up” has gone: +3.0% (−20.0% to +10.0%) against “A” in the holdback"
        in decision
    )
    assert "the alarm came at look 2, 12 Jan 2026." in decision
    assert "not causal" not in decision.lower()
    assert "When it was shipped, the lift was +30.0% (+20.0% to +40.0%)." in page
    assert "first_alarm_look" not in page
    index = (folder / "index.html").read_text()
    assert (
        '<a href="experiments/one.html#monitoring">one</a> has lost its gain since it was shipped.</li>'
        in index
    )


def test_monitoring_without_a_holdback_is_marked_and_without_shipping_said(tmp_path: Path) -> None:
    path = made.warehouse(tmp_path / "w.duckdb", **monitored(False, ["open", "gain holds"]))
    section = monitoring.monitoring(scope(path))
    assert section.lead.endswith("against “A” before shipping. Not causal: nobody was held back.")
    assert "Since shipping (not causal)" in section.figures[0].svg
    assert section.tables[0].rows[0][-1] == "no"
    index = (site(path, tmp_path / "out") / "index.html").read_text()
    assert "since shipping: ✓ gain holds, not causal" in index
    assert 'class="alarms"' not in index
    nothing = monitoring.monitoring(
        scope(made.warehouse(tmp_path / "never.duckdb", **made.experiment("one")))
    )
    assert (
        nothing.missing == "Nothing of this experiment is declared as shipped, so there is no gain to follow."
    )
    unread = monitored(True, [])
    early = monitoring.monitoring(scope(made.warehouse(tmp_path / "early.duckdb", **unread)))
    assert early.missing == "“B” was shipped on 10 Jan 2026, but no look since then has anything to compare."


def test_sentences_of_the_tables_are_set_like_the_rest() -> None:
    assert (
        words.prose("a-b -0.7% (-12.2% to 3), 2026-01-05, obrien_fleming")
        == "a-b −0.7% (−12.2% to 3), 2026-01-05, O’Brien–Fleming"
    )
    assert words.interval("−1.00 points", "+5.00 points") == "−1.00 to +5.00 points"
    assert [words.percent(value, signed=True) for value in (0.0025, 0.0004, 144.349)] == [
        "+0.2%",
        "+0.04%",
        "+14,435%",
    ]


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
