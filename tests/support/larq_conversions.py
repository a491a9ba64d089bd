"""`python -m support.larq_conversions FOLDER`: converts the models of makers.larq_models, one after the other.

The worker's processes are forks of this one, as real but without the seconds that importing TensorFlow takes. Prints
what became of each as JSON; the results are beside the models, as <name>.tflite.
"""

from __future__ import annotations

import importlib
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

from support.converting import ForkedWorker, import_ahead

from edgeopt.convert import Choices
from edgeopt.convert.api import convert
from edgeopt.errors import EdgeoptError

SOUND = ("small.h5", "small.keras", "saved", "exported", "engine.tflite")
ODD = (
    *("odd.h5", "ternary.h5", "nothing.h5", "nothing", "waves.h5", "crash.h5", "counting", "lambda.h5", "open.h5"),
    "foreign.keras",
)
FURTHER = ("ends.h5", "groups.h5", "untrained.h5", "simulated.h5")
_MAPS = ("odd.h5", "groups.h5", "untrained.h5", "simulated.h5")
_DATA = {"ends.h5": "ends.npz", **dict.fromkeys(_MAPS, "maps.npz")}


def main() -> None:
    folder = Path(sys.argv[1])
    import_ahead(keras=True)
    for module in ("larq", "larq_compute_engine"):
        importlib.import_module(module)
    write_foreign(folder / "small.keras", folder / "foreign.keras")
    print(json.dumps({name: become_of(folder, name) for name in (*SOUND, *FURTHER, *ODD)}))


def write_foreign(source: Path, target: Path) -> None:
    """A model whose file says that a layer with a name of Larq's is of another module."""
    with zipfile.ZipFile(source) as given, zipfile.ZipFile(target, "w") as written:
        for name in given.namelist():
            written.writestr(name, given.read(name).replace(b'"module": "larq.layers"', b'"module": "antigravity"', 1))


def become_of(folder: Path, name: str) -> dict[str, Any]:
    log = folder / f"{name}.log"
    data = folder / _DATA.get(name, "pixels.npz")
    choices = Choices(weights="int4") if name == "engine.tflite" else Choices()
    try:
        made = convert(folder / name, folder / f"{name}.tflite", data, choices=choices, worker=ForkedWorker(log=log))
    except EdgeoptError as error:
        kept = log.is_file() and log.stat().st_size > 0
        return {"error": type(error).__name__, "message": error.message, "hint": error.hint, "log": kept}
    work = None if made.binarized is None else vars(made.binarized)
    told = {"action": made.action, "warnings": made.warnings, "inputs": made.inputs, "outputs": made.outputs}
    return {**told, "work": work, "tools": made.provenance["tools"], "scores": sorted(made.accuracy)}


if __name__ == "__main__":
    main()
