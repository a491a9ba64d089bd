"""Several boards at once: a thread each, so that one which is slow or fails holds up none of the others."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgeopt.board import Board
from edgeopt.device import Link, Measurement, open_link
from edgeopt.errors import DeviceError, EdgeoptError, UsageError
from edgeopt.tables import read_table

_HINT = "see docs/measuring.md for what may stand there"
_LOOK_S = 0.2  # between two looks at what is done, in which an interrupt is noticed
_PART_S = 3.0  # for a thread whose link was closed to end


@dataclass(frozen=True)
class Place:
    """A board to measure: its name in the table, the project whose firmware it runs, and the target."""

    name: str
    project: Path
    target: str
    model: str | None = None  # of a project that holds several networks
    meter: str | None = None  # that the board is on, as in `--meter`


class OpenLinks:
    """Opens links and knows those that are open, to close them all when somebody interrupts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._links: list[Link] = []
        self._closed = threading.Event()

    def open(self, target: str, board: Board, elf: Path | None) -> Link:
        """As `open_link`; DeviceError after `close_all`."""
        link = open_link(target, board, elf)
        with self._lock:
            if not self._closed.is_set():
                self._links.append(link)
                return link
        link.close()
        raise _interrupted()

    def pause(self, seconds: float) -> None:
        """Waits; DeviceError once all are closed."""
        if self._closed.wait(seconds):
            raise _interrupted()

    def check(self) -> None:
        """DeviceError after `close_all`."""
        self.pause(0)

    def close_all(self) -> None:
        """Ends every session: its next read or write fails."""
        with self._lock:
            self._closed.set()
            links, self._links = self._links, []
        for link in links:
            link.close()


def _interrupted() -> DeviceError:
    return DeviceError("interrupted", "run it again")


Measure = Callable[[Place, Callable[[str], None], OpenLinks], Measurement]


def read_fleet(path: Path, project: Path | None) -> tuple[Place, ...]:
    """The boards of a file: a table `[[board]]` each, with `name`, `on`, and where they differ `project`, `model` and
    `meter`.

    Folders are relative to the file. `project`: what a board without one of its own runs. UsageError names the key.
    """
    top = read_table(path, "fleet", UsageError, _HINT)
    places: list[Place] = []
    for table in top.tables("board"):
        if not table.has("project") and project is None:
            raise table.error("project", "is missing, and no folder is given on the command line")
        folder = path.parent / table.text("project") if table.has("project") else project
        assert folder is not None
        model = table.text("model") if table.has("model") else None
        meter = table.text("meter") if table.has("meter") else None
        places.append(Place(table.text("name"), folder, table.text("on"), model, meter))
        table.done()
    top.done()
    if not places:
        raise UsageError(f"{path}: names no board", _HINT)
    return tuple(places)


def check_places(places: Sequence[Place]) -> None:
    """UsageError where two have one name, or one port."""
    for what, values in (
        ("board is called", [place.name for place in places]),
        ("board is on", [place.target for place in places if _is_port(place.target)]),
    ):
        twice = {value for value in values if values.count(value) > 1}
        if twice:
            raise UsageError(f"more than one {what} `{sorted(twice)[0]}`", "each board needs its own")


def measure_all(
    places: Sequence[Place], measure: Measure, progress: Callable[[str], None]
) -> tuple[Measurement | EdgeoptError, ...]:
    """What `measure` finds at each place, all at once; an error of one place is its result. A single place is not held
    back from its errors."""
    links = OpenLinks()
    if len(places) == 1:
        return (measure(places[0], progress, links),)
    found: list[Measurement | EdgeoptError | None] = [None] * len(places)
    unexpected: list[Exception] = []
    status = Status([place.name for place in places], progress)

    def work(index: int, place: Place) -> None:
        try:
            found[index] = measure(place, lambda step: status.tell(index, step), links)
            status.tell(index, "done")
        except EdgeoptError as error:
            found[index] = error
            status.tell(index, "failed")
        except Exception as error:  # a fault of ours: it is raised below, in the thread that has somebody to tell
            unexpected.append(error)

    threads = [threading.Thread(target=work, args=item, daemon=True) for item in enumerate(places)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(_LOOK_S)
    except BaseException:
        links.close_all()
        for thread in threads:
            if thread.ident is not None:
                thread.join(_PART_S)
        raise
    if unexpected:
        raise unexpected[0]
    return tuple(one for one in found if one is not None)


class Status:
    """What each board does, in one line."""

    def __init__(self, names: Sequence[str], progress: Callable[[str], None]) -> None:
        self._names = names
        self._steps = ["waiting"] * len(names)
        self._lock = threading.Lock()
        self._progress = progress

    def tell(self, index: int, step: str) -> None:
        with self._lock:
            self._steps[index] = step
            self._progress("; ".join(f"{name}: {step}" for name, step in zip(self._names, self._steps, strict=True)))


def _is_port(target: str) -> bool:
    """Whether there is only one of it; any number of simulated boards may run."""
    return target.partition(":")[0] not in ("virtual", "qemu") and not target.endswith(":auto")
