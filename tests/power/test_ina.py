"""The INA bridges: the chips' arithmetic, the lines, and measuring with the driver against the emulated bridge."""

import dataclasses

import numpy as np
import pytest

from edgeopt.errors import MeterError, PortError, UsageError
from edgeopt.power import ina_chips
from edgeopt.power.emulator import EMULATORS, Faults
from edgeopt.power.emulators.ina import InaEmulator, emulated_ina
from edgeopt.power.ina_chips import CHIPS
from edgeopt.power.ina_info import Settings
from edgeopt.power.ina_lines import Row, checked, crc8, parse_header, parse_row, sealed
from edgeopt.power.ina_rows import Rows
from edgeopt.power.integrate import integrate
from edgeopt.power.line_splitter import LineSplitter
from edgeopt.power.meter import meter_opener
from edgeopt.power.meters.ina import InaMeter
from edgeopt.power.profile import Pieces
from edgeopt.power.serving import MemoryPort
from edgeopt.power.trace import SATURATED, SUSPECT
from edgeopt.power.tracefile import memory_trace


def test_ti_vector_of_the_ina228():
    """SLYS021 section 8.2: 10 A in 2^19 counts; 6 A at 48 V for an hour."""
    lsb_a = 10 / 2**19
    assert 314_572 * lsb_a == pytest.approx(6, rel=1e-5)
    assert 4_718_604 * ina_chips.ina228_power_lsb_w(lsb_a) == pytest.approx(288, rel=1e-5)
    assert 1_061_683_200 * ina_chips.ina228_energy_lsb_j(lsb_a) == pytest.approx(1_036_800)
    assert 1_132_462_080 * ina_chips.ina228_charge_lsb_c(lsb_a) == pytest.approx(21_600)


def test_calibration_registers():
    for shunt_ohm in (0.01, 0.1, 1.0):
        lsb_a = CHIPS["INA228"].current_lsb_a(shunt_ohm)
        fine = 4  # ADCRANGE 1: 40.96 mV
        assert round(13107.2e6 * lsb_a * shunt_ohm * fine) == 0x1000, "SHUNT_CAL, as the sketch writes it"
    assert ina_chips.signed(0xFFFFF, 20) == -1
    assert ina_chips.signed(0x7FFFF, 20) == 524_287
    assert CHIPS["INA228"].full_scale_a(0.1) == pytest.approx(0.4096, rel=1e-5)
    assert CHIPS["INA226"].full_scale_a(0.1) == pytest.approx(0.8192, rel=1e-4)
    assert CHIPS["INA219"].full_scale_a(0.1) == pytest.approx(0.4)


def test_crc8_check_value():
    assert crc8(b"123456789") == 0xF4, "CRC-8 as of SMBus"
    assert checked(sealed("12,3")) == "12,3"
    assert checked(sealed("12,3").replace(b"3", b"4")) is None


@pytest.mark.parametrize("line", [b"", b"*", b"**", b"12,3*ZZ", b"12,3*1", b"\xff\xfe*00", b"*0", b"a*000"])
def test_lines_that_are_none(line):
    assert checked(line) is None


@pytest.mark.parametrize(
    "text",
    ["", "1,2,3,4", "1,2,3,4,2", "65536,0,0,0,1", "1,4294967296,0,0,1", "1,2,3,4,1,5", "-1,2,3,4,1", "1,2,3,4,1,"],
)
def test_rows_that_are_none(text):
    assert parse_row(text) is None


def test_rows():
    assert parse_row("65535,4294967295,-7,16896,1") == Row(65535, 4294967295, -7, 16896, 1, None, None)
    assert parse_row("0,1,2,3,0,4,4294967295") == Row(0, 1, 2, 3, 0, 4, 4294967295)


HEADER = "# edgeopt-bridge v1 meter=INA226 shunt_ohm=0.100000 rate_hz=500 i_lsb_pa=25000000 v_lsb_pv=1250000000"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (HEADER.replace("v1", "v2"), "version 2"),
        (HEADER.replace("INA226", "INA3221"), "makes no sense"),
        (HEADER.replace("0.100000", "0.0"), "makes no sense"),
        (HEADER.replace("0.100000", "nan"), "makes no sense"),
        (HEADER.replace("=500", "=0"), "makes no sense"),
        (HEADER.replace("25000000 ", "2500000 "), "makes no sense"),
        (HEADER.replace(" v_lsb_pv=1250000000", ""), "makes no sense"),
        ("# edgeopt-bridge v1 error=no-chip", "finds no INA219"),
        ("# edgeopt-bridge v1 error=i2c", "no longer answers"),
        ("# edgeopt-bridge v1 error=other", "other"),
    ],
)
def test_headers_that_cannot_be(wrong, message):
    assert parse_header(HEADER).chip is CHIPS["INA226"]
    with pytest.raises(MeterError, match=message) as caught:
        parse_header(wrong)
    assert caught.value.hint


