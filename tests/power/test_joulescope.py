"""Joulescope: the driver against a fake of pyjoulescope_driver, and against the package without an instrument."""

import inspect
import itertools
import sys
import time

import numpy as np
import pytest

from edgeopt.errors import MeterError, PortError, ToolchainError, UsageError
from edgeopt.power.emulator import EMULATORS, Faults
from edgeopt.power.emulators.joulescope import FakeDriver
from edgeopt.power.integrate import integrate
from edgeopt.power.joulescope.api import FAILURES, Driver, real_driver
from edgeopt.power.joulescope.streams import Streams, piece_of
from edgeopt.power.meter import meter_opener
from edgeopt.power.meters.joulescope import JoulescopeMeter, find_joulescope, open_joulescope
from edgeopt.power.profile import Pieces
from edgeopt.power.trace import SATURATED
from edgeopt.power.tracefile import memory_trace

JS110, JS220 = "u/js110/001234", "u/js220/000415"


def bursts(rng, seconds=3.0):
    """The gate (line 0) is low from 0.7 s to 2.7 s; line 1 is its opposite."""
    inner = np.sort(rng.uniform(0.71, 2.69, 200))
    starts = np.concatenate(([0.0, 0.7], inner, [2.7]))
    amps = np.concatenate(([2e-3], rng.uniform(5e-3, 40e-3, 201), [1e-3]))
    levels = np.concatenate(([1], np.full(201, 2), [1])).astype(np.uint8)
    return Pieces(3.0, starts, amps, levels)


def meter_with(profile, faults=None, path=JS220, rate_hz=100_000):
    driver = FakeDriver(profile, faults or Faults(), (path,))
    return JoulescopeMeter(driver, path, rate_hz, driver.clock, driver.pass_time, "simulated"), driver


def record(meter, driver, seconds):
    meter.start()
    blocks = []
    end_s = driver.clock() + seconds
    while driver.clock() < end_s:
        blocks += meter.read(0.1)
    blocks += meter.stop()
    meter.close()
    return memory_trace(meter.info, blocks)


@pytest.mark.parametrize(
    ("path", "rate_hz"), [(JS220, 100_000), (JS110, 100_000), (JS220, 10_000), (JS110, 1_000_000), (JS220, 1_000_000)]
)
def test_energy_of_a_known_profile_within_half_a_percent(path, rate_hz, rng):
    profile = bursts(rng)
    faults = Faults(seed=int(rng.integers(1 << 30)), noise_a=50e-6, offset_a=5e-6, lost=0.001, clock=1.00002)
    meter, driver = meter_with(profile, faults, path, rate_hz)
    trace = record(meter, driver, 3.0)
    assert 0.0005 < trace.lost / (trace.samples + trace.lost) < 0.0015
    edges = trace.edges(0)
    assert len(edges.falling_s) == len(edges.rising_s) == 1
    found = integrate(trace, edges.falling_s[0], edges.rising_s[0])
    assert found.joules == pytest.approx(profile.energy_j(0.7, 2.7), rel=0.005)
    assert found.seconds == pytest.approx(2.0, rel=1e-4, abs=3 / rate_hz)
    assert edges.falling_s[0] + driver.began_s == pytest.approx(0.7, abs=2 / rate_hz + 1e-4)
    other = trace.edges(1)
    assert other.rising_s == pytest.approx(edges.falling_s, abs=1.1 / rate_hz)
    assert trace.info.digital_lines == (4 if path == JS220 else 2)


def test_a_perfect_one_is_right(rng):
    profile = bursts(rng)
    meter, driver = meter_with(profile)
    trace = record(meter, driver, 3.0)
    assert trace.lost == 0
    begin_s = driver.began_s
    found = integrate(trace, 0.5, 2.8)
    assert found.joules == pytest.approx(profile.energy_j(0.5 + begin_s, 2.8 + begin_s), rel=1e-5)
    assert found.coulombs == pytest.approx(found.joules / 3.0, rel=1e-6)


def test_a_pulse_shorter_than_a_sample_is_seen():
    """50 us low at 1 kHz."""
    starts = np.array([0.0, 0.5002, 0.50025])
    profile = Pieces(3.0, starts, np.full(3, 1e-3), np.array([1, 0, 1], dtype=np.uint8))
    meter, driver = meter_with(profile, rate_hz=1000)
    trace = record(meter, driver, 1.5)
    edges = trace.edges(0)
    assert edges.falling_s + driver.began_s == pytest.approx([0.5002], abs=0.001)
    assert len(edges.rising_s) == 1


