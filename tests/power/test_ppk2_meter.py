"""The PPK2's driver against its emulator: set-up, samples, energy, and what goes wrong."""

import itertools
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from serial.tools.list_ports_common import ListPortInfo

from edgeopt.errors import MeterError, PortError, UsageError
from edgeopt.power.emulator import EMULATORS, Faults
from edgeopt.power.emulators.ppk2 import EXAMPLE, Ppk2Emulator
from edgeopt.power.integrate import integrate
from edgeopt.power.meter import Meter, meter_opener, parse_meter
from edgeopt.power.meters.ppk2 import Ppk2, opener, settings_of
from edgeopt.power.ports import MeterPort, SerialPort
from edgeopt.power.ppk2 import wire
from edgeopt.power.ppk2.dialog import Settings
from edgeopt.power.ppk2.metadata import metadata_text
from edgeopt.power.profile import Pieces
from edgeopt.power.recorder import Recorder
from edgeopt.power.serving import MemoryPort, serve_pty, serve_tcp
from edgeopt.power.trace import SATURATED, SUSPECT, Block
from edgeopt.power.tracefile import memory_trace
from edgeopt.power.windows import windows_by_line

SETTINGS = Settings(wire.SOURCE, 3.0)


def pieces(*parts: tuple[float, float, int], volts: float = 3.0) -> Pieces:
    """From (seconds, amperes, level of D0) each."""
    seconds, amps, levels = zip(*parts, strict=True)
    starts = np.concatenate(([0.0], np.cumsum(seconds)[:-1]))
    return Pieces(volts, starts, np.array(amps), np.array(levels, dtype=np.uint8))


STEADY = pieces((1.0, 10e-3, 1))


@dataclass
class Wire:
    """A port that a test looks into and puts things in the way of."""

    inner: MemoryPort
    heard: Callable[[bytes, float], bytes] = lambda data, now_s: data
    written: list[bytes] = field(default_factory=list)
    closed: bool = False

    def write(self, data: bytes) -> None:
        self.written.append(data)
        self.inner.write(data)

    def read(self, timeout_s: float) -> bytes:
        return self.heard(self.inner.read(timeout_s), self.inner.clock())

    def close(self) -> None:
        self.closed = True
        self.inner.close()


def wired(emulator: Ppk2Emulator, unplugged_s: float | None = None) -> Wire:
    return Wire(MemoryPort(emulator, "PPK2", unplugged_s))


def collect(meter: Meter, samples: int) -> list[Block]:
    """At least so many, lost ones counted, and what `stop` adds."""
    meter.start()
    blocks: list[Block] = []
    while not blocks or blocks[-1].first + blocks[-1].samples < samples:
        more = meter.read(1.0)
        assert more, "nothing came in a second"
        blocks += more
    return [*blocks, *meter.stop()]


def amps_of(blocks: Sequence[Block]) -> np.ndarray:
    return np.concatenate([block.amps for block in blocks if block.amps is not None]).astype(np.float64)


def total(blocks: Sequence[Block]) -> int:
    return blocks[-1].first + blocks[-1].samples


def test_a_known_current_is_measured_without_loss() -> None:
    meter = EMULATORS.get("ppk2")(STEADY, Faults())
    blocks = collect(meter, 50_000)
    assert [b.first for b in blocks] == list(np.cumsum([0, *[b.samples for b in blocks[:-1]]]))
    assert amps_of(blocks).mean() == pytest.approx(10e-3, rel=1e-3)
    assert all(block.digital is not None and np.all(block.digital == 1) for block in blocks)
    host = [block.host_s for block in blocks]
    assert host == sorted(host) and host[-1] == pytest.approx(host[0] + 0.5, abs=0.03)
    info = meter.info
    assert (info.label, info.meter, info.rate_hz, info.supply_v) == ("simulated", "ppk2", 100_000, 3.0)
    assert info.calibrated and "9173" in info.title and info.digital_lines == 8
    meter.close()


