"""What readers do with a built warehouse: open its report, ask the ten questions, connect a BI tool."""

import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlparse

import duckdb
import pytest
import sqlalchemy
from browser import RULES, Page

from microlift.report import Site, write_site
from microlift.report.read import Tables

ROOT = Path(__file__).parents[3]
QUESTIONS = re.findall(
    r"### (\d+)\. (.*?)\n.*?```sql\n(.*?)```", (ROOT / "docs" / "questions.md").read_text(), re.S
)


def write(database: Path, folder: Path) -> Site:
    with duckdb.connect(str(database), read_only=True) as connection:
        return write_site(Tables(connection), folder)


def check_every_page(browser: Any, folder: Path) -> None:
    """Every page loads without an error or an outside request, its charts have ink and a name, its links lead somewhere."""
    for file in sorted(folder.rglob("*.html")):
        seen = Page(browser, file)
        assert not seen.errors, (file, seen.errors)
        assert not seen.outside, (file, seen.outside)
        charts = seen.ask(
            "[...document.querySelectorAll('figure svg')].map((chart) => [chart.getAttribute('aria-label'),"
            " chart.getBoundingClientRect().height, chart.querySelectorAll('path, line, rect').length])"
        )
        assert all(name and height > 40 and marks > 3 for name, height, marks in charts), (file, charts)
        links = seen.ask("[...document.querySelectorAll('a[href]')].map((link) => link.getAttribute('href'))")
        for link in links:
            address, anchor = urldefrag(urljoin(file.resolve().as_uri(), link))
            target = Path(unquote(urlparse(address).path))
            assert target.is_file(), (file, link)
            assert not anchor or f'id="{anchor}"' in target.read_text(), (file, link)
        assert seen.ask("document.documentElement.scrollWidth <= innerWidth"), f"{file} scrolls sideways"
        seen.page.close()


def check_accessibility(browser: Any, folder: Path) -> None:
    """axe-core finds nothing on the pages (WCAG 2.1 A and AA, best practices); in the dark it reads the contrasts again.

    Of the experiments' pages, which are all of one template, the smallest is read: axe looks at each cell of each table.
    """
    one = min((folder / "experiments").iterdir(), key=lambda file: file.stat().st_size)
    for file in (*sorted(folder.glob("*.html")), one):
        seen = Page(browser, file)
        found = seen.accessibility_violations(RULES)
        assert not found, (file, found)
        seen.page.close()
    for file in (folder / "index.html", one):
        dark = Page(browser, file, dark=True)
        found = dark.accessibility_violations(["color-contrast"])
        assert not found, (file, "dark", found)
        dark.page.close()
        phone = Page(browser, file, width=390)
        assert phone.ask("document.documentElement.scrollWidth <= innerWidth"), (
            f"{file} scrolls sideways on a phone"
        )
        phone.page.close()


def check_first_page(browser: Any, folder: Path, experiments: int) -> float:
    """Search, filter and sort by mouse and keyboard; returns how long the page took to load and to search (seconds)."""
    began = time.monotonic()
    seen = Page(browser, folder / "index.html")
    page = seen.page
    shown = "[...document.querySelectorAll('#experiments tbody tr')].filter((row) => !row.hidden).length"
    assert seen.ask(shown) == experiments
    first = page.locator("#experiments tbody th a").first.inner_text()
    page.fill("#search", first.lower())
    assert 1 <= seen.ask(shown) <= experiments
    took = time.monotonic() - began
    page.fill("#search", "no such experiment")
    assert seen.ask(shown) == 0
    assert page.locator("#none").is_visible()
    page.fill("#search", "")
    verdict = page.locator("#verdict option").nth(1).inner_text()
    page.select_option("#verdict", verdict)
    assert seen.ask(shown) == page.locator(f'#experiments tr[data-verdict="{verdict}"]').count()
    page.select_option("#verdict", "")
    page.locator('th[data-sort="units"] button').focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert page.locator('th[data-sort="units"]').get_attribute("aria-sort") == "descending"
    units = seen.ask(
        "[...document.querySelectorAll('#experiments tbody tr')].map((row) => Number(row.dataset.units))"
    )
    assert units == sorted(units, reverse=True)
    assert not seen.errors
    page.close()
    return took


def check_questions(database: Path) -> None:
    """Each of the ten questions has an answer."""
    assert [int(number) for number, _, _ in QUESTIONS] == list(range(1, 11))
    with duckdb.connect(str(database), read_only=True) as connection:
        for _, question, sql in QUESTIONS:
            assert connection.execute(sql).fetchall(), question


def check_connections(database: Path) -> None:
    """SQLAlchemy as Superset uses it (inspect, then query with a limit), read only; and DuckDB itself."""
    engine = sqlalchemy.create_engine(
        f"duckdb:///{database}", connect_args={"read_only": True}, poolclass=sqlalchemy.pool.NullPool
    )
    inspector = sqlalchemy.inspect(engine)
    assert "results_decisions" in inspector.get_table_names(schema="microlift")
    columns = {
        column["name"]: str(column["type"])
        for column in inspector.get_columns("results_decisions", schema="microlift")
    }
    assert columns["verdict"].startswith("VARCHAR")
    with engine.connect() as connection:
        by_orm = connection.execute(
            sqlalchemy.text(
                "select verdict, count(*) from microlift.results_decisions group by 1 order by 1 limit 1000"
            )
        ).fetchall()
    with pytest.raises(sqlalchemy.exc.ProgrammingError, match="read-only"), engine.begin() as connection:
        connection.execute(sqlalchemy.text("create table microlift.scribble (a integer)"))
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(
            "select verdict, count(*) from microlift.results_decisions group by 1 order by 1"
        ).fetchall()
    assert [tuple(row) for row in by_orm] == rows
