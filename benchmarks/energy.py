"""Energy an inference as each emulated meter finds it, against the profile that it was fed; and published energies.

A board with a known current runs five windows of 10 s on every meter, with noise, offset, a clock that is 50 ppm fast
and 0.1 % of the samples lost. The meter's stream goes through its driver, is cut by the pin's edges and integrated as a
measurement is.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks import meters
from benchmarks.table import Table
from edgeopt.power.emulator import EMULATORS, Faults
from edgeopt.power.emulators.ina import emulated_ina
from edgeopt.power.emulators.lpm01a import emulated_lpm01a
from edgeopt.power.expected import Expected
from edgeopt.power.foreign_trace import read_foreign
from edgeopt.power.found import EnergyFound
from edgeopt.power.integrate import integrate
from edgeopt.power.lpm01a.setup import Setup
from edgeopt.power.meter import Meter
from edgeopt.power.method import energy_of
from edgeopt.power.profile import Pieces, Profile
from edgeopt.power.trace import Block
from edgeopt.power.tracefile import memory_trace
from edgeopt.power.windows import windows_by_gate

SEEDS = (20261122, 20261123, 20261124)
_SUPPLY_V = 3.0
_LATENCY_S = 0.02
_PHASES = ((0.3, 12e-3), (0.5, 9e-3), (0.2, 15e-3))  # share of an inference, amperes
_IDLE_A = 20e-6
_WINDOWS, _INFERENCES = 5, 500
_LEAD_S, _PAUSE_S = 4.0, 1.0  # a meter's set-up takes a part of the first
_NOISE_A, _OFFSET_A, _LOST, _CLOCK = 50e-6, 2e-6, 0.001, 1.00005
_TARGET = 0.005  # of the energy; INA bridges: their own bound

Maker = Callable[[Profile, Faults], Meter]


def _binary_lpm01a(profile: Profile, faults: Faults) -> Meter:
    return emulated_lpm01a(profile, faults, Setup(_SUPPLY_V, 100_000, "dyn", "current", "bin_hexa"))


METERS: dict[str, tuple[Maker, float | None]] = {
    "PPK2": (EMULATORS.get("ppk2"), _TARGET),
    "LPM01A, energies in ASCII, 1 kHz": (EMULATORS.get("lpm01a"), _TARGET),
    "LPM01A, currents in binary, 100 kHz": (_binary_lpm01a, _TARGET),
    "Joulescope JS220": (EMULATORS.get("joulescope"), _TARGET),
    "Otii Arc": (EMULATORS.get("otii"), _TARGET),
    "INA228 bridge": (emulated_ina("INA228"), None),
    "INA226 bridge": (emulated_ina("INA226"), None),
    "INA219 bridge": (emulated_ina("INA219"), None),
}


def board() -> tuple[Pieces, tuple[Expected, ...], float]:
    """The board's current, what a host would know of its windows, and when all is over."""
    shares, amps = np.array(_PHASES).T
    starts, currents, levels = [np.zeros(1)], [np.array([_IDLE_A])], [np.ones(1, dtype=np.uint8)]
    expected = [Expected("idle before", 2.0, _LEAD_S - 0.1, 0)]
    at_s = _LEAD_S
    for number in range(1, _WINDOWS + 1):
        edges = at_s + np.concatenate(([0.0], np.cumsum(np.tile(shares, _INFERENCES) * _LATENCY_S)))
        starts.append(edges)
        currents.append(np.append(np.tile(amps, _INFERENCES), _IDLE_A))
        levels.append(np.append(np.zeros(len(edges) - 1, dtype=np.uint8), np.uint8(1)))
        end_s = float(edges[-1])
        expected.append(Expected(f"window {number}", at_s - 0.002, end_s + 0.003, _INFERENCES, end_s - at_s))
        at_s = end_s + _PAUSE_S
    expected.append(Expected("idle after", at_s - _PAUSE_S + 0.1, at_s + 1.0, 0))
    profile = Pieces(_SUPPLY_V, np.concatenate(starts), np.concatenate(currents), np.concatenate(levels))
    return profile, tuple(expected), at_s + 1.5


def exact_uj() -> float:
    return sum(share * amps for share, amps in _PHASES) * _SUPPLY_V * _LATENCY_S * 1e6


def measured(make: Maker, seed: int) -> EnergyFound:
    """The board of `board` on a meter."""
    profile, expected, end_s = board()
    meter = make(profile, Faults(seed, _NOISE_A, _OFFSET_A, lost=_LOST, clock=_CLOCK))
    blocks: list[Block] = []
    try:
        meter.start()
        while not blocks or blocks[-1].host_s < end_s:
            blocks += meter.read(1.0)
        blocks += meter.stop()
    finally:
        meter.close()
    trace = memory_trace(meter.info, blocks)
    cuts = windows_by_gate(trace, 0, expected)
    return energy_of(trace, cuts.windows, cuts.idle, _WINDOWS, cuts.warnings)


def tables(models: Path, _samples: int) -> list[Table]:
    return [_accuracy(), _published(models.parent / "data" / "power_traces"), meters.table(60.0)]


def _accuracy() -> Table:
    faults = f"{_NOISE_A * 1e6:g} uA of noise, {_OFFSET_A * 1e6:g} uA of offset, {_LOST:.1%} of the samples lost"
    title = (
        f"Energy an inference by emulated meters, {exact_uj():.2f} uJ in truth: {faults}, worst of {len(SEEDS)} seeds"
    )
    found_of = Table(title, ["meter", "off by", "at most", "its own stated bound", "cut by"])
    for name, (make, target) in METERS.items():
        all_found = [measured(make, seed) for seed in SEEDS]
        errors = [abs(found.uj_per_inference / exact_uj() - 1) for found in all_found]
        bounds = [found.uj_error / found.uj_per_inference for found in all_found]
        limits = [min(bound, target or bound) for bound in bounds]
        kept = all(error <= limit for error, limit in zip(errors, limits, strict=True))
        found_of.add(
            name,
            found_of.judged(f"{max(errors):.3%}", kept),
            "its bound" if target is None else f"{target:.1%}",
            f"{max(bounds):.2%}",
            " and ".join(sorted({one.window.cut for found in all_found for one in found.windows})),
        )
    return found_of


def _published(folder: Path) -> Table:
    """Traces that others measured, through the same cuts and integration."""
    title = "Energies of published traces (MLPerf Tiny, STM32U575 and NUCLEO-H7A3ZI-Q), uJ"
    found_of = Table(title, ["trace", "edgeopt", "published"])
    kws, ad = folder / "u575_kws_energy_results.json", folder / "h7a3_ad_trace1.bin"
    if not (kws.is_file() and ad.is_file()):
        found_of.add(f"none: {folder} is missing", "", "")
        return found_of
    one = read_foreign(kws)[0]
    uj = energy_of(memory_trace(one.info, one.blocks), one.windows).uj_per_inference
    found_of.add("kws, an inference", found_of.judged(f"{uj:.3f}", round(uj, 3) == 664.472), "664.472")
    (two,) = read_foreign(ad)
    uj = integrate(memory_trace(two.info, two.blocks), 9.367, 20.787).joules * 1e6
    found_of.add("ad, a window", found_of.judged(f"{uj:.2f}", abs(uj - 1745131.5) < 0.15), "1745131.5")
    return found_of
