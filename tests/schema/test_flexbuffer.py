"""Options of custom operators: what FlexBuffers' own writer makes is read back, and no damage leads astray."""

import numpy as np
import pytest

from edgeopt.errors import MalformedModel
from edgeopt.schema import read_int_map

flexbuffers = pytest.importorskip("flatbuffers.flexbuffers", reason="pip install flatbuffers")


def written(content: object) -> bytes:
    return bytes(flexbuffers.Dumps(content))


def test_maps_of_integers_of_all_widths_are_read() -> None:
    for values in ([1, -1, 0], [127, -128, 300], [2**31, -(2**31), 70_000], [2**40, -(2**40), 2**63 - 1]):
        wanted = dict(zip(("stride_height", "b", "a_longer_key"), values, strict=True))
        assert read_int_map(written(wanted)) == wanted
    assert read_int_map(written({})) == {}
    assert read_int_map(b"") == {}


def test_long_keys_make_wider_offsets() -> None:
    wanted = {f"{'k' * 200}{index}": index for index in range(5)}
    assert read_int_map(written(wanted)) == wanted


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x01", "point outside"),
        (b"\x00\x24\x03", "are no map"),
        (written([1, 2]), "are no map"),
        (written(7), "are no map"),
        (written({"a": "text"}), "no integer under `a`"),
        (written({"a": 1.5}), "no integer under `a`"),
        (written({f"k{i:03}": i for i in range(300)}), "have 300 entries"),
    ],
)
def test_what_is_no_map_of_integers_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(MalformedModel, match=message):
        read_int_map(data)


def test_damage_is_refused_or_read_but_never_leads_astray(rng: np.random.Generator) -> None:
    whole = written({"channels_in": 64, "padding": 0, "stride_height": 2, "pad_values": 1})
    refused = 0
    for _ in range(3000):
        data = bytearray(whole)
        for _ in range(int(rng.integers(1, 4))):
            data[int(rng.integers(len(data)))] = int(rng.integers(256))
        cut = bytes(data[int(rng.integers(len(data))) :]) if rng.integers(4) == 0 else bytes(data)
        try:
            found = read_int_map(cut)
        except MalformedModel:
            refused += 1
        else:
            assert all(isinstance(key, str) and isinstance(value, int) for key, value in found.items())
    assert refused > 500
