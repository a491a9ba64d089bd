"""The interrupt controller, as far as sleep needs it: what may wake the core, and when. No handler is entered.

A program that sleeps with PRIMASK set goes on behind its WFI as soon as an interrupt that it has enabled is pending
(DDI 0403, section B1.5.19). Other programs would enter a handler, which the virtual board does not do.
"""

from collections.abc import Callable

from edgeopt.simulate.console import Console

_LINES_A_WORD = 32


class Interrupts:
    """Lines of peripherals by number, as enabled, and SysTick's.

    systick: when SysTick is pending next, in simulated ticks; None: it does not interrupt.
    """

    def __init__(self) -> None:
        self.systick: Callable[[], int | None] = lambda: None
        self.acknowledge_systick: Callable[[], None] = lambda: None
        self._enabled: dict[int, int] = {}
        self._console: tuple[int, Callable[[], bool], Console] | None = None

    def connect_console(self, line: int, listens: Callable[[], bool], console: Console) -> None:
        """The line of the console's UART; `listens`: whether it is raised while a byte waits."""
        self._console = line, listens, console

    def enabled(self, word: int) -> int:
        """The enable bits of lines 32 * word and up."""
        return self._enabled.get(word, 0)

    def enable(self, word: int, bits: int) -> None:
        self._enabled[word] = self.enabled(word) | bits

    def disable(self, word: int, bits: int) -> None:
        self._enabled[word] = self.enabled(word) & ~bits

    def disable_all(self) -> None:
        """The chip was reset."""
        self._enabled.clear()

    @property
    def hears_console(self) -> bool:
        """Whether a byte on the console would be an interrupt."""
        if self._console is None:
            return False
        line, listens, _ = self._console
        return bool(self.enabled(line // _LINES_A_WORD) >> line % _LINES_A_WORD & 1) and listens()

    @property
    def has_console(self) -> bool:
        """Whether a byte is one now."""
        return self._console is not None and bool(self._console[2].input) and self.hears_console