def test_splitter_keeps_no_more_than_a_line():
    splitter = LineSplitter(10)
    assert splitter.feed(b"ab\r\ncd") == [b"ab"]
    assert splitter.feed(b"e\n" + b"x" * 5000) == [b"cde"]
    assert splitter.feed(b"x" * 5000) == []
    assert len(splitter._rest) == 0
    assert splitter.feed(b"y\nok\n") == [b"", b"ok"]


def steady(amps=0.012, supply_v=3.3):
    return Pieces(supply_v, np.array([0.0]), np.array([amps]), np.array([1], dtype=np.uint8))


def bursts(rng, seconds=14.0, active_a=0.025, idle_a=0.003):
    """A gate of 10 s, low while the current goes up and down in steps that no rate divides."""
    starts, amps, levels = [0.0, 1.7], [idle_a, active_a], [1, 0]
    at_s = 1.7
    while at_s < 11.7 - 0.05:
        at_s += float(rng.uniform(0.003, 0.04))
        starts.append(at_s)
        amps.append(float(rng.uniform(0.5, 1.0)) * active_a)
        levels.append(0)
    starts += [11.7]
    amps += [idle_a]
    levels += [1]
    return Pieces(3.3, np.array(starts), np.array(amps), np.array(levels, dtype=np.uint8))


def record(meter, seconds):
    """All that comes in so many emulated seconds."""
    meter.start()
    blocks = []
    end_s = meter._clock() + seconds
    while meter._clock() < end_s:
        blocks += meter.read(0.2)
    blocks += meter.stop()
    meter.close()
    return memory_trace(meter.info, blocks)


def stated_error_j(trace, integral):
    info = trace.info
    offset_w = info.offset_error_a * 3.3
    return (
        integral.joules_error
        + integral.joules * (info.gain_error + info.supply_error + info.clock_error)
        + offset_w * integral.seconds
    )


@pytest.mark.parametrize("chip", CHIPS)
def test_energy_of_a_known_profile_within_the_stated_uncertainty(chip, rng):
    """Noise, an offset, a shunt at its tolerance, a fast clock and 0.1 % lost rows, at once."""
    for _ in range(4):
        profile = bursts(rng)
        faults = Faults(
            seed=int(rng.integers(1 << 30)), noise_a=20e-6, offset_a=CHIPS[chip].offset_v / 0.1, lost=0.001, clock=1.004
        )
        tolerance = 0.01 * float(rng.choice([-1, 1]))
        port = MemoryPort(InaEmulator(profile, faults, chip, tolerance=tolerance))
        trace = record(InaMeter(port, Settings(), port.clock, "simulated"), 13.0)
        edges = trace.edges(0)
        assert len(edges.falling_s) == len(edges.rising_s) == 1
        integral = integrate(trace, edges.falling_s[0], edges.rising_s[0], 0.002)
        true_j = profile.energy_j(1.7, 11.7)
        assert abs(integral.joules - true_j) <= stated_error_j(trace, integral)
        assert stated_error_j(trace, integral) < 0.12 * true_j
        assert integral.seconds / 1.004 == pytest.approx(10.0, abs=0.006)


@pytest.mark.parametrize("chip", CHIPS)
def test_a_perfect_bridge_is_right_within_its_resolution(chip, rng):
    profile = bursts(rng)
    trace = record(emulated_ina(chip)(profile, Faults()), 13.0)
    assert trace.lost == 0
    edges = trace.edges(0)
    found = integrate(trace, edges.falling_s[0], edges.rising_s[0])
    assert found.joules == pytest.approx(profile.energy_j(1.7, 11.7), rel=0.01)
    assert trace.info.label == "simulated"


@pytest.mark.parametrize("chip", CHIPS)
@pytest.mark.parametrize("hz", [100.0, 250.0, 500.0, 1000.0])
def test_a_load_in_the_rhythm_of_the_rows(chip, hz):
    """Rows that take the newest result at moments of their own would be off by up to 28 % (measured with such)."""
    begins = np.arange(0, 8, 1 / hz)
    for duty in (0.2, 0.5):
        starts = np.sort(np.concatenate([begins, begins + duty / hz]))
        profile = Pieces(3.3, starts, np.tile([0.030, 0.001], len(begins)), np.zeros(len(starts), dtype=np.uint8))
        trace = record(emulated_ina(chip)(profile, Faults()), 6.0)
        true_j = (0.030 * duty + 0.001 * (1 - duty)) * 3.3 * 5.0
        assert integrate(trace, 0.5, 5.5).joules == pytest.approx(true_j, rel=0.005)