def test_what_each_model_is_told():
    flat = Pieces(3.0, np.zeros(1), np.full(1, 1e-3), np.zeros(1, dtype=np.uint8))
    _, first = meter_with(flat, path=JS110)
    assert first.published == {"s/i/range/select": "auto", "s/v/range/select": "15 V", "h/fs": 100_000}
    meter, second = meter_with(flat, path=JS220)
    assert second.published == {"s/i/range/mode": "auto", "s/v/range/mode": "auto", "h/fs": 100_000}
    meter.start()
    assert {topic for topic, value in second.published.items() if topic.endswith("ctrl") and value == 1} == {
        "s/i/ctrl", "s/v/ctrl", "s/gpi/0/ctrl", "s/gpi/1/ctrl", "s/gpi/2/ctrl", "s/gpi/3/ctrl"
    }  # fmt: skip
    meter.stop()
    assert all(second.published[f"s/{signal}/ctrl"] == 0 for signal in ("i", "v", "gpi/0", "gpi/3"))
    meter.close()
    assert second.finalized


def test_it_starts_anew():
    flat = Pieces(3.0, np.zeros(1), np.full(1, 1e-3), np.zeros(1, dtype=np.uint8))
    meter, _ = meter_with(flat)
    for _ in range(3):
        meter.start()
        first = list(meter.read(0.1))
        assert first[0].first == 0
        meter.stop()


def test_saturated():
    flat = Pieces(3.0, np.zeros(1), np.full(1, 12.0), np.zeros(1, dtype=np.uint8))
    meter, driver = meter_with(flat)
    trace = record(meter, driver, 0.5)
    assert all((block.quality & SATURATED).all() for block in trace.blocks())


def test_unplugged_in_the_middle():
    flat = Pieces(3.0, np.zeros(1), np.full(1, 1e-3), np.zeros(1, dtype=np.uint8))
    meter, driver = meter_with(flat, Faults(unplugged_s=2.0))
    meter.start()
    blocks = []
    with pytest.raises(MeterError, match="was unplugged") as caught:
        for _ in range(1000):
            blocks += meter.read(0.1)
    assert caught.value.hint
    assert driver.clock() < 4.0
    assert sum(block.samples for block in blocks) > 190_000
    meter.stop()
    meter.close()
    assert driver.finalized


class Mute(FakeDriver):
    """Delivers nothing of one signal."""

    def __init__(self, profile, mute):
        super().__init__(profile, Faults(), (JS220,))
        self.mute = mute

    def _send(self, name, signal):
        if name in self.mute:
            signal.at += 1000 * signal.step
        else:
            super()._send(name, signal)


@pytest.mark.parametrize(
    ("mute", "message"),
    [
        (("s/v",), "sends no voltage"),
        (("s/gpi/2",), "sends no digital input 2"),
        (("s/i", "s/v", "s/gpi/0", "s/gpi/1", "s/gpi/2", "s/gpi/3"), "sends nothing"),
    ],
)
def test_a_signal_that_does_not_come(mute, message):
    flat = Pieces(3.0, np.zeros(1), np.full(1, 1e-3), np.zeros(1, dtype=np.uint8))
    driver = Mute(flat, mute)
    meter = JoulescopeMeter(driver, JS220, 100_000, driver.clock, driver.pass_time)
    meter.start()
    with pytest.raises(MeterError, match=message) as caught:
        for _ in range(200):
            meter.read(0.1)
    assert caught.value.hint


class Slow(FakeDriver):
    """Keeps the rate that it had."""

    def publish(self, topic, value, timeout=None):
        super().publish(topic, 20_000 if topic.endswith("h/fs") else value, timeout)


def test_another_rate_than_asked_for():
    flat = Pieces(3.0, np.zeros(1), np.full(1, 1e-3), np.zeros(1, dtype=np.uint8))
    driver = Slow(flat, Faults(), (JS220,))
    meter = JoulescopeMeter(driver, JS220, 100_000, driver.clock, driver.pass_time)
    meter.start()
    with pytest.raises(MeterError, match="sends 20000 samples a second"):
        for _ in range(20):
            meter.read(0.1)


def message(first, count, step=20, dtype=np.float32, **other):
    return {
        "sample_id": first,
        "decimate_factor": step,
        "sample_rate": 2_000_000,
        "data": np.ones(count, dtype=dtype),
    } | other


