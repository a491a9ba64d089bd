"""HDF5 files that link to others, claim terabytes or hold objects: told by looking at them, without reading."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeopt.convert.keras_file import read_keras_file
from edgeopt.errors import MalformedModel, UnsupportedModel

h5py = pytest.importorskip("h5py", reason="pip install 'edgeopt[convert]'")


def file_with(folder: Path, change: Any) -> Path:
    path = folder / "m.h5"
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"], file.attrs["model_config"] = "2.15.0", json.dumps({"class_name": "Model"})
        file["weights/kernel"] = np.zeros((3, 4), np.float32)
        file["weights/names"] = np.array([b"kernel", b"bias"])
        file["weights/text"] = "of any length"
        file["same"] = h5py.SoftLink("/weights")
        file["loop"] = file["/"]  # walking it by names would never end
        change(file)
    return path


def test_a_sound_file_is_read_without_its_arrays(tmp_path: Path) -> None:
    version, config = read_keras_file(file_with(tmp_path, lambda file: None), "m", False)
    assert version == "2.15.0" and config == {"class_name": "Model"}


@pytest.mark.parametrize("trusted", [False, True])
def test_other_files_are_not_reached(trusted: bool, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(bytes(100))

    def linked(file: Any) -> None:
        file["weights/out"] = h5py.ExternalLink("/etc/passwd", "/")

    def stored(file: Any) -> None:
        file.create_dataset("raw", (10,), np.uint8, external=[(str(tmp_path / "secret"), 0, 10)])

    def virtual(file: Any) -> None:
        layout = h5py.VirtualLayout((10,), np.uint8)
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "x", (10,))
        file.create_virtual_dataset("raw", layout)

    for change, told in (
        (linked, "link to the file `/etc/passwd`"),
        (stored, "another file"),
        (virtual, "another file"),
    ):
        with pytest.raises(MalformedModel, match=told):
            read_keras_file(file_with(tmp_path, change), "m", trusted)


def test_terabytes_that_are_only_claimed(tmp_path: Path) -> None:
    def claim(file: Any) -> None:
        file.create_dataset("weights/huge", (2**40,), np.float32, chunks=(1024,))

    path = file_with(tmp_path, claim)
    assert path.stat().st_size < 100_000
    began = time.monotonic()
    with pytest.raises(MalformedModel, match="unpacks to 4,398,046,511,"):
        read_keras_file(path, "m", False)
    assert time.monotonic() - began < 2


def test_objects_are_refused_unless_trusted(tmp_path: Path) -> None:
    def opaque(file: Any) -> None:
        file["pickled"] = np.void(b"\x80\x04.")

    def compound(file: Any) -> None:
        file["pickled"] = np.zeros(2, [("a", "i4"), ("b", "f4")])

    def variable(file: Any) -> None:
        file.create_dataset("pickled", (2,), h5py.vlen_dtype(np.uint8))

    for change in (opaque, compound, variable):
        path = file_with(tmp_path, change)
        with pytest.raises(UnsupportedModel, match=r"its `pickled` holds .*, which may be pickled objects"):
            read_keras_file(path, "m", False)
        assert read_keras_file(path, "m", True)[0] == "2.15.0"


def test_damage_is_one_line(tmp_path: Path) -> None:
    data = file_with(tmp_path, lambda file: None).read_bytes()
    seed = 6
    print(f"seed {seed}")
    rng = np.random.default_rng(seed)
    refused = 0
    for _ in range(400):
        damaged = bytearray(data[: int(rng.integers(100, len(data)))] if rng.random() < 0.2 else data)
        damaged[int(rng.integers(8, len(damaged)))] ^= 1 << int(rng.integers(8))
        (tmp_path / "d.h5").write_bytes(damaged)
        try:
            read_keras_file(tmp_path / "d.h5", "d", False)
        except (MalformedModel, UnsupportedModel) as error:
            refused += 1
            assert "\n" not in error.message
    assert refused > 50


def test_weights_alone_are_told(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file["a"] = np.zeros(3)
    with pytest.raises(MalformedModel, match="holds weights without a network") as caught:
        read_keras_file(tmp_path / "w.h5", "w", False)
    assert "model.save(path)" in caught.value.hint
