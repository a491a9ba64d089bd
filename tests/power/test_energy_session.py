"""A board and a PPK2 in one simulated time: what is found of them, and what stays when one of both fails."""

from pathlib import Path

import pytest
from support.power_bench import ACTIVE_A, IDLE_A, LATENCY_S, SUPPLY_V, Bench

from edgeopt.errors import MeterError
from edgeopt.power.analysis import analyse, expected_of
from edgeopt.power.emulator import Faults
from edgeopt.power.found import EnergyFound
from edgeopt.power.plan import Plan, inferences_of
from edgeopt.power.session import EnergySession, Recorded
from edgeopt.power.stored import Note
from edgeopt.power.tracefile import memory_trace, read_trace

PLAN = Plan(window_s=0.4, windows=3, idle_s=0.3)


def record(bench: Bench, path: Path, plan: Plan = PLAN, latency_s: float | None = LATENCY_S) -> Recorded:
    session = EnergySession(bench.meter, path, plan, bench.clock, bench.clock.pause)
    return session.record(bench.board, latency_s)


def found_of(recorded: Recorded, plan: Plan = PLAN, timed_s: float | None = LATENCY_S) -> EnergyFound:
    return analyse(recorded.trace, recorded.expected, plan.line, plan.windows, timed_s)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.eotrace"


def test_what_an_inference_takes_is_found(path: Path) -> None:
    """With noise, offset and lost samples: within 0.5 % of what the profile holds, and within the bound."""
    bench = Bench(faults=Faults(seed=7, noise_a=50e-6, offset_a=5e-6, lost=0.001))
    recorded = record(bench, path)
    found = found_of(recorded)
    assert (recorded.board_failure, recorded.meter_failure, found.partial) == ("", None, "")
    assert found.uj_per_inference == pytest.approx(bench.uj, rel=0.005)
    assert abs(found.uj_per_inference - bench.uj) <= found.uj_error
    assert found.active_mw == pytest.approx(SUPPLY_V * ACTIVE_A * 1e3, rel=0.005)
    assert found.idle_mw == pytest.approx(SUPPLY_V * IDLE_A * 1e3, rel=0.01)
    net = SUPPLY_V * (ACTIVE_A - IDLE_A) * LATENCY_S * 1e6
    assert found.net_uj_per_inference == pytest.approx(net, rel=0.005)
    assert found.inferences_per_s == pytest.approx(1 / LATENCY_S, rel=1e-4)
    assert found.clock_ratio == pytest.approx(1.0, abs=1e-4)
    assert [one.window.cut for one in found.windows] == ["edges"] * 3
    assert [one.window.inferences for one in found.windows] == [inferences_of(LATENCY_S, 0.4)] * 3
    assert [one.window.name for one in found.idle] == ["idle before", "idle after"]
    assert found.info.label == "simulated" and found.supply_v == pytest.approx(SUPPLY_V)


def test_the_trace_tells_its_windows_itself(path: Path) -> None:
    recorded = record(Bench(), path)
    trace = read_trace(path)
    assert expected_of(trace) == recorded.expected
    again = analyse(trace, expected_of(trace), 0)
    assert again.uj_per_inference == found_of(recorded).uj_per_inference


def test_notes_of_others_are_no_windows(path: Path) -> None:
    """A note that begins like one of ours, but is none."""
    whole = '"name": "x", "sent_s": 1, "answered_s": %s, "inferences": %s, "board_s": %s'
    bad = (("1", "5", "null"), ("2", "-5", "null"), ("2", "5", "-1"), ("NaN", "5", "null"), ("2", "1e999", "null"))
    recorder_notes = (
        *("window {" + whole % one + "}" for one in bad),
        "window " + "[" * 9_999,
        *("window shopping", 'window {"name": 1}', "window [1, 2]", 'window {"name": "x", "sent_s": 1e999}'),
    )
    trace = record(Bench(), path).trace
    hostile = memory_trace(trace.info, trace.blocks(), [Note(text, 0.0) for text in recorder_notes])
    assert expected_of(hostile) == ()


