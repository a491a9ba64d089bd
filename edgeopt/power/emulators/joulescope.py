"""An emulated Joulescope: pyjoulescope_driver's API (1.6 and 2.2), an instrument behind it that is fed a profile."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from edgeopt.power.emulator import EMULATORS, Faults
from edgeopt.power.joulescope.api import Listener
from edgeopt.power.joulescope.models import MODELS, Model
from edgeopt.power.meter import Meter
from edgeopt.power.meters.joulescope import RATE_HZ, JoulescopeMeter
from edgeopt.power.profile import Profile

ID_HZ = 2_000_000  # of the sample ids
_STEP_S = 0.02
_PIECE = 1000  # elements of a message, not a multiple of 8
_GPI_STEP = 8  # ids an element: the host's filter for digital inputs is on


@dataclass
class _Signal:
    """`s/i`, `s/v`, `s/gpi/0` ..."""

    step: int  # ids an element
    at: int = 0  # id of its next element
    began: int = 0  # id of its first one since it was switched on
    listeners: list[Listener] = field(default_factory=list)
    on: bool = False


class FakeDriver:
    """As `pyjoulescope_driver.Driver`: the same names, values and exceptions, as far as edgeopt uses them.

    Time passes by `pass_time` alone, in which the listeners are called. Samples that `faults.lost` takes are NaN.
    """

    def __init__(self, profile: Profile, faults: Faults, paths: tuple[str, ...] = ("u/js220/000415",)) -> None:
        self._profile, self._faults, self._paths = profile, faults, paths
        self._random = np.random.default_rng(faults.seed)
        self._now_s = 0.0
        self._open = ""
        self._signals: dict[str, _Signal] = {}
        self.published: dict[str, str | int] = {}
        self.finalized = False

    def clock(self) -> float:
        return self._now_s

    @property
    def began_s(self) -> float:
        """The profile's time at the sample with number 0 of the last run."""
        return self._signals["s/i"].began / (ID_HZ * self._faults.clock)

    @property
    def unplugged(self) -> bool:
        return self._faults.unplugged_s is not None and self._now_s >= self._faults.unplugged_s

    def device_paths(self) -> list[str]:
        return [] if self.unplugged else sorted(self._paths)

    def open(self, device_prefix: str, mode: str | None = None) -> None:
        if self.unplugged or device_prefix not in self._paths:
            raise TimeoutError(f"jsdrv_open timed out | {device_prefix}")
        if mode not in ("defaults", "restore", "raw", None):
            raise KeyError(mode)
        self._open = device_prefix
        step = ID_HZ // 1_000_000 if "js220" in device_prefix else 1
        self._signals = {"s/i": _Signal(step), "s/v": _Signal(step)}
        for line in range(self._model.lines):
            self._signals[f"s/gpi/{line}"] = _Signal(_GPI_STEP)

    def close(self, device_prefix: str) -> None:
        self._check(device_prefix)
        self._open = ""

    def publish(self, topic: str, value: str | int, timeout: float | None = None) -> None:
        if self.unplugged and timeout == 0:
            return
        self._check(topic)
        if not isinstance(value, str | int):
            raise ValueError(f"Unsupported value type: {type(value)}")
        name = topic.removeprefix(f"{self._open}/")
        self.published[name] = value
        if name == "h/fs":
            if ID_HZ % int(value) or int(value) > self._model.most_hz:
                raise RuntimeError(f"jsdrv_publish failed 5 PARAMETER_INVALID | {topic}")
            for signal in ("s/i", "s/v"):
                self._signals[signal].step = ID_HZ // int(value)
        elif name.endswith("/ctrl"):
            self._switch(name.removesuffix("/ctrl"), bool(value))

    def subscribe(self, topic: str, flags: str, fn: Listener) -> None:
        if flags != "pub":
            raise KeyError(flags)
        signal = self._signals.get(topic.removeprefix(f"{self._open}/").removesuffix("/!data"))
        if signal is not None:
            signal.listeners.append(fn)

    def unsubscribe(self, topic: str, fn: Listener) -> None:
        signal = self._signals.get(topic.removeprefix(f"{self._open}/").removesuffix("/!data"))
        if signal is not None and fn in signal.listeners:
            signal.listeners.remove(fn)

    def finalize(self) -> None:
        self.finalized = True

    def pass_time(self, seconds: float) -> None:
        """As much as `seconds`; less where something has been delivered."""
        end_s = self._now_s + seconds
        delivered = False
        while self._now_s < end_s and not delivered:
            self._now_s = min(self._now_s + _STEP_S, end_s)
            delivered = self._deliver()

    @property
    def _model(self) -> Model:
        return MODELS[self._open.split("/")[1]]

    def _check(self, topic: str) -> None:
        if self.unplugged:
            raise TimeoutError(f"jsdrv_publish timed out | {topic}")
        if not self._open or not topic.startswith(self._open):
            raise RuntimeError(f"jsdrv_publish failed 16 NOT_FOUND | The requested resource was not found | {topic}")

    def _ids(self) -> int:
        """The instrument's sample id now; gone, it has none after."""
        end_s = min(self._now_s, self._faults.unplugged_s or np.inf)
        return int(end_s * ID_HZ * self._faults.clock)

    def _switch(self, name: str, on: bool) -> None:
        signal = self._signals[name]
        if on and not signal.on:
            signal.at = signal.began = -(-self._ids() // signal.step) * signal.step
        signal.on = on

    def _deliver(self) -> bool:
        delivered = False
        for name, signal in self._signals.items():
            while signal.on and signal.at + _PIECE * signal.step <= self._ids():
                delivered = True
                self._send(name, signal)
        return delivered

    def _send(self, name: str, signal: _Signal) -> None:
        ids = signal.at + signal.step * np.arange(_PIECE + 1)
        value: Mapping[str, Any] = {
            "sample_id": signal.at,
            "utc": 0,
            "field_id": 0,
            "index": 0,
            "sample_rate": ID_HZ,
            "decimate_factor": signal.step,
            "time_map": {"offset_time": 0, "offset_counter": 0, "counter_rate": float(ID_HZ)},
            "data": self._data(name, ids / (ID_HZ * self._faults.clock)),
        }
        signal.at = int(ids[-1])
        for listener in signal.listeners:
            listener(f"{self._open}/{name}/!data", value)

    def _data(self, name: str, times_s: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, Any]:
        faults = self._faults
        if name.startswith("s/gpi/"):
            bits = self._profile.digital(times_s[:-1]) >> int(name[-1]) & 1
            return np.packbits(bits, bitorder="little")
        if name == "s/v":
            return np.full(_PIECE, self._profile.supply_v, dtype=np.float32)
        amps = np.diff(self._profile.charge_c(times_s)) / np.diff(times_s) * faults.gain + faults.offset_a
        amps += self._random.normal(0, faults.noise_a, _PIECE)
        amps[self._random.random(_PIECE) < faults.lost] = np.nan
        clipped: np.ndarray[Any, Any] = np.clip(amps, -self._model.full_scale_a, self._model.full_scale_a)
        return clipped.astype(np.float32)


@EMULATORS.register("joulescope")
def emulated_joulescope(profile: Profile, faults: Faults) -> Meter:
    """A JS220 at 100 kHz."""
    driver = FakeDriver(profile, faults)
    (path,) = driver.device_paths()
    return JoulescopeMeter(driver, path, RATE_HZ, driver.clock, driver.pass_time, label="simulated")
