"""INA219, INA226 and INA228: what a count of their registers is worth, and how far it can be believed.

Sources: INA219 SBOS448G (registers), INA226 SBOS547B (registers and section 5.5, accuracy), INA228 SLYS021A and
INA229 SLYS023 section 8.1.2 (calculations), INA228-Q1 SLYS022A page 1 (accuracy). What is remembered and was not
opened says so in `source`.
"""

from dataclasses import dataclass

_PICO = 1e-12


@dataclass(frozen=True)
class Chip:
    """One chip, set up as the bridge's sketch does it. Bounds are at 25 degrees C."""

    name: str
    shunt_lsb_v: float
    bus_lsb_v: float
    full_counts: int  # of the shunt; at this magnitude it is saturated
    gain_error: float  # of the shunt's voltage, relative
    offset_v: float  # of the shunt's voltage
    bus_gain_error: float
    bus_offset_v: float
    accumulates: bool  # charge and energy
    measured_share: float  # of the time in which the shunt is measured; meanwhile the bus is
    result_s: float  # that one result takes, nominally
    source: str

    def current_lsb_a(self, shunt_ohm: float) -> float:
        """Amperes a count."""
        return self.shunt_lsb_v / shunt_ohm

    def full_scale_a(self, shunt_ohm: float) -> float:
        return self.full_counts * self.current_lsb_a(shunt_ohm)


CHIPS = {
    chip.name: chip
    for chip in (
        Chip(
            "INA219",
            shunt_lsb_v=10e-6,
            bus_lsb_v=4e-3,
            full_counts=4000,  # PGA 1: 40 mV
            gain_error=0.005,
            offset_v=100e-6,
            bus_gain_error=0.005,
            bus_offset_v=4e-3,
            accumulates=False,
            measured_share=1.06 / (1.06 + 0.532),
            result_s=1.592e-3,
            source="INA219A: gain 0.5 %, offset 100 uV (remembered); conversion times SBOS448G table 5",
        ),
        Chip(
            "INA226",
            shunt_lsb_v=2.5e-6,
            bus_lsb_v=1.25e-3,
            full_counts=32767,  # 81.92 mV
            gain_error=0.001,
            offset_v=10e-6,
            bus_gain_error=0.001,
            bus_offset_v=7.5e-3,
            accumulates=False,
            measured_share=1.1 / (1.1 + 0.204),
            result_s=1.304e-3,
            source="SBOS547B section 5.5: gain 0.1 %, offset 10 uV, bus 0.1 % and 7.5 mV",
        ),
        Chip(
            "INA228",
            shunt_lsb_v=78.125e-9,
            bus_lsb_v=195.3125e-6,
            full_counts=524287,  # ADCRANGE 1: 40.96 mV
            gain_error=0.0005,
            offset_v=1e-6,
            bus_gain_error=0.0005,
            bus_offset_v=2.5e-3,
            accumulates=True,
            measured_share=280 / (280 + 84),
            result_s=1.456e-3,
            source="SLYS022A page 1: gain 0.05 %, offset 1 uV; bus 0.05 % and 2.5 mV (remembered)",
        ),
    )
}


def ina228_power_lsb_w(current_lsb_a: float) -> float:
    return 3.2 * current_lsb_a


def ina228_energy_lsb_j(current_lsb_a: float) -> float:
    """Joules a count of the ENERGY register."""
    return 16 * ina228_power_lsb_w(current_lsb_a)


def ina228_charge_lsb_c(current_lsb_a: float) -> float:
    """Coulombs a count of the CHARGE register: it adds up the current once a second's worth."""
    return current_lsb_a


def signed(raw: int, bits: int) -> int:
    """Two's complement."""
    return raw - (1 << bits) if raw >> (bits - 1) & 1 else raw


def current_lsb_pa(chip: Chip, shunt_ohm: float) -> int:
    """What the sketch writes into its header: whole picoamperes, rounded down."""
    return round(chip.shunt_lsb_v / _PICO) * 1_000_000 // round(shunt_ohm * 1e6)


def voltage_lsb_pv(chip: Chip) -> int:
    return round(chip.bus_lsb_v / _PICO)
