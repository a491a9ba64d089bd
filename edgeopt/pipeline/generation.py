"""`generate`: the C project of one network, or of several that share one arena."""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from edgeopt import firmware
from edgeopt.board import Board
from edgeopt.budget import Budget, load_budget
from edgeopt.emit import CProject, Network, Provenance, c_name, clash, emit, unique_names
from edgeopt.emit.carray import CArray, emit_carray
from edgeopt.emit.model_source import constant_bytes
from edgeopt.errors import UsageError
from edgeopt.firmware import with_baud, with_console
from edgeopt.pipeline.model import Model, open_model
from edgeopt.pipeline.project import BOARD_FILE, CARRAY, faster, judged
from edgeopt.plan import check_fit_together, plan_several
from edgeopt.report.analysis import analysis_of
from edgeopt.report.budgeting import over_budget
from edgeopt.report.results import Generated
from edgeopt.report.several import GeneratedModels, generated_models

_ENERGY_BAUD = 9_600  # what EEMBC's interface board speaks in energy mode


@dataclass(frozen=True)
class _Choices:
    """What a project is generated with, besides its networks and the board."""

    platform: str
    goal: str
    console: str | None
    mlperf: str | None = None
    without: frozenset[str] = frozenset()
    calibration: Path | None = None
    conversion: Mapping[str, Any] | None = None
    energy_mode: bool = False
    baud: int | None = None
    input_stats: bool = False

    def check(self) -> None:
        """UsageError where they do not go together."""
        if self.platform not in (known := (CARRAY, *firmware.platforms())):
            raise UsageError(f"no platform is called `{self.platform}`", f"there are: {', '.join(known)}")

    def wired(self, board: Board) -> Board:
        """The board with the console that is chosen, at its speed."""
        wired = board if self.console is None else with_console(board, self.console)
        baud = self.baud_of(wired)
        return wired if baud is None else with_baud(wired, baud)

    def baud_of(self, wired: Board) -> int | None:
        """The rate that is not the board's own."""
        return _ENERGY_BAUD if self.baud is None and self.energy_mode and wired.console.base else self.baud

    def provenance(self, board: Board) -> Provenance:
        options = {"goal": self.goal, "console": self.console or "board", "mlperf": self.mlperf or "none"}
        if (wired := self.wired(board)).console.baud != board.console.baud and wired.console.base:
            options["baud"] = str(wired.console.baud)
        if self.energy_mode:
            options["mlperf_mode"] = "energy"
        if self.input_stats:
            options["input_stats"] = "yes"
        if self.without:
            options["without"] = ",".join(sorted(self.without))
        given = self.calibration
        return Provenance(
            board=board.name,
            platform=self.platform,
            options=options,
            tools={package: metadata.version(package) for package in ("edgeopt", "numpy")},
            calibration_sha256=None if given is None else hashlib.sha256(given.read_bytes()).hexdigest(),
            conversion=self.conversion,
        )


def generate(
    model: Path | Model,
    board: Board,
    out: Path,
    platform: str = "baremetal",
    goal: str = "balanced",
    console: str | None = None,
    calibration: Path | None = None,
    mlperf: str | None = None,
    conversion: Mapping[str, Any] | None = None,
    without: frozenset[str] = frozenset(),
    budget: Path | None = None,
    name: str | None = None,
    energy_mode: bool = False,
    baud: int | None = None,
    input_stats: bool = False,
) -> Generated:
    """Writes the C project of a .tflite into `out`; the same inputs give the same bytes.

    Nothing is written where a limit of the budget (.toml) is broken: OverBudget.

    `mlperf`: the model's version in MLPerf Tiny (a key of firmware.MLPERF), for the official runner, in its
    `energy_mode` or its performance mode. `baud`: the console's rate; by default the board's, in energy mode 9600.
    `conversion`: what the .tflite was made from, for the manifest. `without`: ways to compute a layer that are not to
    be taken. `name`: the network's in C; by default that of the file. `input_stats`: the firmware keeps statistics of
    what the network is given, see edgeopt.device.input_stats.
    """
    choices = _Choices(
        platform, goal, console, mlperf, without, calibration, conversion, energy_mode, baud, input_stats
    )
    choices.check()
    limits = None if budget is None else load_budget(budget)
    opened = _opened(model)
    (name,) = _names([opened], () if name is None else (name,))
    plan, analysis = judged(opened, board, goal, limits, without)
    if error := over_budget(analysis.broken_limits):
        raise error
    project = _write([opened], [Network(plan, name, opened.sha256)], board, out, choices)
    return Generated(out, project, analysis, plan)


