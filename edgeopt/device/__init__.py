"""Devices: links to them, the protocol on the wire, and the sessions that measure and validate."""

from edgeopt.device.identity import Identity, MemoryUse
from edgeopt.device.link import Link, LinkTraits, connector, open_link
from edgeopt.device.measurement import BackToBack, Costs, Measurement, TimedRun
from edgeopt.device.protocol import Patience
from edgeopt.device.runner import Opener, Sample, Then, run
from edgeopt.device.session import Run, Session
from edgeopt.device.stats import RunStats
from edgeopt.device.timing import Progress, Repeats
from edgeopt.device.validate import Difference, Validation, validate

__all__ = [
    "BackToBack",
    "Costs",
    "Difference",
    "Identity",
    "Link",
    "LinkTraits",
    "Measurement",
    "MemoryUse",
    "Opener",
    "Patience",
    "Progress",
    "Repeats",
    "Run",
    "RunStats",
    "Sample",
    "Session",
    "Then",
    "TimedRun",
    "Validation",
    "connector",
    "open_link",
    "run",
    "validate",
]
