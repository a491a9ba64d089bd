"""The method: energy an inference within its bound, and every doubt said."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from support.power_scene import HOST_S, IDLE_A, INFO, Flaws, Scene, blocks_of, info_at, recorded, scene

from edgeopt.errors import MeterError
from edgeopt.power.found import EnergyFound
from edgeopt.power.method import energy_of
from edgeopt.power.stored import START, Note
from edgeopt.power.trace import SATURATED, SUSPECT, Block, TraceInfo
from edgeopt.power.tracefile import Trace, memory_trace
from edgeopt.power.window import Window
from edgeopt.power.windows import Expected, windows_by_gate, windows_by_host

MADE = scene(seed=3, windows=3, window_s=0.6)


def measured(made: Scene, trace: Trace, asked: int | None = None) -> EnergyFound:
    cuts = windows_by_gate(trace, 0, made.expected)
    return energy_of(trace, cuts.windows, cuts.idle, asked, cuts.warnings)


def spoilt(trace: Trace, made: Scene = MADE, **changes: object) -> EnergyFound:
    info = replace(trace.info, **changes)  # type: ignore[arg-type]
    return measured(made, memory_trace(info, trace.blocks(), trace.notes, trace.partial))


def test_a_sound_measurement() -> None:
    found = measured(MADE, recorded(MADE), asked=3)
    assert found.uj_per_inference == pytest.approx(MADE.uj_per_inference, rel=1e-3)
    assert found.net_uj_per_inference == pytest.approx(MADE.net_uj_per_inference, rel=1e-3)
    assert found.idle_mw == pytest.approx(IDLE_A * 3e3, rel=1e-6)
    assert found.active_mw == pytest.approx(MADE.uj_per_inference / 12.3, rel=1e-3)
    assert found.inferences_per_s == pytest.approx(1 / 0.0123, rel=1e-3)
    assert found.clock_ratio == pytest.approx(1.0, abs=1e-3) and found.variation is not None
    assert found.variation < 1e-3 and found.supply_v == pytest.approx(3.0) and found.partial == ""
    assert found.warnings == ("the supply was not measured: 3 V, set",)
    assert [len(found.windows), len(found.idle)] == [3, 2]


# Rates with windows as long as a test can bear: what the ends of a window leave open grows with the sample's length.
@pytest.mark.parametrize(("rate_hz", "window_s", "seeds"), [(1e5, 0.4, 12), (1e4, 2.0, 25), (1e3, 10.0, 40)])
def test_energy_within_half_a_percent_and_within_its_bound(rate_hz: float, window_s: float, seeds: int) -> None:
    """Noise, offset, gain, a clock that is off, and 0.1 % of the samples lost."""
    missed = []
    for seed in range(seeds):
        made, found = noisy_measurement(seed, rate_hz, window_s)
        truth, net = made.uj_per_inference, made.net_uj_per_inference
        assert abs(found.uj_per_inference / truth - 1) < 0.005, f"seed {seed}"
        assert found.net_uj_per_inference is not None and found.net_uj_error is not None
        covered = abs(found.uj_per_inference - truth) <= found.uj_error
        covered &= abs(found.net_uj_per_inference - net) <= found.net_uj_error
        missed += [] if covered else [seed]
        assert found.uj_error < 0.03 * truth, f"seed {seed}: a bound that says nothing"
    assert len(missed) <= 0.01 * seeds, f"not covered: seeds {missed}"


def noisy_measurement(seed: int, rate_hz: float, window_s: float) -> tuple[Scene, EnergyFound]:
    rng = np.random.default_rng(seed)
    made = scene(seed, windows=3, window_s=window_s, latency_s=float(rng.uniform(0.004, 0.05)))
    info = info_at(rate_hz, gain_error=0.003, offset_error_a=1e-5, clock_error=50e-6)
    gain, offset_a, drift = rng.uniform(-1, 1, 3) * (0.003, 1e-5, 50e-6)
    flaws = Flaws(noise_a=2e-4, offset_a=offset_a, gain=1 + gain, lost=0.001, clock=1 + drift)
    return made, measured(made, recorded(made, info, flaws, seed))


def test_windows_that_the_host_cuts_are_within_their_bound_too() -> None:
    for seed in range(10):
        made = scene(seed, windows=3, window_s=1.0)
        trace = recorded(made, info_at(1e4), Flaws(noise_a=1e-4), seed)
        cuts = windows_by_host(trace, made.expected)
        found = energy_of(trace, cuts.windows, cuts.idle)
        assert abs(found.uj_per_inference - made.uj_per_inference) <= found.uj_error, f"seed {seed}"
        assert any("cut by the host's clock" in warning for warning in found.warnings)
        assert any("window 1, window 2, window 3" in warning for warning in found.warnings)
        assert found.clock_ratio is None, "its length is the board's: there is nothing to compare"


def test_what_the_meter_may_be_off_is_in_the_bound() -> None:
    trace = recorded(MADE)
    plain = spoilt(trace, clock_error=0.0)
    gain = spoilt(trace, gain_error=0.1, clock_error=0.0)
    assert gain.uj_error - plain.uj_error == pytest.approx(0.1 * plain.uj_per_inference)
    both = spoilt(trace, gain_error=0.1, supply_error=0.01, clock_error=0.0)
    assert both.uj_error - plain.uj_error == pytest.approx((1.1 * 1.01 - 1) * plain.uj_per_inference)
    offset = spoilt(trace, offset_error_a=1e-3, clock_error=0.0)
    per_inference = 1e-3 * 3.0 / plain.inferences_per_s * 1e6
    assert offset.uj_error - plain.uj_error == pytest.approx(per_inference, rel=1e-3)
    assert offset.net_uj_error - plain.net_uj_error == pytest.approx(2 * per_inference, rel=1e-3)  # type: ignore[operator]
    assert offset.idle_mw_error - plain.idle_mw_error == pytest.approx(3.0, rel=1e-6)  # type: ignore[operator]
    clock = spoilt(trace, clock_error=0.01)
    assert clock.uj_error > plain.uj_error and clock.active_mw_error == plain.active_mw_error, "power needs no clock"


def steps(powers: Sequence[float], seconds: float = 10.0, rate_hz: float = 100.0) -> tuple[Trace, list[Window]]:
    """Constant amperes at 1 V, a window of 10 inferences each."""
    count = int(seconds * rate_hz)
    info = info_at(rate_hz, supply_v=1.0, clock_error=0.0)
    trace = memory_trace(info, [Block(0, np.repeat(np.array(powers, np.float32), count))])
    return trace, [
        Window(f"window {i + 1}", i * seconds, (i + 1) * seconds, 10, "given", 0.0) for i in range(len(powers))
    ]


def test_the_median_is_not_moved_by_one_window() -> None:
    trace, windows = steps([1.0, 1.01, 5.0, 0.99, 1.0])
    found = energy_of(trace, windows)
    assert found.uj_per_inference == pytest.approx(1e6) and found.active_mw == pytest.approx(1e3)
    values = [1.0, 1.01, 5.0, 0.99, 1.0]
    assert found.variation == pytest.approx(np.std(values, ddof=1) / np.mean(values), rel=1e-6)
    assert any("the windows differ: an inference took 9.9e+05 to 5e+06 uJ" in one for one in found.warnings)
    assert found.net_uj_per_inference is found.idle_mw is None


def test_the_spread_of_the_windows_is_in_the_bound() -> None:
    """99 % of the measurements of a board whose power wanders from window to window."""
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(300):
        trace, windows = steps(1 + rng.normal(0, 0.01, 5), seconds=1.0, rate_hz=10.0)
        found = energy_of(trace, windows)
        covered += abs(found.uj_per_inference - 1e5) <= found.uj_error
    assert covered >= 296


def test_idle_power_that_drifts_is_taken_at_each_windows_time() -> None:
    """Idle 1 W before and 3 W after; the windows lie at a quarter and three quarters of the way."""
    trace, windows = steps([1.0, 10.0, 10.0, 3.0])
    idle = [replace(windows[0], inferences=0), replace(windows[3], inferences=0)]
    found = energy_of(trace, windows[1:3], idle)
    third = 2 / 3
    expected = [(10 - (1 + third)) * 1e6, (10 - (1 + 2 * third)) * 1e6]
    assert found.net_uj_per_inference == pytest.approx(np.mean(expected))
    assert found.idle_mw == pytest.approx(2000) and found.idle_mw_error >= 1000  # type: ignore[operator]
    assert found.net_uj_error >= 1e6, "half of what idle differed by"  # type: ignore[operator]
    single = energy_of(trace, windows[1:3], idle[:1])
    assert single.net_uj_per_inference == pytest.approx(9e6)


def with_quality(bits: int, begin: float, end: float) -> Trace:
    blocks = []
    for block in blocks_of(MADE, INFO, Flaws()):
        times = (block.first + np.arange(block.samples)) / INFO.rate_hz
        blocks.append(replace(block, quality=np.where((times >= begin) & (times < end), bits, 0).astype(np.uint8)))
    return memory_trace(INFO, blocks, [Note(START, HOST_S)])


def test_doubts_about_the_meter_and_its_samples() -> None:
    trace = recorded(MADE)
    (begin, _, _), (other, _, _) = MADE.spans[:2]
    said = spoilt(trace, calibrated=False).warnings
    assert "A fake meter is not calibrated: its figures may be off by more than their bounds" in said
    said = measured(MADE, with_quality(SATURATED, begin + 0.1, begin + 0.11)).warnings
    assert any(one.startswith("100 samples in window 1 stood at the end") for one in said)
    said = measured(MADE, with_quality(SUSPECT, other + 0.1, other + 0.2)).warnings
    assert any("more than 1% of the samples in window 2 are doubtful" in one for one in said)
    assert not [one for one in measured(MADE, with_quality(SUSPECT, 0.0, 0.04)).warnings if "doubtful" in one]


def test_doubts_about_lost_samples() -> None:
    said = measured(MADE, recorded(MADE, flaws=Flaws(lost=0.03))).warnings
    assert [one for one in said if "window 1 has lost" in one and one.endswith("% of its samples")]
    begin, _, _ = MADE.spans[0]
    blocks = [b for b in blocks_of(MADE, INFO, Flaws()) if abs(b.first / INFO.rate_hz - begin - 0.3) > 0.05]
    said = measured(MADE, memory_trace(INFO, blocks, [Note(START, HOST_S)])).warnings
    assert any("window 1 has a gap of 0." in one for one in said)


def test_doubts_about_short_windows() -> None:
    short = scene(seed=1, windows=2, window_s=0.05)
    assert any(
        "window 1, window 2 took less than 10 s and fewer than 10" in w
        for w in measured(short, recorded(short)).warnings
    )
    assert not [one for one in measured(MADE, recorded(MADE)).warnings if "took less" in one]


def test_doubts_about_the_boards_clock() -> None:
    def told(*ratios: float) -> tuple[str, ...]:
        expected = tuple(
            replace(one, board_s=one.board_s * ratios[int(one.name[-1]) - 1]) if one.board_s else one
            for one in MADE.expected
        )
        return measured(replace(MADE, expected=expected), recorded(MADE)).warnings

    assert len(told(1.004, 1.004, 1.004)) == 1, "an RC oscillator may be off so far"
    assert any("the clocks differ: a second of the board's takes 0.95" in one for one in told(1.05, 1.05, 1.05))
    assert any("window 2 is 2.41 ms shorter than by the board's clock" in one for one in told(1.0, 1.004, 1.0))


def test_samples_that_were_lost_unnoticed_are_told() -> None:
    """The meter's numbers go on as if nothing had been lost: what a counter of 64 does."""
    made = scene(seed=2, windows=3, window_s=8.0)
    lost, at = 3200, int((made.spans[1][0] + 4) * 1e4)
    blocks = []
    for block in blocks_of(made, INFO, Flaws()):
        if block.first >= at + lost:
            blocks.append(replace(block, first=block.first - lost))
        elif block.first < at:
            blocks.append(block)
    trace = memory_trace(INFO, blocks, [Note(START, HOST_S)])
    assert trace.lost == 0
    found = measured(made, trace)
    assert any("samples got lost unnoticed near" in one for one in found.warnings)
    assert any("window 2 is 3" in one and "samples are missing" in one for one in found.warnings)
    assert found.uj_per_inference == pytest.approx(made.uj_per_inference, rel=1e-3), "the other windows are sound"


