"""What was counted: instructions, cycles, stalls, taken branches; in total, by function, call path, run and layer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from edgeopt.simulate.call_paths import Context

Sums = dict[Context, list[int]]  # by call path: [instructions, ticks, taken branches, stalls]
CallPath = tuple[str, ...]  # functions, the outermost first
Key = TypeVar("Key", str, CallPath)


@dataclass(frozen=True)
class Counts:
    """Executed `instructions`, the `cycles` they take (None: the core has no cycle model), and `taken_branches`.

    `stalls` are those of the cycles in which the core waited for memory: 0 where memory answers at once.
    """

    instructions: int
    cycles: int | None
    taken_branches: int
    stalls: int | None = None

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.instructions + other.instructions,
            _sum(self.cycles, other.cycles),
            self.taken_branches + other.taken_branches,
            _sum(self.stalls, other.stalls),
        )


@dataclass(frozen=True)
class Profile:
    """Counts of a part of the program's run, in total and by function and call path, the costliest first."""

    total: Counts
    functions: Mapping[str, Counts] = field(repr=False)
    paths: Mapping[CallPath, Counts] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class LayerRun:
    """From one layer's mark to the next; `layer` is what the program gave to eo_mark_layer."""

    layer: int
    profile: Profile


@dataclass(frozen=True)
class SectionRun:
    """One run of the section between two marks; `profile` also holds what lies outside of its layers."""

    profile: Profile
    layers: tuple[LayerRun, ...]


def add_sums(total: Sums, more: Sums) -> None:
    """Add `more` to `total`, in place."""
    for context, values in more.items():
        row = total.setdefault(context, [0, 0, 0, 0])
        for i, value in enumerate(values):
            row[i] += value


def make_profile(sums: Sums, with_cycles: bool) -> Profile:
    """The frozen form of `sums`, whose ticks are cycles or, if not `with_cycles`, nothing to report."""
    paths: dict[CallPath, Counts] = {}
    functions: dict[str, Counts] = {}
    total = _counts([0, 0, 0, 0], with_cycles)
    for context, row in sums.items():
        if any(row):
            counts = _counts(row, with_cycles)
            total += counts
            path, name = context.path, context.function
            paths[path] = paths[path] + counts if path in paths else counts
            functions[name] = functions[name] + counts if name in functions else counts
    return Profile(total, _costliest_first(functions), _costliest_first(paths))


def _counts(row: list[int], with_cycles: bool) -> Counts:
    instructions, ticks, taken, stalls = row
    return Counts(instructions, ticks if with_cycles else None, taken, stalls if with_cycles else None)


def _costliest_first(rows: dict[Key, Counts]) -> dict[Key, Counts]:
    return dict(sorted(rows.items(), key=lambda row: (-(row[1].cycles or row[1].instructions), row[0])))


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
