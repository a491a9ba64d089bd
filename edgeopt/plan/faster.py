"""The fastest ways for the strips of a chain, in memory that is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from edgeopt.costs import table_to_choose_by
from edgeopt.ir import Io, Op, Target
from edgeopt.ops.ways import PLAIN, Way, offers
from edgeopt.plan.draft import Draft
from edgeopt.plan.options import Option, options
from edgeopt.plan.rows_program import Strips

_NO_LIMIT = 1 << 40


class Faster:
    """What computes strips, with costs; each strip is asked for once.

    Ways with more than `growth` times the constants of the plain one are left out.
    """

    def __init__(self, target: Target, growth: float) -> None:
        self._target, self._growth = target, growth
        self._options: dict[tuple[object, ...], list[Option]] = {}

    def options(self, op: Op, io: Io) -> list[Option]:
        """The ways that work where the operator's plain one does, the fastest first."""
        key = op, *((None if t is None else (t.name, t.shape)) for t in (*io.inputs, *io.outputs))
        if key not in self._options:
            rows = options(op, io, offers(op, io, self._target), table_to_choose_by(self._target.core))
            plain, in_place = rows[0], set(op.in_place(io))
            rows = tuple(
                option
                for option in rows
                if option is plain
                or (
                    in_place <= set(option.way.in_place)
                    and option.constant_bytes <= self._growth * plain.constant_bytes
                )
            )
            only = [option for option in rows if option.way.name == self._target.only]
            self._options[key] = sorted(only or rows, key=Option.speed)
        return self._options[key]

    def draft(self, plain: Draft, spare_bytes: int) -> Draft:
        """The draft with ways as fast as `spare_bytes` of memory in use allow; stages that take longest come first."""
        found = self._with(plain, dict.fromkeys((stage.output.name for stage in plain.stages), _NO_LIMIT))
        if found.live_bytes <= spare_bytes:
            return found
        found, allowed = plain, dict[str, int]()
        cycles = self._cycles_of_stages(plain)
        for index in sorted(range(len(plain.stages)), key=lambda index: -cycles[index]):
            for scratch_bytes in self._scratch_of(plain, index):
                name = plain.stages[index].output.name
                faster = self._with(plain, {**allowed, name: scratch_bytes})
                if faster.live_bytes <= spare_bytes:
                    found, allowed[name] = faster, scratch_bytes
                    break
        return found

    def cycles(self, draft: Draft) -> float:
        """What the kernels of a draft take, but for those that move rows."""
        return sum(self._cycles_of_stages(draft))

    def _cycles_of_stages(self, draft: Draft) -> list[float]:
        cycles = [0.0] * len(draft.stages)
        known: dict[int, float] = {}
        for turn in draft.planned.turns:
            op, io, calls = draft.strips.of(draft.stages[turn.stage], turn.first, turn.end)
            if id(calls) not in known:
                rows = self.options(op, io)
                known[id(calls)] = next((row.cycles for row in rows if row.way.calls is calls), rows[-1].cycles)
            cycles[turn.stage] += known[id(calls)]
        return cycles

    def _scratch_of(self, draft: Draft, index: int) -> list[int]:
        """Bytes of scratch with which a stage has another choice of ways, the most first."""
        sizes: set[int] = set()
        seen: set[int] = set()
        for turn in draft.planned.turns:
            if turn.stage == index:
                op, io, calls = draft.strips.of(draft.stages[index], turn.first, turn.end)
                if id(calls) not in seen:
                    seen.add(id(calls))
                    sizes.update(option.way.scratch_bytes for option in self.options(op, io))
        return sorted(sizes, reverse=True)

    def _with(self, plain: Draft, allowed: Mapping[str, int]) -> Draft:
        """The draft where the strips of the stages that make `allowed` take so many bytes of scratch at most."""

        def way_of(op: Op, io: Io) -> Way:
            rows = self.options(op, io)
            within = [row for row in rows if row.way.scratch_bytes <= allowed.get(io.output.name, -1)]
            return (within or [min(rows, key=lambda row: (row.way.name != PLAIN, row.way.scratch_bytes))])[0].way

        return replace(plain, strips=Strips(way_of))
