"""Joulescope JS110 and JS220, by the package pyjoulescope_driver (extra `hardware`). They measure, and feed nothing."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import numpy as np

from edgeopt.errors import MeterError, PortError, UsageError
from edgeopt.power.joulescope.api import FAILURES, Driver, real_driver
from edgeopt.power.joulescope.mailbox import Letter, Mailbox
from edgeopt.power.joulescope.models import Model, model_of
from edgeopt.power.joulescope.streams import CURRENT, VOLTAGE, Streams, Together
from edgeopt.power.meter import METERS, Meter, MeterSpec, Opener
from edgeopt.power.trace import SATURATED, Block, TraceInfo

AUTO = "auto"
RATE_HZ = 100_000
_RATES_HZ = (*(m * 10**e for e in range(6) for m in (1, 2, 5)), 1_000_000, 2_000_000)  # `h/fs`'s options
_WAITING_S = 8.0  # of samples that nobody has read; what is more is lost, and counted
_SILENT_S = 1.0  # after which it is looked whether the instrument is still there
_DEAD_S = 3.0
_QUIET_S = 0.2
_OPEN_HINT = (
    "close what else has it open (the Joulescope UI); Linux wants udev rules for it: docs/power_meters.md, Joulescope"
)


class JoulescopeMeter:
    """The instrument at `path` of the driver, which is the meter's own from now on."""

    def __init__(
        self,
        driver: Driver,
        path: str,
        rate_hz: int = RATE_HZ,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] | None = None,
        label: str = "measured",
    ) -> None:
        self._driver, self._path, self._clock = driver, path, clock
        self._model = model_of(path)
        waiting_bytes = _WAITING_S * (8 * rate_hz + self._model.lines * 2_000_000 / 8)
        self._mail = Mailbox(wait, int(waiting_bytes))
        self._listener = self._mail.put  # the same object for subscribe and unsubscribe
        self._topics = {"s/i/!data": CURRENT, "s/v/!data": VOLTAGE}
        self._topics |= {f"s/gpi/{line}/!data": str(line) for line in range(self._model.lines)}
        self._streams = Streams(self._model.lines)
        self.failure: MeterError | None = None  # that `stop` met
        self._last_s = 0.0
        self.info = _info(self._model, path, rate_hz, label)
        try:
            driver.open(path, mode="defaults")
            for topic, value in (*self._model.set_up, ("h/fs", rate_hz)):
                driver.publish(f"{path}/{topic}", value)
        except FAILURES as error:
            self.close()
            raise MeterError(f"cannot open the Joulescope `{path}`: {_reason(error)}", _OPEN_HINT) from None

    def start(self) -> None:
        self._mail.take(0.0)
        self._streams = Streams(self._model.lines)
        self._last_s, self.failure = self._clock(), None
        try:
            for topic in self._topics:
                self._driver.subscribe(f"{self._path}/{topic}", "pub", self._listener)
            for topic in self._topics:
                self._driver.publish(f"{self._path}/{topic.replace('!data', 'ctrl')}", 1)
        except FAILURES as error:
            raise self._failed(error) from None

    def read(self, timeout_s: float) -> Sequence[Block]:
        end_s = self._clock() + timeout_s
        while True:
            letters = self._mail.take(max(min(end_s - self._clock(), _SILENT_S), 0.0))
            now_s = self._clock()
            if letters:
                self._last_s = now_s
            else:
                self._look_for_it(now_s)
            blocks = self._blocks(letters, False, now_s)
            if blocks or now_s >= end_s:
                return blocks

    def stop(self) -> Sequence[Block]:
        for topic in self._topics:
            self._try(lambda topic=topic: self._publish_off(topic))  # type: ignore[misc]
        blocks: list[Block] = []
        end_s = self._clock() + 2 * _SILENT_S
        while self._clock() < end_s and (letters := self._mail.take(_QUIET_S)):
            blocks += self._blocks(letters, False, self._clock())
        for topic in self._topics:
            self._try(lambda topic=topic: self._unsubscribe(topic))  # type: ignore[misc]
        self.failure = self._gone()
        return blocks + self._blocks([], True, self._clock())

    def close(self) -> None:
        self._try(lambda: self._driver.close(self._path))
        self._try(self._driver.finalize)

    def _blocks(self, letters: Sequence[Letter], all_of_it: bool, host_s: float) -> list[Block]:
        for topic, value in letters:
            name = self._topics.get(topic.removeprefix(f"{self._path}/"))
            if name is not None and isinstance(value, Mapping):
                self._streams.add(name, value)
        found = self._streams.take(all_of_it)
        rate_hz = self._streams.rate_hz
        if rate_hz is not None and rate_hz != self.info.rate_hz:
            raise MeterError(
                f"the Joulescope sends {rate_hz:g} samples a second, not the {self.info.rate_hz:g} that it was told",
                "is its firmware up to date? `pyjoulescope_driver program` updates it",
            )
        return [self._block(together, host_s) for together in found]

    def _block(self, together: Together, host_s: float) -> Block:
        full = np.abs(together.amps) >= self._model.full_scale_a
        quality = np.where(full, SATURATED, 0).astype(np.uint8) if full.any() else None
        return Block(
            first=together.number,
            amps=together.amps,
            volts=together.volts,
            digital=together.digital,
            quality=quality,
            host_s=host_s,
        )

    def _look_for_it(self, now_s: float) -> None:
        """MeterError where nothing comes because the instrument is gone, or for too long."""
        if now_s - self._last_s < _SILENT_S:
            return
        if (gone := self._gone()) is not None:
            raise gone
        if now_s - self._last_s > _DEAD_S:
            raise MeterError(f"the Joulescope `{self._path}` sends nothing", "unplug it, plug it in, and try again")

    def _gone(self) -> MeterError | None:
        try:
            there = self._path in self._driver.device_paths()
        except FAILURES as error:
            return self._failed(error)
        if there:
            return None
        return MeterError(f"the Joulescope `{self._path}` was unplugged", "see its USB cable, and the hub's supply")

    def _failed(self, error: Exception) -> MeterError:
        return MeterError(f"the Joulescope `{self._path}` failed: {_reason(error)}", "is it still plugged in?")

    def _publish_off(self, topic: str) -> None:
        self._driver.publish(f"{self._path}/{topic.replace('!data', 'ctrl')}", 0, timeout=0)

    def _unsubscribe(self, topic: str) -> None:
        self._driver.unsubscribe(f"{self._path}/{topic}", self._listener)

    @staticmethod
    def _try(call: Callable[[], None]) -> None:
        """What is done on the way out, and cannot be where the instrument is gone."""
        with suppress(*FAILURES):
            call()


