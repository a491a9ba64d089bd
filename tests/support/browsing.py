"""The report's page in a headless browser, with what it asked for and complained of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgeopt.report.html import html_report
from edgeopt.report.measuring import Measured
from edgeopt.report.pyramid import Traced
from edgeopt.report.results import Analysis, Deployment

# what would otherwise ask the network, or write outside of its own folder
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage"
).split()
Page = Any  # of playwright


@dataclass
class Opened:
    """A page, and what it asked for and complained of meanwhile."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


class Opener:
    def __init__(self, browser: Any, folder: Path) -> None:
        self._browser, self._folder = browser, folder
        self.opened: list[Opened] = []

    def __call__(
        self,
        result: Analysis | Deployment | Measured,
        *,
        traces: Mapping[int, Traced | str] | None = None,
        measured: Measured | None = None,
        **context: Any,
    ) -> Page:
        file = self._folder / f"report{len(self.opened)}.html"
        file.write_text(html_report(result, measured=measured, traces=traces), encoding="utf-8")
        context = {"viewport": {"width": 1280, "height": 900}, **context}
        one = Opened(self._browser.new_context(**context).new_page())
        one.page.on("request", lambda request: one.requests.append(request.url))
        one.page.on("console", lambda message: one.complaints.append(message.text))
        one.page.on("pageerror", lambda error: one.complaints.append(str(error)))
        one.page.goto(file.as_uri())
        self.opened.append(one)
        return one.page
