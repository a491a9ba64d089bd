"""What a call of a kernel costs, as a function of its work."""

from __future__ import annotations

from dataclasses import dataclass, fields

from edgeopt.costs.work import Work

SPLITS = ("depth", "channels", "constant_bytes", "pixels", "growth", "extra")


@dataclass(frozen=True)
class Piece:
    """Cycles a unit of each part of the work, and a call."""

    macs: float = 0.0
    outputs: float = 0.0
    inputs: float = 0.0
    pixels: float = 0.0
    lines: float = 0.0
    gathered: float = 0.0
    runs: float = 0.0
    channels: float = 0.0
    constant_bytes: float = 0.0
    calls: float = 0.0

    def cycles(self, work: Work) -> float:
        return (
            self.macs * work.macs
            + self.outputs * work.outputs
            + self.inputs * work.inputs
            + self.pixels * work.pixels
            + self.lines * work.lines
            + self.gathered * work.gathered
            + self.runs * work.runs
            + self.channels * work.channels
            + self.constant_bytes * work.constant_bytes
            + self.calls
        )


TERMS = tuple(field.name for field in fields(Piece))


@dataclass(frozen=True)
class Cost:
    """One piece, or two: the first for work of which `by`, one of SPLITS, is at most `limit`."""

    pieces: tuple[Piece, ...]
    by: str = ""
    limit: float = 0.0

    def cycles(self, work: Work) -> float:
        second = bool(self.by) and getattr(work, self.by) > self.limit
        return self.pieces[second].cycles(work)
