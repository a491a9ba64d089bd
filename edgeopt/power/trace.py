"""What a power meter delivers: samples in blocks, and what is known of the meter that made them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SATURATED = 1  # bits of `Block.quality`: beyond the range, the true value is larger
SUSPECT = 2  # the meter changed its range there, or says itself that the sample is doubtful


@dataclass(frozen=True)
class TraceInfo:
    """The meter of a trace, and how far it can be believed.

    `gain_error`, `offset_error_a`, `supply_error` and `clock_error` are bounds (the truth lies within them), relative
    but for the offset in amperes; each from the source that `accuracy_source` names.
    """

    meter: str  # as in `--meter`: "ppk2"
    title: str  # for people: "Nordic PPK2, serial number ..., calibrated"
    label: str  # "measured", or "simulated" of an emulated meter
    rate_hz: float  # samples a second by the meter's clock; of an irregular trace the nominal one
    supply_v: float | None  # where the samples bring no voltage; None: not known, so no energy without it
    supply_source: str  # "set at the meter", "given", ...
    gain_error: float
    offset_error_a: float
    supply_error: float
    clock_error: float
    accuracy_source: str  # "datasheet, remembered", ...
    digital_lines: int = 0  # how many digital inputs `Block.digital` has; 0: none
    digital_edges: str = "both"  # or "falling": a fall is one low sample on a high line, rises mean nothing
    full_scale_a: float | None = None
    calibrated: bool = True
    remarks: tuple[str, ...] = ()  # what a reader of the figures must know: what the meter adds, what it cannot tell


@dataclass(frozen=True)
class Block:
    """Samples that follow each other without a gap.

    Sample i has the number `first + i` of all that the meter has taken since it was started, those that were lost among
    them: a jump between two blocks is what got lost. It stands for the time from `times_s[i]` to the next sample, or,
    where the meter is regular (`times_s` None), from number / rate_hz for 1 / rate_hz seconds.
    Exactly one of `amps` and `watts` is there; all arrays have one length n >= 1.
    """

    first: int
    amps: NDArray[np.float32] | None
    watts: NDArray[np.float32] | None = None  # of meters that tell power or energy only
    volts: NDArray[np.float32] | None = None  # None: `TraceInfo.supply_v` all the time
    digital: NDArray[np.uint8] | None = None  # bit k: digital input k
    quality: NDArray[np.uint8] | None = None  # None: all good
    times_s: NDArray[np.float64] | None = None  # since the start, by the meter's clock
    host_s: float = 0.0  # the host's monotonic clock when the last of them had come

    @property
    def samples(self) -> int:
        channel = self.amps if self.amps is not None else self.watts
        assert channel is not None
        return len(channel)
