"""What a simulated board did over its simulated time: what a power meter at it would have seen."""

from typing import Protocol, runtime_checkable

from edgeopt.simulate.activity import Activity, Change

__all__ = ["ActiveLink", "Activity", "Change"]


@runtime_checkable
class ActiveLink(Protocol):
    """A link to a board that tells when it slept and how its timestamp pin stood."""

    def activity(self) -> Activity:
        """Since the first call, which begins the record: until then nothing is kept, and nothing is slowed."""
        ...

    def pass_time(self, seconds: float) -> None:
        """So much simulated time in which nobody speaks to the program; in any other wait it stands still."""
        ...