def test_fewer_windows_than_asked_are_kept_and_marked() -> None:
    end = MADE.spans[1][1] + 0.05
    blocks = [block for block in blocks_of(MADE, INFO, Flaws()) if block.first / INFO.rate_hz < end]
    trace = memory_trace(INFO, blocks, [Note(START, HOST_S)], partial="/dev/ttyACM0 has vanished")
    found = measured(MADE, trace, asked=3)
    assert found.partial == "2 of 3 windows: /dev/ttyACM0 has vanished" and len(found.windows) == 2
    assert found.uj_per_inference == pytest.approx(MADE.uj_per_inference, rel=1e-3)
    assert "the recording does not hold window 3" in found.warnings
    nothing = memory_trace(INFO, blocks[:5], partial="/dev/ttyACM0 has vanished")
    with pytest.raises(MeterError, match="no whole window of inferences: /dev/ttyACM0 has vanished"):
        energy_of(nothing, [], [])


def test_volts_that_were_measured() -> None:
    rng = np.random.default_rng(5)
    blocks = [
        replace(block, volts=(3.3 + rng.normal(0, 0.001, block.samples)).astype(np.float32))
        for block in blocks_of(MADE, INFO, Flaws())
    ]
    found = measured(MADE, memory_trace(replace(INFO, supply_v=None), blocks, [Note(START, HOST_S)]))
    assert found.supply_v == pytest.approx(3.3, rel=1e-4) and not found.warnings
    assert found.uj_per_inference == pytest.approx(MADE.uj_per_inference * 1.1, rel=1e-3)


