"""`python -m edgeopt.convert.worker`: one request as JSON on stdin, one answer on stdout; everything else is log.

    {"do": "convert", "format": "keras", "model": path, "output": path.tflite, "attempt": 0}
    {"do": "quantize", "model": path.tflite, "calibration": path.npz, "output": path.tflite, "name": "as in errors"}
    {"do": "strip", "model": path.tflite, "output": path.tflite, "name": "as in errors"}

The answer is {"ok": true, "warnings": [...], "tools": {package: version}}, or
{"ok": false, "error": class name, "message": one line, "hint": one line}.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edgeopt.convert import quantizer
from edgeopt.convert.formats import FORMATS
from edgeopt.convert.process import ConversionFailed, one_line
from edgeopt.convert.provenance import tools
from edgeopt.errors import EdgeoptError, ToolchainError, UsageError

# Extra that has each module that is imported here; others are their dependencies
EXTRAS = {
    "ai_edge_quantizer": "quantize",
    "ai_edge_litert": "quantize",
    "tensorflow": "convert",
    "tf_keras": "convert",
    "keras": "convert",
    "h5py": "convert",
}


def _convert(request: dict[str, Any]) -> list[str]:
    source = FORMATS.get(request["format"])
    return source.to_tflite(Path(request["model"]), Path(request["output"]), int(request["attempt"]))


def _quantize(request: dict[str, Any]) -> list[str]:
    model, calibration, output = (Path(request[key]) for key in ("model", "calibration", "output"))
    return quantizer.quantize(model, calibration, output, request["name"])


def _strip(request: dict[str, Any]) -> list[str]:
    return quantizer.strip_edges(Path(request["model"]), Path(request["output"]), request["name"])


ACTIONS: dict[str, Callable[[dict[str, Any]], list[str]]] = {
    "convert": _convert,
    "quantize": _quantize,
    "strip": _strip,
}


def answer(text: str) -> dict[str, Any]:
    """The answer to one request. Tracebacks go to stderr, which is the log."""
    try:
        request = json.loads(text)
        return {"ok": True, "warnings": ACTIONS[request["do"]](request), "tools": tools()}
    except EdgeoptError as error:
        if isinstance(error, ConversionFailed):
            traceback.print_exc()
        return _refusal(type(error).__name__, error.message, error.hint)
    except ModuleNotFoundError as error:
        missing = (error.name or "?").split(".")[0]
        extra = EXTRAS.get(missing, "convert")
        hint = f"pip install 'edgeopt[{extra}]'"
        return _refusal(ToolchainError.__name__, f"the Python module `{missing}` is not installed", hint)
    except Exception as error:
        traceback.print_exc()
        return _refusal("", f"{type(error).__name__}: {one_line(error)}", "")


def _refusal(error: str, message: str, hint: str) -> dict[str, Any]:
    return {"ok": False, "error": error, "message": message, "hint": hint}


def main() -> None:
    with os.fdopen(os.dup(1), "w") as out:
        os.dup2(2, 1)  # whatever a library prints goes to the log
        text = sys.stdin.read()
        if not text:
            raise UsageError("no request on stdin")
        json.dump(answer(text), out)


if __name__ == "__main__":
    main()
