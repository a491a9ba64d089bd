"""The LPM01A's driver against its emulator, in memory; and all that goes wrong between them."""

import numpy as np
import pytest
from support.lpm01a import START_S, constant, emulated_lpm01a, open_on, read_for

from edgeopt.errors import DeviceError, MeterError, PortError, UsageError
from edgeopt.power.emulator import EMULATORS, Faults
from edgeopt.power.lpm01a.emulated import Lpm01aEmulator
from edgeopt.power.lpm01a.encoding import BinaryEncoder
from edgeopt.power.lpm01a.setup import Setup
from edgeopt.power.meter import METERS, meter_opener, parse_meter
from edgeopt.power.meters.lpm01a import Lpm01a
from edgeopt.power.profile import Pieces
from edgeopt.power.serving import MemoryPort
from edgeopt.power.trace import SATURATED, Block

ASCII = Setup(3.0, 1000)
BINARY = Setup(3.0, 100_000, "dyn", "current", "bin_hexa")
BOTH = pytest.mark.parametrize("setup", [ASCII, BINARY], ids=["ascii", "binary"])


class Script:
    """A MeterPort that answers all commands as the emulator does, and then streams what it is told to."""

    def __init__(self, stream: bytes, now_s: float = 0.0) -> None:
        self._emulator = Lpm01aEmulator(constant(1e-3), Faults())
        self._stream = stream
        self._now_s = now_s
        self._waiting = b""
        self.closed = False
        self.written = b""

    def clock(self) -> float:
        return self._now_s

    def write(self, data: bytes) -> None:
        self.written += data
        if data == b"start\n":
            self._waiting += b"\r\nPowerShield > ack start\r\n\r\n" + self._stream
        elif data not in (b"stop\n", b"\nstop\n"):
            self._waiting += self._emulator.receive(data, self._now_s)

    def read(self, timeout_s: float) -> bytes:
        data, self._waiting = self._waiting, b""
        if not data:
            self._now_s += timeout_s
        return data

    def close(self) -> None:
        self.closed = True


def scripted(stream: bytes, setup: Setup) -> tuple[Lpm01a, Script]:
    port = Script(stream)
    meter = Lpm01a(port, setup, port.clock)
    meter.start()
    return meter, port


def all_of(meter: Lpm01a) -> tuple[list[Block], MeterError]:
    """What came until the meter failed."""
    blocks: list[Block] = []
    for _ in range(1000):
        try:
            blocks += meter.read(1.0)
        except MeterError as error:
            blocks += meter.stop()
            return blocks, error
    raise AssertionError("it never failed")


@BOTH
def test_a_recording(setup: Setup) -> None:
    meter, port = open_on(Lpm01aEmulator(constant(5e-3), Faults()), setup)
    assert meter.info.label == "simulated" and meter.info.supply_v == 3.0 and "1.0.6" in meter.info.title
    for _ in range(2):  # it may be started again
        meter.start()
        blocks = [*read_for(meter, port, 2.0), *meter.stop()]
        assert blocks[0].first == 0
        assert blocks[-1].first + blocks[-1].samples == pytest.approx(2.0 * setup.rate_hz, rel=0.02)
        for block in blocks:
            watts = block.watts if block.watts is not None else block.amps * 3.0  # type: ignore[operator]
            assert watts == pytest.approx(15e-3, rel=2e-3)
            assert block.host_s <= port.clock()
    assert meter.warnings == ()
    meter.close()
    with pytest.raises(PortError):
        meter.read(0.1)


def test_a_read_waits_no_longer_than_it_was_told() -> None:
    meter, port = open_on(Lpm01aEmulator(constant(5e-3), Faults()), Setup(3.0, 1, "dyn", "current"))
    meter.start()
    begin_s = port.clock()
    assert meter.read(0.25) == () and port.clock() == pytest.approx(begin_s + 0.25)


@BOTH
def test_unplugged_in_the_middle(setup: Setup) -> None:
    """What came before is delivered, then a PortError."""
    faults = Faults(unplugged_s=2.0)
    meter = emulated_lpm01a(constant(5e-3), faults, setup)
    meter.start()
    blocks: list[Block] = []
    with pytest.raises(PortError, match="the device is gone"):
        for _ in range(1000):
            blocks += meter.read(0.1)
    assert blocks[-1].first + blocks[-1].samples >= (2.0 - START_S) * setup.rate_hz * 0.98
    meter.close()


