"""Folds a sequence of calls that repeats itself, with addresses that advance evenly, into loops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edgeopt.ir import Loop, Place, Placed

_LEAST_SAVED = 2  # calls; a loop for less costs more than it saves


@dataclass(frozen=True)
class _Found:
    start: int
    length: int
    turns: int

    @property
    def saved(self) -> int:
        return (self.turns - 1) * self.length


def fold(calls: Sequence[Placed]) -> tuple[Placed | Loop, ...]:
    """The same calls in the same order, the longest repetition as a loop, and so on before and behind it."""
    best = _longest_repetition(calls)
    if best is None or best.saved < _LEAST_SAVED:
        return tuple(calls)
    end = best.start + best.length * best.turns
    body = tuple(
        _with_steps(call, calls[best.start + index + best.length])
        for index, call in enumerate(calls[best.start : best.start + best.length])
    )
    return (*fold(calls[: best.start]), Loop(best.turns, body), *fold(calls[end:]))


def _longest_repetition(calls: Sequence[Placed]) -> _Found | None:
    best: _Found | None = None
    kinds = [_kind(call) for call in calls]
    places = [call.places for call in calls]
    for length in range(1, len(calls) // 2 + 1):
        steps = [
            _steps(places[i], places[i + length]) if kinds[i] == kinds[i + length] else None
            for i in range(len(calls) - length)
        ]
        run = 0  # how many calls before this one repeat with the steps of the turn after
        for index in range(len(steps) - 1, -1, -1):
            if steps[index] is None:
                run = 0
                continue
            later = steps[index + length] if index + length < len(steps) else None
            # the turns behind the next one must advance as the first does
            run = min(run + 1, length) if run < length or later != steps[index] else run + 1
            found = _Found(index, length, 1 + run // length)
            if found.turns > 1 and (best is None or found.saved > best.saved):
                best = found
    return best


def _kind(call: Placed) -> tuple[object, ...]:
    return id(call.calls), call.stage, tuple(place.tensor for place in call.places), len(call.inputs)


def _steps(first: Sequence[Place], second: Sequence[Place]) -> tuple[int, ...]:
    return tuple(b.offset - a.offset for a, b in zip(first, second, strict=True))


def _with_steps(call: Placed, following: Placed) -> Placed:
    steps = _steps(call.places, following.places)
    places = (Place(p.tensor, p.offset, step) for p, step in zip(call.places, steps, strict=True))
    return call.placed(places)