def generate_several(
    models: Sequence[Path | Model],
    board: Board,
    out: Path,
    platform: str = "baremetal",
    goal: str = "balanced",
    console: str | None = None,
    names: Sequence[str] = (),
    budget: Path | None = None,
    baud: int | None = None,
    input_stats: bool = False,
) -> GeneratedModels:
    """Writes one C project with the networks of several .tflite, which share one arena; see docs/several_models.md.

    `names`: the networks' in C, in their order; by default those of the files, made unique. A limit of the budget
    (.toml) on bytes holds for all networks together, one on an inference for each. DoesNotFit where the networks do not
    fit the board together, OverBudget where a limit is broken: then nothing is written.
    """
    choices = _Choices(platform, goal, console, baud=baud, input_stats=input_stats)
    choices.check()
    limits = Budget() if budget is None else load_budget(budget)
    if not models:
        raise UsageError("there is no model to generate", "give one .tflite or more")
    opened = [_opened(model) for model in models]
    called = _names(opened, names)
    plans = plan_several([model.graph for model in opened], board, goal)
    constants = [constant_bytes(plan) for plan in plans]
    check_fit_together(dict(zip(called, plans, strict=True)), board, dict(zip(called, constants, strict=True)))
    networks = [Network(plan, name, model.sha256) for plan, name, model in zip(plans, called, opened, strict=True)]
    analyses = [
        analysis_of(plan, board, model.sha256, weights, faster(model, board, plan))
        for plan, model, weights in zip(plans, opened, constants, strict=True)
    ]
    found = generated_models(out, called, plans, analyses, board, limits)
    if error := over_budget(found.broken_limits):
        raise error
    return found.written(_write(opened, networks, board, out, choices))


def _opened(model: Path | Model) -> Model:
    return model if isinstance(model, Model) else open_model(model)


def _names(models: Sequence[Model], given: Sequence[str]) -> tuple[str, ...]:
    """The networks' names in C; UsageError where those that were given are none, or do not go together."""
    if not given:
        return unique_names([model.name for model in models])
    if len(given) != len(models):
        raise UsageError(
            f"there are {len(models)} models, and names for {len(given)}", "give --name once a model, in their order"
        )
    for index, name in enumerate(given):
        if name != c_name(name):
            raise UsageError(f"`{name}` is no name for a network in C", f"try --name {c_name(name)}")
        for other in given[:index]:
            if clash(name, other):
                raise UsageError(f"the names `{other}` and `{name}` clash in C", "give them names that differ more")
    return tuple(given)


def _write(
    models: Sequence[Model], networks: Sequence[Network], board: Board, out: Path, choices: _Choices
) -> CProject | None:
    """The project; None for plain C arrays."""
    mlperf = choices.mlperf
    if choices.platform == CARRAY:
        if choices.input_stats:
            raise UsageError("a plain C array keeps no statistics of its inputs", "leave --input-stats out")
        if mlperf or choices.console or choices.baud or choices.energy_mode:
            raise UsageError(
                "a plain C array has no console and no MLPerf Tiny runner",
                "leave --mlperf, --energy-mode, --console and --baud out",
            )
        arrays = [CArray(network, model.original, model.data) for network, model in zip(networks, models, strict=True)]
        emit_carray(arrays, out, vars(choices.provenance(board)))
        return None
    wired = choices.wired(board)
    plan, *others = (network.plan for network in networks)
    values = firmware.config_values(plan, board, mlperf, others, choices.energy_mode, choices.input_stats)

    def add_files(folder: Path) -> None:
        firmware.write_platform(folder, wired, choices.platform, values)
        shutil.copyfile(board.file, folder / BOARD_FILE)
        for network, model in zip(networks, models, strict=True):
            (folder / f"{network.name}.tflite").write_bytes(model.data)

    return emit(networks, out, choices.provenance(board), add_files)
