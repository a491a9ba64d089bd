"""What the tests of the verb share: a working folder of their own."""

from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, empty: no edgeopt.toml but the test's."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