def test_a_window_has_ten_inferences_at_least() -> None:
    assert inferences_of(0.02, 10.0) == 500
    assert inferences_of(0.03, 10.0) == 334
    assert inferences_of(7.0, 10.0) == 10
    assert inferences_of(1e-9, 86_400.0) == 1 << 31


def test_without_a_counter_the_latency_is_found_out(path: Path) -> None:
    bench = Bench()
    bench.board.ticks_hz = 0
    recorded = record(bench, path, latency_s=None)
    found = found_of(recorded, timed_s=None)
    assert bench.board.loops == 4  # the first to find out
    assert found.clock_ratio is None and found.windows[0].window.board_s is None
    assert found.uj_per_inference == pytest.approx(bench.uj, rel=0.005)


def test_a_meter_that_is_unplugged_leaves_what_came(path: Path) -> None:
    bench = Bench()
    bench.port.unplugged_s = bench.clock() + 0.5 + 1.5 * 0.4  # in the second window
    recorded = record(bench, path)
    assert recorded.meter_failure is not None and "gone" in recorded.meter_failure.message
    assert bench.board.loops < 3 and recorded.board_failure == ""
    found = found_of(recorded)
    assert [one.window.name for one in found.windows] == ["window 1"]
    assert found.uj_per_inference == pytest.approx(bench.uj, rel=0.005)
    assert "1 of 3 windows" in found.partial and "gone" in found.partial
    assert any("window 2" in warning for warning in found.warnings)


def test_a_meter_that_is_unplugged_at_once_tells_nothing(path: Path) -> None:
    bench = Bench()
    bench.port.unplugged_s = bench.clock() + 0.2
    recorded = record(bench, path)
    assert recorded.meter_failure is not None and read_trace(path).samples > 0
    with pytest.raises(MeterError):
        found_of(recorded)


def test_a_board_that_fails_leaves_the_trace(path: Path) -> None:
    recorded = record(Bench(fails=3), path)
    assert recorded.board_failure == "after 2 of 3 energy windows: the port is gone"
    found = found_of(recorded)
    assert len(found.windows) == 2 and len(found.idle) == 1 and "2 of 3" in found.partial
    nothing = record(Bench(fails=1), path)
    with pytest.raises(MeterError, match="no window"):
        found_of(nothing)
    assert read_trace(path).samples > 0


def test_an_interrupt_leaves_a_trace_that_can_be_read(path: Path) -> None:
    bench = Bench()

    def interrupt() -> None:
        if bench.board.loops == 2:
            raise KeyboardInterrupt

    bench.clock.hooks.append(interrupt)
    with pytest.raises(KeyboardInterrupt):
        record(bench, path)
    trace = read_trace(path)
    assert trace.samples > 0 and any(note.text == "interrupted" for note in trace.notes)
    found = analyse(trace, expected_of(trace), 0)
    assert found.uj_per_inference == pytest.approx(bench.uj, rel=0.005)


def test_without_edges_the_host_clock_cuts_and_the_bound_says_so(path: Path) -> None:
    bench = Bench(pin=False)
    found = found_of(record(bench, path))
    assert {one.window.cut for one in found.windows} == {"host clock"}
    assert any("no edges were seen" in warning for warning in found.warnings)
    assert abs(found.uj_per_inference - bench.uj) <= found.uj_error


def test_doubts_stay_with_the_figure(path: Path) -> None:
    saturated = found_of(record(Bench(active_a=1.5), path))
    assert any("end of the meter's range" in warning for warning in saturated.warnings)
    uncalibrated = found_of(record(Bench(calibrated=False), path))
    assert any("not calibrated" in warning for warning in uncalibrated.warnings)
    slower = found_of(record(Bench(), path), timed_s=LATENCY_S / 2)
    assert any("20 ms in the windows, and 10 ms when it was timed" in warning for warning in slower.warnings)
    plan = Plan(window_s=0.4, windows=2, idle_s=0.0)
    restless = found_of(record(Bench(), path, plan), plan)
    assert restless.idle_mw is None and restless.net_uj_per_inference is None and restless.idle == ()
