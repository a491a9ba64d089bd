"""Windows: by the gate whatever else happens on its line, by stamps, and by the host's clock."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from support.power_scene import HOST_S, INFO, Flaws, Scene, blocks_of, info_at, recorded, scene

from edgeopt.errors import MeterError
from edgeopt.power.clock import Clock
from edgeopt.power.profile import Pieces
from edgeopt.power.stored import Note
from edgeopt.power.trace import Block
from edgeopt.power.tracefile import Trace, memory_trace
from edgeopt.power.windows import Expected, low_pulses, windows_by_gate, windows_by_host, windows_by_line
from edgeopt.power.windows import windows_by_stamps as by_stamps

MADE = scene(seed=4, windows=3, window_s=0.6, idle_s=0.4)


def relined(made: Scene, change: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Scene:
    """The scene with the line's levels (by time) changed; the times are made finer, to 1 ms."""
    old = made.profile
    times = np.unique(np.concatenate((old.starts_s, np.arange(0, made.end_s, 1e-3))))
    levels = change(times, old.digital(times)).astype(np.uint8)
    at = np.searchsorted(old.starts_s, times, side="right") - 1
    return replace(made, profile=Pieces(old.supply_v, times, old.amps[at], levels))


def assert_right(made: Scene, trace: Trace, windows: tuple, error_s: float | None = None) -> None:
    assert [window.name for window in windows] == [f"window {i + 1}" for i in range(len(made.spans))]
    for (begin, end, count), window in zip(made.spans, windows, strict=True):
        limit = window.end_error_s if error_s is None else error_s
        assert abs(window.begin_s - begin) <= limit + 1e-12 and abs(window.end_s - end) <= limit + 1e-12
        assert window.inferences == count


@pytest.mark.parametrize("rate_hz", [100.0, 1e3, 1e4, 1e5])
def test_the_gate(rate_hz: float) -> None:
    trace = recorded(MADE, info_at(rate_hz), Flaws(lost=0.001))
    cuts = windows_by_gate(trace, 0, MADE.expected)
    assert_right(MADE, trace, cuts.windows)
    assert not cuts.warnings and {window.cut for window in cuts.windows} == {"edges"}
    assert all(window.end_error_s <= 2 / rate_hz for window in cuts.windows)
    assert [window.name for window in cuts.idle] == ["idle before", "idle after"]
    for window in cuts.idle:
        assert MADE.profile.energy_j(window.begin_s, window.end_s) == pytest.approx(window.seconds * 6e-3)


def test_pulses_that_are_no_windows() -> None:
    """Of a session before, of single inferences, and needles between the windows."""
    first, last = MADE.spans[0][0], MADE.spans[-1][1]

    def disturb(times: np.ndarray, levels: np.ndarray) -> np.ndarray:
        early = (times > 0.1) & (times < 0.3)
        needles = (times < first - 0.06) & (np.floor(times * 100) % 3 == 0)
        between = (times > MADE.spans[0][1] + 0.1) & (times < MADE.spans[0][1] + 0.2)
        return np.where(early | needles | between | (times > last + 0.2), 0, levels)

    trace = recorded(relined(MADE, disturb))
    cuts = windows_by_gate(trace, 0, MADE.expected)
    assert_right(MADE, trace, cuts.windows)


def test_a_window_that_a_disturbance_cuts_in_two() -> None:
    begin, end, _ = MADE.spans[1]
    middle = (begin + end) / 2
    made = relined(MADE, lambda times, levels: np.where(abs(times - middle) < 0.002, 1, levels))
    cuts = windows_by_gate(recorded(made), 0, MADE.expected)
    assert_right(MADE, recorded(made), cuts.windows)


def without_line(made: Scene, begin_s: float, end_s: float, level: int) -> Scene:
    return relined(made, lambda t, levels: np.where((t >= begin_s) & (t < end_s), level, levels))


def test_a_rise_that_is_missing() -> None:
    """The line stays low to the next window's end: that one has no fall, this one no rise."""
    (_, end, _), (next_begin, _, _) = MADE.spans[0], MADE.spans[1]
    trace = recorded(without_line(MADE, end - 0.001, next_begin + 0.001, 0))
    cuts = windows_by_gate(trace, 0, MADE.expected)
    assert_right(MADE, trace, cuts.windows)
    assert [warning for warning in cuts.warnings if "one edge only" in warning]
    assert cuts.windows[0].cut == cuts.windows[1].cut == "edges"
    assert cuts.windows[0].end_error_s < 1e-3, "the other window tells how the clocks compare"


def test_edges_that_got_lost_with_their_samples() -> None:
    begin = MADE.spans[1][0]
    blocks = []
    for block in blocks_of(MADE, INFO, Flaws()):
        times = (block.first + np.arange(block.samples)) / INFO.rate_hz
        for part in np.split(np.arange(block.samples), np.flatnonzero(np.diff(np.abs(times - begin) < 0.004)) + 1):
            if len(part) and abs(times[part].mean() - begin) >= 0.004:
                blocks.append(replace(
                    block, first=block.first + int(part[0]), amps=block.amps[part], digital=block.digital[part]
                ))  # fmt: skip
    trace = memory_trace(INFO, blocks)
    assert trace.lost > 50
    cuts = windows_by_gate(trace, 0, MADE.expected)
    assert_right(MADE, trace, cuts.windows)
    assert 0.003 < cuts.windows[1].end_error_s < 0.006 and cuts.windows[0].end_error_s < 0.0002


