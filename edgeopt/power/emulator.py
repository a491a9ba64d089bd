"""Emulators: the other end of a meter's wire, fed by a profile. They are deterministic: time is handed to them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from edgeopt.power.meter import Meter
from edgeopt.power.profile import Profile
from edgeopt.registry import Registry


@dataclass(frozen=True)
class Faults:
    """What an emulated meter does wrong, on purpose. Everything random comes from `seed`."""

    seed: int = 1
    noise_a: float = 0.0  # standard deviation of each sample
    offset_a: float = 0.0  # of every sample, after the meter's own calibration
    gain: float = 1.0
    lost: float = 0.0  # share of the samples that never arrive
    clock: float = 1.0  # its clock's rate over the true one: 1.00005 is 50 ppm fast
    unplugged_s: float | None = None  # gone for good from this time on


class Emulator(Protocol):
    """The bytes of one meter. Times are true seconds since the emulator was made, and never fall."""

    def receive(self, data: bytes, now_s: float) -> bytes:
        """What it answers at once to what the host has sent."""
        ...

    def stream(self, now_s: float) -> bytes:
        """What it has sampled, or has to say of itself, since the last call."""
        ...


# The emulated meter as a Meter: the driver of the same name with the emulator at the other end, time as fast as it is
# read. `info.label` is "simulated".
EMULATORS: Registry[Callable[[Profile, Faults], Meter]] = Registry("emulated meter", "edgeopt.power.emulators")