def test_the_same_seed_gives_the_same_samples_however_they_are_read() -> None:
    faults = Faults(seed=5, noise_a=1e-4, lost=0.01)
    runs = []
    for timeout_s in (0.001, 0.5):
        meter = EMULATORS.get("ppk2")(STEADY, faults)
        meter.start()
        blocks: list[Block] = []
        while not blocks or total(blocks) < 20_000:
            blocks += meter.read(timeout_s)
        runs.append(amps_of(blocks)[:15_000])
    assert np.array_equal(*runs)


@pytest.mark.parametrize("amps", [2e-6, 20e-6, 200e-6, 2e-3, 20e-3, 200e-3, 0.9])
def test_every_range(amps: float) -> None:
    meter = EMULATORS.get("ppk2")(pieces((1.0, amps, 1)), Faults())
    assert amps_of(collect(meter, 20_000)).mean() == pytest.approx(amps, rel=2e-3, abs=2e-9)


@pytest.mark.parametrize("seed", range(3))
def test_energy_within_half_a_percent_with_noise_offset_and_lost_samples(seed: int) -> None:
    """Inferences of 1 to 40 mA with a pause between them, five windows, a steady supply of 1.8 V."""
    rng = np.random.default_rng(seed)
    inference = [(float(rng.uniform(2e-3, 9e-3)), float(rng.uniform(1e-3, 40e-3))) for _ in range(6)]
    window = [(seconds, amps, 0) for seconds, amps in inference * 10]
    profile = pieces((0.5, 2e-3, 1), *[*window, (0.1, 1e-3, 1)] * 5, volts=1.8)
    edges = np.flatnonzero(np.diff(profile.levels.astype(int)))
    exact = [profile.energy_j(profile.starts_s[a + 1], profile.starts_s[b + 1]) for a, b in edges.reshape(-1, 2)]
    faults = Faults(seed=seed, noise_a=50e-6, offset_a=5e-6, lost=0.001, clock=1.00005)
    meter = EMULATORS.get("ppk2")(profile, faults)
    blocks = collect(meter, int(1.02e5 * profile.starts_s[-1]))
    assert 0.0005 < 1 - len(amps_of(blocks)) / total(blocks) < 0.002
    trace = memory_trace(meter.info, blocks)
    windows = windows_by_line(trace, 0, 10).windows
    assert len(windows) == 5
    for cut, joules in zip(windows, exact, strict=True):
        found = integrate(trace, cut.begin_s, cut.end_s)
        assert found.joules == pytest.approx(joules, rel=5e-3)
        assert found.saturated == 0 and found.lost > 0


def test_changes_of_the_range_are_marked_and_filtered() -> None:
    profile = pieces((0.3, 10e-6, 1), *[(0.001, 10e-3, 0), (0.001, 10e-6, 1)] * 100)
    kept = {}
    for filtered in (True, False):
        port = MemoryPort(Ppk2Emulator(profile, Faults()))
        blocks = collect(Ppk2(port, replace(SETTINGS, filtered=filtered), port.clock), 40_000)
        assert not any(block.quality is not None and np.any(block.quality & SATURATED) for block in blocks)
        suspect = sum(int(np.count_nonzero(b.quality & SUSPECT)) for b in blocks if b.quality is not None)
        assert 590 <= suspect <= 606  # three at each change
        kept[filtered] = amps_of(blocks)
    assert kept[False].max() > 14e-3 and kept[True].max() < 11e-3  # the spikes of the emulated meter
    # A step of 1 to 1000 each 1 ms is what the filter is worst at: it holds back 1.8 samples of each rise.
    assert kept[True][:20_000].mean() == pytest.approx(kept[False][:20_000].mean(), rel=0.025)


def test_more_than_an_ampere_is_saturated() -> None:
    meter = EMULATORS.get("ppk2")(pieces((1.0, 1.4, 1)), Faults())
    blocks = collect(meter, 2000)
    assert all(block.quality is not None and np.all(block.quality & SATURATED) for block in blocks)


