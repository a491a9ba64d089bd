"""The browser of the page's tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.browsing import FLAGS, Opener


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("install a browser: sudo apt-get install chromium")
    with playwright.sync_playwright() as tool:
        started = tool.chromium.launch(executable_path=found, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Any, tmp_path: Path) -> Iterator[Opener]:
    """Opens the page of a result; in the end nothing was asked for but the page, and nothing was wrong with it."""
    opener = Opener(browser, tmp_path)
    yield opener
    for one in opener.opened:
        one.page.context.close()
        assert [url for url in one.requests if not url.startswith(("file:", "data:"))] == []
        assert one.complaints == []
