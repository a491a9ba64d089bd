"""Files are there whole or not at all, links stay links, and a pipe is written to."""

import os
import threading
from pathlib import Path

import pytest

from edgeopt.convert import write_atomically


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "x"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert [entry.name for entry in tmp_path.iterdir()] == ["x"], "nothing is left beside it"


def test_a_link_leads_to_what_is_written(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    link = tmp_path / "link"
    link.symlink_to(Path("folder") / "target")
    write_atomically(link, b"data")
    assert link.is_symlink()
    assert (tmp_path / "folder" / "target").read_bytes() == b"data"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    write_atomically(pipe, b"data" * 50_000)
    reader.join()
    assert found == [b"data" * 50_000] and pipe.is_fifo()


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        write_atomically(tmp_path, b"data")