def test_what_is_said_to_the_meter_and_that_it_is_left_without_power() -> None:
    emulator = Ppk2Emulator(STEADY, Faults())
    port = wired(emulator)
    settings = settings_of(parse_meter("ppk2:auto,volts=1.8,mode=ampere,gain2=1.02"))
    meter = Ppk2(port, settings, port.inner.clock)
    assert port.written == [
        b"\x07",
        b"\x19",
        b"\x0c\x00",
        wire.set_user_gain(2, 1.02),
        b"\x11\x01",
        b"\x0d\x07\x08",
        b"\x19",
        b"\x0c\x01",
    ]
    assert meter.info.supply_source == "given" and meter.info.supply_v == 1.8
    assert any("1.02 in range 2" in remark for remark in meter.info.remarks)
    del port.written[:]
    meter.start()
    assert port.written == [b"\x07", b"\x06"]
    assert amps_of(meter.read(1.0)).mean() == pytest.approx(10e-3, rel=0.01)
    meter.close()
    assert port.written[2:] == [b"\x07", b"\x0c\x00"] and port.closed


def test_a_meter_that_was_left_sampling_is_stopped_first() -> None:
    emulator = Ppk2Emulator(STEADY, Faults())
    emulator.receive(b"\x0c\x01\x06", 0.0)
    port = MemoryPort(emulator)
    port.read(0.5)
    blocks = collect(Ppk2(port, SETTINGS, port.clock), 5000)
    assert blocks[0].first == 0 and amps_of(blocks).mean() == pytest.approx(10e-3, rel=0.01)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"", "it does not answer"),
        (b"m-ready\r\n", r"it answers `m-ready\.\.`"),
        (b"\x00\xff" * 40, r"it answers `\.{40}` and 40 bytes more"),
        (b"END\n", r"it answers `END\.`"),
    ],
)
def test_another_device_on_the_port(answer: bytes, message: str) -> None:
    class Other:
        def receive(self, data: bytes, now_s: float) -> bytes:
            return answer

        def stream(self, now_s: float) -> bytes:
            return b""

    port = Wire(MemoryPort(Other()))
    with pytest.raises(MeterError, match=message) as caught:
        Ppk2(port, SETTINGS, port.inner.clock)
    assert "\n" not in caught.value.message and caught.value.hint and port.closed


def test_a_device_that_never_falls_silent() -> None:
    class Talker:
        def receive(self, data: bytes, now_s: float) -> bytes:
            return b""

        def stream(self, now_s: float) -> bytes:
            return b"temperature 21\r\n"

    port = Wire(MemoryPort(Talker()))
    with pytest.raises(MeterError, match=r"does not fall silent: it still sends `temperature 21\.\.`"):
        Ppk2(port, SETTINGS, port.inner.clock)
    assert port.closed and port.inner.clock() < 5


class Stubborn(Ppk2Emulator):
    """Ignores one command."""

    def __init__(self, ignored: int) -> None:
        super().__init__(STEADY, Faults(), replace(EXAMPLE, mode=wire.AMPERE, vdd_mv=5000))
        self._ignored = ignored

    def receive(self, data: bytes, now_s: float) -> bytes:
        return b"" if data[0] == self._ignored else super().receive(data, now_s)


@pytest.mark.parametrize(
    ("ignored", "message"),
    [
        (wire.SET_MODE, "stays in mode ampere"),
        (wire.SET_VOLTAGE, "stays at 5000 mV .* 3000 mV"),
        (wire.SET_USER_GAIN, "tells a user gain of 1 in range 3 although it was told 1.1"),
    ],
)
def test_a_meter_that_does_not_do_what_it_is_told_never_feeds_the_board(ignored: int, message: str) -> None:
    port = wired(Stubborn(ignored))
    with pytest.raises(MeterError, match=message):
        Ppk2(port, replace(SETTINGS, user_gains=(None, None, None, 1.1, None)), port.inner.clock)
    assert wire.device_power(True) not in port.written and port.closed


def test_a_meter_that_says_it_is_not_calibrated() -> None:
    port = MemoryPort(Ppk2Emulator(STEADY, Faults(), replace(EXAMPLE, calibrated=False)))
    info = Ppk2(port, SETTINGS, port.clock).info
    assert not info.calibrated and "not calibrated" in info.title
    assert any("Calibrated: 0" in remark for remark in info.remarks)


