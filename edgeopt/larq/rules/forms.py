"""Float operators that become their int16 (or, moving values alone, int8) forms."""

from __future__ import annotations

from functools import partial

from edgeopt.larq.forms import Q15, joined, moved, of_fixed_scale, rescaled
from edgeopt.larq.work import RULES

_MOVE = """PAD PADV2 MIRROR_PAD TRANSPOSE SLICE STRIDED_SLICE SPLIT SPLIT_V UNPACK SPACE_TO_DEPTH DEPTH_TO_SPACE GATHER
TILE BROADCAST_TO RESIZE_NEAREST_NEIGHBOR"""
_JOIN = "CONCATENATION PACK"

for _name in _MOVE.split():
    RULES.register(_name)(moved)
for _name in _JOIN.split():
    RULES.register(_name)(joined)
RULES.register("AVERAGE_POOL_2D")(partial(moved, dtype="int16"))
RULES.register("MEAN")(rescaled)
for _name in ("SOFTMAX", "LOGISTIC", "TANH"):
    RULES.register(_name)(of_fixed_scale(Q15))
