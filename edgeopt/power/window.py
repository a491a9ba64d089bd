"""A stretch of a trace that belongs together: so many inferences, or the board at rest."""

from dataclasses import dataclass
from typing import Literal

Cut = Literal["edges", "host clock", "given"]


@dataclass(frozen=True)
class Window:
    """Times are seconds of the trace; `end_error_s` bounds how far off each of both ends may be."""

    name: str  # "window 1", "idle before"
    begin_s: float
    end_s: float
    inferences: int  # 0: the board was idle
    cut: Cut
    end_error_s: float
    board_s: float | None = None  # its length by the board's own clock, None where that was not told

    @property
    def seconds(self) -> float:
        return self.end_s - self.begin_s
