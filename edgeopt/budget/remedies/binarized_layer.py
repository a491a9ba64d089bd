"""A binarized layer: one bit for each weight and input of the layer that costs the most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from edgeopt.bits import words_of
from edgeopt.budget.judge import Breach
from edgeopt.budget.remedy import REMEDIES, Case, Change
from edgeopt.costs import table_to_choose_by
from edgeopt.ir import Io, Op, Target, Tensor
from edgeopt.ops.binary.conv2d import BinaryConv2D
from edgeopt.ops.binary.dense import BinaryDense
from edgeopt.ops.conv2d import Conv2D
from edgeopt.ops.fully_connected import FullyConnected
from edgeopt.ops.ways import offers
from edgeopt.plan import Option, Step
from edgeopt.plan.options import constant_bytes, options

_DOMINATES = 0.15  # of all cycles or of all constants


@dataclass(frozen=True)
class _Saving:
    """What a layer would save as a binarized one."""

    step: Step
    bytes: int
    cycles: float
    kernels: frozenset[str]


@REMEDIES.register("binarized layer")
def binarized_layer(case: Case, breach: Breach) -> Iterator[Change]:
    """The layer that would save the most of what is short, where that is a good part of it."""
    savings = list(_savings(case))
    cost = case.cost
    by_bytes = breach.name == "flash_bytes"
    if not savings or (not by_bytes and cost.cycles.value is None):
        return
    best = max(savings, key=lambda saving: saving.bytes if by_bytes else saving.cycles)
    share = best.bytes / cost.constant_bytes if by_bytes else best.cycles / (cost.cycles.value or 1.0)
    if share < _DOMINATES:
        return
    figures = case.figures_of(cost.changed(-best.cycles, -best.bytes, best.kernels), case.board, case.design.use)
    what = f"layer `{best.step.node.name}` binarized, {best.bytes:,} B and {best.cycles:,.0f} cycles less"
    yield Change(what, figures, "train it so with Larq; only the data can tell what accuracy that leaves")


def _savings(case: Case) -> Iterator[_Saving]:
    """Of the layers with weights but the first and the last, which stay real-valued in a binarized network."""
    plan, table = case.cost.plan, table_to_choose_by(case.board.core)
    weighted = [step for step in plan.steps if isinstance(step.node.op, Conv2D | FullyConnected)]
    for step in weighted[1:-1]:
        io = plan.graph.io(step.node)
        twin = _binarized(step.node.op, io)
        now = next(option for option in step.options if option.way is step.way)
        if twin is None or not now.is_measured:
            continue
        op, bits = twin
        then = min(options(op, bits, offers(op, bits, _any(plan.target)), table), key=Option.speed)
        if then.is_measured:
            yield _Saving(
                step, constant_bytes(step.way, io) - then.constant_bytes, now.cycles - then.cycles, then.kernels
            )


def _any(target: Target) -> Target:
    return Target(core=target.core, goal=target.goal)


def _binarized(op: Op, io: Io) -> tuple[Op, Io] | None:
    """The layer between values of one bit, with a threshold a channel; None where edgeopt has no such layer."""
    data, weights = io.input(0), io.input(1)
    if weights.dtype not in ("int8", "int4") or not weights.is_constant:
        return None
    twin: Op
    if isinstance(op, Conv2D):
        if op.groups(io) != 1:
            return None
        twin = BinaryConv2D(op.window, data.shape[3])
        shape: tuple[int, ...] = (*weights.shape[:3], words_of(weights.shape[3]))
    else:
        features = weights.shape[1]
        twin, shape = BinaryDense(features), (weights.shape[0], words_of(features))
        data = Tensor("x", (data.elements // features, features), "int8")
    x = Tensor("x", (*data.shape[:-1], words_of(data.shape[-1])), "int32")
    bits = Tensor("w", shape, "int32", data=np.zeros(shape, np.int32))
    thresholds = Tensor("t", shape[:1], "int32", data=np.zeros(shape[:1], np.int32))
    inputs = (x, bits, thresholds)
    out = Tensor("y", (1,), "int32")
    (out_shape,) = twin.infer(Io(inputs, (out,)))
    bound = Io(inputs, (Tensor("y", out_shape, "int32"),))
    return None if twin.broken_limits(bound) else (twin, bound)
