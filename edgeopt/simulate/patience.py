"""How long a program may run without a word, and what is said of it then."""

from edgeopt.errors import LinkTimeout

TICKS_PER_TIMEOUT_SECOND = 50_000_000
"""What a second of patience is worth in simulated cycles (instructions where the core has no cycle model): about what
the host simulates in a second where memory answers at once. So a time-out ends a hanging program, and at the same place
on every host."""

HOST_PATIENCE = 4.0
"""Seconds of the host's clock for one of a time-out where nothing is counted, so that a slow host does not fail."""


def timed_out(ticks: int, unit: str, address: int, where: str) -> LinkTimeout:
    """The error of a program that is in function `where` after so many cycles or instructions (`unit`)."""
    return LinkTimeout(
        f"the program neither ends nor waits for input: after {ticks:,} simulated {unit} it is at pc {address:#010x} "
        f"in {where}",
        f"if `{where}` may take that long, allow more time",
    )