def find_joulescope(driver: Driver, wanted: str) -> str:
    """The path of the one that is meant: `auto`, a path, or the end of one (its serial number).

    PortError where there is none such, or several.
    """
    try:
        paths = list(driver.device_paths())
    except FAILURES as error:
        raise PortError(f"cannot look for a Joulescope: {_reason(error)}", _OPEN_HINT) from None
    matching = [path for path in paths if wanted in (AUTO, path) or path.endswith(f"/{wanted}")]
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise PortError(f"several Joulescopes are there: {', '.join(matching[:4])}", f"name one: joulescope:{paths[0]}")
    there = f"there is {', '.join(paths[:4])}" if paths else "there is none at all"
    what = "no Joulescope was found" if wanted == AUTO else f"no Joulescope is called `{wanted:.40}`"
    raise PortError(f"{what}: {there}", f"is it plugged in? {_OPEN_HINT}")


def _info(model: Model, path: str, rate_hz: int, label: str) -> TraceInfo:
    return TraceInfo(
        meter="joulescope",
        title=f"Joulescope {model.name}, serial number {path.rpartition('/')[2]}",
        label=label,
        rate_hz=float(rate_hz),
        supply_v=None,
        supply_source="measured by the Joulescope",
        gain_error=model.gain_error,
        offset_error_a=model.offset_error_a,
        supply_error=model.supply_error,
        clock_error=model.clock_error,
        accuracy_source=model.source,
        digital_lines=model.lines,
        full_scale_a=model.full_scale_a,
        remarks=(
            "its shunt lowers the board's supply a little, by more where a range is nearly full (remembered: 20 mV)",
            "the current's bound holds up to 180 mA; above it the range is wide, and its offset may be more",
        ),
    )


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__


def open_joulescope(wanted: str, rate_hz: int, driver: Callable[[], Driver] = real_driver) -> Meter:
    """The Joulescope that is meant; ToolchainError, PortError, MeterError."""
    try:
        made = driver()
    except FAILURES as error:
        raise PortError(f"pyjoulescope_driver cannot start: {_reason(error)}", _OPEN_HINT) from None
    try:
        path = find_joulescope(made, wanted)
        model = model_of(path)
        if rate_hz > model.most_hz:
            raise UsageError(
                f"a {model.name} does not sample {rate_hz:g} times a second", f"rate={model.most_hz} at most"
            )
    except BaseException:
        made.finalize()
        raise
    return JoulescopeMeter(made, path, rate_hz)


@METERS.register("joulescope")
def joulescope_opener(spec: MeterSpec) -> Opener:
    """`joulescope:auto|PATH|SERIAL_NUMBER[,rate=HZ]`."""
    spec.check_keys("rate")
    if not spec.port:
        raise UsageError("the meter `joulescope` needs a name", "joulescope:auto, joulescope:u/js220/000415")
    rate_hz = spec.number("rate", 1, max(_RATES_HZ)) or RATE_HZ
    if rate_hz not in _RATES_HZ:
        raise UsageError(f"a Joulescope has no rate of {rate_hz:g} Hz", "1, 2 or 5 times a power of ten, as rate=50000")
    return lambda: open_joulescope(spec.port, int(rate_hz))
