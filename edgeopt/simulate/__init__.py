"""The virtual board and QEMU: firmware runs, and is counted, without hardware.

VirtualBoard   a link to a simulated board that counts every instruction
QemuBoard      a link to the same board in QEMU
run_foreign    one run of any program on the virtual board
Counts, Profile, SectionRun, LayerRun   what was counted
cycle_model    the documented timing of a core, or None
describe_memory  the memory that cycles are counted with, in a few words; IDEAL_MEMORY for one that answers at once
"""

from edgeopt.simulate.counts import Counts, LayerRun, Profile, SectionRun
from edgeopt.simulate.cycle_models import cycle_model
from edgeopt.simulate.foreign import ForeignRun, run_foreign
from edgeopt.simulate.memory_timing import IDEAL_MEMORY, describe_memory
from edgeopt.simulate.patience import TICKS_PER_TIMEOUT_SECOND
from edgeopt.simulate.qemu import QemuBoard
from edgeopt.simulate.virtual_board import VirtualBoard

__all__ = [
    "IDEAL_MEMORY",
    "TICKS_PER_TIMEOUT_SECOND",
    "Counts",
    "ForeignRun",
    "LayerRun",
    "Profile",
    "QemuBoard",
    "SectionRun",
    "VirtualBoard",
    "cycle_model",
    "describe_memory",
    "run_foreign",
]
