"""Cycles and current -> milliseconds, microjoules, milliwatts, battery days; each says how it was obtained."""

from edgeopt.energy.battery import average_mw, battery_life, check_fits, too_slow, wrong_voltage
from edgeopt.energy.cell import Cell, RatedCharge, cell_names, load_cell, parse_cells
from edgeopt.energy.convert import draw_mw, energy_uj, latency_at, latency_ms, power_mw
from edgeopt.energy.draw import Draw, constant_current, constant_power, draw_of, measured_draw, quantity_of
from edgeopt.energy.duty import DutyCycle, parse_duration
from edgeopt.energy.node import Node, node_of
from edgeopt.energy.quantity import (
    ENDS,
    ESTIMATED,
    EXACT,
    MEASURED,
    SIMULATED,
    UNKNOWN,
    End,
    Quantity,
    spread,
    unknown,
    weakest,
)
from edgeopt.energy.race import CyclesAt, race_to_idle
from edgeopt.energy.rate import highest_rate
from edgeopt.energy.results import (
    BatteryLife,
    CapacitorCheck,
    ClockRow,
    InferenceRate,
    PeakCheck,
    PeakState,
    PeriodLaw,
    Share,
)
from edgeopt.energy.supply import FEED_KINDS, Capacitor, Feed, Supply
from edgeopt.energy.use import USE_KEYS, Use, parse_use

__all__ = [
    "ENDS",
    "ESTIMATED",
    "EXACT",
    "FEED_KINDS",
    "MEASURED",
    "SIMULATED",
    "UNKNOWN",
    "USE_KEYS",
    "BatteryLife",
    "Capacitor",
    "CapacitorCheck",
    "Cell",
    "ClockRow",
    "CyclesAt",
    "Draw",
    "DutyCycle",
    "End",
    "Feed",
    "InferenceRate",
    "Node",
    "PeakCheck",
    "PeakState",
    "PeriodLaw",
    "Quantity",
    "RatedCharge",
    "Share",
    "Supply",
    "Use",
    "average_mw",
    "battery_life",
    "cell_names",
    "check_fits",
    "constant_current",
    "constant_power",
    "draw_mw",
    "draw_of",
    "energy_uj",
    "highest_rate",
    "latency_at",
    "latency_ms",
    "load_cell",
    "measured_draw",
    "node_of",
    "parse_cells",
    "parse_duration",
    "parse_use",
    "power_mw",
    "quantity_of",
    "race_to_idle",
    "spread",
    "too_slow",
    "unknown",
    "weakest",
    "wrong_voltage",
]