def test_watts_without_a_voltage() -> None:
    blocks = [replace(block, amps=None, watts=block.amps * 3) for block in blocks_of(MADE, INFO, Flaws())]  # type: ignore[operator]
    found = measured(MADE, memory_trace(replace(INFO, supply_v=None), blocks, [Note(START, HOST_S)]))
    assert found.supply_v is None and not found.warnings
    assert found.uj_per_inference == pytest.approx(MADE.uj_per_inference, rel=1e-3)


def test_amperes_without_a_voltage() -> None:
    with pytest.raises(MeterError, match="the supply voltage is not known") as caught:
        spoilt(recorded(MADE), supply_v=None)
    assert "volts=" in caught.value.hint


def test_all_samples_of_a_window_lost() -> None:
    begin, end, _ = MADE.spans[1]
    blocks = [b for b in blocks_of(MADE, INFO, Flaws()) if not begin - 0.05 < b.first / INFO.rate_hz < end + 0.05]
    trace = memory_trace(INFO, blocks)
    window = Window("window 2", begin, end, 9, "given", 0.0)
    with pytest.raises(MeterError, match=r"window 2: .* no sample came"):
        energy_of(trace, [window])
    begin, end, count = MADE.spans[0]
    found = energy_of(trace, [Window("window 1", begin, end, count, "given", 0.0), window])
    assert found.partial == "1 of 2 windows" and any("no sample came" in one for one in found.warnings)
    assert found.uj_per_inference == pytest.approx(MADE.uj_per_inference, rel=1e-3)


