"""What `edgeopt flash` did, or would do."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Flashed:
    """A program in a board's flash: `size_bytes` from `address` on. `dry_run`: nothing was done.

    `files`: those that are made for the tool; `steps`: what is run. `verified`: who held what was
    written against the file. `build_id`: what the board answered (`--check`), None where
    it was not asked. `missing`: the command that installs the tool, "" where it is there.
    """

    program: Path
    board: str
    tool: str
    dry_run: bool
    address: int
    size_bytes: int
    files: tuple[str, ...]
    steps: tuple[str, ...]
    verified: str
    missing: str
    build_id: str | None
    warnings: tuple[str, ...]
