"""Which way each node gets: the fastest within the goal's and the board's flash and RAM.

The code of a kernel is in flash once however many nodes call it. So for each set of kernels that might be in the
firmware, every node has the ways that need no other one, and what is left is to give up the least cycles for the bytes
that are lacking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Protocol

from edgeopt.ir import Target
from edgeopt.plan.options import Option

Rows = Sequence[Sequence[Option]]  # the options of each node, `plain` first
Choice = tuple[Option, ...]
CodeBytes = Callable[[frozenset[str]], int]  # flash of the code of kernels

_MOST_KERNELS = 10  # of which every subset is tried: a thousand


class Memory(Protocol):
    """What a choice needs of the arena."""

    def arena_bytes(self, choice: Sequence[Option]) -> int: ...

    def live_bytes(self, choice: Sequence[Option], index: int) -> int:
        """What is in use of the arena while node `index` runs."""


def choose(rows: Rows, target: Target, code_bytes: CodeBytes, memory: Memory) -> Choice:
    """An option for each node, by the target's goal.

    latency: the fewest cycles, whatever that takes. flash: the least flash, then the fewest cycles. ram: the smallest
    arena, then the fewest cycles. balanced: the fewest cycles of what fits the target. A plan that leaves the target's
    limits is chosen only where every plan does, or for `latency`.
    """
    if target.only:
        return tuple(next((option for option in row if option.way.name == target.only), row[0]) for row in rows)
    if target.goal == "latency":
        return _fastest(rows)
    limit = 0 if target.goal == "flash" else target.flash_bytes

    def pick(left: Rows) -> Choice:
        return fastest_within(left, limit, code_bytes)

    if target.goal == "ram":
        choice = _within_ram(rows, 0, memory, pick)
        if target.flash_bytes is None or flash_bytes(choice, code_bytes) <= target.flash_bytes:
            return choice
    return _within_ram(rows, target.ram_bytes, memory, pick)


def flash_bytes(choice: Sequence[Option], code_bytes: CodeBytes) -> int:
    """Constants and kernels."""
    return sum(option.constant_bytes for option in choice) + code_bytes(_kernels(choice))


def fastest_within(rows: Rows, limit_bytes: int | None, code_bytes: CodeBytes) -> Choice:
    """The fewest cycles of what takes `limit_bytes` of flash at most, or else the least flash and then cycles.

    The limit is kept wherever a choice of `rows` keeps it; the cycles are the fewest but for what a knapsack leaves.
    """
    best = _fastest(rows)
    if limit_bytes is None or flash_bytes(best, code_bytes) <= limit_bytes:
        return best
    sets = [(kernels, code_bytes(kernels), _able(rows, kernels)) for kernels in _sets_of_kernels(rows)]
    least = min(code + sum(min(o.constant_bytes for o in row) for row in able) for _, code, able in sets)
    limit_bytes, found = max(limit_bytes, least), None
    for _, code, able in sorted(sets, key=lambda one: _cycles(_fastest(one[2]))):
        if found is not None and _cycles(_fastest(able)) >= _cycles(found):
            break
        choice = _give_up(able, limit_bytes - code)
        if choice is not None and (found is None or _cycles(choice) < _cycles(found)):
            found = choice
    assert found is not None  # the set with `least`
    return found


def _fastest(rows: Rows) -> Choice:
    return tuple(min(row, key=Option.speed) for row in rows)


def _cycles(choice: Sequence[Option]) -> float:
    return sum(option.cycles for option in choice)


def _kernels(choice: Sequence[Option]) -> frozenset[str]:
    return frozenset().union(*(option.kernels for option in choice))


def _sets_of_kernels(rows: Rows) -> Iterator[frozenset[str]]:
    """The sets of kernels with which every node can be computed; of very many kernels the largest and smallest sets."""
    needed = _kernels([row[0] for row in rows if len(row) == 1])
    others = sorted(_kernels([option for row in rows for option in row]) - needed)
    sizes = range(len(others) + 1)
    for size in sizes if len(others) <= _MOST_KERNELS else (*sizes[:3], *sizes[-3:]):
        for some in combinations(others, size):
            kernels = needed | frozenset(some)
            if all(any(option.kernels <= kernels for option in row) for row in rows):
                yield kernels


def _able(rows: Rows, kernels: frozenset[str]) -> Rows:
    return [[option for option in row if option.kernels <= kernels] for row in rows]


def _give_up(rows: Rows, budget_bytes: int) -> Choice | None:
    """Options whose constants fit `budget_bytes`: from the fastest on, where the fewest cycles are lost for a byte."""
    choice = list(_fastest(rows))
    lacking = sum(option.constant_bytes for option in choice) - budget_bytes
    while lacking > 0:
        losses = [
            ((option.cycles - choice[i].cycles) / (choice[i].constant_bytes - option.constant_bytes), i, k)
            for i, row in enumerate(rows)
            for k, option in enumerate(row)
            if option.constant_bytes < choice[i].constant_bytes
        ]
        if not losses:
            return None
        _, index, k = min(losses)
        lacking -= choice[index].constant_bytes - rows[index][k].constant_bytes
        choice[index] = rows[index][k]
    return _take_back(rows, choice, -lacking)


def _take_back(rows: Rows, choice: list[Option], spare_bytes: int) -> Choice:
    """`choice` with what fits the bytes that were saved beyond need, the most cycles first."""
    while True:
        gains = [
            (choice[i].cycles - option.cycles, -i, -k)
            for i, row in enumerate(rows)
            for k, option in enumerate(row)
            if option.cycles < choice[i].cycles and option.constant_bytes - choice[i].constant_bytes <= spare_bytes
        ]
        if not gains:
            return tuple(choice)
        _, i, k = max(gains)
        spare_bytes -= rows[-i][-k].constant_bytes - choice[-i].constant_bytes
        choice[-i] = rows[-i][-k]


def _within_ram(rows: Rows, limit_bytes: int | None, memory: Memory, pick: Callable[[Rows], Choice]) -> Choice:
    """What `pick` takes of the options with which the arena has `limit_bytes` at most, or as few as it can have."""
    choice = pick(rows)
    if limit_bytes is None or memory.arena_bytes(choice) <= limit_bytes:
        return choice
    least = _least_ram(rows, memory)
    limit_bytes = max(limit_bytes, memory.arena_bytes(least))
    left: list[Sequence[Option]] = [
        [option for option in row if option is least[i] or _live(memory, least, i, option) <= limit_bytes]
        for i, row in enumerate(rows)
    ]
    choice = pick(left)
    while memory.arena_bytes(choice) > limit_bytes:  # gaps between buffers
        others = [i for i, option in enumerate(choice) if option is not least[i]]
        worst = max(others, key=lambda i: memory.live_bytes(choice, i))
        left[worst] = [least[worst]]
        choice = pick(left)
    return choice


def _least_ram(rows: Rows, memory: Memory) -> Choice:
    choice = [row[0] for row in rows]
    for i, row in enumerate(rows):
        if len(row) > 1:
            choice[i] = min(row, key=lambda option: (_live(memory, choice, i, option), *option.speed()))
    return tuple(choice)


def _live(memory: Memory, choice: Sequence[Option], index: int, option: Option) -> int:
    return memory.live_bytes([*choice[:index], option, *choice[index + 1 :]], index)
