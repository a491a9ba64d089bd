"""Where samples of an LPM01A were lost: told by its time stamps, one each 1000 samples that it has taken."""

from collections.abc import Sequence

import numpy as np
import pytest

from edgeopt.power.lpm01a.assemble import Assembler
from edgeopt.power.lpm01a.items import Damage, Event, Item, Kind, Samples, Stamp, Told
from edgeopt.power.lpm01a.setup import Setup
from edgeopt.power.trace import SATURATED, Block

FAST = Setup(3.0, 5000, "dyn", "current")
SLOW = Setup(3.0, 100, "dyn", "current")


def some(count: int, value: float = 1e-3) -> Samples:
    return Samples(np.full(count, value))


def taken(items: Sequence[Item], setup: Setup = FAST, events: bool = True) -> tuple[list[Block], Assembler]:
    assembler = Assembler(setup, events)
    blocks = assembler.take(items, 1.0)
    return [*blocks, *assembler.flush(2.0)], assembler


def spans(blocks: Sequence[Block]) -> list[tuple[int, int]]:
    """First and last number of each stretch without a gap."""
    found: list[tuple[int, int]] = []
    for block in blocks:
        begin, end = block.first, block.first + block.samples - 1
        found[-1:] = [(found[-1][0], end)] if found and found[-1][1] + 1 == begin else [*found[-1:], (begin, end)]
    return found


def test_nothing_lost() -> None:
    blocks, assembler = taken([some(1000), Stamp(200, 0), some(1000), Stamp(400, 0), some(10)])
    assert spans(blocks) == [(0, 2009)] and assembler.warnings == ()


def test_lost_samples_are_missing_before_the_stamp() -> None:
    blocks, _ = taken([some(1000), Stamp(200, 0), some(997), Stamp(400, 0), some(10)])
    assert spans(blocks) == [(0, 1996), (2000, 2009)]


def test_before_the_first_stamp_too() -> None:
    assert spans(taken([some(999), Stamp(77_777, 0), some(10)])[0]) == [(0, 998), (1000, 1009)]


def test_a_damaged_sample_is_where_it_was() -> None:
    blocks, assembler = taken([some(400), Damage(), some(599), Stamp(200, 0), some(10)])
    assert spans(blocks) == [(0, 399), (401, 1009)]
    assert assembler.warnings == ("the LPM01A's bytes came damaged once: those samples count as lost",)


def test_more_lost_than_damaged() -> None:
    items = [some(400), Damage(), some(200), Damage(), some(397), Stamp(200, 0), some(10)]
    assert spans(taken(items)[0]) == [(0, 399), (401, 600), (603, 1009)]


def test_noise_between_samples_is_none() -> None:
    assert spans(taken([some(400), Damage(), some(600), Stamp(200, 0), some(10)])[0]) == [(0, 1009)]


def test_an_impossible_value_is_damage() -> None:
    values = np.full(1000, 1e-3)
    values[[0, 500]] = 640.9, 3338.0
    assert spans(taken([Samples(values), Stamp(200, 0)])[0]) == [(1, 499), (501, 999)]


def test_a_lost_stamp_with_lost_samples() -> None:
    """Two thousand samples passed by the meter's clock."""
    blocks, _ = taken([some(1000), Stamp(200, 0), some(1990), Stamp(600, 0), some(10)])
    assert spans(blocks) == [(0, 2989), (3000, 3009)]


def test_most_of_two_thousand_lost() -> None:
    blocks, _ = taken([some(1000), Stamp(200, 0), some(3), Stamp(600, 0), some(10)])
    assert spans(blocks) == [(0, 1002), (3000, 3009)]


def test_a_meter_that_did_not_sample_for_a_while() -> None:
    """Its stamps then are not whole thousands apart: the clock counts, to within a millisecond."""
    blocks, _ = taken([some(1000), Stamp(200, 0), some(1000), Stamp(450, 0), some(10)])
    assert spans(blocks) == [(0, 1999), (2250, 2259)]


def test_the_seconds_of_ascii_wrap() -> None:
    blocks, _ = taken([some(1000), Stamp(999_900, 0), some(998), Stamp(100, 0), some(10)])
    assert spans(blocks) == [(0, 1997), (2000, 2009)]


