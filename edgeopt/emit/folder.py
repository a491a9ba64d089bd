"""Writes an output folder whole or not at all, and replaces only a folder that edgeopt wrote."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edgeopt.errors import UsageError

MANIFEST = "manifest.json"
SCHEMA = "edgeopt.manifest/2"
_READ = ("edgeopt.manifest/1", SCHEMA)  # version 1: of one network, with its name, inputs, outputs and layers on top


@contextmanager
def staged(out: Path) -> Iterator[Path]:
    """A fresh folder beside `out` that takes its place when the block ends well, and is gone when it does not.

    UsageError where `out` exists and is neither empty nor edgeopt's own.
    """
    check_replaceable(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    staging.chmod(0o755)
    old = staging.with_name(f"{staging.name}-old")
    try:
        yield staging
        if out.exists():
            out.rename(old)
        staging.rename(out)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def check_replaceable(out: Path) -> None:
    """UsageError unless `out` is absent, empty, or a folder that edgeopt wrote."""
    if not out.exists():
        return
    hint = "choose another output folder, or remove this one yourself"
    if not out.is_dir():
        raise UsageError(f"`{out}` exists and is not a folder", hint)
    if any(out.iterdir()) and not _is_ours(out):
        raise UsageError(f"the folder `{out}` exists and was not written by edgeopt", hint)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a folder that edgeopt wrote; UsageError where there is none or it is damaged."""
    if not _is_ours(folder):
        raise UsageError(f"`{folder}` is not a project that edgeopt generated", "make one with: edgeopt generate")
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    return manifest


def write_manifest(folder: Path, facts: Mapping[str, Any]) -> None:
    """Writes manifest.json: the schema, `facts`, and the SHA-256 of every file in the folder."""
    manifest = {"schema": SCHEMA, **facts, "files": file_hashes(folder)}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")


def file_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 by path inside the folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _is_ours(folder: Path) -> bool:
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(manifest, dict) and manifest.get("schema") in _READ
