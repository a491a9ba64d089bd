"""Results that were changed by hand give a page or a line, and no traceback."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.documents import changed, leaves
from support.html_reading import read
from support.html_results import DEPLOYED

from edgeopt.board import Figure
from edgeopt.budget import BROKEN, Judged
from edgeopt.energy import DutyCycle, Quantity, Supply, load_cell
from edgeopt.errors import UsageError
from edgeopt.report import dumps
from edgeopt.report.document import load
from edgeopt.report.html import drawings, html_report
from edgeopt.report.html.charts import Columns
from edgeopt.report.results import Deployment

AA, UNKNOWN = load_cell("AA"), Figure(None, "unknown", "")


def test_a_changed_figure_gives_a_page_or_a_line(rng: np.random.Generator, tmp_path: Path) -> None:
    """Any number of a saved result may be anything: no traceback, no page that is not well-formed."""
    document = json.loads(dumps(replace(DEPLOYED, duty_cycle=DutyCycle(5.0), supply=Supply(load_cell("AA"), 2))))
    places = list(leaves(document))
    refused = 0
    for place in (places[index] for index in rng.choice(len(places), 60, replace=False)):
        value = [-1, 0, 1e-300, 0.5, 7, 10**9, 1e300][int(rng.integers(7))]
        (tmp_path / "report.json").write_text(json.dumps(changed(document, place, value)))
        print(place, value)
        try:
            result = load(tmp_path / "report.json", Deployment, document["schema"])
            read(html_report(result))
            for drawing in drawings(result).values():
                ElementTree.fromstring(drawing.encode())
        except UsageError as error:
            assert error.hint
            refused += 1
    assert 0 < refused < 60


def test_limits_that_do_not_exist_and_deep_documents_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    limited = replace(DEPLOYED, limits=(Judged("flash_bytes", 1.0, "bytes", Quantity(2.0, "exact", "x"), BROKEN),))
    for depth in (0, *range(900, 1_000)):  # at some of them JSON is read, but not written any more
        name = "[" * depth + "1" + "]" * depth if depth else '"colour"'
        path.write_text(dumps(limited).replace('"name": "flash_bytes"', f'"name": {name}'))
        with pytest.raises(UsageError, match=r"limits\[0\]|is not JSON|nested too deeply"):
            load(path, Deployment, "edgeopt.deployment/1")


def test_an_axis_of_very_many_layers() -> None:
    assert Columns(1_000_000).axis(0.0).count("<text") == 2, "the first layer's number, and what it is"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"layers": (replace(DEPLOYED.layers[0], index=3),), "arena": ()}, "`layers[0].index` is 3"),
        ({"arena": (replace(DEPLOYED.arena[0], last_layer=4),)}, "`arena[0].last_layer` is 4"),
        ({"latency_ms": Quantity(-2.0, "simulated", "x")}, "`latency_ms.value` is -2"),
        ({"flash_bytes": {"total": 10**18}}, "`flash_bytes.total` is 1e+18"),
        ({"supply": Supply(replace(AA, capacity_mah=UNKNOWN))}, "`supply.cell.capacity_mah` is unknown"),
    ],
)
def test_a_figure_that_cannot_be_is_named(change: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        html_report(replace(DEPLOYED, **change))
    assert words in caught.value.message and caught.value.hint
