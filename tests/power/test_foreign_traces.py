"""Traces of other tools: the published figures come out of the same integration as any measurement; hostile files."""

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeopt.errors import UsageError
from edgeopt.power.foreign_trace import ForeignOptions, ForeignTrace, read_foreign
from edgeopt.power.integrate import integrate
from edgeopt.power.method import energy_of
from edgeopt.power.tracefile import memory_trace

TRACES = Path(__file__).parents[3] / "shared" / "data" / "power_traces"


def published(name: str) -> tuple[ForeignTrace, ...]:
    if not (TRACES / name).exists():
        pytest.skip(f"../shared/data/power_traces/{name} is missing: it holds the published trace")
    return read_foreign(TRACES / name)


def test_the_published_kws_figures() -> None:
    traces = published("u575_kws_energy_results.json")
    assert len(traces) == 5
    found = []
    for one in traces:
        trace = memory_trace(one.info, one.blocks)
        (window,) = one.windows
        found.append(energy_of(trace, [window]))
        assert window.inferences == 400
    first = found[0].windows[0].integral
    assert first.joules * 1e6 == pytest.approx(265788.72, abs=0.005)
    assert found[0].uj_per_inference == pytest.approx(664.472, abs=0.0005)
    assert found[0].supply_v == 1.8
    assert first.samples == 15451 - 3929
    assert all(one.uj_per_inference == pytest.approx(664.35, rel=3e-4) for one in found)


def test_the_published_ad_figure() -> None:
    (one,) = published("h7a3_ad_trace1.bin")
    trace = memory_trace(one.info, one.blocks)
    found = integrate(trace, 9.367, 20.787)
    assert found.joules * 1e6 == pytest.approx(1745131.5, abs=0.15)
    assert found.joules * 1e6 == pytest.approx(1745131.600, abs=0.05)
    assert found.samples == 20787 - 9367
    assert found.coulombs is None
    (fed,) = read_foreign(TRACES / "h7a3_ad_trace1.bin", ForeignOptions(supply_v=3.0))
    coulombs = integrate(memory_trace(fed.info, fed.blocks), 9.367, 20.787).coulombs
    assert coulombs == pytest.approx(1.7451316 / 3.0)


def emon(samples_uj: list[float], rate_hz: float = 1000.0, magic: int = 0xF1) -> bytes:
    return struct.pack("<Bf", magic, rate_hz) + np.array(samples_uj, "<f4").tobytes()


def results(**changes: Any) -> list[dict[str, Any]]:
    power = {"samples": [1e-5] * 50, "timestamps": [["00", 10], ["01", 40]], "voltage": 1.8}
    for key in list(power):
        if key in changes:
            power[key] = changes[key]
    infer = {"iterations": changes.get("iterations", 3), "results": [0.5]}
    return [{"file": changes.get("file", "a.bin"), "infer": infer, "power": changes.get("power", power)}]


def test_both_formats_are_told_by_what_they_hold(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(emon([20.0, 40.0]))
    (one,) = read_foreign(tmp_path / "a.bin")
    assert one.blocks[0].watts is not None
    assert one.blocks[0].watts.tolist() == pytest.approx([0.02, 0.04])
    assert (one.info.rate_hz, one.info.supply_v, one.windows) == (1000.0, None, ())
    (tmp_path / "b.json").write_text(json.dumps(results()))
    (two,) = read_foreign(tmp_path / "b.json", ForeignOptions(supply_v=3.0))
    assert (two.name, two.info.supply_v, two.info.supply_source) == ("a.bin", 3.0, "given")
    assert (two.windows[0].begin_s, two.windows[0].end_s, two.windows[0].inferences) == (0.01, 0.04, 3)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (emon([1.0])[:-1], "cut short|no trace"),
        (emon([1.0, 2.0]) + b"\0", "1 bytes are left over"),
        (emon([1.0, float("nan")]), "sample 1 is no energy"),
        (emon([1.0, 3e30]), "sample 1 is no energy"),
        (emon([1.0], rate_hz=0.0), "0 samples a second"),
        (emon([1.0], rate_hz=float("inf")), "inf samples a second"),
        (emon([1.0], magic=0xF2), "no trace that edgeopt knows"),
        (b"", "no trace that edgeopt knows"),
    ],
)
def test_a_bad_energy_trace_says_so_in_a_line(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(data)
    with pytest.raises(UsageError, match=says) as caught:
        read_foreign(path)
    assert "\n" not in caught.value.message and str(path) in caught.value.message and caught.value.hint


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (results(samples=[]), "no list of numbers"),
        (results(samples=[1e-5, "x"]), "no list of numbers"),
        (results(samples=[1e-5, True]), "no list of numbers"),
        (results(samples=[1e-5, 10**400]), "no list of numbers"),
        (results(samples=[1e-5, 1e6]), "sample 1 of result 0 is no energy"),
        (results(timestamps=[["00", 10]]), "not two pairs"),
        (results(timestamps=[["00", 10], ["01", 12.5]]), "not two pairs"),
        (results(timestamps=[["00", 10], ["01", True]]), "not two pairs"),
        (results(timestamps=[["00", 40], ["01", 10]]), "40 and 10"),
        (results(timestamps=[["00", 10], ["01", 51]]), "10 and 51, with 50 samples"),
        (results(timestamps=None), "not two pairs"),
        (results(voltage=-1), "`voltage`"),
        (results(voltage="3"), "`voltage`"),
        (results(iterations=0), "no count of inferences"),
        (results(iterations=None), "no count of inferences"),
        (results(power=None), "`power` of result 0 is missing"),
        ([*results(), 3], "result 1 is missing, or no object"),
    ],
)
def test_bad_results_say_so_in_a_line(tmp_path: Path, content: list[Any], says: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content))
    with pytest.raises(UsageError, match=says) as caught:
        read_foreign(path)
    assert "\n" not in caught.value.message and str(path) in caught.value.message and caught.value.hint


@pytest.mark.parametrize(
    "damage",
    [lambda text: text[:-5], lambda text: text[:300] + "\x00" + text[301:], lambda text: "[" * 100_000 + text],
    ids=["cut", "nul", "deep"],
)
def test_json_that_is_none(tmp_path: Path, damage: Callable[[str], str]) -> None:
    path = tmp_path / "a.json"
    path.write_text(damage(json.dumps(results())))
    with pytest.raises(UsageError, match=r"no JSON|no trace"):
        read_foreign(path)


def test_a_path_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_foreign(tmp_path / "missing.bin")
    with pytest.raises(UsageError, match=r"cannot read|no trace"):
        read_foreign(tmp_path)
