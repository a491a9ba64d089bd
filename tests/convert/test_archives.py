"""Archives, folders and HDF5 files that reach out of themselves, claim too much, or hold pickles: refused unopened."""

import io
import os
import pickle
import stat
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeopt.convert import load_dataset
from edgeopt.convert.choices import Trust
from edgeopt.convert.formats import FORMATS, detect
from edgeopt.convert.safety.archives import MAX_MEMBERS, check_folder, check_zip
from edgeopt.errors import MalformedModel, UnsupportedModel, UsageError

MNIST = Path(__file__).parents[2] / "examples" / "mnist"
AGAIN = "save or download it again"


class Trap:
    """Unpickling it writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def array_of_objects(trap: Path) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array([Trap(trap)], object), allow_pickle=True)
    return buffer.getvalue()


def with_member(folder: Path, name: str | zipfile.ZipInfo, content: bytes = b"x") -> Path:
    """The example's .keras file with one more file in it."""
    path = folder / "m.keras"
    path.write_bytes((MNIST / "mnist.keras").read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "\\x", "..\\x", "C:/x", "C:\\x", "//host/x"])
def test_a_member_that_would_leave_its_folder(name: str, tmp_path: Path) -> None:
    path = with_member(tmp_path, name)
    assert detect(path).name == "keras"
    with pytest.raises(MalformedModel, match="would be written outside its folder") as caught:
        FORMATS.get("keras").check(path, Trust(model=True))  # trust in a model's code is none in its archive
    assert caught.value.hint == AGAIN and "\n" not in caught.value.message


def test_a_member_that_is_a_link(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("assets")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(MalformedModel, match="its `assets` would be written outside"):
        check_zip(with_member(tmp_path, link, b"/etc"), False)


def test_a_zip_bomb_is_refused_by_what_it_declares(tmp_path: Path) -> None:
    path = with_member(tmp_path, "assets/zeros", bytes(100))
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"PK\x01\x02")  # the last one of the central directory, which is what readers go by
    data[entry + 24 : entry + 28] = (2**31).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(MalformedModel, match=r"unpacks to 2,147,\d+,\d+ bytes, at most 2,147,483,648 are taken"):
        check_zip(path, False)


def test_too_many_members_and_doubled_ones(tmp_path: Path) -> None:
    path = tmp_path / "many.keras"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(MAX_MEMBERS + 1):
            archive.writestr(f"assets/{number}", b"")
    with pytest.raises(MalformedModel, match=f"holds {MAX_MEMBERS + 1} files"):
        check_zip(path, False)
    with pytest.warns(UserWarning, match="Duplicate name"):
        doubled = with_member(tmp_path, "config.json", b"{}")
    with pytest.raises(MalformedModel, match=r"holds \d+ files, \d+ by name"):
        check_zip(doubled, False)


def test_pickled_arrays_are_refused_unless_trusted_and_never_read(tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.npy", array_of_objects(trap))
    for name, content, told in (
        ("assets/x.npy", array_of_objects(trap), "`assets/x.npy`"),
        ("model.weights.npz", inner.getvalue(), "`model.weights.npz/a.npy`"),
        ("x.pkl", pickle.dumps(Trap(trap)), "`x.pkl`"),
    ):
        path = with_member(tmp_path, name, content)
        with pytest.raises(UnsupportedModel, match=r"pickled objects, which run code when they are read: ") as caught:
            check_zip(path, False)
        assert caught.value.message.endswith(told) and "--trust-model" in caught.value.hint
        check_zip(path, True)
    (tmp_path / "data.npz").write_bytes(inner.getvalue())
    (tmp_path / "data.npy").write_bytes(array_of_objects(trap))
    for name in ("data.npz", "data.npy"):
        with pytest.raises(UsageError, match="holds object, expected numbers"):
            load_dataset(tmp_path / name)
    assert not trap.exists()


def test_sound_archives_pass(tmp_path: Path) -> None:
    check_zip(MNIST / "mnist.keras", False)
    array = io.BytesIO()
    np.save(array, np.arange(3))
    check_zip(with_member(tmp_path, "assets/a..b/x.npy", array.getvalue()), False)


def test_a_damaged_archive_is_one_line(tmp_path: Path) -> None:
    data = bytearray((MNIST / "mnist.keras").read_bytes())
    seed = 5
    print(f"seed {seed}")
    rng = np.random.default_rng(seed)
    refused = 0
    for number in range(300):
        damaged = bytearray(data)
        damaged[int(rng.integers(len(data) - 600, len(data)))] ^= 1 << int(rng.integers(8))
        path = tmp_path / f"{number}.keras"
        path.write_bytes(damaged)
        try:
            check_zip(path, False)
        except MalformedModel as error:
            refused += 1
            assert "\n" not in error.message
    assert refused > 30


def test_links_out_of_a_folder(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s")
    folder = tmp_path / "model"
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"x")
    (folder / "variables" / "inside").symlink_to("../saved_model.pb")
    check_folder(folder)
    for target in (secret, Path("../../secret"), tmp_path):
        link = folder / "variables" / "out"
        link.symlink_to(target)
        with pytest.raises(MalformedModel, match="`variables/out` is a link out of the folder"):
            FORMATS.get("savedmodel").check(folder, Trust(model=True))
        link.unlink()
    os.mkfifo(folder / "pipe")  # opening it would wait for ever
    with pytest.raises(MalformedModel, match="`pipe` is no file and no folder"):
        check_folder(folder)


def test_a_folder_that_is_too_large(tmp_path: Path) -> None:
    with (tmp_path / "variables.data").open("wb") as file:
        file.truncate(2**31 + 1)  # sparse: takes no room
    with pytest.raises(MalformedModel, match="2,147,483,649 bytes"):
        check_folder(tmp_path)
