"""Both streams of an LPM01A: every kind of thing in them, in any pieces, damaged, and as noise."""

from collections.abc import Callable, Iterable

import numpy as np
import pytest

from edgeopt.power.lpm01a.ascii_stream import AsciiDecoder
from edgeopt.power.lpm01a.binary_stream import BinaryDecoder
from edgeopt.power.lpm01a.encoding import AsciiEncoder, BinaryEncoder
from edgeopt.power.lpm01a.items import Damage, Decoder, Event, Item, Kind, Samples, Stamp, Told

ASCII = (
    b"\r\n1000-06\r\n2000-06\r\n\r\nTimeStamp: 012s 345ms, buff 07%\r\n\x003000-06\r\nevent 07 ris\r\n4000-06\r\n"
    b"\r\nTimeStamp:>345s 001ms, buff 99%\r\npwr off\r\npwr on\r\nerror: over-current\r\nerror: no luck\r\n"
    b"PowerShield > ack lcd 1\r\n5000+00\r\nend\r\nsummary beg\r\n1000-06\r\n5000+00\r\nsummary end\r\n"
    b"\r\nPowerShield > Acquisition completed\r\n"
)
ASCII_ITEMS = [
    *([1e-3, 2e-3], Stamp(12345, 7), [3e-3], Event(7), [4e-3], Stamp(None, 99), Told(Kind.POWER_OFF)),
    *(Told(Kind.POWER_ON), Told(Kind.OVER_CURRENT, "error: over-current"), Told(Kind.ERROR, "error: no luck")),
    *([5000.0], Told(Kind.END), Told(Kind.COMPLETED)),
]
# A time of FF FF in the stamp, samples with low bytes F0 and FF, frames of odd length between them.
BINARY = (
    b"\r\n\r\n\x52\xf0\x52\xff\xf0\xf3\x00\x00\xff\xff\x07\xff\xff\x3f\xf0\xf0\xf3\x80\x00\x00\x01\x63\xff\xff"
    b"\xf0\xf7\x0b\xb8\xff\xff\xf0\xf8\xff\xf6\xff\xff\xf0\xf9\x00\xff\xff\xf0\xf9\x01\xff\xff\xf0\xf5\xff\xff"
    b"\xf0\xf1over current\xff\xff\xf0\xf1no luck\xff\xff\xf0\xf2hello\xff\xff\xf0\xf6\xff\xff\x52\xa0"
    b"\xf0\xf4\xff\xff\r\nsummary beg\r\nmin 1000-06\r\nsummary end\r\n\r\nPowerShield > Acquisition completed\r\n"
)
BINARY_ITEMS = [
    *([0x2F0 / 16**5, 0x2FF / 16**5], Stamp(0xFFFF, 7), [0xFF0 / 16**3], Stamp(None, 99)),
    *(Told(Kind.VOLTAGE, "3000"), Told(Kind.TEMPERATURE, "-10"), Told(Kind.POWER_OFF), Told(Kind.POWER_ON)),
    *(Told(Kind.OVER_CURRENT), Told(Kind.OVER_CURRENT, "over current"), Told(Kind.ERROR, "no luck")),
    *(Told(Kind.INFO, "hello"), Told(Kind.POWER_OFF), [0x2A0 / 16**5], Told(Kind.END), Told(Kind.COMPLETED)),
]


def fed(decoder: Decoder, pieces: Iterable[bytes]) -> list[object]:
    """The items, samples that follow each other as one list."""
    found: list[object] = []
    for piece in pieces:
        for item in decoder.feed(piece):
            if isinstance(item, Samples):
                values = item.values.tolist()
                found[-1:] = [found[-1] + values] if found and isinstance(found[-1], list) else [*found[-1:], values]
            else:
                found.append(item)
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 64, 1000])
@pytest.mark.parametrize(
    ("make", "data", "items"),
    [(AsciiDecoder, ASCII, ASCII_ITEMS), (BinaryDecoder, BINARY, BINARY_ITEMS)],
    ids=["ascii", "binary"],
)
def test_all_there_is_in_pieces_of_any_size(
    size: int, make: Callable[[], Decoder], data: bytes, items: list[object]
) -> None:
    assert fed(make(), [data[at : at + size] for at in range(0, len(data), size)]) == items


