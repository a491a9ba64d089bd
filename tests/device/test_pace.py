"""What progress says of how fast samples go."""

from edgeopt.pipeline.pace import Pace


def test_the_first_one_sets_the_clock() -> None:
    now_s = [100.0]
    pace = Pace(lambda: now_s[0])
    assert pace.words(1, 10_000) == "1 of 10,000"
    now_s[0] += 0.5
    assert pace.words(20, 10_000) == "20 of 10,000"
    now_s[0] += 3.5
    assert pace.words(101, 10_000) == "101 of 10,000, 25 a second, 7 min left"
    now_s[0] += 396
    assert pace.words(9_999, 10_000) == "9,999 of 10,000, 25 a second, 1 s left"
    assert pace.words(10_000, 10_000) == "10,000 of 10,000"


def test_hours_and_a_new_beginning() -> None:
    now_s = [0.0]
    pace = Pace(lambda: now_s[0])
    pace.words(1, 5)
    now_s[0] = 4000.0
    assert pace.words(2, 5) == "2 of 5, 0.00025 a second, 3.3 h left"
    assert pace.words(1, 5) == "1 of 5"
