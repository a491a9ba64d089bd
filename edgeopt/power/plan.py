"""How energy is measured: how long, how often."""

import math
from dataclasses import dataclass

from edgeopt.device.looping import MOST_INFERENCES

LEAST_INFERENCES = 10  # of a window, however long they take


@dataclass(frozen=True)
class Plan:
    """How to measure. A window takes `window_s` or LEAST_INFERENCES, whichever is longer; `line`: the gate's."""

    window_s: float = 10.0
    windows: int = 5
    idle_s: float = 2.0
    line: int = 0
    patience_s: float = 60.0  # for an answer, beyond what the inferences take


def inferences_of(latency_s: float, window_s: float) -> int:
    """So many that a window takes at least `window_s`, and LEAST_INFERENCES."""
    return min(max(LEAST_INFERENCES, math.ceil(window_s / latency_s)), MOST_INFERENCES)
