"""Places buffers in the arena: several greedy orders, then branch and bound where the best may not be optimal.

A placement in which every buffer lies as low as the ones below it allow is called settled. Any placement can be settled
without growing, and every settled placement comes from placing the buffers one after another, each at the lowest free
offset, in some order. So a search over orders finds the optimum. The peak of the live bytes is a lower bound: a
placement that reaches it is optimal and the search is not needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from edgeopt.plan.buffers import ALIGN_BYTES, Buffer, aligned

SEARCH_EFFORT = 1_000_000  # buffer comparisons of branch and bound, well under a second; no clock, so deterministic


@dataclass(frozen=True)
class Placement:
    """Offset of each buffer, in bytes, in the order of the buffers; `optimal` where that is proven."""

    offsets: tuple[int, ...]
    arena_bytes: int
    optimal: bool


def lower_bound_bytes(buffers: Sequence[Buffer]) -> int:
    """The most bytes that are alive at one step; no placement can be smaller."""
    steps = {buffer.use.first for buffer in buffers}
    return max((live_bytes(buffers, step) for step in steps), default=0)


def live_bytes(buffers: Sequence[Buffer], step: int) -> int:
    """At least so much memory is in use at `step`."""
    live = [b for b in buffers if b.use.first <= step <= b.use.last]
    total = sum(aligned(b.size_bytes) for b in live)
    for low in live:
        for high in live if low.grows is not None else ():
            if low is not high and low.grows is not None and low.grows.into in high.names:
                apart, size = aligned(low.size_bytes) + aligned(high.size_bytes), aligned(high.size_bytes)
                total -= apart - min(apart, max(low.grows.lead + size, aligned(low.size_bytes)))
    return total


def place(buffers: Sequence[Buffer]) -> Placement:
    """The best placement found; never worse than the best of the greedy orders."""
    bound = lower_bound_bytes(buffers)
    best = best_greedy(buffers)
    optimal = _height(buffers, best) <= bound
    if not optimal:
        search = _Search(buffers, bound, best)
        optimal = search.run()
        best = search.best
    placement = Placement(tuple(best[i] for i in range(len(buffers))), _height(buffers, best), optimal)
    check_placement(buffers, placement)
    return placement


def best_greedy(buffers: Sequence[Buffer]) -> dict[int, int]:
    """Offsets by index of the buffer, by the best of the greedy orders."""
    neighbours = _neighbours(buffers)
    candidates = (_place_in_order(neighbours, order) for order in _greedy_orders(buffers))
    return min(candidates, key=lambda offsets: _height(buffers, offsets))


def check_placement(buffers: Sequence[Buffer], placement: Placement) -> None:
    """Raises ValueError where two buffers that live together touch, or one leaves the arena: a bug of the planner."""
    for a, start_a in zip(buffers, placement.offsets, strict=True):
        if start_a % ALIGN_BYTES or start_a + a.size_bytes > placement.arena_bytes:
            raise ValueError(f"buffer {a.names} is misaligned or outside of the arena")
    check_disjoint(buffers, placement.offsets)


def check_disjoint(buffers: Sequence[Buffer], offsets: Sequence[int]) -> None:
    """Raises ValueError where two buffers that live together touch."""
    spots = list(zip(buffers, offsets, strict=True))
    for index, (a, start_a) in enumerate(spots):
        for b, start_b in spots[index + 1 :]:
            apart = start_a + a.clearance(b) <= start_b or start_b + b.clearance(a) <= start_a
            if a.use.overlaps(b.use) and not apart:
                raise ValueError(f"buffers {a.names} and {b.names} overlap")


def _greedy_orders(buffers: Sequence[Buffer]) -> list[list[int]]:
    def length(b: Buffer) -> int:
        return b.use.last - b.use.first + 1

    everything = range(len(buffers))
    keys = (
        lambda i: (-buffers[i].size_bytes, buffers[i].use.first),
        lambda i: (-buffers[i].size_bytes * length(buffers[i]), buffers[i].use.first),
        lambda i: (-length(buffers[i]), -buffers[i].size_bytes),
        lambda i: (buffers[i].use.first, -buffers[i].size_bytes),
        lambda i: (-buffers[i].use.last, -buffers[i].size_bytes),
    )
    return [sorted(everything, key=key) for key in keys]


_Neighbours = list[list[tuple[int, int, int]]]


def _neighbours(buffers: Sequence[Buffer]) -> _Neighbours:
    """For each buffer those that live with it: the index, and the clearance below and above the other one."""
    return [
        [
            (k, mine.clearance(other), other.clearance(mine))
            for k, other in enumerate(buffers)
            if k != i and other.use.overlaps(mine.use)
        ]
        for i, mine in enumerate(buffers)
    ]


def _place_in_order(neighbours: _Neighbours, order: Sequence[int]) -> dict[int, int]:
    offsets: dict[int, int] = {}
    for index in order:
        offsets[index] = _lowest(neighbours, offsets, index)
    return offsets


def _lowest(neighbours: _Neighbours, offsets: dict[int, int], index: int) -> int:
    """The lowest offset at which buffer `index` touches no placed buffer that lives with it."""
    taken = [(offsets[i] - below, offsets[i] + above) for i, below, above in neighbours[index] if i in offsets]
    taken.sort()
    offset = 0
    for start, end in taken:
        if offset <= start:
            break
        offset = max(offset, end)
    return offset


def _height(buffers: Sequence[Buffer], offsets: dict[int, int]) -> int:
    return max((offset + aligned(buffers[i].size_bytes) for i, offset in offsets.items()), default=0)


class _Search:
    """Depth-first branch and bound over placing orders, bottom up: offsets never fall along a branch."""

    def __init__(self, buffers: Sequence[Buffer], bound: int, best: dict[int, int]) -> None:
        self._buffers, self._bound = buffers, bound
        self._neighbours = _neighbours(buffers)
        self._sizes = [aligned(buffer.size_bytes) for buffer in buffers]
        self.best, self.best_bytes = best, _height(buffers, best)
        self._budget = SEARCH_EFFORT // max(1, len(buffers) ** 2)

    def run(self) -> bool:
        """True if the best placement is proven optimal: the bound is reached or every order was tried."""
        self._extend({}, 0)
        return self.best_bytes <= self._bound or self._budget > 0

    def _extend(self, offsets: dict[int, int], floor: int) -> None:
        if self._budget <= 0 or self.best_bytes <= self._bound:
            return
        self._budget -= 1
        if len(offsets) == len(self._buffers):
            self.best, self.best_bytes = dict(offsets), _height(self._buffers, offsets)
            return
        spots = [(_lowest(self._neighbours, offsets, i), i) for i in range(len(self._buffers)) if i not in offsets]
        # what cannot end below the best so far ends this branch, as offsets only rise
        if any(at + self._sizes[i] >= self.best_bytes for at, i in spots):
            return
        for at, i in sorted(spots, key=lambda spot: (spot[0], -self._sizes[spot[1]])):
            if at >= floor:
                self._extend({**offsets, i: at}, at)
