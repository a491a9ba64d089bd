"""Python files that define a model's custom layers and functions: run in the worker, because the user says so."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edgeopt.convert.process import one_line
from edgeopt.errors import UsageError


def load_objects(files: Sequence[Path]) -> dict[str, Any]:
    """The classes and functions that the files define, by name. Those that they register with Keras are so besides."""
    objects: dict[str, Any] = {}
    for number, path in enumerate(files):
        module = _run(path, f"edgeopt_custom_objects_{number}")
        defined = {
            name: item for name, item in vars(module).items() if getattr(item, "__module__", "") == module.__name__
        }
        objects |= {name: item for name, item in defined.items() if callable(item)}
    return objects


def _run(path: Path, name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path}: is not a Python file", "give the .py file that defines the custom objects")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # as for any import: dataclasses and pickling look there
    sys.path.append(str(path.parent))  # it may import its neighbours
    try:
        spec.loader.exec_module(module)
    except MemoryError:  # the limit's doing, not the file's
        raise
    except Exception as error:
        raise UsageError(
            f"{path}: cannot be run: {type(error).__name__}: {one_line(error)}", "it must run by itself: python FILE.py"
        ) from error
    return module
