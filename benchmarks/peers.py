"""The peers' figures and our targets, from peers.toml."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def peers() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "peers.toml").read_text())


def models(folder: Path) -> list[Path]:
    """The models that have figures, in the order of peers.toml."""
    return [path for name in peers() if (path := folder / f"{name}.tflite").is_file()]
