"""The JSON of the reports: schema, keys with units, and reading back what was written."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.results import ANALYSIS, COMPARISON, CONVERTED, DEPLOYMENT, PROGRAM, RUN, RUNS

from edgeopt.board import load_board
from edgeopt.errors import UsageError
from edgeopt.report import dumps, plain
from edgeopt.report.document import load
from edgeopt.report.results import Deployment

SCHEMA = "edgeopt.deployment/1"
QUANTITIES = ("cycles", "latency_ms", "power_mw", "energy_uj")


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (ANALYSIS, "edgeopt.analysis/2"),
        (DEPLOYMENT, SCHEMA),
        (RUN, "edgeopt.run/1"),
        (PROGRAM, "edgeopt.program/2"),
        (COMPARISON, "edgeopt.comparison/1"),
        (RUNS, "edgeopt.runs/1"),
        (CONVERTED, "edgeopt.conversion/1"),
        (load_board("nucleo-l4r5zi"), "edgeopt.board/1"),
    ],
)
def test_the_schema_comes_first(value: object, schema: str) -> None:
    assert next(iter(json.loads(dumps(value)).items())) == ("schema", schema)


@pytest.mark.parametrize("value", [ANALYSIS, DEPLOYMENT], ids=["analysis", "deployment"])
def test_the_common_keys(value: object) -> None:
    document = json.loads(dumps(value))
    assert set(document["flash_bytes"]) == {"total", "weights", "kernels", "model", "runtime"}
    assert set(document["ram_bytes"]) == {"total", "arena", "static", "stack", "runtime"}
    for key in QUANTITIES:
        assert set(document[key]) == {"value", "kind", "source", "low", "high"}
    assert document["macs"] == 1_064_128
    layer = document["layers"][0]
    assert (layer["op"], layer["kernels"], layer["output_shape"]) == ("conv2d", ["eo_conv2d_s8"], [1, 26, 26, 8])


def test_plain_values() -> None:
    values = (np.float32(0.5), np.int64(7), np.bool_(True), float("nan"), Path("a/b"), {"k": (1, None)}, True)
    assert plain(values) == [0.5, 7, True, None, "a/b", {"k": [1, None]}, True]
    assert json.dumps(plain(values))


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(dumps(DEPLOYMENT))
    assert load(path, Deployment, SCHEMA) == DEPLOYMENT


def damaged(**changes: Any) -> str:
    return json.dumps({**json.loads(dumps(DEPLOYMENT)), **changes})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "is not a document of schema `edgeopt.deployment/1`"),
        (damaged(schema="edgeopt.deployment/2"), "is not a document of schema `edgeopt.deployment/1`"),
        (damaged(macs="many"), '`macs` is "many", which does not fit'),
        (damaged(macs=True), "`macs` is true, which does not fit"),
        (damaged(macs=None), "`macs` is null, which does not fit"),
        (damaged(latency_ms={"value": math.inf, "kind": "simulated", "source": "x"}), "`latency_ms.value` is Infinity"),
        (damaged(latency_ms={"value": math.nan, "kind": "simulated", "source": "x"}), "`latency_ms.value` is NaN"),
        (damaged(latency_ms={"value": 10**400, "kind": "simulated", "source": "x"}), "`latency_ms.value` is 1000"),
        (damaged(extra=1), "`extra` is unknown"),
        (damaged(layers=[{"index": 0}]), "`layers[0].name` is missing"),
        (damaged(flash_bytes={"total": 1.5}), "`flash_bytes.total` is 1.5, which does not fit"),
        (damaged(cycles={"value": 1, "kind": "guessed", "source": ""}), "`cycles`: 1.0 cannot be guessed"),
        (damaged(cycles={"value": None, "kind": "measured", "source": ""}), "`cycles`: None cannot be measured"),
    ],
)
def test_a_damaged_document_is_named(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(content)
    with pytest.raises(UsageError) as caught:
        load(path, Deployment, SCHEMA)
    assert message in caught.value.message and str(path) in caught.value.message


def test_a_missing_document_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file or directory"):
        load(tmp_path / "report.json", Deployment, SCHEMA)
