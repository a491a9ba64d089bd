"""When requests come: what the patterns mean, that nothing is lost by rounding, and what is refused."""

import math
from pathlib import Path

import numpy as np
import pytest

from edgeopt.device.arrivals import Arrivals, parse_arrivals, ticks_of
from edgeopt.device.requests import Requests, as_words, batches
from edgeopt.device.serving import LONGEST_TICKS
from edgeopt.errors import UsageError


def test_poisson_arrivals_are_exponential_and_have_a_seed() -> None:
    found = parse_arrivals("poisson:5/s", 20_000, seed=3)
    assert found.seed == 3 and found == parse_arrivals("poisson:5/s", 20_000, seed=3)
    assert found != parse_arrivals("poisson:5/s", 20_000, seed=4)
    gaps = np.array(found.gaps_s)
    error = 0.2 / math.sqrt(len(gaps))  # of the mean of exponential gaps
    assert gaps.mean() == pytest.approx(0.2, abs=4 * error)
    assert gaps.std() == pytest.approx(0.2, rel=0.05)
    assert (gaps > 0.2).mean() == pytest.approx(math.exp(-1), abs=0.02)


@pytest.mark.parametrize(
    ("text", "gaps"),
    [
        ("periodic:4/s", (0.25,) * 5),
        ("uniform:30/min", (2.0,) * 5),
        ("periodic:7200/h", (0.5,) * 5),
        ("burst:2@1/s", (1.0, 0.0, 1.0, 0.0, 1.0)),
        ("burst:3@.5/s", (2.0, 0.0, 0.0, 2.0, 0.0)),
    ],
)
def test_patterns(text: str, gaps: tuple[float, ...]) -> None:
    found = parse_arrivals(text, 5)
    assert (found.pattern, found.seed) == (text, None)
    assert found.gaps_s == pytest.approx(gaps)
    assert found.rate_hz == pytest.approx(5 / sum(gaps))
    assert len(parse_arrivals(text, None).gaps_s) == 200


def test_a_trace_is_read(tmp_path: Path) -> None:
    path = tmp_path / "gaps.txt"
    path.write_text("# two quick ones\n0.5\n 0.1  # s\n\n1e-3\n")
    assert parse_arrivals(f"trace:{path}", None).gaps_s == (0.5, 0.1, 1e-3)
    assert parse_arrivals(f"trace:{path}", 2).gaps_s == (0.5, 0.1)
    with pytest.raises(UsageError, match="has 3 gaps, 4 requests are asked for"):
        parse_arrivals(f"trace:{path}", 4)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "has no gaps"),
        (b"# nothing\n", "has no gaps"),
        (b"0.5\n-1\n", "line 2: `-1` is no gap"),
        (b"nan\n", "line 1: `nan`"),
        (b"1e999\n", "line 1: `1e999`"),
        (b"86401\n", "line 1: `86401`"),
        (b"0.5, 0.6\n", "line 1: `0.5, 0.6`"),
        (b"\xff\xfe\x1b[2J\n", "line 1: `"),
        (b"1_0\n0.1\n\0\n", "line 3: `"),
    ],
)
def test_a_trace_is_hostile_until_checked(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "gaps.txt"
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        parse_arrivals(f"trace:{path}", None)
    assert words in caught.value.message and caught.value.message.isprintable() and caught.value.hint


@pytest.mark.parametrize("path", ["", "nowhere.txt", ".", "a\0b"])
def test_a_trace_that_cannot_be_read(path: str) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        parse_arrivals(f"trace:{path}", None)


WRONG = ["", "poisson", "5/s", "pareto:5/s", "poisson:", "poisson:5", "poisson:5/d", "poisson:-5/s", "poisson:0/s"]
WRONG += [
    "poisson:1e9/s",
    "poisson:nan/s",
    "periodic:9999999/s",
    "burst:5/s",
    "burst:0@1/s",
    "burst:x@1/s",
    "burst:5@x",
]
WRONG += ["burst:10001@1/s", "poisson:0.1/h", "poisson:" + "9" * 400 + "/s"]


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_arrivals(text, None)
    assert caught.value.hint and len(caught.value.message) < 200


@pytest.mark.parametrize("requests", [0, -1, 1_000_001])
def test_only_so_many_requests(requests: int) -> None:
    with pytest.raises(UsageError, match="cannot be served"):
        parse_arrivals("poisson:5/s", requests)


@pytest.mark.parametrize(("text", "requests"), [("periodic:1/h", 2_401), ("poisson:1/h", 1_000_000)])
def test_what_would_take_months_is_refused(text: str, requests: int) -> None:
    """Its ticks would overflow, and its gaps fill the memory, as those of a trace with a million days do."""
    with pytest.raises(UsageError, match=r"would take .* days"):
        parse_arrivals(text, requests)


def test_a_trace_that_would_take_months_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gaps.txt"
    path.write_text("86400\n" * 101)
    with pytest.raises(UsageError, match="101 requests would take 101 days"):
        parse_arrivals(f"trace:{path}", None)
    assert len(parse_arrivals(f"trace:{path}", 100).gaps_s) == 100


def test_rounding_to_ticks_loses_no_time() -> None:
    arrivals = Arrivals("thirds", (1 / 3,) * 3_000)
    ticks = ticks_of(arrivals, 100)
    assert set(ticks) == {33, 34} and sum(ticks) == 100_000
    assert ticks_of(Arrivals("long", (5_000.0, 0.0)), 1_000_000_000) == (5_000_000_000_000, 0)


def test_batches_hold_every_gap_once() -> None:
    words = [5, 0, 0, 40, 1, 2, 3, 4, LONGEST_TICKS, 7, 1]
    found = [list(batch) for batch in batches(words, 3, 10)]
    assert found == [[5, 0, 0], [40], [1, 2, 3], [4], [LONGEST_TICKS], [7, 1]]
    assert as_words(LONGEST_TICKS + 7) == [LONGEST_TICKS, 7]
    assert as_words(LONGEST_TICKS) == [LONGEST_TICKS, 0] and as_words(3) == [3]


def test_what_requests_met_is_worked_out_from_arrivals_and_responses() -> None:
    """Service takes 10; arrivals at 5, 7, 8, 40, 60; results at 15, 25, 35, 50, 75 (the last was slower)."""
    requests = Requests(Arrivals("by hand", ()), 1000, (5, 2, 1, 32, 20), (10, 18, 27, 10, 15), asleep_ticks=15)
    assert requests.wait_ticks == (0, 8, 17, 0, 0)
    assert requests.service_ticks == (10, 10, 10, 10, 15)
    assert requests.seen == (0, 1, 2, 0, 0)
    assert requests.span_ticks == 75
    assert requests.utilization == pytest.approx(55 / 75)
    assert requests.asleep == pytest.approx(0.2)
    assert requests.served_per_s == pytest.approx(5 * 1000 / 75)
    assert (requests.response_ms.median, requests.response_ms.max) == (15.0, 27.0)
    late, interval = requests.misses(0.0145)
    assert late == 3 and interval is not None and interval.low < 0.6 < interval.high
    assert requests.misses(0.015)[0] == 2 and requests.misses(0.027)[0] == 0


def test_on_the_tick_of_the_deadline_is_in_time() -> None:
    requests = Requests(Arrivals("by hand", ()), 100, (100,), (57,), asleep_ticks=0)
    assert 0.57 * 100 < 57 and requests.misses(0.57)[0] == 0 and requests.misses(0.56)[0] == 1