def test_a_window_without_edges_is_cut_by_the_host() -> None:
    begin, end, _ = MADE.spans[1]
    trace = recorded(without_line(MADE, begin - 0.01, end + 0.01, 1))
    cuts = windows_by_gate(trace, 0, MADE.expected)
    assert [window.cut for window in cuts.windows] == ["edges", "host clock", "edges"]
    assert "window 2 has no edges" in cuts.warnings[0]
    assert_right(MADE, trace, cuts.windows)


@pytest.mark.parametrize("lines", [0, 1])
def test_no_edges_at_all(lines: int) -> None:
    made = without_line(MADE, 0, 1e9, 1)
    trace = recorded(made, info_at(1e4, digital_lines=1))
    if not lines:
        blocks = (replace(block, digital=None) for block in trace.blocks())
        trace = memory_trace(info_at(1e4, digital_lines=0), blocks, trace.notes)
    cuts = windows_by_gate(trace, 0, MADE.expected)
    assert ("no digital inputs", "no edges were seen")[lines] in cuts.warnings[0]
    assert {window.cut for window in cuts.windows} == {"host clock"}
    assert_right(MADE, trace, cuts.windows)
    assert max(window.end_error_s for window in cuts.windows) < 0.02


def test_the_host_clock_without_the_boards() -> None:
    expected = [replace(one, board_s=None) for one in MADE.expected]
    trace = recorded(MADE)
    cuts = windows_by_host(trace, expected)
    assert_right(MADE, trace, cuts.windows, error_s=0.01)


def test_edges_without_host_times_are_matched_by_their_lengths() -> None:
    blocks = [replace(block, host_s=0.0) for block in blocks_of(without_line(MADE, 0.1, 0.2, 0), INFO, Flaws())]
    trace = memory_trace(INFO, blocks)
    cuts = windows_by_gate(trace, 0, MADE.expected)
    assert_right(MADE, trace, cuts.windows)
    assert not cuts.idle and "idle before is left out" in cuts.warnings[0]
    silent = memory_trace(INFO, [replace(block, digital=np.ones_like(block.digital)) for block in blocks])
    with pytest.raises(MeterError, match="no edges were seen on the digital line 0, and no host times"):
        windows_by_gate(silent, 0, MADE.expected)
    with pytest.raises(MeterError, match="no window was found"):
        windows_by_gate(trace, 0, [Expected("window 1", 0, 9, 5, 7.0)])


def test_a_recording_that_ends_early() -> None:
    begin, end, _ = MADE.spans[2]
    for cut_s, left in ((begin - 0.1, 2), ((begin + end) / 2, 2), (end + 0.01, 3)):
        blocks = [b for b in blocks_of(MADE, INFO, Flaws()) if b.first / INFO.rate_hz < cut_s]
        trace = memory_trace(INFO, blocks, partial="unplugged")
        for cuts in (windows_by_gate(trace, 0, MADE.expected), windows_by_host(trace, MADE.expected)):
            assert len(cuts.windows) == left, cut_s
            assert "does not hold idle after" in cuts.warnings[-1]


def test_a_meter_that_tells_falls_only() -> None:
    """Each fall is one low sample on a high line."""
    falls = [int(begin * INFO.rate_hz) for begin, _, _ in MADE.spans]
    blocks = []
    for block in blocks_of(MADE, INFO, Flaws()):
        numbers = block.first + np.arange(block.samples)
        blocks.append(replace(block, digital=np.where(np.isin(numbers, falls), 0, 1).astype(np.uint8)))
    trace = memory_trace(replace(INFO, digital_edges="falling"), blocks)
    cuts = windows_by_gate(trace, 0, MADE.expected)
    assert_right(MADE, trace, cuts.windows)
    assert {window.cut for window in cuts.windows} == {"edges"} and len(cuts.windows) == 3
    assert {window.board_s for window in cuts.windows} == {None}, "nothing has measured that length"
    assert not cuts.warnings, "that is this meter's nature"
    assert all(window.end_error_s < 0.013 for window in cuts.windows), (
        "2 % of 0.6 s; of a long one the host knows better"
    )
    slow = [replace(one, board_s=one.board_s * 1.01 if one.board_s else None) for one in MADE.expected]
    assert_right(MADE, trace, windows_by_gate(trace, 0, slow).windows)


def stamped(pulse_s: float = 100e-6, extra: tuple[float, ...] = ()) -> Scene:
    """A needle at each begin and end, as MLPerf Tiny's energy mode makes them."""
    stamps = sorted([time for begin, end, _ in MADE.spans for time in (begin, end)] + list(extra))
    edges = np.array([time for stamp in stamps for time in (stamp, stamp + pulse_s)])
    old = MADE.profile
    times = np.unique(np.concatenate((old.starts_s, edges)))
    levels = 1 - np.searchsorted(edges, times, side="right") % 2
    at = np.searchsorted(old.starts_s, times, side="right") - 1
    return replace(MADE, profile=Pieces(old.supply_v, times, old.amps[at], levels.astype(np.uint8)))


