"""Cycles and current -> milliseconds, microjoules, milliwatts; every quantity says how it was obtained."""

from edgeopt.energy.convert import energy_uj, latency_ms, power_mw
from edgeopt.energy.quantity import ESTIMATED, MEASURED, SIMULATED, UNKNOWN, Quantity, unknown, weakest

__all__ = [
    "ESTIMATED",
    "MEASURED",
    "SIMULATED",
    "UNKNOWN",
    "Quantity",
    "energy_uj",
    "latency_ms",
    "power_mw",
    "unknown",
    "weakest",
]