def test_a_meter_without_its_constants() -> None:
    class Blank(Ppk2Emulator):
        def receive(self, data: bytes, now_s: float) -> bytes:
            text = metadata_text(replace(EXAMPLE, vdd_mv=3000))
            return text.replace(b"R4: 0.0560", b"R4: -nan") if data[0] == wire.GET_METADATA else b""

    port = MemoryPort(Blank(STEADY, Faults()))
    info = Ppk2(port, SETTINGS, port.clock).info
    assert not info.calibrated and info.gain_error > 0.4
    assert any("does not tell R4" in remark for remark in info.remarks)


def test_unplugged_in_the_middle_what_came_is_kept() -> None:
    port = wired(Ppk2Emulator(STEADY, Faults(lost=0.001)), unplugged_s=0.75)
    meter = Ppk2(port, SETTINGS, port.inner.clock)
    meter.start()
    begun_s = port.inner.clock()
    blocks: list[Block] = []
    with pytest.raises(PortError, match="`PPK2` failed"):
        while True:
            blocks += meter.read(1.0)
    assert total(blocks) == pytest.approx((0.75 - begun_s) * 1e5, abs=2)
    assert not meter.stop()
    with pytest.raises(PortError):
        meter.read(1.0)
    meter.close()
    assert port.closed


def test_a_recording_of_a_meter_that_is_unplugged_is_partial_and_holds_what_came(tmp_path: Path) -> None:
    port = MemoryPort(Ppk2Emulator(STEADY, Faults()), "PPK2", unplugged_s=0.7)
    meter = Ppk2(port, SETTINGS, port.clock)
    recorder = Recorder(meter, tmp_path / "run.eotrace", clock=port.clock)
    recorder.start()
    recorder._thread.join(60)
    trace = recorder.stop()
    meter.close()
    assert isinstance(recorder.failure, PortError) and "`PPK2` failed" in trace.partial
    assert 0.4 < trace.duration_s < 0.6 and trace.lost == 0
    assert integrate(trace, 0.1, 0.4).joules == pytest.approx(10e-3 * 3.0 * 0.3, rel=2e-3)


def test_a_meter_that_falls_silent() -> None:
    port = wired(Ppk2Emulator(STEADY, Faults()))
    meter = Ppk2(port, SETTINGS, port.inner.clock)
    meter.start()
    assert meter.read(1.0)
    port.heard = lambda data, now_s: b""
    with pytest.raises(MeterError, match="has sent nothing for 2 s"):
        for _ in range(10):
            meter.read(0.5)


def test_a_meter_that_sends_nothing_but_noise(rng: np.random.Generator) -> None:
    port = wired(Ppk2Emulator(STEADY, Faults()))
    meter = Ppk2(port, SETTINGS, port.inner.clock)
    port.heard = lambda data, now_s: rng.integers(0, 256, len(data), dtype=np.uint8).tobytes()
    meter.start()
    with pytest.raises(MeterError, match="nothing but noise for 2 s"):
        for _ in range(30):
            assert not meter.read(0.5)


def test_silence_before_the_start_is_no_error() -> None:
    meter = EMULATORS.get("ppk2")(STEADY, Faults())
    assert not meter.read(5.0) and not meter.stop()


