"""Peripherals of the virtual board, one file a kind, registered by the kind's name in the board files."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from edgeopt.registry import Registry
from edgeopt.simulate.console import Console


@dataclass(frozen=True)
class Machine:
    """What a peripheral sees of its board: the core's name, the console, and `now`, the clock ticks since reset.

    `load` and `store` are its own way to memory, as DMA has it; where there is no memory, the program ends.
    """

    core: str
    clock_hz: int
    console: Console
    now: Callable[[], int]
    load: Callable[[int, int], bytes]
    store: Callable[[int, bytes], None]

    def ticks(self, hz: int) -> int:
        """Simulated time since reset in periods of `hz`."""
        return self.now() * hz // self.clock_hz


class Peripheral(ABC):
    """A block of registers. Offsets are in bytes from its base, multiples of 4; values are unsigned 32-bit numbers."""

    size_bytes: ClassVar[int] = 0x400

    def __init__(self, machine: Machine, hz: int) -> None:
        self.machine = machine
        self.hz = hz

    @abstractmethod
    def read(self, offset: int) -> int:
        """Value of the register at `offset`."""

    @abstractmethod
    def write(self, offset: int, value: int) -> None:
        """`value` goes into the register at `offset`."""


PERIPHERALS: Registry[type[Peripheral]] = Registry("peripheral", "edgeopt.simulate.peripherals")
