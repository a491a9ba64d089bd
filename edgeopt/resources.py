"""Where the data folders lie: beside the package in a checkout, inside it in an installed wheel."""

import re
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INCLUDE = re.compile(r'^\s*#\s*include\s+"(eo_\w+\.h)"', re.MULTILINE)


def _folder(name: str) -> Path:
    for parent in (_PACKAGE, _PACKAGE.parent):
        if (parent / name).is_dir():
            return parent / name
    raise FileNotFoundError(f"{name} is neither in {_PACKAGE} nor beside it")


def boards_dir() -> Path:
    """Folder of the board files, `<board>.toml`."""
    return _folder("boards")


def firmware_templates_dir() -> Path:
    """Folder of the firmware platforms, one folder each."""
    return _folder("firmware_templates")


def cells_dir() -> Path:
    """Folder of the cell files, `<cell>.toml`."""
    return _PACKAGE / "energy" / "cells"


def kernels_dir() -> Path:
    """Folder of the C kernel library, `eo_*.h` and `eo_*.c`."""
    return _PACKAGE / "kernels"


def kernel_files(kernels: set[str]) -> tuple[Path, ...]:
    """The .h and .c of the kernels and, through their includes, of all that they use; sorted by name."""
    found: dict[str, Path] = {}
    todo = [f"{kernel}.h" for kernel in sorted(kernels)]
    while todo:
        header = todo.pop()
        for name in (header, header.removesuffix(".h") + ".c"):
            path = kernels_dir() / name
            if name not in found and path.is_file():
                found[name] = path
                todo += [other for other in _included(path) if other not in found]
    return tuple(found[name] for name in sorted(found))


@cache
def _included(path: Path) -> tuple[str, ...]:
    return tuple(_INCLUDE.findall(path.read_text()))
