"""The part of pyjoulescope_driver that edgeopt uses; the package speaks USB, whose protocol is not described anywhere.

Found in the wheels 1.6.0 and 2.2.12 (binding.pyx, entry_points/, record.py) and in jetperch/joulescope_driver
(src/js110_usb.c, src/js220_usb.c). Calls raise RuntimeError, TimeoutError or ValueError.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, cast

from edgeopt.errors import ToolchainError

Listener = Callable[[str, Mapping[str, Any]], None]  # topic and value; called in a thread of the package
FAILURES = (RuntimeError, OSError, ValueError)  # a TimeoutError is an OSError


class Driver(Protocol):
    """All Joulescopes of this computer. `finalize` ends it."""

    def device_paths(self) -> list[str]:
        """`u/js220/000415` ..."""
        ...

    def open(self, device_prefix: str, mode: str | None = None) -> None: ...

    def close(self, device_prefix: str) -> None: ...

    def publish(self, topic: str, value: str | int, timeout: float | None = None) -> None:
        """Sets something. `timeout` 0: without waiting for its effect."""
        ...

    def subscribe(self, topic: str, flags: str, fn: Listener) -> None: ...

    def unsubscribe(self, topic: str, fn: Listener) -> None: ...

    def finalize(self) -> None: ...


def real_driver() -> Driver:
    """The package's own; ToolchainError where it is not installed."""
    try:
        import pyjoulescope_driver
    except ImportError:
        hint = "pip install 'edgeopt[hardware]'"
        raise ToolchainError("the Python module `pyjoulescope_driver` is not installed", hint) from None
    return cast(Driver, pyjoulescope_driver.Driver())
