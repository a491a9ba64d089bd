"""The PPK2's metadata and samples: golden vector, hostile replies, lost and damaged bytes, the filter."""

import numpy as np
import pytest
from numpy.typing import NDArray

from edgeopt.power.emulators.ppk2 import EXAMPLE
from edgeopt.power.ppk2 import wire
from edgeopt.power.ppk2.convert import Converter, RangeFilter
from edgeopt.power.ppk2.frames import Frames, Run
from edgeopt.power.ppk2.metadata import Metadata, metadata_text, parse_metadata
from edgeopt.power.ppk2.timeline import Timeline
from edgeopt.power.trace import SATURATED, SUSPECT, Block

Words = NDArray[np.uint32]
PROOF = 6  # samples that Frames wants to see follow each other


def words_of(
    numbers: NDArray[np.int64],
    adc: int | NDArray[np.int64] = 1000,
    ranges: int | NDArray[np.int64] = 2,
    digital: int = 0,
) -> Words:
    told = (numbers & 63) << 18 | adc | ranges << 14 | digital << 24
    return told.astype(np.uint32)


def known(metadata: Metadata | None) -> Metadata:
    assert metadata is not None
    return metadata


def test_the_golden_vector() -> None:
    """ppk2-rs 0.1.2, src/measurement.rs, whose figure is what the official app makes of these constants."""
    reply = (
        b"Calibrated: 0\nR0: 1003.3506\nGS0: 0.0000\nGI0: 1.0000\nO0: 112.9420\nVDD: 3741\nHW: 9173\nmode: 2\n"
        b"S0: 0.000000048\nI0: -0.000000104\nUG0: 1.00\nIA: 56\nEND\n"
    )
    metadata = known(parse_metadata(reply))
    (amps,) = metadata.amps(np.array([108 / 4]), 0, 3.741)
    assert amps * 1e6 == pytest.approx(0.02145488, rel=1e-6)
    assert (metadata.vdd_mv, metadata.mode, metadata.hardware, metadata.calibrated) == (3741, 2, "9173", False)


def test_what_the_emulator_writes_is_read_again() -> None:
    metadata = known(parse_metadata(metadata_text(EXAMPLE)))
    for field in ("shunt_ohm", "gain_square", "gain", "offset", "offset_a_per_v", "offset_a", "user_gain"):
        assert getattr(metadata, field) == pytest.approx(getattr(EXAMPLE, field), abs=1e-9), field
    assert metadata.missing == () and metadata.calibrated


@pytest.mark.parametrize(
    ("line", "by", "missing"),
    [
        (b"R3: 0.9600\n", b"", "R3"),
        (b"R3: 0.9600\n", b"R3: -nan\n", "R3"),
        (b"R3: 0.9600\n", b"R3: 0\n", "R3"),
        (b"R3: 0.9600\n", b"R3: -2\n", "R3"),
        (b"GI1: 0.9700\n", b"GI1: inf\n", "GI1"),
        (b"O4: 87.0000\n", b"O4: 1e30\n", "O4"),
        (b"S0: 0.000000050\n", b"S0: \xff\xfe\n", "S0"),
    ],
)
def test_constants_that_are_no_use_fall_back_and_are_named(line: bytes, by: bytes, missing: str) -> None:
    reply = metadata_text(EXAMPLE)
    assert line in reply
    metadata = known(parse_metadata(reply.replace(line, by)))
    assert metadata.missing == (missing,)
    if missing == "R3":
        assert metadata.shunt_ohm[3] == 0.94


def test_order_ends_of_lines_and_what_comes_before_do_not_matter() -> None:
    lines = metadata_text(EXAMPLE).splitlines()[:-1]
    reply = b"\x00\xffrest of a sample\r\n" + b"\r\n".join([*lines[::-1], b"NEW: 7", b"END", b""])
    assert known(parse_metadata(reply)).missing == ()


@pytest.mark.parametrize("reply", [b"", b"END\n", b"hello\nEND\n", b"R0: 1\nR1: 2\nEND\n", metadata_text(EXAMPLE)[:-5]])
def test_what_is_no_metadata_is_refused(reply: bytes) -> None:
    assert parse_metadata(reply) is None


def test_damaged_metadata_never_raises(rng: np.random.Generator) -> None:
    reply = np.frombuffer(metadata_text(EXAMPLE), np.uint8)
    parsed = 0
    for _ in range(300):
        damaged = reply.copy()
        at = rng.integers(0, len(reply), rng.integers(1, 30))
        damaged[at] = rng.integers(0, 256, len(at))
        metadata = parse_metadata(damaged.tobytes())
        if metadata is not None:
            parsed += 1
            assert np.all(metadata.shunt_ohm > 0) and np.all(np.isfinite(metadata.offset_a))
    assert parsed > 100


