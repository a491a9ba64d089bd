"""Power meters, their traces, and what an inference takes: recorded, cut into windows, integrated, with uncertainty."""

from edgeopt.power.analysis import analyse, expected_of, note_of
from edgeopt.power.clock import Clock, fit_clock
from edgeopt.power.emulator import EMULATORS, Emulator, Faults
from edgeopt.power.found import EnergyFound, Integral, WindowEnergy
from edgeopt.power.integrate import integrate
from edgeopt.power.meter import METERS, Meter, MeterSpec, meter_opener, parse_meter
from edgeopt.power.method import energy_of
from edgeopt.power.plan import Plan
from edgeopt.power.profile import Pieces, Profile
from edgeopt.power.recorder import Recorder
from edgeopt.power.trace import SATURATED, SUSPECT, Block, TraceInfo
from edgeopt.power.tracefile import Edges, Note, Trace, TraceWriter, memory_trace, read_trace
from edgeopt.power.window import Cut, Window
from edgeopt.power.windows import (
    Cuts,
    Expected,
    windows_by_gate,
    windows_by_host,
    windows_by_line,
    windows_by_stamps,
)

__all__ = [
    "EMULATORS",
    "METERS",
    "SATURATED",
    "SUSPECT",
    "Block",
    "Clock",
    "Cut",
    "Cuts",
    "Edges",
    "Emulator",
    "EnergyFound",
    "Expected",
    "Faults",
    "Integral",
    "Meter",
    "MeterSpec",
    "Note",
    "Pieces",
    "Plan",
    "Profile",
    "Recorder",
    "Trace",
    "TraceInfo",
    "TraceWriter",
    "Window",
    "WindowEnergy",
    "analyse",
    "energy_of",
    "expected_of",
    "fit_clock",
    "integrate",
    "memory_trace",
    "meter_opener",
    "note_of",
    "parse_meter",
    "read_trace",
    "windows_by_gate",
    "windows_by_host",
    "windows_by_line",
    "windows_by_stamps",
]