def test_an_acquisition_that_is_left_running_is_ended() -> None:
    emulator = Lpm01aEmulator(constant(5e-3), Faults())
    first, port = open_on(emulator, BINARY)
    first.start()
    read_for(first, port, 0.5)
    second = Lpm01a(port, ASCII, port.clock)
    second.start()
    (block, *_) = [*read_for(second, port, 1.5), *second.stop()]
    assert block.first == 0 and block.watts == pytest.approx(15e-3, rel=1e-3)


def test_something_else_at_the_port() -> None:
    class Echo(Script):
        def write(self, data: bytes) -> None:
            self._waiting += data

    port = Echo(b"")
    with pytest.raises(MeterError, match="does not answer `htc`") as caught:
        Lpm01a(port, ASCII, port.clock)
    assert caught.value.exit_code == 6 and port.closed


def test_something_that_never_stops() -> None:
    class Noise(Script):
        def read(self, timeout_s: float) -> bytes:
            self._now_s += 0.01
            return bytes(range(256)) * 16

    port = Noise(b"")
    with pytest.raises(MeterError, match="does not stop sending"):
        Lpm01a(port, ASCII, port.clock)
    assert port.closed


def test_a_command_that_is_refused_names_it_and_why() -> None:
    class Old(Script):
        def write(self, data: bytes) -> None:
            super().write(data.replace(b"3000m", b"9"))

    with pytest.raises(MeterError, match="refuses `volt 3000m`: argument value out of range"):
        port = Old(b"")
        Lpm01a(port, ASCII, port.clock)


def test_a_firmware_that_does_not_tell_its_version() -> None:
    class Shy(Script):
        def write(self, data: bytes) -> None:
            if data != b"version\n":
                super().write(data)

    port = Shy(b"")
    assert Lpm01a(port, ASCII, port.clock).info.title == "ST X-NUCLEO-LPM01A"


def test_firmware_without_events_has_no_edges() -> None:
    class Old(Script):
        def write(self, data: bytes) -> None:
            super().write(data.replace(b"eventsrc", b"eventless"))

    port = Old(b"")
    meter = Lpm01a(port, ASCII, port.clock)
    assert (meter.info.digital_lines, meter.info.digital_edges) == (0, "both")
    assert (scripted(b"", ASCII)[0].info.digital_lines, scripted(b"", BINARY)[0].info.digital_lines) == (1, 0)


SAMPLES = BinaryEncoder().samples(np.full(1000, 5e-3))
LINES = b"1500-08\r\n" * 1000


@pytest.mark.parametrize(
    ("setup", "stream", "says"),
    [
        (ASCII, LINES + b"pwr off\r\n" + LINES, "switched the board's supply off"),
        (BINARY, SAMPLES + b"\xf0\xf6\xff\xff" + SAMPLES, "switched the board's supply off"),
        (BINARY, SAMPLES + b"\xf0\xf9\x00\xff\xff", "switched the board's supply off"),
        (ASCII, LINES + b"error: short circuit\r\n", "reports: error: short circuit"),
        (BINARY, SAMPLES + b"\xf0\xf1short circuit\xff\xff", "reports: short circuit"),
        (ASCII, LINES + b"end\r\n\r\nPowerShield > Acquisition completed\r\n", "ended the acquisition by itself"),
        (BINARY, SAMPLES + b"\xf0\xf4\xff\xff", "ended the acquisition by itself"),
        (BINARY, SAMPLES + b"\xf0\xf4\xff\xff\r\nPowerShield > Acquisition completed\r\n", "ended the acquisition"),
        (ASCII, LINES, "sends nothing for 5 s"),
        (BINARY, SAMPLES, "sends nothing for 5 s"),
    ],
)
def test_what_ends_a_recording_keeps_what_came(setup: Setup, stream: bytes, says: str) -> None:
    meter, _ = scripted(stream, setup)
    blocks, error = all_of(meter)
    assert says in error.message and "\n" not in error.message and error.hint
    assert sum(block.samples for block in blocks) >= 1000
    with pytest.raises(MeterError):
        meter.read(1.0)


def test_an_f4_in_the_middle_is_an_over_current() -> None:
    meter, _ = scripted(SAMPLES + b"\xf0\xf4\xff\xff" + SAMPLES + b"\xf0\xf5\xff\xff" + SAMPLES, BINARY)
    blocks = [*meter.read(0.5), *meter.stop()]
    marked = [
        block.first + at
        for block in blocks
        if block.quality is not None
        for at in np.flatnonzero(block.quality & SATURATED)
    ]
    assert marked == [1000, 2000]
    assert meter.warnings == ("the LPM01A told of an over-current 2 times: more flowed there than it measured",)


