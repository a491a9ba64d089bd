"""A board's memory as far as cycles depend on it: what stalls were measured with, and how they carry over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from edgeopt.board import Board
from edgeopt.costs.cost import Cost

_KEY = re.compile(r"ws(\d+)-(.*)")


@dataclass(frozen=True)
class Memory:
    """`wait_states` of flash, and its `form`: all else that the simulated timing depends on, in a few letters.

    `waits` is False for memory that answers at once, of which form and wait states say nothing.
    """

    wait_states: int = 0
    form: str = ""
    waits: bool = False

    @property
    def key(self) -> str:
        return f"ws{self.wait_states}-{self.form}" if self.waits else "at_once"

    def share_of(self, stalls: Mapping[str, Cost]) -> tuple[Cost, float] | None:
        """The stalls that were measured on this memory, or on the nearest that is alike, and how much of them counts.

        Stalls grow with the wait states, a little more than in proportion where there is a prefetch. None: no such
        memory was measured.
        """
        if self.key in stalls:
            return stalls[self.key], 1.0
        alike = {}
        for key, cost in stalls.items():
            found = _KEY.fullmatch(key)
            if found is not None and found[2] == self.form and int(found[1]):
                alike[int(found[1])] = cost
        if not alike:
            return None
        nearest = min(alike, key=lambda wait_states: abs(wait_states - self.wait_states))
        return alike[nearest], self.wait_states / nearest


FREE = Memory()


def memory_of(board: Board) -> Memory:
    """The memory of a board; FREE where all of it answers at once, or its timing is not known."""
    flash, ram = board.slow_memory, board.ram
    if flash is None:
        return FREE
    form = f"unit{flash.access_bytes}"
    if flash.prefetch:
        form += "-prefetch"
    if flash.cache_line_bytes:
        caches = f"u{flash.icache_bytes}" if flash.unified else f"i{flash.icache_bytes}-d{flash.dcache_bytes}"
        form += f"-{caches}-line{flash.cache_line_bytes}-ways{flash.ways}"
    if ram.wait_states:
        form += f"-ram{ram.wait_states}" + ("c" if ram.cached else "")
    return Memory(flash.wait_states, form, True)
