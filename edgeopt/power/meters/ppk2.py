"""ppk2: the Nordic Power Profiler Kit II, 100,000 samples a second, eight digital inputs.

`ppk2:auto,volts=3.0` feeds the board; `ppk2:auto,mode=ampere,volts=3.0` lies in the line of a supply of 3 V. What it
costs to be wrong by a volt is a board, so the voltage has no default.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from edgeopt.device.ports import Comports, system_ports
from edgeopt.errors import DeviceError, MeterError, UsageError
from edgeopt.power.meter import METERS, MeterSpec, Opener
from edgeopt.power.ports import MeterPort, UsbMeter, port_opener
from edgeopt.power.ppk2 import wire
from edgeopt.power.ppk2.convert import FULL_SCALE_A, Converter
from edgeopt.power.ppk2.dialog import Settings, drain, set_up
from edgeopt.power.ppk2.frames import Frames, Run
from edgeopt.power.ppk2.metadata import Metadata
from edgeopt.power.ppk2.timeline import Timeline
from edgeopt.power.trace import Block, TraceInfo

USB = UsbMeter("Nordic PPK2", ("1915:c00a",))
_BAUD = 115200  # of no effect: USB
_MODES = {"source": wire.SOURCE, "ampere": wire.AMPERE}
_POOL_BYTES = 4000  # 10 ms: fewer and larger blocks than USB delivers
_POOL_S = 0.02
_MOST_BYTES = 1 << 16  # at once
_SILENT_S = 2.0
_STOPPED_S = 0.1
_LONGEST_STOP_S = 2.0

_GAIN_ERROR = 0.15
_DEFAULTS_ERROR = 0.30  # more where a default stands for the unit's own shunt: those of units known differ so far
_OFFSET_ERROR_A = 0.2e-6
_SHUNT_V = 0.057  # over the shunt at the upper end of its range, from the resistances: 1 A x 0.057 Ohm
_SET_V = 0.05
_CLOCK_ERROR = 1e-4
_ACCURACY_SOURCE = (
    "Nordic's user guide as ppk2lab 0.5.1 quotes it (typical, no limit: 10 % to 50 mA, 15 % above; 0.2 uA), not "
    "checked against a reference; voltage 50 mV and clock 100 ppm: assumed"
)


class Ppk2:
    """A PPK2 behind a port. It is set up, and the board's supply is on, from the first moment to `close`.

    The output falls when the port is closed, so a board that it feeds runs as long as this lives.
    """

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
        self.failure: DeviceError | None = None
        self._sampling = False
        self._heard_s = 0.0  # when the last samples came
        try:
            self._metadata = set_up(port, settings, clock)
        except BaseException:
            port.close()
            raise
        self._info = _info(self._metadata, settings, label)
        self._begin()

    @property
    def info(self) -> TraceInfo:
        return self._info

    @property
    def warnings(self) -> tuple[str, ...]:
        """What became known since `start`."""
        unseen = self._timeline.beyond_counter
        if not unseen:
            return ()
        return (f"{unseen} samples were lost that the meter's counter does not show: told by when samples came",)

    def start(self) -> None:
        self.failure = None
        drain(self._port, self._clock)
        self._begin()
        self._port.write(bytes([wire.AVERAGE_START]))
        self._sampling = True
        self._heard_s = self._clock()

    def read(self, timeout_s: float) -> Sequence[Block]:
        if self.failure is not None:
            raise self.failure
        end_s = self._clock() + timeout_s
        while True:
            blocks = self._read(max(end_s - self._clock(), 0.0))
            if self.failure is not None:  # what came before is not lost: the error comes with the next call
                self._take(self._frames.end(), self._heard_s)
                blocks = [*blocks, *self._timeline.end()]
                if not blocks:
                    raise self.failure
            if blocks or self._clock() >= end_s:
                return blocks

    def stop(self) -> Sequence[Block]:
        if self.failure is not None or not self._sampling:
            return ()
        self._sampling = False
        try:
            self._port.write(bytes([wire.AVERAGE_STOP]))
        except DeviceError as error:  # what came is there
            self.failure = error
        end_s = self._clock() + _LONGEST_STOP_S
        while self._clock() < end_s and (data := self._hear(_STOPPED_S)):
            self._heard_s = self._clock()
            self._take(self._frames.feed(data), self._heard_s)
        self._take(self._frames.end(), self._heard_s)
        return self._timeline.end()

    def close(self) -> None:
        with suppress(DeviceError):
            self._port.write(bytes([wire.AVERAGE_STOP]))
            self._port.write(wire.device_power(False))
        self._port.close()

    def _begin(self) -> None:
        self._frames = Frames()
        self._converter = Converter(self._metadata, self._settings.volts, self._settings.filtered)
        self._timeline = Timeline(wire.RATE_HZ)

    def _read(self, timeout_s: float) -> list[Block]:
        data = self._hear(timeout_s)
        data, waited = self._pool(data) if data else (data, False)
        host_s = self._clock()
        runs = self._frames.feed(data)
        if runs:
            self._heard_s = host_s
            self._take(runs, host_s)
        elif self._sampling and self.failure is None and host_s - self._heard_s > _SILENT_S:
            what = f"the PPK2 has sent {'nothing but noise' if data else 'nothing'} for {_SILENT_S:g} s"
            self.failure = MeterError(what, "unplug it for a moment, and try again")
        return self._timeline.arrived(host_s, waited) if runs else []

    def _pool(self, data: bytes) -> tuple[bytes, bool]:
        """More, until it is worth the work; and whether all that has come was read."""
        parts, size = [data], len(data)
        end_s = self._clock() + _POOL_S
        while size < _MOST_BYTES and self.failure is None:
            missing = size < _POOL_BYTES and self._clock() < end_s
            data = self._hear(_POOL_S / 4 if missing else 0.0)
            if not data and not missing:
                return b"".join(parts), self.failure is None
            parts.append(data)
            size += len(data)
        return b"".join(parts), False

    def _hear(self, timeout_s: float) -> bytes:
        """As the port's `read`, but an error is kept."""
        try:
            return self._port.read(timeout_s)
        except DeviceError as error:
            self.failure = error
            return b""

    def _take(self, runs: Sequence[Run], host_s: float) -> None:
        for run in runs:
            told = self._converter.convert(run.words)
            block = Block(0, told.amps, digital=told.digital, quality=told.quality, host_s=host_s)
            self._timeline.add(block, run.lost)