def test_lost_rows_of_an_ina228_lose_no_energy(rng):
    """The current differs most where rows get lost: a guess between the neighbours would be wrong."""
    starts = np.arange(0, 40, 0.25)
    amps = np.where(np.arange(len(starts)) % 2, 0.030, 0.001)
    profile = Pieces(3.3, starts, amps, np.zeros(len(starts), dtype=np.uint8))
    emulator = DeafEmulator(profile, Faults(), deaf=0.4)
    port = MemoryPort(emulator)
    trace = record(InaMeter(port, Settings(), port.clock), 20.0)
    assert trace.lost == 0
    integral = integrate(trace, 2.0, 18.0)
    assert integral.suspect > 1000, "what was filled is marked"
    begin_s = emulator.began_s + 0.002
    assert integral.joules == pytest.approx(profile.energy_j(2.0 + begin_s, 18.0 + begin_s), rel=0.005)


class DeafEmulator(InaEmulator):
    """Loses `deaf` of its rows in stretches of a quarter of a second, so that all of a level is gone at times."""

    def __init__(self, profile, faults, deaf, chip="INA228"):
        super().__init__(profile, faults, chip)
        self.deaf = deaf

    def _on_the_way(self, lines):
        keep = []
        for line in lines:
            number = int(line.split(b",")[0])
            lost = np.random.default_rng(number // 125).random() < self.deaf and number % 125 not in (0, 124)
            keep += [] if lost else [line]
        return keep


def test_lost_rows_of_the_others_are_counted():
    for chip in ("INA219", "INA226"):
        port = MemoryPort(DeafEmulator(steady(), Faults(), 0.3, chip))
        trace = record(InaMeter(port, Settings(), port.clock), 5.0)
        assert trace.lost > 100
        assert integrate(trace, 1.0, 4.0).joules == pytest.approx(3.0 * 0.012 * 3.3, rel=0.01)


def test_emulated_meter_is_registered():
    meter = EMULATORS.get("ina")(steady(), Faults())
    assert meter.info.meter == "ina"
    assert meter.info.title.startswith("INA228")
    meter.close()


def test_rows_and_times_run_over():
    """65536 rows and 2^32 us later the numbers go on."""
    rows = Rows(parse_header(HEADER), 0.1, True)
    first = Row(65_534, (1 << 32) - 3000, 100, 2640, 1, None, None)
    second = Row(65_535, (1 << 32) - 1000, 200, 2640, 0, None, None)
    third = Row(0, 1000, 300, 2640, 0, None, None)
    later = Row(1, 3000 + 65_536 * 2000, 400, 2640, 1, None, None)
    (block,) = rows.blocks([first, second, third], 5.0)
    assert block.first == 65_534
    assert block.times_s.tolist() == pytest.approx([0.0, 0.002])
    assert block.amps.tolist() == pytest.approx([200 * 25e-6, 300 * 25e-6])
    assert block.volts.tolist() == pytest.approx([3.3, 3.3])
    assert block.digital.tolist() == [1, 0], "the level at the begin of the sample"
    assert block.host_s == 5.0
    (block,) = rows.blocks([later], 6.0)
    assert block.first == 65_536 + 65_536, "the sample before it is known, the 65536 before that are not"
    assert block.times_s[0] == pytest.approx(0.004 + 65_536 * 0.002)


def test_the_same_row_twice_is_one():
    rows = Rows(parse_header(HEADER), 0.1, True)
    row = Row(7, 2000, 1, 1, 1, None, None)
    assert rows.blocks([row, row, row], 0.0) == []


def test_saturated():
    trace = record(emulated_ina("INA228")(steady(amps=0.5), Faults()), 3.0)
    assert all((block.quality & SATURATED).all() for block in trace.blocks())
    assert trace.info.full_scale_a == pytest.approx(0.4096, rel=1e-3)
    fine = record(emulated_ina("INA228")(steady(amps=0.4), Faults()), 3.0)
    assert all(block.quality is None for block in fine.blocks())


def test_a_measured_shunt_instead_of_the_nominal_one():
    port = MemoryPort(InaEmulator(steady(), Faults(), "INA226", tolerance=0.05))
    meter = InaMeter(port, Settings(shunt_ohm=0.105, tolerance=0.001, volts=3.2, clock_error=50e-6), port.clock)
    info = meter.info
    assert (info.supply_v, info.supply_source, info.supply_error) == (3.2, "given", 0.0)
    assert info.gain_error == pytest.approx(0.002)
    assert info.clock_error == 50e-6
    trace = record(meter, 3.0)
    integral = integrate(trace, 1.0, 2.5)
    assert integral.joules == pytest.approx(1.5 * 0.012 * 3.2, rel=0.005)


def test_unplugged_in_the_middle():
    meter = emulated_ina("INA219")(steady(), Faults(unplugged_s=3.0))
    meter.start()
    blocks = []
    with pytest.raises(PortError, match="gone"):
        for _ in range(1000):
            blocks += meter.read(0.1)
    assert blocks, "what came before is kept"


class Wrong(InaEmulator):
    """A bridge with one fault from `at_s` on."""

    def __init__(self, profile, kind, at_s):
        super().__init__(profile, Faults(), "INA226")
        self.kind, self.at_s = kind, at_s

    def stream(self, now_s):
        data = super().stream(now_s)
        if now_s < self.at_s:
            return data
        return {
            "quiet": b"",
            "garbage": b"\x00\xff*12\n" * 50,
            "no ends": b"\xaa" * 5000,
            "restarted": self.header(),
            "i2c": sealed("# edgeopt-bridge v1 error=i2c"),
        }[self.kind]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("quiet", "no row has come"),
        ("garbage", "damaged"),
        ("no ends", "no row has come"),
        ("restarted", "restarted in the middle"),
        ("i2c", "lost its INA"),
    ],
)
def test_what_goes_wrong_in_the_middle(kind, message):
    port = MemoryPort(Wrong(steady(), kind, 3.0))
    meter = InaMeter(port, Settings(), port.clock)
    meter.start()
    blocks = []
    with pytest.raises(MeterError, match=message) as caught:
        for _ in range(1000):
            blocks += meter.read(0.1)
    assert caught.value.hint
    assert blocks


