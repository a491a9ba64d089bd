"""Peripherals of the virtual board, one file a kind, registered by the kind's name in the board files."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from edgeopt.registry import Registry
from edgeopt.simulate.console import Console
from edgeopt.simulate.events import Events
from edgeopt.simulate.interrupts import Interrupts

Cause = Literal["power", "pin", "watchdog", "software"]
"""Of a reset of the chip."""


def _unseen(_low: bool) -> None:
    """Nobody watches the timestamp pin."""


def _keep_on(_cause: Cause) -> None:
    """No board, so no reset."""


@dataclass(frozen=True)
class Machine:
    """What a peripheral sees of its board: the core's name, the console, and `now`, the clock ticks since reset.

    `load` and `store` are its own way to memory, as DMA has it; where there is no memory, the program ends. `events`
    happen at a time since power-up; `reset` resets the chip, at the end of the instruction that runs. `asleep`: of the
    clock ticks, those in which the core slept. `on_pin` is told when the timestamp pin is set, and whether it is low.
    """

    core: str
    clock_hz: int
    console: Console
    now: Callable[[], int]
    load: Callable[[int, int], bytes]
    store: Callable[[int, bytes], None]
    events: Events = field(default_factory=Events)
    reset: Callable[[Cause], None] = _keep_on
    interrupts: Interrupts = field(default_factory=Interrupts)
    asleep: Callable[[], int] = lambda: 0
    on_pin: Callable[[bool], None] = _unseen

    def ticks(self, hz: int) -> int:
        """Simulated time since reset in periods of `hz`."""
        return self.now() * hz // self.clock_hz


class Peripheral(ABC):
    """A block of registers. Offsets are in bytes from its base, multiples of 4; values are unsigned 32-bit numbers."""

    size_bytes: ClassVar[int] = 0x400

    def __init__(self, machine: Machine, hz: int) -> None:
        self.machine = machine
        self.hz = hz

    def after_reset(self, cause: Cause) -> "Peripheral":
        """The block as a reset of the chip leaves it: as at power-up, but for what a kind keeps."""
        return type(self)(self.machine, self.hz)

    def listens(self) -> bool:
        """Whether a byte that waits on the console raises the block's interrupt."""
        return False

    @abstractmethod
    def read(self, offset: int) -> int:
        """Value of the register at `offset`."""

    @abstractmethod
    def write(self, offset: int, value: int) -> None:
        """`value` goes into the register at `offset`."""


PERIPHERALS: Registry[type[Peripheral]] = Registry("peripheral", "edgeopt.simulate.peripherals")
