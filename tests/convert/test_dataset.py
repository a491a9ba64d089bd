"""Data files: what is read, and what a hostile or mistaken file is told."""

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeopt.convert import Dataset, load_dataset, make_dataset
from edgeopt.errors import UsageError


def npz(path: Path, **arrays: Any) -> Path:
    np.savez_compressed(path, **arrays)
    return path


def npy_header(shape: str, dtype: str = "<f4") -> bytes:
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return path


def test_inputs_and_labels_come_back_as_written(tmp_path: Path) -> None:
    images, labels = np.arange(24, dtype=np.float32).reshape(4, 3, 2), np.array([0, 3, 1, 2], np.uint8)
    data = load_dataset(npz(tmp_path / "d.npz", image=images, y=labels))
    assert list(data.inputs) == ["image"] and data.samples == 4
    np.testing.assert_array_equal(data.inputs["image"], images)
    assert data.labels is not None and data.labels.tolist() == [0, 3, 1, 2]
    assert data.first(2).samples == 2 and len(data.first(2).labels) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", "<f2", ">i2", "u1"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_byte_order_and_layout_is_read(tmp_path: Path, dtype: str, order: Any) -> None:
    values = np.array(np.arange(12).reshape(3, 4), dtype, order=order)
    for path in (npz(tmp_path / "d.npz", x=values), tmp_path / "d.npy"):
        np.save(tmp_path / "d.npy", values)
        read = load_dataset(path).inputs["x"]
        assert read.dtype.isnative and read.flags["C_CONTIGUOUS"]
        np.testing.assert_array_equal(read, values)


def refused(path: Path) -> UsageError:
    with pytest.raises(UsageError) as caught:
        load_dataset(path)
    error = caught.value
    assert str(path) in error.message and "\n" not in error.message and error.hint and error.exit_code == 2
    return error


def test_missing_file(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "none.npz").message


def test_pickled_objects_are_not_loaded(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return Path.touch, (tmp_path / "ran",)

    path = tmp_path / "d.npz"
    np.savez(path, x=np.array([Trap()], dtype=object))
    assert "array `x` holds object" in refused(path).message
    assert not (tmp_path / "ran").exists()


def test_a_header_that_promises_more_than_is_there_takes_no_memory(tmp_path: Path) -> None:
    path = zipped(tmp_path / "d.npz", x=npy_header("(1099511627776, 1024)") + b"\0" * 16)
    assert "has 16 bytes of data, its header says 4,503,599,627,370,496" in refused(path).message


def test_a_negative_shape_is_damage(tmp_path: Path) -> None:
    refused(zipped(tmp_path / "d.npz", x=npy_header("(-2, -2)") + b"\0" * 16))


def test_a_zip_bomb_is_refused_by_its_sizes(tmp_path: Path) -> None:
    path = zipped(tmp_path / "d.npz", x=npy_header("(4,)") + b"\0" * 16)
    raw = bytearray(path.read_bytes())
    central = raw.rindex(b"PK\x01\x02")
    raw[central + 24 : central + 28] = struct.pack("<I", 0xFFFF0000)  # the member's unpacked size
    path.write_bytes(raw)
    assert "unpacks to 4,294,901,760 bytes" in refused(path).message


def test_a_file_that_is_no_array(tmp_path: Path) -> None:
    (tmp_path / "d.npy").write_bytes(b"hello")
    assert "not a numpy array" in refused(tmp_path / "d.npy").message
    with zipfile.ZipFile(tmp_path / "d.npz", "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "`readme.txt`" in refused(tmp_path / "d.npz").message


def test_damaged_archives_never_raise_anything_else(tmp_path: Path) -> None:
    seed = 5
    print(f"seed {seed}")
    rng = np.random.default_rng(seed)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, image=rng.random((6, 5, 5), np.float32), y=np.arange(6))
    original, path, sound = buffer.getvalue(), tmp_path / "d.npz", 0
    for round_ in range(400):
        raw = bytearray(original)
        for _ in range(rng.integers(1, 4)):
            raw[rng.integers(len(raw))] ^= 1 << rng.integers(8)
        path.write_bytes(raw[: rng.integers(len(raw))] if round_ % 3 == 0 else raw)
        try:
            assert load_dataset(path).samples == 6
            sound += 1
        except UsageError as error:
            assert "\n" not in error.message
    assert sound < 200  # most flips must be noticed: every member has a checksum


@pytest.mark.filterwarnings("ignore:Reading `.npy`:UserWarning")  # numpy, of a header that looks like Python 2's
def test_damaged_headers_never_raise_anything_else(tmp_path: Path) -> None:
    seed = 6
    print(f"seed {seed}")
    rng = np.random.default_rng(seed)
    buffer = io.BytesIO()
    np.save(buffer, np.zeros((6, 5), np.float32))
    refused_count = 0
    for _ in range(400):
        raw = bytearray(buffer.getvalue())
        for _ in range(rng.integers(1, 4)):
            raw[rng.integers(80)] ^= 1 << rng.integers(8)
        (tmp_path / "d.npy").write_bytes(raw)
        try:
            load_dataset(tmp_path / "d.npy")
        except UsageError as error:
            assert "\n" not in error.message
            refused_count += 1
    assert refused_count > 200


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"y": np.zeros(3, int)}, "no array of samples"),
        ({"x": np.zeros((0, 4), np.float32)}, "array `x` is empty"),
        ({"x": np.float32(1)}, "array `x` is empty"),
        ({"a": np.zeros((3, 1)), "b": np.zeros((4, 1))}, "differ in samples: `a` 3, `b` 4"),
        ({"x": np.zeros((3, 1)), "y": np.zeros(2, int)}, "differ in samples: `x` 3, `y` 2"),
        ({"x": np.zeros((3, 1)), "y": np.eye(3)}, r"labels `y` are float64 \[3, 3\]"),
        ({"x": np.zeros((2, 1)), "y": np.array([1, 2**63], np.uint64)}, "labels `y` go up to 9223372036854775808"),
        ({"x": np.zeros((3, 1)), "y": np.array([0, 1, -1])}, "expected integers >= 0"),
    ],
)
def test_arrays_that_do_not_belong_together(arrays: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make_dataset({name: np.asarray(array) for name, array in arrays.items()})


def test_an_archive_of_text_arrays_is_refused(tmp_path: Path) -> None:
    assert "holds <U5, expected numbers" in refused(npz(tmp_path / "d.npz", x=np.array(["hello"]))).message


def test_dataset_is_a_value() -> None:
    assert Dataset({"x": np.zeros((1, 1))}, None, "a") != Dataset({"x": np.zeros((1, 1))}, None, "b")
