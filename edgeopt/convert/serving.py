"""What every worker process does: one request as JSON on stdin, one answer on stdout; everything else is log.

The answer is {"ok": true, "tools": {package: version}} and what else the action returns, or
{"ok": false, "error": class name, "message": one line, "hint": one line}. A request may have "memory_bytes", beyond
which the process gets no memory.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from edgeopt.convert.process import ConversionFailed, no_memory_hint, one_line
from edgeopt.convert.provenance import tools
from edgeopt.errors import EdgeoptError, ToolchainError, UsageError

Action = Callable[[dict[str, Any]], dict[str, Any]]

# Extra that has each module that is imported in a worker; others are their dependencies
EXTRAS = {
    "ai_edge_litert": "quantize",
    "tensorflow": "convert",
    "tf_keras": "convert",
    "keras": "convert",
    "h5py": "convert",
    "larq": "larq",
    "larq_compute_engine": "larq",
    "onnx": "onnx",
    "onnx2tf": "onnx",
    "onnxruntime": "onnx",
    "tensorflow_model_optimization": "compress",
    "tflite_micro": "oracle",
}


def serve(actions: Mapping[str, Action]) -> None:
    """Answers the request that is on stdin; `actions` are by what it may ask to "do"."""
    with os.fdopen(os.dup(1), "w") as out:
        os.dup2(2, 1)  # whatever a library prints goes to the log
        text = sys.stdin.read()
        if not text:
            raise UsageError("no request on stdin")
        json.dump(answer(text, actions), out)


def answer(text: str, actions: Mapping[str, Action]) -> dict[str, Any]:
    """The answer to one request. Tracebacks go to stderr, which is the log."""
    limit_bytes = 0
    try:
        request = json.loads(text)
        limit_bytes = int(request.get("memory_bytes", 0))
        _limit_memory(limit_bytes)
        return {"ok": True, **actions[request["do"]](request), "tools": tools()}
    except EdgeoptError as error:
        if isinstance(error, ConversionFailed):
            traceback.print_exc()
        return _refusal(type(error).__name__, error.message, error.hint)
    except ModuleNotFoundError as error:
        missing = (error.name or "?").split(".")[0]
        extra = EXTRAS.get(missing, "convert")
        hint = f"pip install 'edgeopt[{extra}]'"
        return _refusal(ToolchainError.__name__, f"the Python module `{missing}` is not installed", hint)
    except MemoryError:
        traceback.print_exc()
        return _refusal(
            ToolchainError.__name__, "the conversion needs more memory than it may take", no_memory_hint(limit_bytes)
        )
    except Exception as error:
        traceback.print_exc()
        return _refusal("", f"{type(error).__name__}: {one_line(error)}", "")


def _limit_memory(limit_bytes: int) -> None:
    """RLIMIT_DATA counts what is written to. RLIMIT_AS counts the address space, of which TensorFlow reserves much."""
    if limit_bytes:
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        limit_bytes = limit_bytes if hard == resource.RLIM_INFINITY else min(limit_bytes, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (limit_bytes, hard))


def _refusal(error: str, message: str, hint: str) -> dict[str, Any]:
    return {"ok": False, "error": error, "message": message, "hint": hint}
