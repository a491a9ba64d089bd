"""Latency, throughput and response times of a project's firmware: `measure`, on one board or on several."""

from collections.abc import Sequence
from pathlib import Path

from edgeopt import device
from edgeopt.board import Board
from edgeopt.budget import load_budget
from edgeopt.convert import check_place, load_dataset, write_atomically
from edgeopt.device.arrivals import Arrivals, parse_arrivals
from edgeopt.device.samples import samples_of, zero_sample
from edgeopt.emit import CProject
from edgeopt.errors import ToolchainError, UsageError
from edgeopt.firmware import Sizes, read_sizes
from edgeopt.pipeline.fleet import OpenLinks, Place, check_places, measure_all, read_fleet
from edgeopt.pipeline.powering import meterings, on_bench
from edgeopt.pipeline.project import ELF, project_board
from edgeopt.pipeline.running import VIRTUAL, Progress, silent
from edgeopt.power.plan import Plan
from edgeopt.report.budgeting import budgeted_board
from edgeopt.report.document import dumps
from edgeopt.report.measuring import Measured, board_row
from edgeopt.report.powering import MeasuredEnergy
from edgeopt.simulate.cycle_models import cycle_model

QEMU = "qemu"


def measure(
    project: Path | None = None,
    targets: Sequence[str] = (VIRTUAL,),
    *,
    fleet: Path | None = None,
    model: str | None = None,
    inputs: Path | None = None,
    runs: int = 100,
    warmup: int = 10,
    arrivals: str | None = None,
    requests: int | None = None,
    seed: int = 1,
    deadline_s: float | None = None,
    meter: str | None = None,
    window_s: float = 10.0,
    windows: int = 5,
    idle_s: float = 2.0,
    trace: Path | None = None,
    budget: Path | None = None,
    save: Path | None = None,
    timeout_s: float = 60.0,
    progress: Progress = silent,
) -> Measured:
    """Times a generated project's firmware on each target; simulated targets need it built.

    `fleet`: a file of boards instead of `targets`; a board that fails does not stop the rest. `inputs`: the first
    sample of this .npy or .npz, zeros without. `arrivals`: as `poisson:5/s` (see parse_arrivals), for the response
    times of so many `requests`. `meter`: as `ppk2:auto`, or `emulated` on the virtual board, for the energy: `windows`
    of at least `window_s` seconds and ten inferences each, the board idle before and after. `trace`: a file for the
    meter's samples. `budget`: limits, .toml. `save`: a file for the result's JSON; traces are kept beside it.

    UsageError for what is wrong with any of them, before anything is measured. A single board that tells nothing raises
    its DeviceError; else what was found is returned, and says what is missing.
    """
    places = _places(project, targets, fleet, model)
    if save is not None:
        check_place(save, "run.json")
    pattern = _pattern(arrivals, requests, seed, deadline_s)
    limits = None if budget is None else load_budget(budget)
    repeats = device.Repeats(runs, warmup, layers=False, back_to_back=True)
    projects = {place: CProject.open(place.project).select(place.model) for place in places}
    boards = {place: project_board(opened) for place, opened in projects.items()}
    samples = {place: _sample(opened, inputs) for place, opened in projects.items()}
    for place in places:
        if pattern is not None:
            _check_clock(place, boards[place])
        device.connector(place.target, boards[place])
    plan = Plan(window_s, windows, idle_s, patience_s=timeout_s)
    metered = meterings(places, boards, meter, plan, save, trace)
    energies: dict[Place, MeasuredEnergy | None] = {}

    def at(place: Place, tell: Progress, links: OpenLinks) -> device.Measurement:
        def step(what: str, done: int, total: int) -> None:
            tell(f"{what} on {place.target}: {done} of {total}")

        if place not in metered:
            return run(place, step, links.open, None)
        with on_bench(metered[place], boards[place], links, step) as bench:
            found = run(place, step, bench.open, bench.then)
            energies[place] = bench.energy
        return found

    def run(
        place: Place, step: device.Progress, open_with: device.Opener, then: device.Then | None
    ) -> device.Measurement:
        elf = place.project / ELF
        return device.run(
            elf if elf.is_file() else None,
            boards[place],
            place.target,
            samples[place],
            build_id=projects[place].build_id,
            repeats=repeats,
            patience=device.Patience(run_s=timeout_s),
            progress=step,
            arrivals=pattern,
            model=projects[place].index,
            open_with=open_with,
            then=then,
        )

    found = measure_all(places, at, progress)
    rows = [
        board_row(
            place.name,
            projects[place],
            place.target,
            one,
            deadline_s,
            energies.get(place),
            _sizes(place, boards[place]),
        )
        for place, one in zip(places, found, strict=True)
    ]
    if limits is not None:
        rows = [budgeted_board(row, limits, boards[place]) for row, place in zip(rows, places, strict=True)]
    measured = Measured(runs, warmup, tuple(rows))
    if save is not None:
        write_atomically(save, dumps(measured).encode() + b"\n")
    return measured


def _places(project: Path | None, targets: Sequence[str], fleet: Path | None, model: str | None) -> tuple[Place, ...]:
    if fleet is not None:
        places = read_fleet(fleet, project)
    elif project is None:
        raise UsageError(
            "there is nothing to measure", "give the folder of a project, or a list of boards: --fleet FILE"
        )
    else:
        places = tuple(Place(target, project, target, model) for target in targets)
    check_places(places)
    return places


def _pattern(arrivals: str | None, requests: int | None, seed: int, deadline_s: float | None) -> Arrivals | None:
    if arrivals is None:
        for option, given in (("--requests", requests is not None), ("--deadline", deadline_s is not None)):
            if given:
                raise UsageError(f"`{option}` is for requests that arrive", "say how: --arrivals poisson:5/s")
        return None
    if deadline_s is not None and not deadline_s > 0:
        raise UsageError(f"a deadline of {deadline_s:g} s cannot be met", "give it as 50ms")
    return parse_arrivals(arrivals, requests, seed)


def _check_clock(place: Place, board: Board) -> None:
    """UsageError where requests cannot arrive, as there is no clock for them."""
    kind = place.target.partition(":")[0]
    if kind == QEMU:
        raise UsageError("QEMU's time is not silicon's: no request can arrive in it", "use --on virtual, or a board")
    if board.timer.kind == "none":
        raise UsageError(f"`{board.name}` has no counter to tell arrivals by", "leave out --arrivals")
    if kind == VIRTUAL and cycle_model(board.core) is None:
        raise UsageError(
            f"the virtual board has no cycle model of {board.core}, so no time in which requests could arrive",
            "leave out --arrivals, or measure on the board",
        )


def _sizes(place: Place, board: Board) -> Sizes | None:
    """Of the firmware as it is built here; None where it is not."""
    try:
        return read_sizes(place.project / ELF, board)
    except (ToolchainError, OSError):
        return None


def _sample(project: CProject, inputs: Path | None) -> Sequence[device.Sample]:
    if inputs is None:
        return zero_sample(project.inputs)
    return samples_of(load_dataset(inputs), project.inputs)[:1]
