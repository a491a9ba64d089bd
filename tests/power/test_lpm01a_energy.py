"""The energy of a known profile through the emulated LPM01A, its driver and the analysis that all meters share."""

import dataclasses

import pytest
from support.lpm01a import START_S, constant, in_host_time, record
from support.power_scene import HOST_S, scene

from edgeopt.power.emulator import Faults
from edgeopt.power.integrate import integrate
from edgeopt.power.lpm01a.setup import Setup
from edgeopt.power.method import energy_of
from edgeopt.power.tracefile import Trace
from edgeopt.power.windows import windows_by_gate

FAULTS = Faults(seed=7, noise_a=100e-6, offset_a=10e-6, lost=1e-3)


@pytest.mark.parametrize(
    ("form", "output", "rate_hz"),
    [
        ("ascii_dec", "energy", 1000),
        ("ascii_dec", "current", 5000),
        ("bin_hexa", "current", 100_000),
        ("bin_hexa", "energy", 10_000),
    ],
)
def test_within_half_a_percent_with_noise_offset_and_lost_samples(form: str, output: str, rate_hz: int) -> None:
    known = scene(seed=3, windows=3, window_s=2.0, idle_s=1.5)
    trace = record(known.profile, FAULTS, Setup(3.0, rate_hz, "dyn", output, form), known.end_s)
    assert 0.0005 < trace.lost / (trace.samples + trace.lost) < 0.002
    cuts = windows_by_gate(trace, 0, in_host_time(known.expected, HOST_S))
    assert [window.cut for window in cuts.windows] == ["edges" if form == "ascii_dec" else "host clock"] * 3
    found = energy_of(trace, cuts.windows, cuts.idle, asked=3, warnings=cuts.warnings)
    assert found.uj_per_inference == pytest.approx(known.uj_per_inference, rel=0.005)
    assert abs(found.uj_per_inference - known.uj_per_inference) <= found.uj_error
    assert found.net_uj_per_inference == pytest.approx(known.net_uj_per_inference, rel=0.006)
    for one, (begin_s, end_s, _) in zip(found.windows, known.spans, strict=True):
        assert one.window.seconds == pytest.approx(end_s - begin_s, abs=2 * one.window.end_error_s)
    assert found.info.label == "simulated"


def test_a_meter_whose_clock_is_fast() -> None:
    setup = Setup(3.0, 100_000, "dyn", "current", "bin_hexa")
    trace = record(constant(5e-3), Faults(clock=1.01), setup, 4.0)
    assert trace.duration_s == pytest.approx(4.04, abs=1e-3)
    assert trace.host_times()[-1][1] == pytest.approx(START_S + 4.0, abs=0.011)


def joules(trace: Trace) -> float:
    return integrate(trace, 0.0, 2.0).joules


def test_all_is_the_same_each_time() -> None:
    known = scene(seed=2, windows=1)
    setup = Setup(3.0, 1000)
    first, second = (record(known.profile, FAULTS, setup, 2.0) for _ in range(2))
    assert [block.watts.tolist() for block in first.blocks() if block.watts is not None] == [
        block.watts.tolist() for block in second.blocks() if block.watts is not None
    ]
    other = record(known.profile, dataclasses.replace(FAULTS, seed=8), setup, 2.0)
    assert joules(first) != pytest.approx(joules(other), rel=1e-12)