def test_pinned_samples_and_those_beyond_an_ampere_are_saturated() -> None:
    adc = np.array([100, 16382, wire.ADC_PINNED, 1200, 3000])
    ranges = np.array([0, 0, 0, 4, 4])
    told = Converter(EXAMPLE, 3.0, filtered=False).convert(words_of(np.arange(5), adc, ranges, digital=0xA5))
    assert told.quality is not None
    assert list(told.quality & SATURATED) == [0, 0, SATURATED, 0, SATURATED]
    assert list(told.quality & SUSPECT) == [0, 0, 0, SUSPECT, SUSPECT]
    assert list(told.digital) == [0xA5] * 5 and told.amps[4] > 1.0


def joined(runs: list[Run]) -> tuple[Words, NDArray[np.int64], int]:
    """All samples, the numbers that they get, and how many were lost."""
    numbers, words, at = [], [], 0
    for run in runs:
        at += run.lost
        numbers.append(np.arange(at, at + len(run.words)))
        words.append(run.words)
        at += len(run.words)
    return np.concatenate(words), np.concatenate(numbers), sum(run.lost for run in runs)


def cut(data: bytes, rng: np.random.Generator) -> list[bytes]:
    at = np.sort(rng.integers(0, len(data) + 1, rng.integers(0, 40)))
    return [data[a:b] for a, b in zip([0, *at], [*at, len(data)], strict=True)]


def run_frames(data: bytes, rng: np.random.Generator) -> tuple[Words, NDArray[np.int64], int]:
    frames = Frames()
    runs = [run for part in cut(data, rng) for run in frames.feed(part)]
    return joined(runs + frames.end())


def noisy_words(count: int, rng: np.random.Generator) -> Words:
    """ADC values, ranges and digital inputs as random as they can be: only the counter tells where a sample begins."""
    return words_of(np.arange(count), rng.integers(0, 1 << 14, count), rng.integers(0, 5, count)) | (
        rng.integers(0, 256, count) << 24
    ).astype(np.uint32)


def test_samples_over_the_borders_of_reads(rng: np.random.Generator) -> None:
    for _ in range(50):
        words = noisy_words(int(rng.integers(PROOF, 500)), rng)
        got, numbers, lost = run_frames(words.tobytes(), rng)
        assert np.array_equal(got, words) and np.array_equal(numbers, np.arange(len(words))) and lost == 0


def test_lost_samples_are_counted_and_none_besides_is_lost(rng: np.random.Generator) -> None:
    for _ in range(50):
        words = noisy_words(2000, rng)
        keep = np.ones(2000, dtype=bool)
        for at in np.arange(20, 1900, 100):
            keep[at : at + rng.integers(1, 64)] = False
        got, numbers, lost = run_frames(words[keep].tobytes(), rng)
        assert np.array_equal(numbers, np.flatnonzero(keep)) and np.array_equal(got, words[keep])
        assert lost == 2000 - keep.sum()


@pytest.mark.parametrize("damage", ["flipped", "missing", "added"])
def test_damaged_bytes_cost_a_few_samples_and_the_numbers_stay_right(damage: str, rng: np.random.Generator) -> None:
    for _ in range(60):
        words = noisy_words(1000, rng)
        data = bytearray(words.tobytes())
        at = int(rng.integers(100, 3900))
        size = int(rng.integers(1, 30))
        if damage == "flipped":
            data[at : at + size] = rng.integers(0, 256, size, dtype=np.uint8).tobytes()
        elif damage == "missing":
            del data[at : at + size]
        else:  # four bytes with a counter that fits by accident are a sample to anybody
            data[at:at] = rng.integers(0, 256, min(size, 3), dtype=np.uint8).tobytes()
        got, numbers, _ = run_frames(bytes(data), rng)
        first, last = at // 4, (at + size) // 4
        untouched = (numbers < first - 1) | (numbers > last + 2)
        assert np.array_equal(got[untouched], words[numbers[untouched]]), (at, size)
        assert untouched.sum() >= 1000 - (last - first) - 4 - PROOF, (at, size)
        assert numbers[-1] == 999 and np.all(np.diff(numbers) > 0)


def test_a_long_stretch_of_noise_is_passed_over(rng: np.random.Generator) -> None:
    words = noisy_words(9000, rng)
    data = bytearray(words.tobytes())
    data[4000:32000] = rng.integers(0, 256, 28000, dtype=np.uint8).tobytes()
    got, numbers, lost = run_frames(bytes(data), rng)
    after = numbers > 8010
    assert np.array_equal(got[after], words[numbers[after]]) and after.sum() == 989
    assert lost + len(got) == 9000