def test_a_clock_that_has_overflowed_or_stands() -> None:
    for stamp in (Stamp(None, 0), Stamp(200, 0), Stamp(100, 0)):
        blocks, _ = taken([some(1000), Stamp(200, 0), some(998), stamp, some(10)])
        assert spans(blocks) == [(0, 1997), (2000, 2009)]


def test_what_came_before_shifted_twos_were_found_is_not_believed() -> None:
    binary = Setup(3.0, 100_000, "dyn", "current", "bin_hexa")
    items = [some(1000), Stamp(10, 0), some(700), Damage(resync=True), Stamp(20, 0), some(1000), Stamp(30, 0)]
    assert spans(taken(items, binary)[0]) == [(0, 999), (2000, 2999)]


def test_a_slow_meter_does_not_wait_for_its_stamps() -> None:
    assembler = Assembler(SLOW, True)
    first = assembler.take([some(50)], 1.0)
    assert spans(first) == [(0, 49)]
    rest = assembler.take([Damage(), some(948), Stamp(10_000, 0), some(1)], 2.0)
    assert spans(rest) == [(52, 1000)]
    fast = Assembler(FAST, True)
    assert fast.take([some(50)], 1.0) == [] and spans(fast.flush(1.0)) == [(0, 49)]


def test_events_are_one_low_sample() -> None:
    items = [some(10), Event(0), some(990), Stamp(200, 0), Event(1), some(5)]
    blocks, _ = taken(items)
    lows = [
        block.first + at for block in blocks if block.digital is not None for at in np.flatnonzero(~block.digital & 1)
    ]
    assert lows == [10, 1000]
    assert all(block.digital is None for block in taken(items, events=False)[0])


def test_lost_samples_are_put_where_an_edge_is_as_uncertain() -> None:
    blocks, _ = taken([some(10), Event(0), some(985), Stamp(200, 0)])
    assert spans(blocks) == [(0, 9), (15, 999)]
    assert blocks[1].digital is not None and blocks[1].digital[0] == 0


def test_ranges_and_over_currents() -> None:
    values = np.full(1000, 1e-3)
    values[7] = 0.05
    blocks, assembler = taken([Samples(values), Stamp(200, 95), Told(Kind.OVER_CURRENT), some(3)])
    marked = [
        block.first + at
        for block in blocks
        if block.quality is not None
        for at in np.flatnonzero(block.quality & SATURATED)
    ]
    assert marked == [7, 1000]
    assert [warning.split(":")[0] for warning in assembler.warnings] == [
        "the LPM01A's buffer was 95 % full",
        "the LPM01A told of an over-current once",
    ]
    energy = Setup(3.0, 1000, "dyn", "energy")
    (block,) = taken([some(5, 0.05 * 3.0 / 1000)], energy)[0]
    assert block.watts is not None and block.watts == pytest.approx([0.15] * 5)
    assert block.quality is not None and block.quality.tolist() == [SATURATED] * 5


@pytest.mark.parametrize("seed", range(10))
def test_whatever_comes_numbers_rise_and_nothing_raises(seed: int) -> None:
    print(f"seed {seed}")
    rng = np.random.default_rng(seed)
    setup = (FAST, SLOW, Setup(3.0, 100_000, "dyn", "current", "bin_hexa"))[seed % 3]
    assembler = Assembler(setup, True)
    blocks: list[Block] = []
    for _ in range(300):
        choices: list[Item] = [
            some(int(rng.integers(0, 700))),
            Samples(10.0 ** rng.uniform(-9, 3, 20)),
            Damage(bool(rng.integers(2))),
            Stamp(int(rng.integers(0, 1 << 31)) if rng.integers(2) else None, int(rng.integers(256))),
            Event(1),
            Told(Kind.OVER_CURRENT),
        ]
        blocks += assembler.take([choices[int(rng.integers(6))] for _ in range(3)], 1.0)
    blocks += assembler.flush(1.0)
    firsts = [block.first for block in blocks]
    ends = [block.first + block.samples for block in blocks]
    assert all(end <= first for end, first in zip(ends, firsts[1:], strict=False))
