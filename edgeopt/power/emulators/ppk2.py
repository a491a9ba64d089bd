"""An emulated PPK2: its commands, its metadata, and samples of a profile in changing ranges, noise of its ADC included.

What it does at a change of the range is made up, as Nordic tells nothing of it: it goes up at once and down after
100 us below, and the first two samples of a range are wrong, as the filter of the official app suggests.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import floor

import numpy as np
from numpy.typing import NDArray

from edgeopt.errors import UsageError
from edgeopt.power.emulator import EMULATORS, Faults
from edgeopt.power.meter import Meter
from edgeopt.power.meters.ppk2 import Ppk2
from edgeopt.power.ppk2 import wire
from edgeopt.power.ppk2.dialog import Settings
from edgeopt.power.ppk2.metadata import Metadata, metadata_text
from edgeopt.power.profile import Profile
from edgeopt.power.serving import MemoryPort

_ENDS_A = np.array([50e-6, 500e-6, 5e-3, 50e-3])  # upper ends of the ranges 0 to 3
_DOWN_SAMPLES = 10  # below the end of a range before it is left
_DISTURBED = (0.5, 0.15)  # relative error of the first samples of a range
_ADC_NOISE = 0.5  # standard deviation in steps
_MOST_SAMPLES = 1 << 16  # worked out at once


def _five(*values: float) -> NDArray[np.float64]:
    return np.array(values, dtype=np.float64)


# Of no unit that exists, but near those that do.
EXAMPLE = Metadata(
    shunt_ohm=_five(1002.0, 101.5, 10.3, 0.96, 0.056),
    gain_square=_five(1.0, 110.0, 18.0, 2.4, 0.07),
    gain=_five(1.0, 0.97, 0.961, 0.952, 0.958),
    offset=_five(110.0, 75.0, 64.0, 50.0, 87.0),
    offset_a_per_v=_five(5e-8, 6e-7, 5e-6, 6e-5, 2.9e-3),
    offset_a=_five(-1e-7, -1.4e-6, 3.6e-5, -3.7e-4, -9.4e-3),
    user_gain=_five(1.0, 1.0, 1.0, 1.0, 1.0),
    vdd_mv=3000,
    mode=wire.SOURCE,
    hardware="9173",
)


@dataclass
class _Stream:
    """A measurement that runs."""

    began_s: float
    samples: int = 0  # so far
    needed: NDArray[np.intp] | None = None  # ranges of the last currents, for leaving a range late
    current_range: int | None = None
    since: int = len(_DISTURBED)


class Ppk2Emulator:
    """An Emulator. A sample is the mean current over its 10 us of the meter's own clock."""

    def __init__(self, profile: Profile, faults: Faults, metadata: Metadata = EXAMPLE) -> None:
        self._profile = profile
        self._faults = faults
        self._metadata = metadata
        self._powered = False
        self._stream: _Stream | None = None
        self._pending = b""  # of a command
        noise, adc, lost = np.random.SeedSequence(faults.seed).spawn(3)
        self._noise, self._adc_noise, self._loss = (np.random.default_rng(seed) for seed in (noise, adc, lost))

    def receive(self, data: bytes, now_s: float) -> bytes:
        self._pending += data
        return b"".join(self._obey(command, now_s) for command in self._commands())

    def stream(self, now_s: float) -> bytes:
        return b"".join(self._sampled(now_s))

    def _commands(self) -> Iterator[bytes]:
        while self._pending:
            size = 1 + wire.ARGUMENT_BYTES.get(self._pending[0], 0)
            if len(self._pending) < size:
                return
            command, self._pending = self._pending[:size], self._pending[size:]
            yield command

    def _obey(self, command: bytes, now_s: float) -> bytes:
        name, arguments = command[0], command[1:]
        if name == wire.AVERAGE_START:
            self._stream = _Stream(now_s)
        elif name in (wire.AVERAGE_STOP, wire.RESET):
            self._stream = None
            self._powered &= name != wire.RESET
        elif name == wire.DEVICE_POWER:
            self._powered = arguments[0] == 1
        elif name == wire.GET_METADATA:
            return metadata_text(self._metadata)
        else:
            self._set(name, arguments)
        return b""

    def _set(self, name: int, arguments: bytes) -> None:
        if name == wire.SET_VOLTAGE:
            millivolts = min(max(int.from_bytes(arguments, "big"), wire.LEAST_MV), wire.MOST_MV)
            self._metadata = replace(self._metadata, vdd_mv=millivolts)
        elif name == wire.SET_MODE and arguments[0] in (wire.AMPERE, wire.SOURCE):
            self._metadata = replace(self._metadata, mode=arguments[0])
        elif name == wire.SET_USER_GAIN and arguments[0] < wire.RANGES:
            gains = self._metadata.user_gain.copy()
            gains[arguments[0]] = float(np.frombuffer(arguments, "<f4", 1, 1)[0])
            self._metadata = replace(self._metadata, user_gain=gains)

    def _sampled(self, now_s: float) -> Iterator[bytes]:
        stream = self._stream
        if stream is None:
            return
        rate_hz = wire.RATE_HZ * self._faults.clock
        due = floor((now_s - stream.began_s) * rate_hz + 1e-6)
        while stream.samples < due:
            count = min(due - stream.samples, _MOST_SAMPLES)
            times_s = stream.began_s + np.arange(stream.samples, stream.samples + count + 1) / rate_hz
            yield self._words(stream, times_s).tobytes()
            stream.samples += count

    def _words(self, stream: _Stream, times_s: NDArray[np.float64]) -> NDArray[np.uint32]:
        """The samples between the times, without those that get lost."""
        count = len(times_s) - 1
        amps = np.diff(self._profile.charge_c(times_s)) / np.diff(times_s) if self._powered else np.zeros(count)
        ranges = _ranges(stream, amps)
        disturbed = _disturbances(stream, ranges)
        amps = amps * (1 + disturbed) * self._faults.gain + self._faults.offset_a
        if self._faults.noise_a:
            amps += self._noise.normal(0.0, self._faults.noise_a, count)
        adc = self._adc(amps, ranges) + self._adc_noise.normal(0.0, _ADC_NOISE, count)
        words = np.clip(np.rint(adc), 0, wire.ADC_PINNED).astype(np.uint32)
        words |= ranges.astype(np.uint32) << np.uint32(wire.RANGE_SHIFT)
        numbers = np.arange(stream.samples, stream.samples + count, dtype=np.uint64)
        words |= (numbers & np.uint64(wire.COUNTER_MASK)).astype(np.uint32) << np.uint32(wire.COUNTER_SHIFT)
        words |= self._profile.digital(times_s[:-1]).astype(np.uint32) << np.uint32(wire.DIGITAL_SHIFT)
        return words[self._loss.random(count) >= self._faults.lost] if self._faults.lost else words

    def _adc(self, amps: NDArray[np.float64], ranges: NDArray[np.intp]) -> NDArray[np.float64]:
        """What the ADC has to say for these currents: the calibration backwards."""
        m, r = self._metadata, ranges
        volts = (m.vdd_mv or 0) / 1000
        rest = amps / m.user_gain[r] - m.offset_a_per_v[r] * volts - m.offset_a[r]
        root = np.sqrt(np.maximum(m.gain[r] ** 2 + 4 * m.gain_square[r] * rest, 0.0))
        x = 2 * rest / (m.gain[r] + root)
        adc: NDArray[np.float64] = (x * m.shunt_ohm[r] / wire.VOLTS_PER_UNIT + m.offset[r]) / wire.ADC_SCALE
        return adc


