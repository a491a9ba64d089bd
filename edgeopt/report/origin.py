"""Where the figures of a report come from: the board file, the tools, the options, the files that went in."""

from collections.abc import Mapping
from importlib import metadata
from typing import Any

from edgeopt import __version__
from edgeopt.board import Board
from edgeopt.report.results import BoardFacts, MadeWith

_FILES = {"calibration_sha256": "calibration data", "evaluation_sha256": "test data"}


def board_facts(board: Board) -> BoardFacts:
    return BoardFacts(
        name=board.name,
        title=board.title,
        mcu=board.mcu,
        core=board.core,
        clock_hz=board.clock_hz,
        clock_source=board.clock_source,
        flash=board.flash,
        ram=board.ram,
        flash_timing=board.flash_timing,
        power=board.power,
    )


def made_with(
    options: Mapping[str, str], tools: Mapping[str, str] | None = None, conversion: Mapping[str, Any] | None = None
) -> MadeWith:
    """`options` and `tools` beside edgeopt and numpy, with those of `conversion`, a record of edgeopt.convert."""
    own = {"edgeopt": __version__, "numpy": metadata.version("numpy")}
    record = conversion or {}
    files = {what: str(record[key]) for key, what in _FILES.items() if record.get(key)}
    source = record.get("source")
    if source:
        files = {f"trained model ({source['format']})": str(source["sha256"]), **files}
    choices = {key.replace("_", " "): _word(value) for key, value in record.get("choices", {}).items()}
    return MadeWith(
        tools={**own, **record.get("tools", {}), **(tools or {})},
        options={**options, **choices},
        files_sha256=files,
    )


def _word(value: Any) -> str:
    """A JSON value in a word or two."""
    if value is None or value == []:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
