"""The virtual board and QEMU: firmware runs, and is counted, without hardware."""

from edgeopt.simulate.counts import Counts, LayerRun, Profile, SectionRun
from edgeopt.simulate.cycle_models import cycle_model
from edgeopt.simulate.virtual_board import TICKS_PER_TIMEOUT_SECOND, VirtualBoard

__all__ = [
    "TICKS_PER_TIMEOUT_SECOND",
    "Counts",
    "LayerRun",
    "Profile",
    "SectionRun",
    "VirtualBoard",
    "cycle_model",
]
