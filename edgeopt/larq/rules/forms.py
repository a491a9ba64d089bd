"""Float operators that become their int16 (or, moving values alone, int8) forms."""

from __future__ import annotations

from functools import partial

from edgeopt.ir import Io, Layer
from edgeopt.larq.forms import Q15, joined, moved, of_fixed_scale, on_scale, rescaled
from edgeopt.larq.values import Bits, Value, pending
from edgeopt.larq.work import RULES, Work
from edgeopt.ops.binary.softmax import STEPS_BELOW, Shares
from edgeopt.ops.pad import Pad
from edgeopt.ops.quantize import Quantize

_MOVE = """PADV2 MIRROR_PAD TRANSPOSE SLICE STRIDED_SLICE SPLIT SPLIT_V UNPACK SPACE_TO_DEPTH DEPTH_TO_SPACE GATHER
TILE BROADCAST_TO RESIZE_NEAREST_NEIGHBOR"""
_JOIN = "CONCATENATION PACK"

for _name in _MOVE.split():
    RULES.register(_name)(moved)
for _name in _JOIN.split():
    RULES.register(_name)(joined)
RULES.register("AVERAGE_POOL_2D")(partial(moved, dtype="int16"))
RULES.register("MEAN")(rescaled)
for _name in ("LOGISTIC", "TANH"):
    RULES.register(_name)(of_fixed_scale(Q15))


@RULES.register("SOFTMAX")
def softmax(work: Work, layer: Layer) -> tuple[Value, ...]:
    """Shares in Q15 of scores in int16; of large whole sums, whose steps are too large for that, on a finer scale."""
    scores, beta = work.integers(layer.io.input(0)), float(layer.options["beta"])
    if beta * scores.q.scale >= STEPS_BELOW:
        name, finer = f"{scores.name}/rescaled", work.quant(layer.io.input(0))
        scores = work.builder.compute(f"{layer.name}/quantize", Quantize(), [scores], name, "int16", finer)
    (shares,) = on_scale(layer, "int16", Q15)
    work.builder.add(layer.name, Shares.of_step(beta * scores.q.scale), (scores,), (shares,))
    return (pending(shares, layer.name),)


@RULES.register("PAD")
def pad(work: Work, layer: Layer) -> tuple[Value, ...]:
    """Zeros around; where only their signs are asked for, the bits of +1."""
    x, pads = layer.io.input(0), layer.io.input(1)
    if work.only_signs(layer.io.output.name) and pads.data is not None and not pads.data[-1].any():
        bits = work.signs(x)
        if bits.words.shape[:-1] == x.shape[:-1]:
            op = Pad.parse(layer.options, Io((bits.words, pads), (bits.words,)))
            words = work.builder.compute(layer.name, op, [bits.words, pads], f"{layer.io.output.name}/signs", "int32")
            return (Bits(words, bits.channels, layer.io.output.shape),)
    return moved(work, layer)