@dataclass
class Dropping:
    """Loses whole samples from a time on, as a meter whose buffer is full."""

    begin_s: float
    samples: int
    dropped: int = 0

    def __call__(self, data: bytes, now_s: float) -> bytes:
        if now_s < self.begin_s or self.dropped == self.samples:
            return data
        lose = min(self.samples - self.dropped, len(data) // 4)
        self.dropped += lose
        return data[lose * 4 :]


@pytest.mark.parametrize("lost", [1, 63, 65, 100, 127, 1000, 5008, 64 * 10 + 3, 64 * 100])
def test_losses_beyond_the_turn_of_the_counter_are_told_by_when_samples_come(lost: int) -> None:
    port = wired(Ppk2Emulator(STEADY, Faults()))
    meter = Ppk2(port, SETTINGS, port.inner.clock)
    port.heard = Dropping(0.8, lost)
    meter.start()
    begun_s = port.inner.clock()
    blocks: list[Block] = []
    while port.inner.clock() < begun_s + 3.0:
        blocks += meter.read(0.1)
    blocks += meter.stop()
    assert total(blocks) - len(amps_of(blocks)) == lost
    assert total(blocks) == pytest.approx((port.inner.clock() - begun_s) * 1e5, abs=0.15e5)
    gaps = [b.first - a.first - a.samples for a, b in itertools.pairwise(blocks)]
    assert [gap for gap in gaps if gap] == [lost]
    assert [warning.split()[0] for warning in meter.warnings] == ([str(lost // 64 * 64)] if lost >= 64 else [])
    if lost % 64:
        at = next(block.first for block, gap in zip(blocks[1:], gaps, strict=True) if gap)
        assert at / 1e5 + begun_s == pytest.approx(0.8 + lost / 1e5, abs=0.021)


def test_losses_while_the_host_was_busy_are_counted_exactly(rng: np.random.Generator) -> None:
    """As it happens: nobody reads for a while, the buffers are full, and the meter throws away what it has."""
    port = wired(Ppk2Emulator(pieces((60.0, 10e-3, 1)), Faults()))
    meter = Ppk2(port, SETTINGS, port.inner.clock)
    meter.start()
    begun_s = port.inner.clock()
    blocks: list[Block] = []
    expected = []
    for _ in range(12):
        until_s = port.inner.clock() + rng.uniform(0.5, 1.5)
        while port.inner.clock() < until_s:
            blocks += meter.read(0.1)
        port.inner.stall(float(rng.uniform(0.05, 0.3)))
        lost = int(rng.integers(1, 4900))
        expected.append(lost if lost % 64 else lost + 1)
        port.heard = Dropping(port.inner.clock(), expected[-1])
    until_s = port.inner.clock() + 1.0
    while port.inner.clock() < until_s:
        blocks += meter.read(0.1)
    end_s = port.inner.clock()
    blocks += meter.stop()
    gaps = [b.first - a.first - a.samples for a, b in itertools.pairwise(blocks)]
    assert [gap for gap in gaps if gap] == expected
    assert total(blocks) == pytest.approx((end_s - begun_s) * 1e5, abs=0.15e5)


def test_a_busy_host_is_not_taken_for_a_loss() -> None:
    """Samples wait in the system's buffers for up to 80 ms, and single ones are lost now and then."""
    rng = np.random.default_rng(3)
    port = wired(Ppk2Emulator(STEADY, Faults(lost=0.0005)))
    meter = Ppk2(port, SETTINGS, port.inner.clock)
    meter.start()
    blocks: list[Block] = []
    begun_s = port.inner.clock()
    while port.inner.clock() < begun_s + 4.0:
        if rng.random() < 0.2:
            port.inner.stall(float(rng.uniform(0.01, 0.08)))
        blocks += meter.read(0.2)
    end_s = port.inner.clock()
    blocks += meter.stop()
    assert total(blocks) == pytest.approx((end_s - begun_s) * 1e5, abs=2500)
    assert 0.0002 < 1 - len(amps_of(blocks)) / total(blocks) < 0.0008


@pytest.mark.skipif(os.name != "posix", reason="needs ptys")
def test_over_a_pty_in_real_time() -> None:
    with serve_pty(Ppk2Emulator(STEADY, Faults(lost=0.001))) as path:
        meter = Ppk2(SerialPort(path, 115200), SETTINGS)
        blocks = collect(meter, 30_000)
        meter.close()
    assert amps_of(blocks).mean() == pytest.approx(10e-3, rel=2e-3)
    # By the counter alone: on a slow machine the emulated meter's time falls behind, which looks like a loss.
    lost = sum((b.first - a.first - a.samples) % 64 for a, b in itertools.pairwise(blocks))
    assert 5 <= lost <= 80


def test_behind_a_serial_server() -> None:
    with serve_tcp(Ppk2Emulator(STEADY, Faults())) as url:
        meter = meter_opener(f"ppk2:{url},volts=3.0,line=2")()
        assert amps_of(collect(meter, 5_000)).mean() == pytest.approx(10e-3, rel=2e-3)
        meter.close()


def test_damaged_bytes_cost_little(rng: np.random.Generator) -> None:
    def damage(data: bytes, now_s: float) -> bytes:
        broken = bytearray(data)
        if now_s > 0.4 and len(broken) > 100 and rng.random() < 0.3:
            at = int(rng.integers(0, len(broken) - 20))
            if rng.random() < 0.5:
                del broken[at : at + int(rng.integers(1, 20))]
            else:
                broken[at : at + 8] = rng.integers(0, 256, 8, dtype=np.uint8).tobytes()
        return bytes(broken)

    port = wired(Ppk2Emulator(pieces((9.0, 10e-3, 1)), Faults()))
    meter = Ppk2(port, SETTINGS, port.inner.clock)
    meter.start()
    begun_s = port.inner.clock()
    port.heard = damage
    blocks: list[Block] = []
    while port.inner.clock() < begun_s + 3.0:
        blocks += meter.read(0.1)
    assert np.median(amps_of(blocks)) == pytest.approx(10e-3, rel=0.01)
    assert total(blocks) == pytest.approx((port.inner.clock() - begun_s) * 1e5, abs=0.32e5)
    assert len(amps_of(blocks)) > 0.99 * total(blocks)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("ppk2:auto", "needs to know how many volts", "ppk2:auto,volts=3.0"),
        ("ppk2:/dev/ttyACM0,mode=ampere", "the volts of the board's supply", "ppk2:/dev/ttyACM0,mode=ampere,volts=3.0"),
        ("ppk2:auto,volts=5.5", "`volts=5.5`", "from 0.8 to 5"),
        ("ppk2:auto,volts=0.7", "`volts=0.7`", "from 0.8 to 5"),
        ("ppk2:auto,volts=nan", "`volts=nan`", "from 0.8 to 5"),
        ("ppk2:auto,volts=3,mode=amps", "`mode=amps`", "source, ampere"),
        ("ppk2:auto,volts=3,line=8", "`line=8`", "0 to 7"),
        ("ppk2:auto,volts=3,line=1.5", "`line=1.5`", "0 to 7"),
        ("ppk2:auto,volts=3,filter=maybe", "`filter=maybe`", "on, off"),
        ("ppk2:auto,volts=3,gain5=1", "no option `gain5`", "gain4"),
        ("ppk2:auto,volts=3,gain0=9", "`gain0=9`", "0.5 to 2"),
        ("ppk2,volts=3", "needs a port", "ppk2:auto"),
    ],
)
def test_wrong_options_are_known_before_anything_is_opened(text: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        meter_opener(text)
    assert message in caught.value.message and hint in caught.value.hint


def test_the_examples_of_the_page_are_accepted(project: Path) -> None:
    shown = re.findall(r"--meter (ppk2:\S+)", (project / "docs" / "power_meters.md").read_text())
    assert len(shown) >= 3
    for text in shown:
        assert settings_of(parse_meter(text)).volts >= 0.8


def test_auto_finds_the_port_for_measuring() -> None:
    def comports() -> list[ListPortInfo]:
        found = []
        for device, location in (("/dev/ttyACM8", "1-1:1.3"), ("/dev/no-such-meter", "1-1:1.1")):
            info = ListPortInfo(device)
            info.vid, info.pid, info.serial_number, info.location = 0x1915, 0xC00A, "C3E1", location
            found.append(info)
        return found

    with pytest.raises(PortError, match="`/dev/no-such-meter`"):
        opener(parse_meter("ppk2:auto,volts=3"), comports)()


def test_an_emulated_meter_cannot_give_what_a_real_one_cannot() -> None:
    with pytest.raises(UsageError, match=r"does not give 6 V"):
        EMULATORS.get("ppk2")(pieces((1.0, 1e-3, 1), volts=6.0), Faults())


def test_the_driver_takes_any_port() -> None:
    port: MeterPort = MemoryPort(Ppk2Emulator(STEADY, Faults()))
    assert Ppk2(port, SETTINGS).info.label == "measured"
