"""INA219, INA226 or INA228 behind edgeopt's serial bridge (firmware_templates/ina_bridge, docs/power_meters.md).

Row i of the bridge tells what flowed before it: its current stands for the time since row i - 1, the gate's level for
the moment of the row. An INA228 adds up charge and energy itself: what flowed while rows got lost is known from it.
"""

import time
from collections.abc import Callable, Sequence

import numpy as np

from edgeopt.errors import DeviceError, MeterError
from edgeopt.power.ina_info import Settings, bridge_info
from edgeopt.power.ina_lines import LONGEST_LINE, Header, Row, checked, parse_header, parse_row
from edgeopt.power.ina_rows import Rows
from edgeopt.power.line_splitter import LineSplitter
from edgeopt.power.meter import METERS, MeterSpec, Opener
from edgeopt.power.ports import MeterPort, UsbMeter, port_opener
from edgeopt.power.trace import Block

BAUD = 500_000
# What often carries a bridge.
_ARDUINO = ("2341:0043", "2341:0001", "2341:0010", "2341:0042", "2341:8036", "2341:0058", "2a03:0043")
_SERIAL_CHIPS = ("1a86:7523", "0403:6001", "10c4:ea60")  # CH340, FT232R, CP2102
_PICO = "2e8a:000a"
USB = UsbMeter("INA bridge (Arduino, CH340, FT232, CP2102 or Pico)", (*_ARDUINO, *_SERIAL_CHIPS, _PICO))
_OPEN_S = 4.0  # an Uno is reset by opening its port, and starts after its boot loader
_ASK_S = 0.5
_QUIET_S = 0.1
_GONE_S = 2.0  # without a row
_LOOK_ROWS = 16  # from which the supply is known
_GARBAGE_LINES = 200  # in a row, without one that is right
_BACKWARDS_ROWS = 200
_LEAST_V = 0.5
_FLASH = "flash firmware_templates/ina_bridge to it, and see that its EO_BAUD is 500000 (docs/power_meters.md)"


