"""How a bridge with an INA is set up, and what is known of it."""

from dataclasses import dataclass

from edgeopt.power.ina_chips import Chip
from edgeopt.power.ina_lines import Header
from edgeopt.power.trace import TraceInfo

_LEAST_V = 0.1  # that a relative error is told for


@dataclass(frozen=True)
class Settings:
    """`--meter ina:PORT,...`."""

    shunt_ohm: float | None = None  # measured; None: as the bridge's sketch says
    tolerance: float = 0.01  # of the shunt
    volts: float | None = None  # instead of what the chip measures at its bus pin
    clock_error: float = 0.005  # of the bridge: a ceramic resonator, as of an Uno (remembered)


def bridge_info(header: Header, shunt_ohm: float, given: Settings, measured_v: float, label: str) -> TraceInfo:
    """What is known of a bridge. `measured_v`: the supply at the chip's bus pin, taken where none is given."""
    chip = header.chip
    supply_v = max(measured_v, _LEAST_V) if given.volts is None else given.volts
    bus_error = chip.bus_gain_error + (chip.bus_offset_v + chip.bus_lsb_v / 2) / supply_v
    shunt = f"{shunt_ohm:g} ohm, +-{given.tolerance:.2g}"
    return TraceInfo(
        meter="ina",
        title=f"{chip.name} behind edgeopt's serial bridge, shunt of {shunt}",
        label=label,
        rate_hz=header.rate_hz,
        supply_v=given.volts,
        supply_source="measured at the chip's bus pin" if given.volts is None else "given",
        gain_error=given.tolerance + chip.gain_error,
        offset_error_a=(chip.offset_v + chip.shunt_lsb_v / 2) / shunt_ohm,
        supply_error=bus_error if given.volts is None else 0.0,
        clock_error=given.clock_error,
        accuracy_source=f"{chip.source}; tolerance of the shunt as given, 1 % unless given",
        digital_lines=1,
        full_scale_a=chip.full_scale_a(shunt_ohm),
        remarks=_remarks(chip, shunt_ohm),
    )


def _remarks(chip: Chip, shunt_ohm: float) -> tuple[str, ...]:
    drop_mv = chip.full_counts * chip.shunt_lsb_v * 1e3
    remarks = [
        f"the shunt drops up to {drop_mv:.3g} mV ({shunt_ohm:g} V at 1 A) of the board's supply",
        f"one result takes {chip.result_s * 1e3:.2g} ms, {chip.measured_share:.0%} of which the current is measured: "
        "a load in exactly that rhythm may be met at one phase of it",
    ]
    if chip.accumulates:
        remarks.append(
            "the samples follow the chip's own sum of charge; what flowed while rows got lost is known by it"
        )
    return tuple(remarks)