def test_noise_alone_ends_and_holds_little(rng: np.random.Generator) -> None:
    frames = Frames()
    samples = 0
    for _ in range(40):
        samples += sum(len(run.words) for run in frames.feed(rng.integers(0, 256, 50_000, dtype=np.uint8).tobytes()))
    assert samples < 100


def plainly_filtered(amps: NDArray[np.float64], ranges: NDArray[np.int64]) -> tuple[list[float], list[bool]]:
    """The filter sample by sample, as power_meters.md section 1 tells it."""
    a = a4 = float(amps[0])
    since, before, out, disturbed = 3, int(ranges[0]), [], []
    for x, r in zip(amps.tolist(), ranges.tolist(), strict=True):
        since = 0 if r != before else since + 1
        before = r
        if not (r == 4 and since < 2):
            a, a4 = 0.18 * x + 0.82 * a, 0.06 * x + 0.94 * a4
        out.append((a4 if r == 4 else a) if since < 3 else x)
        disturbed.append(since < 3)
    return out, disturbed


@pytest.mark.parametrize("hold", [1, 3, 20, 3000])
def test_the_filter_in_blocks_is_the_filter_sample_by_sample(hold: int, rng: np.random.Generator) -> None:
    ranges = np.repeat(rng.integers(0, 5, 5000 // hold + 1), rng.integers(1, 2 * hold + 1, 5000 // hold + 1))[:5000]
    amps = np.abs(rng.normal(0, 1, len(ranges))) * 10.0 ** (ranges - 5)
    expected, disturbed = plainly_filtered(amps, ranges)
    range_filter = RangeFilter()
    got, suspect, at = [], [], 0
    while at < len(amps):
        size = int(rng.choice([1, 2, 3, 64, 700]))
        block, flags = range_filter.feed(amps[at : at + size], ranges[at : at + size].astype(np.uint32))
        got.append(block)
        suspect.append(np.zeros(len(block), dtype=bool) if flags is None else flags)
        at += size
    assert np.concatenate(suspect).tolist() == disturbed
    assert np.concatenate(got) == pytest.approx(expected, rel=1e-9, abs=1e-15)


def test_the_filter_can_be_off_and_still_marks() -> None:
    amps, ranges = np.arange(10.0), np.array([0] * 5 + [4] * 5, dtype=np.uint32)
    got, suspect = RangeFilter(active=False).feed(amps, ranges)
    assert np.array_equal(got, amps) and suspect is not None and np.flatnonzero(suspect).tolist() == [5, 6, 7]


def block(host_s: float, samples: int = 1000) -> Block:
    return Block(0, np.zeros(samples, dtype=np.float32), host_s=host_s)


def test_where_samples_always_wait_in_buffers_the_counter_alone_counts() -> None:
    timeline = Timeline(1e5)
    firsts = []
    for step, lost in enumerate((0, 5, 0, 63)):
        timeline.add(block(step * 0.01), lost)
        firsts += [given.first for given in timeline.arrived(step * 0.01, waited=False)]
    assert firsts == [0, 1005, 2005, 3068] and timeline.beyond_counter == 0


def test_blocks_after_a_loss_are_not_held_for_ever() -> None:
    timeline = Timeline(1e5)
    for step in range(50):
        timeline.add(block(step * 0.01), 0)
        assert timeline.arrived(step * 0.01, waited=True)
    given, at_s = [], 0.5
    while not given:
        at_s += 0.01
        timeline.add(block(at_s), 7)
        given = timeline.arrived(at_s + 0.1, waited=False)  # the host is too busy, all the time
    assert at_s < 6 and given[0].first == 50_007 and len(given) > 100


def test_what_is_held_at_the_end_is_given_out() -> None:
    timeline = Timeline(1e5)
    timeline.add(block(0.01), 0)
    assert timeline.arrived(0.01, waited=True)
    timeline.add(block(0.05), 9)
    assert timeline.arrived(0.05, waited=True) == []
    assert [held.first for held in timeline.end()] == [1009] and timeline.end() == []


def test_commands_on_the_wire() -> None:
    assert wire.set_voltage(3300) == b"\x0d\x0c\xe4" and wire.set_mode(wire.SOURCE) == b"\x11\x02"
    assert wire.device_power(True) == b"\x0c\x01" and wire.set_user_gain(2, 1.0) == b"\x25\x02\x00\x00\x80\x3f"
