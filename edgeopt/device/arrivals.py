"""When requests come: patterns and traces, as times between arrivals."""

import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgeopt.errors import UsageError

_RATE = re.compile(r"(?P<number>\d+(?:\.\d*)?|\.\d+)/(?P<unit>s|min|h)")
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3_600.0}
_LOWEST_HZ, _HIGHEST_HZ = 1e-4, 1e6
_LARGEST_BURST = 10_000
_MOST_REQUESTS = 1_000_000
_LONGEST_GAP_S = 86_400.0
_LONGEST_DAYS = 100  # of all together: in ticks of any board still exact as a float
_TRACE_LIMIT_BYTES = 32 << 20
_HINT = "give it as poisson:5/s, periodic:30/min, burst:10@1/s or trace:FILE"

POISSON, PERIODIC, BURST, TRACE = "poisson", "periodic", "burst", "trace"
_SYNONYMS = {"uniform": PERIODIC}  # evenly spaced


@dataclass(frozen=True)
class Arrivals:
    """`gaps_s[i]`: seconds from request i - 1 to request i; the clock begins one gap before request 0.

    `pattern` is what was asked for, in words; `seed` is that of random arrivals, else None.
    """

    pattern: str
    gaps_s: tuple[float, ...]
    seed: int | None = None

    @property
    def rate_hz(self) -> float | None:
        """Requests a second on average; None where all come at once."""
        total_s = math.fsum(self.gaps_s)
        return len(self.gaps_s) / total_s if total_s > 0 else None


def parse_arrivals(text: str, requests: int | None, seed: int = 1) -> Arrivals:
    """The arrivals that `text` names: `poisson:R/s`, `periodic:R/s`, `burst:N@R/s` (N at once, R times a second), or
    `trace:FILE`; `/min` and `/h` do as well, and `uniform` is `periodic`.

    `requests`: how many; None: 200, or all of a trace. UsageError where the text, a rate or the file is wrong.
    """
    found = _arrivals(text, requests, seed)
    days = math.fsum(found.gaps_s) / 86_400
    if days > _LONGEST_DAYS:
        raise UsageError(
            f"`{text:.60}`: {len(found.gaps_s):,} requests would take {days:,.0f} days", "give less, or more often"
        )
    return found


def _arrivals(text: str, requests: int | None, seed: int) -> Arrivals:
    kind, colon, rest = text.strip().partition(":")
    kind = _SYNONYMS.get(kind, kind)
    if not colon or kind not in (POISSON, PERIODIC, BURST, TRACE):
        raise UsageError(f"`{text:.60}` is no pattern of arrivals", _HINT)
    if requests is not None and not 1 <= requests <= _MOST_REQUESTS:
        raise UsageError(f"{requests} requests cannot be served", f"give 1 to {_MOST_REQUESTS:,}")
    if kind == TRACE:
        return _trace(text, Path(rest), requests)
    count = 200 if requests is None else requests
    if kind == POISSON:
        gaps = np.random.default_rng(seed).exponential(1 / _rate(text, rest), count)
        return Arrivals(text, tuple(gaps.tolist()), seed)
    if kind == PERIODIC:
        return Arrivals(text, (1 / _rate(text, rest),) * count)
    size_text, at, rate_text = rest.partition("@")
    size = int(size_text) if re.fullmatch(r"\d{1,6}", size_text) and at else 0
    if not 1 <= size <= _LARGEST_BURST:
        raise UsageError(
            f"`{text:.60}` names no burst", f"give it as burst:10@1/s, of 1 to {_LARGEST_BURST:,} requests"
        )
    period_s = 1 / _rate(text, rate_text)
    return Arrivals(text, tuple(0.0 if i % size else period_s for i in range(count)))


def ticks_of(arrivals: Arrivals, ticks_hz: int) -> tuple[int, ...]:
    """The gaps in ticks of a clock. What rounding takes from one is given to the next, so that none is lost."""
    ends = np.rint(np.cumsum(np.asarray(arrivals.gaps_s)) * ticks_hz).astype(np.int64)
    return tuple(int(gap) for gap in np.diff(ends, prepend=0))


def _rate(text: str, rate: str) -> float:
    """Times a second."""
    match = _RATE.fullmatch(rate)
    if match is None:
        raise UsageError(f"`{text:.60}`: `{rate:.40}` is no rate", "give it as 5/s, 30/min or 12/h")
    value = float(match["number"]) / _SECONDS[match["unit"]]
    if not _LOWEST_HZ <= value <= _HIGHEST_HZ:
        raise UsageError(f"`{text:.60}`: {value:g} a second is too rare or too often", "give 1/h to 1000000/s")
    return value


def _trace(text: str, path: Path, requests: int | None) -> Arrivals:
    gaps = _read_trace(path)
    if requests is not None and requests > len(gaps):
        raise UsageError(
            f"`{path}` has {len(gaps):,} gaps, {requests:,} requests are asked for",
            "leave out --requests, or give less",
        )
    return Arrivals(text, tuple(gaps[:requests]))


def _read_trace(path: Path) -> Sequence[float]:
    """The gaps of a trace: a line a gap, in seconds; `#` begins a comment. UsageError names the line that is wrong."""
    hint = "write one number a line, the seconds since the request before"
    try:
        with path.open("rb") as file:
            data = file.read(_TRACE_LIMIT_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
        why = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"`{path}` cannot be read: {why}", "give the path of a file of gaps") from None
    if len(data) > _TRACE_LIMIT_BYTES:
        raise UsageError(f"`{path}` is larger than {_TRACE_LIMIT_BYTES >> 20} MiB, so no trace of gaps", hint)
    gaps: list[float] = []
    lines = io.TextIOWrapper(io.BytesIO(data), "utf-8", "replace")  # one at a time: there may be 16 million
    for number, line in enumerate(lines, 1):
        word = line.partition("#")[0].strip()
        if not word:
            continue
        try:
            gap = float(word)
        except ValueError:
            gap = math.nan
        if not 0 <= gap <= _LONGEST_GAP_S:  # nor is NaN
            shown = word[:40].encode("unicode_escape").decode("ascii")
            raise UsageError(f"`{path}`, line {number}: `{shown}` is no gap of 0 to {_LONGEST_GAP_S:,.0f} s", hint)
        gaps.append(gap)
        if len(gaps) > _MOST_REQUESTS:
            raise UsageError(f"`{path}` has more than {_MOST_REQUESTS:,} gaps", "give less")
    if not gaps:
        raise UsageError(f"`{path}` has no gaps", hint)
    return gaps