class Other:
    """Anything else at the port."""

    def __init__(self, says):
        self.says = says

    def receive(self, data, now_s):
        return b""

    def stream(self, now_s):
        return self.says


@pytest.mark.parametrize(
    ("says", "message"),
    [
        (b"", "no INA bridge answers"),
        (b"\x80\x00\xf8" * 40, "is no INA bridge: it says"),
        (b"hello world, 3.3 V\r\n", "hello world"),
        (sealed("# edgeopt-bridge v1 error=no-chip"), "finds no INA219"),
        (sealed(HEADER.replace("v1", "v9")), "version 9"),
        (sealed(HEADER), "restarted"),
    ],
)
def test_something_else_at_the_port(says, message):
    port = MemoryPort(Other(says))
    with pytest.raises(MeterError, match=message) as caught:
        InaMeter(port, Settings(), port.clock)
    assert caught.value.hint
    with pytest.raises(PortError, match="closed"):
        port.read(0.0)


class Rowless(InaEmulator):
    def __init__(self, instead):
        super().__init__(steady(), Faults())
        self.instead = instead
        self.started = False

    def receive(self, data, now_s):
        self.started = self.started or b"+" in data
        return super().receive(data, now_s)

    def stream(self, now_s):
        return self.instead if self.started else b""


@pytest.mark.parametrize("instead", [b"", b"\xff" * 300])
def test_a_bridge_without_rows(instead):
    port = MemoryPort(Rowless(instead))
    with pytest.raises(MeterError, match="but no rows"):
        InaMeter(port, Settings(), port.clock)


def test_no_supply():
    with pytest.raises(MeterError, match="sees a supply of 0"):
        emulated_ina("INA228")(steady(supply_v=1e-5), Faults())


def test_current_flows_backwards():
    meter = emulated_ina("INA219")(steady(amps=-0.01), Faults())
    meter.start()
    with pytest.raises(MeterError, match="backwards"):
        for _ in range(100):
            meter.read(0.1)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("ina", "needs a port"),
        ("ina:/dev/ttyACM0,shunts=1", "no option `shunts`"),
        ("ina:/dev/ttyACM0,shunt=0", "shunt=0"),
        ("ina:/dev/ttyACM0,tolerance=-1", "tolerance=-1"),
        ("ina:/dev/ttyACM0,volts=nan", "volts=nan"),
        ("ina:/dev/ttyACM0,clock=x", "clock=x"),
    ],
)
def test_what_cannot_be_asked_for(spec, message):
    with pytest.raises(UsageError, match=message):
        meter_opener(spec)


def test_filled_samples_are_suspect_and_saturated_ones_stay_so():
    port = MemoryPort(DeafEmulator(steady(amps=0.5), Faults(), 0.3))
    trace = record(InaMeter(port, Settings(), port.clock), 3.0)
    seen = {int(q) for block in trace.blocks() for q in block.quality}
    assert seen == {SATURATED, SATURATED | SUSPECT}


def test_info_says_what_the_chip_adds():
    meter = emulated_ina("INA228")(steady(), Faults())
    assert any("drops up to 41 mV" in remark for remark in meter.info.remarks)
    assert dataclasses.replace(meter.info, label="") != meter.info
    meter.close()