@pytest.mark.parametrize(
    "value",
    [
        {},
        message(0, 5, dtype=np.float64),
        message(-1, 5),
        message(0, 5, step=0),
        message(0, 5, sample_rate=0),
        message(0, 5, sample_id="x"),
        message(0, 5, data=np.ones((2, 2), dtype=np.float32)),
        message(0, 5, data=None),
    ],
)
def test_pieces_that_cannot_be(value):
    with pytest.raises(MeterError, match="makes no sense"):
        piece_of(value, False)


def test_pieces_put_side_by_side_however_they_come(rng):
    """Pieces of any length, at random; whole pieces of each signal get lost; a long gap is stepped over."""
    for _ in range(20):
        streams = Streams(1)
        amps = rng.normal(1.0, 0.1, 30_000).astype(np.float32)
        bits = rng.integers(0, 2, 30_000 * 2).astype(np.uint8)
        known = np.ones(30_000, dtype=bool)
        cuts = {"i": cut(rng, 30_000, 1), "v": cut(rng, 30_000, 1), "0": cut(rng, 60_000, 8)}
        lost = int(rng.integers(1, len(cuts["i"]) - 1))
        known[slice(*cuts["i"][lost])] = False
        base = int(rng.integers(1000)) * 20
        found = []
        while any(cuts.values()):
            name = str(rng.choice([name for name in cuts if cuts[name]]))
            begin, end = cuts[name].pop(0)
            if name == "0":
                data = np.packbits(bits[begin:end], bitorder="little")
                streams.add(name, message(base + begin * 10, 0, step=10, data=data))
            elif name == "v":
                streams.add(name, message(base + begin * 20, end - begin))
            elif known[begin]:
                streams.add(name, message(base + begin * 20, 0, data=amps[begin:end]))
            if rng.random() < 0.3:
                found += streams.take()
        found += streams.take(all_of_it=True)
        got, levels = np.full(30_000, np.nan, dtype=np.float32), np.full(30_000, 9, dtype=np.uint8)
        for together in found:
            there = slice(together.number, together.number + len(together.amps))
            assert np.isnan(got[there]).all(), "no sample comes twice"
            got[there], levels[there] = together.amps, together.digital
        assert np.array_equal(got[known], amps[known])
        assert np.isnan(got[~known]).all()
        assert np.array_equal(levels[known], bits.reshape(-1, 2).min(axis=1)[known])


