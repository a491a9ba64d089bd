"""Faster or smaller ways to compute an operator, one file each; the planner chooses among them, a layer at a time.

A way is registered under the name by which the report and `Target.without` know it:

    @WAYS.register("winograd")
    class Winograd(WayTo):
        op = Conv2D

        @classmethod
        def offer(cls, op: Conv2D, io: Io, target: Target) -> Way | str: ...

`offer` answers with the kernel calls, or with why it cannot: a phrase for the report ("windows of 3x3 only"). Every way
gives the operator's reference to the bit. The operator's own `c_calls` are the way called `plain`, which always can.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from edgeopt.ir import CCall, Io, Op, Program, Target
from edgeopt.registry import Registry

PLAIN = "plain"
DSP_CORES = frozenset({"cortex-m4f", "cortex-m7f", "cortex-m33f", "cortex-m55"})  # EO_HAS_DSP of kernels/eo_arch.h


@dataclass(frozen=True)
class Way:
    """Kernel calls that compute a node, and the inputs whose memory its first output may take over.

    Calls are made one after another, or as a program says, whose distinct calls they then are.
    """

    name: str
    calls: tuple[CCall, ...]
    in_place: tuple[int, ...] = ()
    program: Program | None = None
    slides: tuple[int, int] | None = None  # (input, bytes before it at which the first output may begin)

    @property
    def scratch_bytes(self) -> int:
        if self.program is not None:
            return self.program.scratch_bytes
        return max((call.scratch_bytes or 0 for call in self.calls), default=0)


class WayTo(ABC):
    """A way to compute the operators of one class."""

    op: ClassVar[type[Op]]

    @classmethod
    @abstractmethod
    def offer(cls, op: Any, io: Io, target: Target) -> Way | str:
        """The way for this node on `target`, or why there is none."""


WAYS: Registry[type[WayTo]] = Registry("way", "edgeopt.ops.ways")


@dataclass(frozen=True)
class Offers:
    """What there is for a node: `plain` first, and for what there is not, why, by name."""

    ways: tuple[Way, ...]
    refused: Mapping[str, str]


def offers(op: Op, io: Io, target: Target) -> Offers:
    """All ways to compute a node but those that `target.without` names."""
    ways, refused = [Way(PLAIN, op.c_calls(io, target), op.in_place(io))], {}
    for name, maker in WAYS:
        if maker.op is not type(op):
            continue
        answer = "turned off" if name in target.without else maker.offer(op, io, target)
        if isinstance(answer, str):
            refused[name] = answer
        else:
            ways.append(answer)
    return Offers(tuple(ways), refused)
