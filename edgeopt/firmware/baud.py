"""The console's speed: which rates a board's UART makes, by its clock and its divider."""

from dataclasses import replace
from fractions import Fraction

from edgeopt.board import Board
from edgeopt.errors import UsageError

BAUDS = (9_600, 921_600)
"""Least and most that may be chosen."""
MOST_ERROR = 0.02  # of a rate: both ends of a line may be off, and a byte has ten bits

_HSI_HZ = 16_000_000  # an STM32L4's and U5's own oscillator, which clocks their console
_NRF_HZ = 16_000_000
_DIVIDERS = {"stm32f405": 2, "stm32f446": 4, "stm32f746": 2, "stm32h743": 4}  # of the console's bus, by mcu_setup
_FIXED = {"stm32l4r5": _HSI_HZ, "stm32u575": _HSI_HZ, "nrf51": _NRF_HZ, "nrf52": _NRF_HZ}
_LPUARTS = (0x4000_8000, 0x4600_2400, 0x5800_0C00)  # as in console_stm32_usart_v2.c


def with_baud(board: Board, baud: int) -> Board:
    """`board` with its console at another rate.

    UsageError where its console has none, or the board's clock does not make it within MOST_ERROR.
    """
    if not board.console.base:
        raise UsageError(
            f"the console of {board.name} is {board.console.kind}, which has no baud rate", "leave the rate out"
        )
    least, most = BAUDS
    if not least <= baud <= most:
        raise UsageError(f"a console at {baud:,} baud", f"give {least:,} to {most:,}, as 9600, 115200 or 921600")
    error = float(actual_baud(board, baud) / baud - 1)
    if abs(error) > MOST_ERROR:
        raise UsageError(
            f"the clock of {board.name} makes {float(actual_baud(board, baud)):,.0f} of {baud:,} baud, {error:+.1%}",
            f"choose a rate that it makes within {MOST_ERROR:.0%}, as 115200",
        )
    return replace(board, console=replace(board.console, baud=baud))


def console_hz(board: Board) -> int:
    """The clock of the console's UART once the firmware has set it up: firmware_templates/baremetal/mcu_*.c."""
    fixed = _FIXED.get(board.mcu_setup)
    return board.clock_hz // _DIVIDERS.get(board.mcu_setup, 1) if fixed is None else fixed


def actual_baud(board: Board, baud: int) -> Fraction:
    """The rate that the firmware's console_*.c makes of `baud`; 0 where its divider cannot hold it."""
    hz, kind = console_hz(board), board.console.kind
    if kind == "nrf_uart":
        return Fraction(hz, hz // baud)  # whole ticks a bit: "actual rate" in the maker's header of the nRF51
    if kind == "nrf_uarte":
        return Fraction(hz, round(hz / baud))  # and of the nRF52, whose fraction carries on to the nearest
    if kind == "pl011":
        divider, least, most, scale = (8 * hz // baud + 1) // 2, 1 << 6, (1 << 22) - 1, 4
    elif kind == "cmsdk_uart":
        divider, least, most, scale = _nearest(hz, baud), 16, (1 << 20) - 1, 1
    elif board.console.base in _LPUARTS:
        divider, least, most, scale = _nearest(256 * hz, baud), 0x300, (1 << 20) - 1, 256
    else:
        divider, least, most, scale = _nearest(hz, baud), 16, (1 << 16) - 1, 1
    return Fraction(scale * hz, divider) if least <= divider <= most else Fraction(0)


def _nearest(numerator: int, denominator: int) -> int:
    return (numerator + denominator // 2) // denominator