def test_stamps() -> None:
    """The host waits longer than the window is: for the warm-up and the results."""
    expected = [replace(one, sent_s=one.sent_s - 0.2, board_s=None) for one in MADE.expected if one.inferences]
    trace = recorded(stamped(extra=(0.1, 0.15)), info_at(1e5), Flaws(lost=0.001))
    cuts = by_stamps(trace, 0, expected)
    assert_right(MADE, trace, cuts.windows)
    assert not cuts.warnings and max(window.end_error_s for window in cuts.windows) <= 3e-5


def test_stamps_that_bounce_or_are_too_many() -> None:
    begin = MADE.spans[1][0]
    trace = recorded(stamped(extra=(begin + 3e-4, begin + 0.1)), info_at(1e5))
    cuts = by_stamps(trace, 0, MADE.expected)
    assert_right(MADE, trace, cuts.windows)
    assert len(cuts.warnings) == 1 and "window 2 has 3 falling edges" in cuts.warnings[0]


def test_an_edge_of_the_next_window_is_none_of_this_one() -> None:
    """The host's clock is known badly, and the windows follow each other closely."""
    begin_s, end_s = 2.0, 3.0
    levels = np.ones(60_000, np.uint8)
    for at_s in (begin_s, end_s, 3.2, 5.0):
        levels[round(at_s * 1e4) : round(at_s * 1e4) + 10] = 0
    trace = memory_trace(replace(INFO, rate_hz=1e4), [Block(0, np.ones(60_000, np.float32), digital=levels)])
    clock = Clock(offset_s=0.0, rate=1.0, error_s=0.3)
    expected = [Expected("window 1", 1.95, 3.05, 10), Expected("window 2", 3.15, 5.02, 20)]
    cuts = by_stamps(trace, 0, expected, clock)
    assert [(one.begin_s, one.end_s) for one in cuts.windows] == [(2.0, 3.0), (3.2, 5.0)]
    assert len(cuts.warnings) == 2 and "the two farthest that fit" in cuts.warnings[0]


def test_stamps_that_the_meter_is_too_slow_for() -> None:
    with pytest.raises(MeterError, match="of its two falling edges") as caught:
        by_stamps(recorded(stamped(), info_at(50.0)), 0, MADE.expected)
    assert "20,000 samples" in caught.value.hint


@pytest.mark.parametrize("line", [-1, 1, 7])
def test_a_line_that_is_not_there(line: int) -> None:
    with pytest.raises(MeterError, match=f"no digital line {line}"):
        windows_by_gate(recorded(MADE), line, MADE.expected)


def test_a_line_that_floats() -> None:
    levels = np.tile(np.array([0, 1], np.uint8), 600_000)
    trace = memory_trace(INFO, [Block(0, np.ones(1_200_000, np.float32), digital=levels)])
    with pytest.raises(MeterError, match="more than 1,000,000 edges"):
        trace.edges(0)


def test_every_low_pulse_is_a_window() -> None:
    trace = recorded(without_line(MADE, 0.1, 0.12, 0))
    assert len(windows_by_line(trace, 0, 49).windows) == 4
    cuts = windows_by_line(trace, 0, 49, least_s=0.1)
    assert_right(MADE, trace, cuts.windows)
    with pytest.raises(MeterError, match="never low and high again"):
        windows_by_line(trace, 0, 49, least_s=100)


def test_pulses_that_the_trace_begins_or_ends_in() -> None:
    def trace(*levels: int) -> Trace:
        return memory_trace(INFO, [Block(0, np.ones(len(levels), np.float32), digital=np.array(levels, np.uint8))])

    sample = 1 / INFO.rate_hz
    whole = low_pulses(trace(1, 0, 0, 1), 0)
    assert (whole.begins_s.tolist(), whole.ends_s.tolist()) == ([sample], [3 * sample])
    early, late = low_pulses(trace(0, 0, 1), 0), low_pulses(trace(1, 0, 0), 0)
    assert np.isnan(early.begins_s[0]) and early.ends_s[0] == pytest.approx(2 * sample)
    assert late.begins_s[0] == sample and np.isnan(late.ends_s[0])
    assert len(low_pulses(trace(0, 0), 0)) == len(low_pulses(trace(1, 1), 0)) == 0


def test_the_levels_of_a_gap_are_not_known() -> None:
    """Low at 0.1 ms, high at 0.9 ms: the rise is anywhere between their samples' outer ends."""
    blocks = [
        Block(0, np.ones(2, np.float32), digital=np.array([1, 0], np.uint8)),
        Block(9, np.ones(1, np.float32), digital=np.ones(1, np.uint8)),
    ]
    edges = memory_trace(INFO, blocks, [Note("x", HOST_S)]).edges(0)
    assert edges.rising_s[0] == pytest.approx(0.55e-3) and edges.errors_s[1] == pytest.approx(0.45e-3)