@pytest.mark.parametrize("line", [b"64x9-07", b"6409-076409-07", b"640-07", b"\xff\xfe", b"TimeStamp: 1s, buff"])
def test_a_damaged_line_is_no_sample_and_costs_no_other(line: bytes) -> None:
    assert fed(AsciiDecoder(), [b"1000-06\r\n" + line + b"\r\n2000-06\r\n"]) == [[1e-3], Damage(), [2e-3]]


def test_a_line_without_end_is_let_go() -> None:
    decoder = AsciiDecoder()
    items: list[Item] = []
    for _ in range(1000):
        items += decoder.feed(b"7" * 100)
    assert items and all(item == Damage() for item in items)
    assert fed(decoder, [b"\r\n1000-06\r\n"])[-1] == [1e-3]


def stream(encoder: BinaryEncoder, blocks: int) -> tuple[bytes, list[bytes]]:
    values = np.full(1000, 5e-3)
    parts = [encoder.samples(values) + encoder.stamp(10 * number, 0) for number in range(1, blocks + 1)]
    return b"\r\n\r\n" + b"".join(parts), parts


@pytest.mark.parametrize("at", [0, 1, 500, 999, 1998, 1999, 2000, 2001, 2004, 2008])
def test_a_lost_byte_shifts_no_more_than_to_the_next_frame(at: int) -> None:
    """Of three blocks with their stamps, a byte of the second is lost."""
    _, parts = stream(BinaryEncoder(), 3)
    damaged = parts[0] + parts[1][:at] + parts[1][at + 1 :] + parts[2]
    found = fed(BinaryDecoder(), [b"\r\n\r\n", damaged])
    assert Damage(resync=True) in found
    after = found[len(found) - found[::-1].index(Damage(resync=True)) :]
    assert Stamp(30, 0) in after
    if at < 2000:  # the stamp itself is whole: it is the first thing that is found
        assert after[0] == Stamp(20, 0)
        assert after[1] == pytest.approx([5e-3] * 1000, rel=2e-3)


def test_a_nul_before_the_first_frame_and_none() -> None:
    stamp = BinaryEncoder().stamp(0, 0)
    for start in (b"\r\n\r\n", b"\r\n\r\n\0", b"\n", b""):
        assert fed(BinaryDecoder(), [start + stamp + b"\x52\xa0"]) == [Stamp(0, 0), [0x2A0 / 16**5]]


def test_an_f4_that_samples_follow_is_no_end() -> None:
    data = b"\x52\xa0\xf0\xf4\xff\xff\x52\xa0\x52\xa0"
    one = 0x2A0 / 16**5
    assert fed(BinaryDecoder(), [b"\r\n", data]) == [[one], Told(Kind.END), [one, one]]


@pytest.mark.parametrize("seed", range(20))
def test_noise_raises_nothing_and_is_let_go(seed: int) -> None:
    print(f"seed {seed}")
    rng = np.random.default_rng(seed)
    sources: list[bytes] = [ASCII, BINARY, bytes([0xF0, 0xF1]) * 50, bytes([0xFF]) * 99]
    for make in (AsciiDecoder, BinaryDecoder):
        decoder = make()
        for _ in range(200):
            piece = bytearray(rng.bytes(int(rng.integers(0, 300))))
            source = sources[int(rng.integers(len(sources)))]
            at = int(rng.integers(len(source)))
            decoder.feed(bytes(piece) + source[at : at + int(rng.integers(0, 60))])
        kept = sum(len(value) for value in vars(decoder).values() if isinstance(value, (bytes, list)))
        assert kept < 2000


def test_what_the_encoders_write() -> None:
    values = np.array([640.9e-6, 79.35e-3])
    assert AsciiEncoder().samples(values) == b"6409-07\r\n7935-05\r\n"
    assert BinaryEncoder().samples(values) == b"\x52\xa0\x31\x45"
    assert AsciiEncoder().stamp(12_345, 7) == b"\r\nTimeStamp: 012s 345ms, buff 07%\r\n\0"
    assert AsciiEncoder().stamp(1_012_345, 100) == b"\r\nTimeStamp:>012s 345ms, buff 99%\r\n\0"
    assert BinaryEncoder().stamp(12_345, 7) == b"\xf0\xf3\x00\x00\x30\x39\x07\xff\xff"
    assert fed(BinaryDecoder(), [b"\n", BinaryEncoder().stamp((1 << 31) + 5, 7)]) == [Stamp(None, 7)]