def _ranges(stream: _Stream, amps: NDArray[np.float64]) -> NDArray[np.intp]:
    """Up at once, down when the current has been low for a while."""
    needed = np.searchsorted(_ENDS_A, amps)
    before = stream.needed if stream.needed is not None else np.repeat(needed[:1], _DOWN_SAMPLES - 1)
    both = np.concatenate((before, needed))
    stream.needed = both[len(both) - (_DOWN_SAMPLES - 1) :]
    windows = np.lib.stride_tricks.sliding_window_view(both, _DOWN_SAMPLES)
    ranges: NDArray[np.intp] = windows.max(axis=1)
    return ranges


def _disturbances(stream: _Stream, ranges: NDArray[np.intp]) -> NDArray[np.float64]:
    """The relative error of each sample from a change of the range shortly before it."""
    last = int(ranges[0]) if stream.current_range is None else stream.current_range
    changed = np.concatenate(([ranges[0] != last], ranges[1:] != ranges[:-1]))
    errors = np.zeros(len(ranges) + len(_DISTURBED))
    for step in range(stream.since, len(_DISTURBED)):
        errors[step - stream.since] = _DISTURBED[step]
    at = np.flatnonzero(changed)
    for step, error in enumerate(_DISTURBED):
        errors[at + step] = error
    since = len(ranges) - int(at[-1]) if len(at) else stream.since + len(ranges)
    stream.current_range, stream.since = int(ranges[-1]), min(since, len(_DISTURBED))
    return errors[: len(ranges)]


@EMULATORS.register("ppk2")
def emulated_ppk2(profile: Profile, faults: Faults) -> Meter:
    """A PPK2 that feeds the board of the profile. Its clock is the profile's time."""
    volts = profile.supply_v
    if not wire.LEAST_MV <= volts * 1000 <= wire.MOST_MV:
        raise UsageError(
            f"a PPK2 does not give {volts:g} V, which the board needs",
            f"it gives {wire.LEAST_MV / 1000:g} to {wire.MOST_MV / 1000:g} V: choose another emulated meter",
        )
    port = MemoryPort(Ppk2Emulator(profile, faults), "emulated PPK2", faults.unplugged_s)
    return Ppk2(port, Settings(wire.SOURCE, volts), port.clock, label="simulated")