def cut(rng, length, multiple):
    marks = np.unique(np.append(rng.integers(1, length // multiple, 30) * multiple, [0, length]))
    return [(int(a), int(b)) for a, b in itertools.pairwise(marks)]


def test_a_long_gap_is_stepped_over():
    streams = Streams(0)
    for name in ("i", "v"):
        streams.add(name, message(0, 100))
        streams.add(name, message(20 * 3_000_000, 100))
    first, second = streams.take()
    assert (first.number, len(first.amps)) == (0, 100)
    assert (second.number, len(second.amps)) == (3_000_000, 100)


def test_old_pieces_are_forgotten():
    streams = Streams(1)
    for k in range(50):
        for name in ("i", "v"):
            streams.add(name, message(k * 2000, 100))
        streams.add("0", message(k * 2000, 125, step=2, dtype=np.uint8))
        streams.take()
    assert all(len(pieces) <= 2 for pieces in streams._pieces.values())


def test_a_reader_that_sleeps_loses_samples_and_is_told():
    flat = Pieces(3.0, np.zeros(1), np.full(1, 1e-3), np.zeros(1, dtype=np.uint8))
    meter, driver = meter_with(flat)
    meter.start()
    blocks = list(meter.read(0.1))
    for _ in range(1000):
        driver.pass_time(0.02)
    for _ in range(20):
        blocks += meter.read(0.1)
    trace = memory_trace(meter.info, blocks)
    assert trace.lost > 300_000
    assert trace.samples + trace.lost == pytest.approx(100_000 * (driver.clock() - driver.began_s), abs=5_000)


@pytest.mark.parametrize(
    ("paths", "wanted", "message"),
    [
        ((), "auto", "no Joulescope was found: there is none"),
        ((JS110, JS220), "auto", "several Joulescopes"),
        ((JS110,), "000415", "no Joulescope is called `000415`"),
    ],
)
def test_which_one(paths, wanted, message):
    driver = FakeDriver(Pieces(3.0, np.zeros(1), np.zeros(1), np.zeros(1, dtype=np.uint8)), Faults(), paths)
    with pytest.raises(PortError, match=message) as caught:
        find_joulescope(driver, wanted)
    assert caught.value.hint
    assert find_joulescope(FakeDriver(driver._profile, Faults(), (JS110, JS220)), "001234") == JS110


def test_unknown_models_and_busy_ones():
    profile = Pieces(3.0, np.zeros(1), np.zeros(1), np.zeros(1, dtype=np.uint8))
    driver = FakeDriver(profile, Faults(), ("u/js320/000001",))
    with pytest.raises(MeterError, match="does not know the Joulescope `js320`"):
        open_joulescope("auto", 100_000, lambda: driver)
    assert driver.finalized
    driver = FakeDriver(profile, Faults(), (JS220,))
    with pytest.raises(UsageError, match="JS220 does not sample 2e"):
        open_joulescope("auto", 2_000_000, lambda: driver)
    with pytest.raises(MeterError, match="cannot open the Joulescope") as caught:
        JoulescopeMeter(driver, JS110, 100_000, driver.clock, driver.pass_time)
    assert "Joulescope UI" in caught.value.hint


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("joulescope", "needs a name"),
        ("joulescope:auto,rate=3000", "no rate of 3000 Hz"),
        ("joulescope:auto,rate=0", "rate=0"),
        ("joulescope:auto,volts=3", "no option `volts`"),
    ],
)
def test_what_cannot_be_asked_for(spec, message):
    with pytest.raises(UsageError, match=message):
        meter_opener(spec)


def test_emulated_meter_is_registered():
    flat = Pieces(3.0, np.zeros(1), np.full(1, 1e-3), np.zeros(1, dtype=np.uint8))
    meter = EMULATORS.get("joulescope")(flat, Faults())
    assert (meter.info.meter, meter.info.label) == ("joulescope", "simulated")
    meter.close()


def test_missing_package(tmp_path):
    """Without the extra: a hint, and nothing is imported before a meter is opened."""
    sys.modules["pyjoulescope_driver"], before = None, sys.modules.get("pyjoulescope_driver")
    try:
        with pytest.raises(ToolchainError, match="pyjoulescope_driver") as caught:
            meter_opener("joulescope:auto")()
    finally:
        del sys.modules["pyjoulescope_driver"]
        if before is not None:
            sys.modules["pyjoulescope_driver"] = before
    assert caught.value.hint == "pip install 'edgeopt[hardware]'"


@pytest.fixture
def package():
    return pytest.importorskip("pyjoulescope_driver", reason="pip install 'edgeopt[hardware]'")


def test_the_package_without_an_instrument(package):
    driver = real_driver()
    there = driver.device_paths()
    driver.finalize()
    if there:
        pytest.skip("a Joulescope is plugged in")
    with pytest.raises(PortError, match="no Joulescope was found") as caught:
        meter_opener("joulescope:auto")()
    assert "plugged in" in caught.value.hint


def test_the_fake_is_as_the_package(package):
    """The methods and their parameters, and what fails without an instrument, and how."""
    for name, method in inspect.getmembers(Driver, inspect.isfunction):
        if name.startswith("_"):
            continue
        theirs = getattr(package.Driver, name)
        parameters = [p for p in inspect.signature(method).parameters if p != "self"]
        assert all(f":param {p}:" in theirs.__doc__ for p in parameters), name
    profile = Pieces(3.0, np.zeros(1), np.zeros(1), np.zeros(1, dtype=np.uint8))
    fake, real = FakeDriver(profile, Faults(unplugged_s=0.0)), real_driver()
    try:
        assert fake.device_paths() == [path for path in real.device_paths() if path == JS220] == []
        for driver in (fake, real):
            with pytest.raises(TimeoutError, match="jsdrv_open timed out") as caught:
                driver.open(JS220, mode="defaults")
            assert isinstance(caught.value, FAILURES)
            with pytest.raises(FAILURES):
                driver.publish(f"{JS220}/h/fs", 1000, timeout=0.01)
            driver.publish(f"{JS220}/s/i/ctrl", 0, timeout=0)
            driver.subscribe(f"{JS220}/s/i/!data", "pub", print)
            driver.unsubscribe(f"{JS220}/s/i/!data", print)
            with pytest.raises(KeyError):
                driver.subscribe(f"{JS220}/s/i/!data", "none such", print)
    finally:
        real.finalize()


def test_letters_wake_the_reader():
    """With no `wait` of its own the meter waits for the package's threads."""
    profile = Pieces(3.0, np.zeros(1), np.full(1, 1e-3), np.zeros(1, dtype=np.uint8))
    driver = FakeDriver(profile, Faults(), (JS220,))
    meter = JoulescopeMeter(driver, JS220, 100_000)
    meter.start()
    driver.pass_time(0.5)
    begin_s = time.monotonic()
    assert meter.read(5.0)
    assert time.monotonic() - begin_s < 4.0
    meter.close()
