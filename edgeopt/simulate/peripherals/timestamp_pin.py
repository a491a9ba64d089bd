"""The two registers, or the one, by which a port's pins are set and cleared: the timestamp pin's level is told."""

from edgeopt.board import Pin
from edgeopt.simulate.peripherals import Cause, Machine, Peripheral
from edgeopt.simulate.peripherals.register_bank import RegisterBank

_CLEAR_REGISTER = 4  # of those that have one of its own, behind the register that sets
_FIRST = {"stm32_gpio": 0x18, "nrf_gpio": 0x508, "rp2040_sio": 0x14}  # BSRR; OUTSET; GPIO_OUT_SET

_ONE_REGISTER = ("stm32_gpio", "cmsdk_gpio")


def _masked(number: int) -> int:
    """The register of a CMSDK port whose address lets one pin through."""
    return (0x400 if number < 8 else 0x800) + (4 << number % 8)


class TimestampPin(RegisterBank):
    """Of an STM32 (RM0432, section 8.4.7), an nRF (nRF52840 PS, 6.9.2), an RP2040 (datasheet, 2.3.1.7) or the CMSDK."""

    def __init__(self, machine: Machine, hz: int, pin: Pin) -> None:
        super().__init__(machine, hz)
        self._pin = pin

    @property
    def start(self) -> int:
        if self._pin.kind == "cmsdk_gpio":
            return self._pin.base + _masked(self._pin.number)
        return self._pin.base + _FIRST[self._pin.kind]

    @property
    def end(self) -> int:
        return self.start + (4 if self._pin.kind in _ONE_REGISTER else 8)

    def after_reset(self, cause: Cause) -> Peripheral:
        self.machine.on_pin(False)  # an input again, which the line's pull-up or the meter's holds high
        return TimestampPin(self.machine, self.hz, self._pin)

    def write(self, offset: int, value: int) -> None:
        super().write(offset, value)
        bit = 1 << self._pin.number
        if self._pin.kind == "stm32_gpio":
            sets, clears = value & bit, value >> 16 & bit
        elif self._pin.kind == "cmsdk_gpio":
            sets, clears = value & bit, ~value & bit
        else:
            sets, clears = (0, value & bit) if offset == _CLEAR_REGISTER else (value & bit, 0)
        if sets or clears:
            self.machine.on_pin(not sets)