def _info(metadata: Metadata, settings: Settings, label: str) -> TraceInfo:
    calibrated = metadata.calibrated and not metadata.missing
    hardware = f", hardware {metadata.hardware}" if metadata.hardware else ""
    source = settings.mode == wire.SOURCE
    shunts_missing = any(name.startswith("R") for name in metadata.missing)
    return TraceInfo(
        meter="ppk2",
        title=f"Nordic PPK2{hardware}, {'calibrated' if calibrated else 'not calibrated'}",
        label=label,
        rate_hz=wire.RATE_HZ,
        supply_v=settings.millivolts / 1000,
        supply_source="set at the meter" if source else "given",
        gain_error=_GAIN_ERROR + (_DEFAULTS_ERROR if shunts_missing else 0.0),
        offset_error_a=_OFFSET_ERROR_A,
        supply_error=(_SHUNT_V + _SET_V) / settings.volts,
        clock_error=_CLOCK_ERROR,
        accuracy_source=_ACCURACY_SOURCE,
        digital_lines=8,
        full_scale_a=FULL_SCALE_A,
        calibrated=calibrated,
        remarks=tuple(_remarks(metadata, settings)),
    )


def _remarks(metadata: Metadata, settings: Settings) -> list[str]:
    source = settings.mode == wire.SOURCE
    remarks = [
        f"the voltage is {'as set' if source else 'as given'}, not measured: up to {_SHUNT_V * 1000:.0f} mV fall over "
        "the meter's shunt before the board"
    ]
    if not metadata.calibrated and not metadata.missing:
        remarks.append("the meter says `Calibrated: 0` of itself, but brings all of its constants; they are used")
    if metadata.missing:
        names = ", ".join(metadata.missing[:6]) + (" and more" if len(metadata.missing) > 6 else "")
        remarks.append(f"the meter does not tell {names} of its calibration: documented defaults stand in for them")
    gains = [f"{gain:g} in range {r}" for r, gain in enumerate(metadata.user_gain) if gain != 1]
    if gains:
        remarks.append(f"user gains scale the currents: {', '.join(gains)}")
    if settings.filtered:
        remarks.append("three samples after each change of the range are replaced by an average (filter=off: not)")
    return remarks


@METERS.register("ppk2")
def ppk2(spec: MeterSpec) -> Opener:
    return opener(spec)


def opener(spec: MeterSpec, comports: Comports = system_ports) -> Opener:
    """As registered; `comports` tells the ports that there are."""
    settings = settings_of(spec)
    open_port = port_opener(spec, USB, _BAUD, comports)
    return lambda: Ppk2(open_port(), settings)


def settings_of(spec: MeterSpec) -> Settings:
    """The options of `--meter ppk2:...`; UsageError where one is wrong, or nothing tells the voltage."""
    gains = tuple(f"gain{r}" for r in range(wire.RANGES))
    spec.check_keys("volts", "mode", "line", "filter", *gains)
    mode = _choice(spec, "mode", _MODES, "source")
    limits = wire.LEAST_MV / 1000, wire.MOST_MV / 1000
    volts = spec.fed_volts(*limits) if mode == wire.SOURCE else spec.number("volts", *limits)
    line = spec.number("line", 0, 7)
    if line is not None and line != int(line):
        raise UsageError(
            f"`line={spec.options['line']:.40}` of the meter `ppk2` cannot be", "0 to 7: the input D0 to D7"
        )
    if volts is None:
        what = "how many volts it should give the board" if mode == wire.SOURCE else "the volts of the board's supply"
        other = "" if mode == wire.AMPERE else f", or {spec.kind}:{spec.port or 'auto'},mode=ampere,volts=3.0"
        raise UsageError(
            f"the meter `ppk2` needs to know {what}",
            f"{spec.kind}:{spec.port or 'auto'},{'' if mode == wire.SOURCE else 'mode=ampere,'}volts=3.0{other}"
            + ("; too much destroys the board" if mode == wire.SOURCE else ""),
        )
    filtered = _choice(spec, "filter", {"on": 1, "off": 0}, "on") == 1
    return Settings(mode, volts, filtered, tuple(spec.number(gain, 0.5, 2.0) for gain in gains))


def _choice(spec: MeterSpec, key: str, values: dict[str, int], default: str) -> int:
    text = spec.options.get(key, default)
    if text not in values:
        raise UsageError(f"`{key}={text:.40}` of the meter `ppk2` cannot be", f"one of: {', '.join(values)}")
    return values[text]
