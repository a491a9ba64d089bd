"""Output folders: whole or not at all, and never somebody else's."""

from pathlib import Path

import pytest

from edgeopt.emit.folder import file_hashes, read_manifest, staged, write_manifest
from edgeopt.errors import UsageError


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), staged(tmp_path / "out") as folder:
        (folder / "half").write_text("x")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_failure_keeps_what_was_there(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with staged(out) as folder:
        (folder / "a.c").write_text("old")
        write_manifest(folder, {"name": "n"})
    with pytest.raises(RuntimeError), staged(out) as folder:
        (folder / "a.c").write_text("new")
        raise RuntimeError
    assert (out / "a.c").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_our_own_folder_is_replaced(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    for text in ("old", "new"):
        with staged(out) as folder:
            (folder / f"{text}.c").write_text(text)
            write_manifest(folder, {})
    assert sorted(path.name for path in out.iterdir()) == ["manifest.json", "new.c"]
    assert read_manifest(out)["files"] == file_hashes(out)


@pytest.mark.parametrize("content", ["", "{}", '["edgeopt.manifest/1"]', '{"schema": "other/1"}'])
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(UsageError, match="not written by edgeopt"), staged(tmp_path):
        pass
    assert (tmp_path / "manifest.json").read_text() == content


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UsageError, match="not a folder"), staged(tmp_path / "out"):
        pass
