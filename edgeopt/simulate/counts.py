"""What was counted: instructions, cycles and taken branches, in total, by function, and by run and layer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Sums = dict[str, list[int]]  # by function: [instructions, ticks, taken branches]


@dataclass(frozen=True)
class Counts:
    """Executed `instructions`, the `cycles` they take (None: the core has no cycle model), and `taken_branches`."""

    instructions: int
    cycles: int | None
    taken_branches: int


@dataclass(frozen=True)
class Profile:
    """Counts of a part of the program's run, in total and by function, the costliest first."""

    total: Counts
    functions: Mapping[str, Counts] = field(repr=False)


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
    for function, values in more.items():
        row = total.setdefault(function, [0, 0, 0])
        for i, value in enumerate(values):
            row[i] += value


def make_profile(sums: Sums, with_cycles: bool) -> Profile:
    """The frozen form of `sums`, whose ticks are cycles or, if not `with_cycles`, nothing to report."""
    functions = {
        name: Counts(instructions, ticks if with_cycles else None, taken)
        for name, (instructions, ticks, taken) in sorted(sums.items(), key=lambda row: (-row[1][1], row[0]))
        if instructions
    }
    values = functions.values()
    cycles = sum(count.cycles or 0 for count in values) if with_cycles else None
    total = Counts(sum(c.instructions for c in values), cycles, sum(c.taken_branches for c in values))
    return Profile(total, functions)
