"""A real headless Chromium, and what it saw of a page."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


def chromium() -> Iterator[Any]:
    """A browser; skips where none is installed."""
    binary = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if binary is None:
        pytest.skip("no Chromium is installed: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=binary, args=["--no-sandbox"])
        yield browser
        browser.close()


class Page:
    """One page, with its console errors and the requests that left the folder of the report."""

    def __init__(self, browser: Any, file: Path, width: int = 1280, dark: bool = False) -> None:
        self.errors: list[str] = []
        self.outside: list[str] = []
        self.page = browser.new_page(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        )
        self.page.on("console", lambda told: self.errors.append(told.text) if told.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("requestfailed", lambda request: self.errors.append(f"not loaded: {request.url}"))
        self.page.on("request", self._note)
        self.page.goto(file.resolve().as_uri())

    def _note(self, request: Any) -> None:
        if not request.url.startswith(("file:", "data:")):
            self.outside.append(request.url)

    def ask(self, script: str) -> Any:
        return self.page.evaluate(script)

    def accessibility_violations(self, rules: list[str]) -> list[str]:
        """Violations of the rules (or sets of them) that axe-core finds, as `rule: where`."""
        axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed")
        found = (
            axe.Axe()
            .run(self.page, options={"runOnly": rules, "resultTypes": ["violations"], "preload": False})
            .response["violations"]
        )
        return [f"{rule['id']}: {rule['nodes'][0]['target']} ({len(rule['nodes'])})" for rule in found]
