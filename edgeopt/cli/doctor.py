"""`edgeopt doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeopt.cli._app import verb

if TYPE_CHECKING:
    from edgeopt.report.health import Health


@verb(place=10)
def doctor() -> Health:
    """What is installed, what is missing, and how to get it."""
    from edgeopt.report.health import examine

    return examine()
