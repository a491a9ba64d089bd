"""From a trace and what the board did meanwhile to energy; a trace tells in its notes what that was."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, replace

from edgeopt.errors import MeterError
from edgeopt.power.clock import fit_clock
from edgeopt.power.found import EnergyFound
from edgeopt.power.method import energy_of
from edgeopt.power.stored import Trace
from edgeopt.power.windows import Cuts, Expected, windows_by_gate, windows_by_host

_NOTE = "window "  # how a note begins that tells one
_SAME = 0.02  # share by which an inference in the windows may differ from those that were timed


def analyse(
    trace: Trace,
    expected: Sequence[Expected],
    line: int,
    asked: int | None = None,
    timed_latency_s: float | None = None,
) -> EnergyFound:
    """The energy of what the board did. `line`: of the gate, where the meter has so many; `asked`: windows wanted.

    `timed_latency_s`: of one inference as it was timed before, which those of the windows should take too. MeterError
    where no figure can be told.
    """
    if not any(one.inferences for one in expected):
        raise MeterError("no window of inferences was recorded", "is the meter connected, and the board fed by it?")
    cuts = _cut(trace, expected, line)
    found = energy_of(trace, cuts.windows, cuts.idle, asked, cuts.warnings)
    doubt = _other_latency(found, timed_latency_s)
    return replace(found, warnings=(*found.warnings, doubt)) if doubt else found


def note_of(expected: Expected) -> str:
    """A line for the trace's notes, from which `expected_of` makes it again."""
    return _NOTE + json.dumps(asdict(expected))


def expected_of(trace: Trace) -> tuple[Expected, ...]:
    """What the board did, as the notes of the trace tell; whatever else the notes hold is left alone."""
    found = []
    for note in trace.notes:
        if note.text.startswith(_NOTE):
            one = _parsed(note.text.removeprefix(_NOTE))
            if one is not None:
                found.append(one)
    return tuple(found)


def _parsed(text: str) -> Expected | None:
    try:
        content = json.loads(text)
        one = Expected(
            str(content["name"])[:80],
            float(content["sent_s"]),
            float(content["answered_s"]),
            int(content["inferences"]),
            None if content["board_s"] is None else float(content["board_s"]),
        )
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        return None
    sound = one.sent_s < one.answered_s and one.inferences >= 0 and (one.board_s is None or one.board_s > 0)
    return one if sound and all(map(math.isfinite, (one.sent_s, one.answered_s, one.board_s or 0.0))) else None


def _cut(trace: Trace, expected: Sequence[Expected], line: int) -> Cuts:
    if trace.info.digital_lines > line:
        return windows_by_gate(trace, line, expected)
    return windows_by_host(trace, expected, fit_clock(trace))


def _other_latency(found: EnergyFound, timed_s: float | None) -> str:
    """A warning where an inference took another time in the windows than when it was timed."""
    if timed_s is None or not found.inferences_per_s:
        return ""
    windows_s = 1 / found.inferences_per_s
    if abs(windows_s / timed_s - 1) <= _SAME + found.info.clock_error:
        return ""
    return f"an inference took {windows_s * 1e3:.4g} ms in the windows, and {timed_s * 1e3:.4g} ms when it was timed"