def test_whatever_a_trace_and_a_session_tell_there_is_a_figure_or_an_error() -> None:
    """Values that pass every check of a file, and make no sense."""
    rng = np.random.default_rng(8)
    figures = 0
    for _ in range(400):
        found = _nonsense(rng)
        if found is not None:
            figures += 1
            values = [found.uj_per_inference, found.uj_error, found.active_mw, found.active_mw_error]
            values += [found.inferences_per_s, found.clock_ratio, found.net_uj_error, found.variation, found.supply_v]
            assert all(math.isfinite(value) for value in values if value is not None)
    assert figures > 20


def _nonsense(rng: np.random.Generator) -> EnergyFound | None:
    blocks, at = [], 0
    for _ in range(int(rng.integers(1, 40))):
        at += int(rng.choice([0, 0, 1, 100_000]))
        size = int(rng.integers(1, 400))
        amps = (rng.normal(0, 1, size) * 10.0 ** rng.integers(-12, 30)).astype(np.float32)
        levels = rng.integers(0, 2, size, dtype=np.uint8) if rng.random() < 0.3 else np.full(size, at % 2, np.uint8)
        host_s = float(rng.choice([0.0, 5.0, 1e8, -1e8, 100 + at / INFO.rate_hz]))
        quality = rng.integers(0, 256, size, dtype=np.uint8)
        blocks.append(Block(at, amps, digital=levels, quality=quality, host_s=host_s))
        at += size
    expected = []
    for number in range(int(rng.integers(1, 5))):
        board_s = rng.choice([None, 0.0, -1.0, 1e-3, 1e9])
        expected.append(Expected(f"window {number}", *rng.normal(100, 3, 2), int(rng.integers(0, 5)), board_s))
    trace = memory_trace(INFO, blocks, [Note(START, 99.0)])
    try:
        cut = windows_by_gate(trace, 0, expected)
        return energy_of(trace, cut.windows, cut.idle, 5, cut.warnings)
    except MeterError:
        return None


def test_no_figure_is_not_finite() -> None:
    """A board that takes nothing at all."""
    info: TraceInfo = info_at(1e3)
    trace = memory_trace(info, [Block(0, np.zeros(3000, np.float32))])
    windows = [Window(f"window {i}", i, i + 1.0, 10, "given", 0.0) for i in range(3)]
    found = energy_of(trace, windows[:2], [replace(windows[2], inferences=0)])
    assert found.uj_per_inference == 0 and found.variation is None and found.supply_v == 3.0
    figures = [found.uj_error, found.net_uj_error, found.active_mw_error, found.idle_mw_error, found.inferences_per_s]
    assert all(figure is not None and math.isfinite(figure) for figure in figures)
