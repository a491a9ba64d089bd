"""The LPM01A's forms of numbers: the golden vectors, and all there are."""

import numpy as np
import pytest

from edgeopt.errors import ProtocolError
from edgeopt.power.lpm01a.forms import ascii_text, ascii_values, binary_pairs, binary_values, parse_number


def test_the_golden_vectors() -> None:
    """ST UM2269 and the firmware's help text: 6409-07, 0x52A0 and 0x3145."""
    assert ascii_values(b"6409-07").tolist() == [640.9e-6]
    assert binary_values(np.array([0x52A0], np.uint16))[0] == 0x2A0 * 16.0**-5 == pytest.approx(640.9e-6, rel=1e-4)
    assert binary_values(np.array([0x3145], np.uint16))[0] == pytest.approx(79.35e-3, rel=1e-4)
    assert ascii_text(np.array([640.9e-6])) == [b"6409-07"]
    assert binary_pairs(np.array([640.9e-6, 79.35e-3])).tolist() == [0x52A0, 0x3145]


def test_every_pair_of_bytes_is_what_the_manual_says() -> None:
    pairs = np.arange(1 << 16, dtype=np.uint16)
    values = binary_values(pairs)
    for pair in (0, 1, 0x0FFF, 0x1001, 0x52A0, 0xEFFF):
        assert values[pair] == (pair & 0xFFF) / 16 ** (pair >> 12)
    assert np.isnan(values[0xF000:]).all() and np.isfinite(values[:0xF000]).all()
    normal = values[:0xF000]
    assert np.array_equal(binary_values(binary_pairs(normal)), normal)


def test_every_ascii_sample_reads_as_its_digits() -> None:
    texts = [
        f"{mantissa:04d}{sign}{power:02d}" for mantissa in (0, 1, 999, 9999) for sign in "+-" for power in range(99)
    ]
    values = ascii_values("".join(texts).encode())
    assert values.tolist() == pytest.approx([float(text[:4] + "e" + text[4:]) for text in texts], rel=1e-14)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_written_is_read_to_its_last_digit(seed: int) -> None:
    print(f"seed {seed}")
    values = 10.0 ** np.random.default_rng(seed).uniform(-10, 1, 5000)
    assert ascii_values(b"".join(ascii_text(values))) == pytest.approx(values, rel=5.1e-4)
    assert binary_values(binary_pairs(values)) == pytest.approx(values, rel=1 / 256 / 2 + 1e-6)
    edge = np.array([0.0, -1.0, 1e-30, 4095.0, 1e9, 9.9996e-3])
    assert binary_values(binary_pairs(edge)).tolist()[:3] == [0.0, 0.0, 0.0]
    assert ascii_text(edge)[0] == ascii_text(edge)[1] == b"0000+00"
    assert ascii_text(edge)[5] == b"1000-05"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1800m", 1.8),
        ("100k", 1e5),
        ("500", 500),
        ("2-3", 2e-3),
        ("1+3", 1000),
        ("100u", 1e-4),
        ("0", 0),
        ("2.5m", 2.5e-3),
    ],
)
def test_arguments(text: str, value: float) -> None:
    assert parse_number(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "k", "1e3", "-1", "1kk", "0x10", "nan", "inf", "1-333", "1 k", "१"])
def test_what_is_no_argument(text: str) -> None:
    with pytest.raises(ProtocolError):
        parse_number(text)
