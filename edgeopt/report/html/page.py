"""Analysis, Deployment or Measured -> one HTML file that needs no network."""

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from edgeopt import __version__
from edgeopt.report.html import budgeting, charts, head, layers, origin
from edgeopt.report.html.battery import panel_of
from edgeopt.report.html.check import check_sound
from edgeopt.report.html.figures import exact
from edgeopt.report.html.files import arena_bytes, asset
from edgeopt.report.html.measured import PARTS, measured_context, tiles_of, title_of, verdict_of
from edgeopt.report.html.memory import memories, memory_words
from edgeopt.report.measuring import Measured
from edgeopt.report.pyramid import Traced
from edgeopt.report.results import Analysis, Deployment
from edgeopt.report.text import layer_label, printable, size

_FOLDER = Path(__file__).parent
_BUDGET = ("budget.html",)
_BEFORE = (*_BUDGET, "battery.html")
_AFTER = ("memory.html", "layers.html", "origin.html")


def html_report(
    result: Analysis | Deployment | Measured,
    *,
    measured: Measured | None = None,
    traces: Mapping[int, Traced | str] | None = None,
) -> str:
    """The page. The same result gives the same bytes; nothing in it names a path, a computer or a time.

    `measured`: a measurement that the page of an analysis or a deployment shows too. `traces`: the traces of the
    measurement's boards, by the board's place, or why there is none. UsageError where a figure of the result cannot be.
    """
    check_sound(result)
    if isinstance(result, Measured):
        return _page(_measured_head(result), traces_of=(result, traces or {}))
    battery = panel_of(result)
    context = {
        "what": head.what(result),
        "title": f"{result.model} on {head.board_title(result)}",
        "parts": [*_BEFORE, *(PARTS if measured is not None else ()), *_AFTER],
        "warnings": getattr(result, "warnings", ()),
        "battery": battery,
        **_head(result, battery),
        **_layers(result),
        "memory_words": memory_words(result),
        "memories": memories(result),
        **budgeting.context(result),
        **origin.context(result),
    }
    data = {"battery": battery.data if battery else None, "layers": _layer_words(result)}
    if measured is None:
        return _page(context, data)
    check_sound(measured)
    return _page(context, data, (measured, traces or {}))


def _measured_head(measured: Measured) -> dict[str, Any]:
    return {
        "what": "measurement",
        "title": title_of(measured),
        "verdict": verdict_of(measured),
        "tiles": tiles_of(measured),
        "warnings": (),
        "parts": (*_BUDGET, *PARTS) if len(measured.boards) == 1 else PARTS,
        **(budgeting.context(measured.boards[0]) if len(measured.boards) == 1 else {}),
    }


def _page(
    context: Mapping[str, Any],
    data: Mapping[str, Any] | None = None,
    traces_of: tuple[Measured, Mapping[int, Traced | str]] | None = None,
) -> str:
    """The shell around the parts."""
    found = {} if data is None else dict(data)
    more: dict[str, Any] = {}
    if traces_of is not None:
        more, found["traces"] = measured_context(*traces_of)
    style = _raw("".join(map(asset, ("charts.css", "page.css", *(("trace.css",) if more else ())))))
    script = _raw("".join(map(asset, ("report.js", *(("trace.js",) if found.get("traces") else ())))))
    numbers = count(1)
    return (
        _environment()
        .get_template("report.html")
        .render(
            version=__version__,
            style=style,
            style_hash=_hash(style),
            script=script,
            script_hash=_hash(script),
            page_data=_json(found),
            next_id=lambda: f"n{next(numbers)}",
            exact=exact,
            with_origin=data is not None,
            **{**more, **context},
        )
    )


def _head(result: Analysis | Deployment, battery: Any) -> dict[str, Any]:
    return {"verdict": head.verdict(result), "tiles": head.tiles(result, battery)}


def _layers(result: Analysis | Deployment) -> dict[str, Any]:
    columns = layers.columns(result.layers)
    rows = layers.rows(result.layers, columns)
    totals = [None if column.name == layers.RAM else column.total() for column in columns]
    unknown = [row.cycles for row in result.layers if row.cycles is not None and row.cycles.value is None]
    has_map = bool(result.arena and result.layers)
    return {
        "arena_words": _arena_words(result),
        "arena_chart": charts.arena_map(result.arena, result.layers, arena_bytes(result)) if has_map else None,
        "arena_kinds": [kind for kind in charts.KINDS if any(slot.what == kind for slot in result.arena)],
        "cost_chart": charts.cost_columns(result.layers) if result.layers else None,
        "unknown_cycles": unknown[0].source if unknown else "",
        "has_waits": any(row.stalls for row in result.layers),
        "peak_index": max(result.layers, key=lambda row: row.live_bytes).index if result.layers else 0,
        "layers": rows,
        "columns": columns,
        "totals": totals,
        "notes": layers.notes(result.layers),
        "slots": result.arena,
    }


def _arena_words(result: Analysis | Deployment) -> str:
    words = "A column is a layer, in the order in which they run. A box is memory that is alive from layer to layer: "
    words += "the lower its address, the lower it lies."
    if isinstance(result, Analysis):
        good = "the least possible" if result.arena_optimal else f"at least {size(result.arena_bound_bytes)} are needed"
        words += f" The arena takes {size(arena_bytes(result))}, {good}."
    return words


def _layer_words(result: Analysis | Deployment) -> list[str]:
    return [row.words for row in layers.rows(result.layers, [])]


def _json(value: object) -> Markup:
    """JSON that may stand in a script element: no `<` ends it."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _raw(text: str) -> Markup:
    return Markup(text)


def _shown(value: Any) -> Any:
    """Names come from files: their control characters are spelled out."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else printable(value)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "templates", encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["label"] = lambda name: layer_label(name, 60)
    return environment
