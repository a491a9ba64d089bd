"""The cache: sets and ways, what was used last, code that is not looked up while it is hot."""

import random
from dataclasses import dataclass

from edgeopt.simulate.memory_timing.cache import Cache


@dataclass
class Used:
    """A stretch of code as the cache sees it."""

    hot: bool = True
    used: int = 0


def test_a_set_keeps_what_was_used_last() -> None:
    cache = Cache(64, 16, 2)  # two sets of two lines
    assert (cache.sets, cache.ways) == (2, 2)
    cache.insert(0, 1)
    cache.insert(2, 2)
    cache.insert(1, 3)  # the other set
    first = cache.find(0)
    assert first is not None
    first.used = 4
    cache.insert(4, 5)  # the third in its set: 2 was used longest ago
    assert [number for number in range(5) if cache.find(number)] == [0, 1, 4]


def test_any_line_goes_anywhere_without_ways() -> None:
    cache = Cache(64, 16, 0)
    for time, number in enumerate((0, 4, 8, 12, 16)):
        cache.insert(number, time)
    assert [number for number in range(20) if cache.find(number)] == [4, 8, 12, 16]


def test_hot_code_counts_as_used_and_becomes_cold_when_it_goes() -> None:
    cache = Cache(32, 16, 0)
    user, other = Used(used=10), Used(used=3)
    cache.watch(0, user)
    cache.watch(1, other)
    cache.insert(0, 1)
    cache.insert(1, 2)
    cache.insert(2, 11)  # 1 ran at 3, 0 at 10
    assert (user.hot, other.hot) == (True, False)
    assert cache.find(0) is not None and cache.find(1) is None
    cache.insert(3, 12)
    assert not user.hot


def test_lines_go_in_the_order_of_a_plain_list() -> None:
    """Thousands of random accesses against least-recently-used in its simplest form."""
    seed = 6
    print(f"seed {seed}")
    rng = random.Random(seed)
    for ways in (0, 1, 2, 4):
        cache = Cache(256, 16, ways)
        known: list[list[int]] = [[] for _ in range(cache.sets)]  # of each set, the last used at the end
        users = {number: Used() for number in range(0, 60, 3)}  # code in some of the lines
        for number, user in users.items():
            cache.watch(number, user)
        for now in range(4_000):
            number = rng.randrange(60)
            lines = known[number % cache.sets]
            line = cache.find(number)
            assert (line is not None) == (number in lines)
            if line is None:
                cache.insert(number, now)
                lines[:] = lines[-cache.ways + 1 :] if cache.ways > 1 else []
            elif number in users:
                users[number].used = now
                lines.remove(number)
            else:
                line.used = now
                lines.remove(number)
            lines.append(number)