@BOTH
def test_a_board_that_takes_more_than_the_range(setup: Setup) -> None:
    meter, port = open_on(Lpm01aEmulator(constant(80e-3), Faults()), setup)
    meter.start()
    blocks = [*read_for(meter, port, 1.1), *meter.stop()]
    assert all(block.quality is not None and (block.quality & SATURATED).all() for block in blocks)
    assert any("over-current" in warning for warning in meter.warnings)


@BOTH
def test_a_full_buffer_is_told(setup: Setup) -> None:
    emulator = Lpm01aEmulator(constant(5e-3), Faults(), lambda: 97)
    meter, port = open_on(emulator, setup)
    meter.start()
    read_for(meter, port, 1.5)
    assert "buffer was 97 % full" in meter.warnings[0]


def test_static_mode_is_one_value_after_the_other() -> None:
    setup = Setup(3.0, 1000, "stat", "current")
    meter, port = open_on(Lpm01aEmulator(constant(120e-6), Faults(noise_a=1e-6)), setup)
    meter.start()
    blocks = [*read_for(meter, port, 4.0), *meter.stop()]
    times_s = np.concatenate([block.times_s for block in blocks if block.times_s is not None])
    assert len(times_s) >= 6 and (np.diff(times_s) > 0).all() and times_s[-1] < 4.1
    assert np.concatenate([block.amps for block in blocks]) == pytest.approx(120e-6, rel=0.02)
    assert [block.first for block in blocks] == list(range(len(blocks)))
    assert meter.info.full_scale_a == 0.2


def test_static_mode_of_a_board_that_works() -> None:
    busy = Pieces(3.0, np.array([0.0, 1.9]), np.array([1e-4, 5e-3]), np.ones(2, np.uint8))
    meter, _ = open_on(Lpm01aEmulator(busy, Faults()), Setup(3.0, 1000, "stat", "current"))
    meter.start()
    blocks, error = all_of(meter)
    assert "current not constant" in error.message and "mode=dyn" in error.hint and blocks


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("lpm01a,volts=3", "needs a port"),
        ("lpm01a:/dev/null", "must be told at which voltage"),
        ("lpm01a:/dev/null,volts=5", "`volts=5`"),
        ("lpm01a:/dev/null,volts=3,freq=3k", "`freq=3k`"),
        ("lpm01a:/dev/null,volts=3,freq=fast", "`freq=fast`"),
        ("lpm01a:/dev/null,volts=3,freq=10k", "at most 5000 samples a second for long as ascii_dec"),
        ("lpm01a:/dev/null,volts=3,freq=100k,format=bin_hexa", "energies at most 10000 times"),
        ("lpm01a:/dev/null,volts=3,format=hex", "`format=hex`"),
        ("lpm01a:/dev/null,volts=3,mode=static", "`mode=static`"),
        ("lpm01a:/dev/null,volts=3,mode=stat,output=energy", "single currents in ASCII"),
        ("lpm01a:/dev/null,volts=3,output=power", "`output=power`"),
        ("lpm01a:/dev/null,volts=3,line=1", "`line=1`"),
        ("lpm01a:/dev/null,volts=3,range=1", "no option `range`"),
    ],
)
def test_what_cannot_be_asked_for(text: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        meter_opener(text)
    assert says in caught.value.message and "\n" not in caught.value.message and caught.value.hint


def test_it_is_a_meter_and_can_be_emulated() -> None:
    assert "lpm01a" in METERS.names() and "lpm01a" in EMULATORS.names()
    assert METERS.get("lpm01a")(parse_meter("lpm01a:/dev/nothing,volts=3.0,freq=100k,output=current,format=bin_hexa"))
    meter = EMULATORS.get("lpm01a")(constant(1e-3, 1.8), Faults())
    assert meter.info.supply_v == 1.8 and meter.info.rate_hz == 1000
    meter.close()
    with pytest.raises(UsageError, match="not 5 V"):
        EMULATORS.get("lpm01a")(constant(1e-3, 5.0), Faults())


def test_a_port_that_is_not_there() -> None:
    with pytest.raises(DeviceError):
        meter_opener("lpm01a:/dev/edgeopt-none,volts=3")()


def test_the_supply_is_on_from_the_beginning() -> None:
    emulator = Lpm01aEmulator(constant(1e-3), Faults())
    assert not emulator.powered
    port = MemoryPort(emulator)
    meter = Lpm01a(port, ASCII, port.clock)
    assert emulator.powered and emulator.settings.volt == pytest.approx(3.0)
    assert (emulator.settings.output, emulator.settings.freq, emulator.settings.eventsrc) == ("energy", 1000, "fal")
    meter.close()
    assert emulator.powered