class InaMeter:
    """A bridge that has told what chip it has. `clock`: seconds that pass while `port` is waited for."""

    def __init__(
        self,
        port: MeterPort,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        label: str = "measured",
    ) -> None:
        self._port = port
        self._clock = clock
        self._settings = settings
        self.failure: DeviceError | None = None  # that `stop` met
        self._lines = LineSplitter(LONGEST_LINE)
        try:
            header = self._greet()
            self._shunt_ohm = settings.shunt_ohm or header.shunt_ohm
            self._rows = self._fresh_rows(header)
            self.info = bridge_info(header, self._shunt_ohm, settings, self._look(header), label)
        except BaseException:
            port.close()
            raise

    @property
    def warnings(self) -> tuple[str, ...]:
        """What makes the samples of this run doubtful."""
        rows = self._rows
        if not rows.filled:
            return ()
        return (f"{rows.filled} samples got lost, and were filled from the {rows.header.chip.name}'s own sums",)

    def start(self) -> None:
        self.failure = None
        self._hush()
        self._rows = self._fresh_rows(self._rows.header)
        self._begin()

    def read(self, timeout_s: float) -> Sequence[Block]:
        end_s = self._clock() + timeout_s
        while True:
            rows = self._take(self._port.read(max(end_s - self._clock(), 0.0)))
            now_s = self._clock()
            blocks = self._rows.blocks(rows, now_s)
            if rows:
                self._last_s = now_s
                self._check_direction()
            elif now_s - self._last_s > _GONE_S:
                raise MeterError(
                    f"no row has come from the INA bridge for {_GONE_S:g} s",
                    "does it still have its supply, and does its sketch still run?",
                )
            if blocks or now_s >= end_s:
                return blocks

    def stop(self) -> Sequence[Block]:
        blocks: list[Block] = []
        end_s = self._clock() + 1.0
        try:
            self._port.write(b"-")
            while self._clock() < end_s and (data := self._port.read(_QUIET_S)):
                blocks += self._rows.blocks(self._take(data), self._clock())
        except DeviceError as error:  # what came is there
            self.failure = error
        return blocks

    def close(self) -> None:
        self._port.close()

    def _greet(self) -> Header:
        """Asks for the header until it comes."""
        begin_s = self._clock()
        asked_s = begin_s - _ASK_S
        heard = b""
        while self._clock() - begin_s < _OPEN_S:
            if self._clock() - asked_s >= _ASK_S:
                asked_s = self._clock()
                self._port.write(b"-?")
            data = self._port.read(_QUIET_S)
            heard = (heard + data)[:80]
            for line in self._lines.feed(data):
                header = parse_header(checked(line) or "")
                if header is not None:
                    return header
        if not heard:
            raise MeterError(f"no INA bridge answers within {_OPEN_S:g} s", _FLASH)
        told = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in heard)
        raise MeterError(f"what is at the port is no INA bridge: it says `{told:.40}`", _FLASH)

    def _look(self, header: Header) -> float:
        """The supply's voltage, from the first rows."""
        self._hush()
        self._begin()
        rows: list[Row] = []
        while len(rows) < _LOOK_ROWS:
            if self._clock() - self._last_s >= _GONE_S:
                raise MeterError("the INA bridge tells its header, but no rows", _FLASH)
            rows += self._take(self._port.read(_QUIET_S))
        self._hush()
        volts = float(np.median([row.voltage for row in rows])) * header.chip.bus_lsb_v
        if self._settings.volts is None and volts < _LEAST_V:
            raise MeterError(
                f"the {header.chip.name} sees a supply of {volts:.2f} V",
                "wire the board's supply to its bus pin (VBUS; of an INA219 IN-), or give the voltage: volts=3.0",
            )
        return volts

    def _begin(self) -> None:
        self._port.write(b"+")
        self._last_s = self._clock()
        self._started = False
        self._garbage = 0

    def _hush(self) -> None:
        """Stops the rows, and throws away what is on its way."""
        self._port.write(b"-")
        end_s = self._clock() + 1.0
        while self._port.read(_QUIET_S) and self._clock() < end_s:
            pass
        self._lines = LineSplitter(LONGEST_LINE)

    def _take(self, data: bytes) -> list[Row]:
        """The rows in the bytes that have come."""
        rows: list[Row] = []
        for line in self._lines.feed(data):
            text = checked(line)
            row = None if text is None else parse_row(text)
            if row is not None and self._started:
                rows.append(row)
                self._garbage = 0
            elif text is not None and text.startswith("#"):
                self._told(text)
            else:
                self._garbage += 1
        if self._garbage > _GARBAGE_LINES:
            raise MeterError(f"{_GARBAGE_LINES} lines of the INA bridge one after the other are damaged", _FLASH)
        return rows

    def _told(self, text: str) -> None:
        if parse_header(text) is None:
            return
        if self._started:
            raise MeterError("the INA bridge restarted in the middle", "does its supply hold, and its USB cable?")
        self._started = True

    def _check_direction(self) -> None:
        rows = self._rows
        if rows.count >= _BACKWARDS_ROWS and rows.negative == rows.count:
            raise MeterError("the current flows backwards through the shunt", "swap IN+ and IN-: IN+ is the supply's")

    def _fresh_rows(self, header: Header) -> Rows:
        return Rows(header, self._shunt_ohm, self._settings.volts is None)


@METERS.register("ina")
def ina_opener(spec: MeterSpec) -> Opener:
    """`ina:PORT[,shunt=OHM][,tolerance=PERCENT][,volts=V][,clock=PPM]`."""
    spec.check_keys("shunt", "tolerance", "volts", "clock")
    tolerance, clock_ppm = spec.number("tolerance", 0, 20), spec.number("clock", 0, 20_000)
    settings = Settings(
        spec.number("shunt", 1e-3, 1e3),
        Settings.tolerance if tolerance is None else tolerance / 100,
        spec.number("volts", 0.5, 85),
        Settings.clock_error if clock_ppm is None else clock_ppm * 1e-6,
    )
    port = port_opener(spec, USB, BAUD)
    return lambda: InaMeter(port(), settings)
