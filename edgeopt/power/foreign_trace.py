"""Traces in the files of other tools, told by what the file holds. A new format is one file in `foreign/`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from edgeopt.errors import UsageError
from edgeopt.power.trace import Block, TraceInfo
from edgeopt.power.window import Window
from edgeopt.registry import Registry

_HEAD_BYTES = 4096  # of a file that its format is told by
_LARGEST_BYTES = 1 << 31  # these formats are read whole


@dataclass(frozen=True)
class ForeignTrace:
    """One recording of a foreign file. `windows` are those that the file itself marks; often none.

    `blocks` may be gone through more than once; where they are not in memory, it raises UsageError for what is not
    sound further down in the file.
    """

    name: str
    info: TraceInfo
    blocks: Iterable[Block]  # at least one
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True)
class ForeignOptions:
    """What the user says of a file that the file may not say of itself."""

    supply_v: float | None = None
    columns: Mapping[str, str] = field(default_factory=dict)  # of a CSV: see `csv_columns.find_columns`


@dataclass(frozen=True)
class ForeignFormat:
    """A format. `matches` takes the file's path and its first bytes (at most 4 KiB), and must not raise.

    `read` raises UsageError, one line that names the file, for all that is not sound in it; OSError passes through.
    """

    title: str  # for people: "results of the MLPerf Tiny runner"
    matches: Callable[[Path, bytes], bool]
    read: Callable[[Path, ForeignOptions], Sequence[ForeignTrace]]


FOREIGN: Registry[ForeignFormat] = Registry("trace format", "edgeopt.power.foreign")


def read_foreign(path: Path, options: ForeignOptions | None = None) -> tuple[ForeignTrace, ...]:
    """All recordings of the file, at least one; UsageError where it cannot be read, or is of no known format."""
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise UsageError(f"`{path}` is larger than 2 GiB", "cut it into parts: such files are read whole")
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        found = [kind for _, kind in FOREIGN if kind.matches(path, head)]
        if not found:
            known = "; ".join(kind.title for _, kind in FOREIGN)
            raise UsageError(f"`{path}` is no trace that edgeopt knows", f"it reads .eotrace files, and: {known}")
        return tuple(found[0].read(path, options or ForeignOptions()))
    except OSError as error:
        raise UsageError(f"cannot read `{path}`: {error.strerror or error}", "is the path right?") from None


def energy_info(meter: str, title: str, rate_hz: float, supply_v: float | None, supply_source: str) -> TraceInfo:
    """Of a file that tells energies, and nothing of the meter that they came from."""
    return TraceInfo(
        meter=meter,
        title=title,
        label="measured",
        rate_hz=rate_hz,
        supply_v=supply_v,
        supply_source=supply_source if supply_v is not None else "the file tells energies, no voltage",
        gain_error=0.0,
        offset_error_a=0.0,
        supply_error=0.0,
        clock_error=0.0,
        accuracy_source="the file does not say by which meter",
        remarks=("the meter's own errors are not known: the uncertainty is that of windows and samples alone",),
    )
