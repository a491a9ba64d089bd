"""Energy results of the official MLPerf Tiny runner (JSON): joules of each sample, and two time stamps a window.

Written by benchmark/runner of github mlcommons/tiny: a list with an object an input, whose `power` has `samples`
(joules of each millisecond, as an LPM01A tells them), `timestamps` (pairs of an event's number and how many samples
came before it), and sometimes `voltage`. The runner sums the samples from the first time stamp to the second.
"""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from edgeopt.errors import UsageError
from edgeopt.power.foreign_trace import FOREIGN, ForeignFormat, ForeignOptions, ForeignTrace, energy_info
from edgeopt.power.trace import Block
from edgeopt.power.window import Window

_TITLE = "energy results of the MLPerf Tiny runner (.json)"
_RATE_HZ = 1000.0  # the runner sets the meter to it, and writes it nowhere
_MOST_W = 1e4
_MOST_V = 60.0
_LARGEST = 1e300


def _matches(path: Path, head: bytes) -> bool:
    return path.suffix == ".json" and head.lstrip()[:1] == b"[" and b'"infer"' in head and b'"power"' in head


def _read(path: Path, options: ForeignOptions) -> tuple[ForeignTrace, ...]:
    try:
        results = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise UsageError(f"`{path}` is no JSON: {' '.join(str(error).split())[:120]}", "is it cut short?") from None
    if not isinstance(results, list) or not results:
        raise _damaged(path, "it is no list of results")
    return tuple(_trace(path, index, result, options) for index, result in enumerate(results))


def _trace(path: Path, index: int, result: Any, options: ForeignOptions) -> ForeignTrace:
    where = f"result {index}"
    power = _object(path, _object(path, result, where).get("power"), f"`power` of {where}")
    watts = _watts(path, power.get("samples"), where)
    supply_v = options.supply_v if options.supply_v is not None else _supply(path, power.get("voltage"), where)
    window = _window(path, result, power.get("timestamps"), len(watts), index)
    block = Block(first=0, amps=None, watts=watts.astype(np.float32))
    name = str(result.get("file", ""))[:80] or where
    told = "given" if options.supply_v is not None else "told by the file"
    info = energy_info("runner results", "energy results of the MLPerf Tiny runner", _RATE_HZ, supply_v, told)
    return ForeignTrace(name, info, (block,), (window,))


def _watts(path: Path, samples: Any, where: str) -> Any:
    if not isinstance(samples, list) or not samples or not all(_is_number(joules) for joules in samples):
        raise _damaged(path, f"`samples` of {where} are no list of numbers")
    watts = np.array(samples, dtype=np.float64) * _RATE_HZ
    bad = ~(np.isfinite(watts) & (np.abs(watts) <= _MOST_W))
    if np.any(bad):
        raise _damaged(path, f"sample {int(np.argmax(bad))} of {where} is no energy")
    return watts


def _window(path: Path, result: Any, stamps: Any, samples: int, index: int) -> Window:
    """Between the two time stamps, as the runner sums it; each edge lies somewhere in its sample."""
    where = f"result {index}"
    begin, end = _counts(path, stamps, where)
    if not 0 <= begin < end <= samples:
        raise _damaged(path, f"the time stamps of {where} are {begin} and {end}, with {samples} samples")
    infer = _object(path, result.get("infer"), f"`infer` of {where}")
    inferences = infer.get("iterations")
    if not isinstance(inferences, int) or isinstance(inferences, bool) or not 0 < inferences < 1 << 31:
        raise _damaged(path, f"`iterations` of {where} is no count of inferences")
    return Window(f"window {index + 1}", begin / _RATE_HZ, end / _RATE_HZ, inferences, "edges", 1 / _RATE_HZ)


def _counts(path: Path, stamps: Any, where: str) -> tuple[int, int]:
    """How many samples came before each of the two time stamps."""
    pairs = stamps if isinstance(stamps, list) else []
    counts = [pair[1] for pair in pairs if isinstance(pair, list) and len(pair) == 2 and type(pair[1]) is int]
    if len(pairs) != 2 or len(counts) != 2:
        raise _damaged(path, f"`timestamps` of {where} are not two pairs of an event and a count of samples")
    return counts[0], counts[1]


def _supply(path: Path, volts: Any, where: str) -> float | None:
    if volts is None:
        return None
    if not _is_number(volts) or not 0 < volts <= _MOST_V:
        raise _damaged(path, f"`voltage` of {where} is {str(volts)[:20]}")
    return float(volts)


def _object(path: Path, value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _damaged(path, f"{what} is missing, or no object")
    return value


def _is_number(value: Any) -> bool:
    """JSON allows whole numbers that no float can hold."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    return abs(value) < _LARGEST and math.isfinite(value)


def _damaged(path: Path, what: str) -> UsageError:
    return UsageError(f"`{path}` is no sound result file: {what}", "as written by benchmark/runner in energy mode")


FOREIGN.register("runner results")(ForeignFormat(_TITLE, _matches, _read))
