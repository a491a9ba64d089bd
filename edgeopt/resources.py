"""Where the data folders lie: beside the package in a checkout, inside it in an installed wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


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


def kernels_dir() -> Path:
    """Folder of the C kernel library, `eo_*.h` and `eo_*.c`."""
    return _PACKAGE / "kernels"
