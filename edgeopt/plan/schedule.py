"""In which order the rows of a chain are computed, and which of them are kept meanwhile.

The rows of the output are asked for one after another; each asks for the rows that it needs, and so on up to the
chain's inputs. No row is computed twice. A window is the memory of a tensor's rows between the oldest that is still
needed and the newest. An elementwise operator that alone reads an input takes over that input's window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edgeopt.plan.stages import Stage, rows_of


@dataclass(frozen=True)
class Turn:
    """Stage `stage` computes the rows [first, end); its window holds [low, end) while it does."""

    stage: int
    first: int
    end: int
    low: int


@dataclass(frozen=True)
class Schedule:
    """What happens, and what memory it takes: windows by the tensor that owns them."""

    turns: tuple[Turn, ...]
    owners: dict[str, str]  # of each computed tensor, the tensor whose window it lies in
    capacity: dict[str, int]  # rows that a window holds at most, by owner
    moments: dict[str, int]  # bit t: the window holds something in turn t
    lead: dict[str, int]  # by input: bytes before it at which the output may begin and never overwrite what is needed


def schedule(stages: Sequence[Stage], rows_a_call: int) -> Schedule:
    """The order of the rows where no call computes more than `rows_a_call`; the last stage makes the chain's output."""
    return _Simulation(stages, rows_a_call).run()


class _Simulation:
    def __init__(self, stages: Sequence[Stage], rows_a_call: int) -> None:
        self._stages, self._rows_a_call = stages, rows_a_call
        self._maker = {stage.output.name: index for index, stage in enumerate(stages)}
        self._done = [0] * len(stages)
        self._readers: dict[str, list[tuple[int, int]]] = {}
        for index, stage in enumerate(stages):
            for position, name in enumerate(stage.read):
                self._readers.setdefault(name, []).append((index, position))
        self._owners = self._find_owners()
        self._members: dict[str, list[int]] = {}
        for name, owner in self._owners.items():
            self._members.setdefault(owner, []).append(self._maker[name])
        read = {name: stage.io.input(i) for stage in stages for i, name in zip(stage.reads, stage.read, strict=True)}
        self._inputs = {name: tensor for name, tensor in read.items() if name not in self._maker}
        self._oldest = [0] * len(stages)  # the first row of each stage's output that is still needed
        self._since: dict[str, int] = {}  # the turn in which each window that holds something began to
        self._turns: list[Turn] = []
        self._capacity = dict.fromkeys(self._members, 0)
        self._moments = dict.fromkeys(self._members, 0)
        self._lead = dict.fromkeys(self._inputs, 0)

    def run(self) -> Schedule:
        self._produce(len(self._stages) - 1, self._stages[-1].rows)
        for owner in list(self._since):
            self._empty(owner)
        return Schedule(tuple(self._turns), self._owners, self._capacity, self._moments, self._lead)

    def _find_owners(self) -> dict[str, str]:
        owners: dict[str, str] = {}
        for stage in reversed(self._stages):
            owners.setdefault(stage.output.name, stage.output.name)
            for name in dict.fromkeys(stage.read):
                alone = name in self._maker and len(self._readers[name]) == 1
                if alone and name not in owners and stage.overwrites(name) and not self._overwritten(stage, owners):
                    owners[name] = owners[stage.output.name]
        return owners

    def _overwritten(self, stage: Stage, owners: dict[str, str]) -> bool:
        """Whether another input of the stage lies in its window already."""
        return any(owners.get(name) == owners[stage.output.name] for name in stage.read)

    def _produce(self, index: int, end: int) -> None:
        stage = self._stages[index]
        while self._done[index] < end:
            first = self._done[index]
            last = min(first + self._rows_a_call, stage.rows)
            for position, name in enumerate(stage.read):
                if name in self._maker:
                    self._produce(self._maker[name], max(stage.needs[row][position][1] for row in (first, last - 1)))
            self._compute(index, first, last)

    def _compute(self, index: int, first: int, end: int) -> None:
        stage, owner = self._stages[index], self._owners[self._stages[index].output.name]
        low = min(first, *(self._oldest[member] for member in self._members[owner]))
        self._since.setdefault(owner, len(self._turns))
        self._turns.append(Turn(index, first, end, low))
        self._capacity[owner] = max(self._capacity[owner], 1 if stage.sums else end - low)
        if owner == self._owners[self._stages[-1].output.name]:
            self._keep_inputs(stage, end)
        self._done[index] = end
        for changed in (index, *(self._maker[name] for name in stage.read if name in self._maker)):
            self._oldest[changed] = self._find_oldest(changed)
            window = self._owners[self._stages[changed].output.name]
            if all(self._oldest[member] >= self._done[member] for member in self._members[window]):
                self._empty(window)

    def _empty(self, owner: str) -> None:
        """The window holds nothing any more from the next turn on."""
        since = self._since.pop(owner, len(self._turns))
        self._moments[owner] |= (1 << len(self._turns)) - (1 << since)

    def _keep_inputs(self, stage: Stage, end: int) -> None:
        """The output's window grows to row `end`: that is as far as it may come into an input."""
        for name, tensor in self._inputs.items():
            read = self._keeps(name)
            if read is not None:
                row_bytes = tensor.size_bytes // rows_of(tensor)
                self._lead[name] = max(self._lead[name], end * stage.row_bytes - read * row_bytes)

    def _find_oldest(self, index: int) -> int:
        stage, done = self._stages[index], self._done[index]
        if index == len(self._stages) - 1:
            return 0
        kept = self._keeps(stage.output.name)
        if kept is None:
            return done
        return 0 if stage.sums else min(done, kept)

    def _keeps(self, name: str) -> int | None:
        """The first row of a tensor that some stage will still read; None where all have read all."""
        found: int | None = None
        for index, position in self._readers[name]:
            stage, done = self._stages[index], self._done[index]
            if done < stage.rows and (found is None or stage.keeps[done][position] < found):
                found = stage.keeps[done][position]
        return found
