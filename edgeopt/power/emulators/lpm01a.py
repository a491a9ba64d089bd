"""The emulated LPM01A as a meter: the driver of the same name with the emulator at the other end."""

from edgeopt.device.link import SIMULATED
from edgeopt.errors import UsageError
from edgeopt.power.emulator import EMULATORS, Faults
from edgeopt.power.lpm01a.emulated import Lpm01aEmulator
from edgeopt.power.lpm01a.setup import LEAST_V, MOST_V, Setup
from edgeopt.power.meter import Meter
from edgeopt.power.meters.lpm01a import Lpm01a
from edgeopt.power.profile import Profile
from edgeopt.power.serving import MemoryPort

RATE_HZ = 1000  # as the official runner sets it


def emulated_lpm01a(profile: Profile, faults: Faults, setup: Setup | None = None) -> Lpm01a:
    """A meter set up as `setup` says (None: ASCII energies at 1 kHz), whose clock is the profile's time."""
    if not LEAST_V <= profile.supply_v <= MOST_V:
        raise UsageError(
            f"the LPM01A supplies {LEAST_V:g} to {MOST_V:g} V, not {profile.supply_v:g} V", "emulate another meter"
        )
    port = MemoryPort(Lpm01aEmulator(profile, faults), "emulated LPM01A", faults.unplugged_s)
    return Lpm01a(port, setup or Setup(profile.supply_v, RATE_HZ), port.clock, SIMULATED)


@EMULATORS.register("lpm01a")
def _registered(profile: Profile, faults: Faults) -> Meter:
    return emulated_lpm01a(profile, faults)
