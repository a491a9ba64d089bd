"""edgeopt: trained models to microcontrollers and phones, bit-exact, within a power and memory budget.

The verbs are functions of this package: convert, analyze, analyze_all_boards, generate, generate_several, build, run,
validate, deploy, compare, battery. `load_board` gives them their board. Each is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgeopt import convert
    from edgeopt.board import load_board
    from edgeopt.pipeline import (
        analyze,
        analyze_all_boards,
        battery,
        build,
        compare,
        deploy,
        generate,
        generate_several,
        measure,
        run,
        validate,
    )

__version__ = "0.1.0"
__all__ = [
    "__version__",
    "analyze",
    "analyze_all_boards",
    "battery",
    "build",
    "compare",
    "convert",
    "deploy",
    "generate",
    "generate_several",
    "load_board",
    "measure",
    "run",
    "validate",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module `edgeopt` has no attribute `{name}`")
    if name == "convert":  # a package that can be called
        return import_module("edgeopt.convert")
    return getattr(import_module("edgeopt.board" if name == "load_board" else "edgeopt.pipeline"), name)
