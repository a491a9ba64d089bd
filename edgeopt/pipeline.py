"""The way a model takes, as functions: each verb of the command line is one of them and returns its stages' values.

model file --convert--> .tflite --load--> Graph --optimize--> Graph --plan--> Plan --emit--> CProject
    --build--> Firmware --run--> Measurement --report--> text, JSON
"""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

import edgeopt.convert as converting
from edgeopt import device, firmware
from edgeopt.board import Board, load_board
from edgeopt.budget import load_budget
from edgeopt.convert import Converted, check_labels, load_dataset
from edgeopt.convert.choices import DEFAULT_CHOICES, NO_TRUST, Choices, Trust
from edgeopt.device.oracle import expected_outputs
from edgeopt.device.samples import check_outputs_file, samples_of, save_outputs, zero_sample
from edgeopt.emit import CProject, Provenance, c_name
from edgeopt.emit import emit as emit_project
from edgeopt.emit.carray import emit_carray
from edgeopt.emit.folder import check_replaceable
from edgeopt.emit.model_source import constant_bytes
from edgeopt.errors import UsageError
from edgeopt.firmware import Firmware, with_console
from edgeopt.ir import Graph, Target
from edgeopt.load import load_bytes, read_file
from edgeopt.optimize import optimize
from edgeopt.plan import Plan, check_fits
from edgeopt.plan import plan as make_plan
from edgeopt.report import dumps
from edgeopt.report.analysis import analysis_of, broken_limits
from edgeopt.report.deployment import accuracy_of, deployment_report
from edgeopt.report.results import Analysis, Deployment, Generated, ProgramReport, RunReport, Validation
from edgeopt.report.runs import program_report, run_report, validation_report
from edgeopt.simulate import run_foreign

Progress = Callable[[str], None]
CARRAY = "carray"
BOARD_FILE = "board.toml"
REPORT_FILE = "report.json"
ELF = Path("build") / "firmware.elf"


def silent(step: str) -> None:
    """Progress for those who do not want to hear of it."""


@dataclass(frozen=True)
class Model:
    """A full-integer .tflite: its bytes, the graph as loaded, and the graph that is generated."""

    data: bytes
    original: Graph
    graph: Graph

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def name(self) -> str:
        """The name as a C identifier."""
        return c_name(self.graph.name)


def open_model(path: Path) -> Model:
    """The .tflite in `path`; errors as edgeopt.load."""
    data = read_file(path)
    original = load_bytes(data, path.stem)
    return Model(data, original, optimize(original))


def convert(
    model: Path,
    output: Path,
    calibration: Path | None = None,
    *,
    evaluation: Path | None = None,
    choices: Choices = DEFAULT_CHOICES,
    trust: Trust = NO_TRUST,
) -> Converted:
    """A trained model to a full-integer .tflite; see edgeopt.convert."""
    return converting.convert(model, output, calibration, evaluation=evaluation, choices=choices, trust=trust)


def analyze(model: Path, board: Board, goal: str = "balanced", budget: Path | None = None) -> Analysis:
    """Sizes and costs of a .tflite on a board before anything is built; DoesNotFit where the board is too small."""
    _, analysis = _plan(open_model(model), board, goal)
    if budget is None:
        return analysis
    return replace(analysis, broken_limits=broken_limits(load_budget(budget), analysis))


def generate(
    model: Path | Model,
    board: Board,
    out: Path,
    platform: str = "baremetal",
    goal: str = "balanced",
    console: str | None = None,
    calibration: Path | None = None,
    mlperf: str | None = None,
) -> Generated:
    """Writes the C project of a .tflite into `out`; the same inputs give the same bytes.

    `mlperf`: the model's version in MLPerf Tiny (a key of firmware.MLPERF), for the official runner.
    """
    if platform not in (known := (CARRAY, *firmware.platforms())):
        raise UsageError(f"no platform is called `{platform}`", f"there are: {', '.join(known)}")
    opened = model if isinstance(model, Model) else open_model(model)
    plan, analysis = _plan(opened, board, goal)
    options = {"goal": goal, "console": console or "board", "mlperf": mlperf or "none"}
    provenance = Provenance(
        model_sha256=opened.sha256,
        board=board.name,
        platform=platform,
        options=options,
        tools=_versions("edgeopt", "numpy"),
        calibration_sha256=None if calibration is None else hashlib.sha256(calibration.read_bytes()).hexdigest(),
    )
    if platform == CARRAY and (mlperf or console):
        raise UsageError("a plain C array has no console and no MLPerf Tiny runner", "leave --mlperf and --console out")
    if platform == CARRAY:
        emit_carray(plan, opened.original, opened.name, opened.data, out, vars(provenance))
        return Generated(out, None, analysis, plan)
    wired = board if console is None else with_console(board, console)
    values = firmware.config_values(plan, board, mlperf)

    def add_files(folder: Path) -> None:
        firmware.write_platform(folder, wired, platform, values)
        shutil.copyfile(board.file, folder / BOARD_FILE)
        (folder / f"{opened.name}.tflite").write_bytes(opened.data)

    return Generated(out, emit_project(plan, opened.name, out, provenance, add_files), analysis, plan)


def build(folder: Path, toolchain: str = "auto", optimization: str = "-O2") -> Firmware:
    """Compiles and links a generated project; the sizes are those of the linked ELF."""
    project = CProject.open(folder)
    return firmware.build(folder, project_board(project), toolchain, optimization)


def project_board(project: CProject) -> Board:
    """The board that the project was generated for, with the console that was chosen."""
    board = load_board(str(project.folder / BOARD_FILE))
    console = project.options.get("console", "board")
    return board if console == "board" else with_console(board, console)


def run(
    program: Path,
    target: str,
    board: Board | None = None,
    inputs: Path | None = None,
    outputs: Path | None = None,
    between: tuple[str, str] | None = None,
    timeout_s: float = 60.0,
    progress: Progress = silent,
) -> RunReport | ProgramReport:
    """Runs a generated project or, on the virtual board, any ELF; reports what was counted or measured."""
    if not program.is_dir():
        if target != "virtual" or board is None:
            hint = "use --on virtual --board BOARD, or give the folder of a project"
            raise UsageError(f"`{program}` is no project, and other programs run on a virtual board only", hint)
        return program_report(program, board, run_foreign(program, board, between, timeout_s), between)
    if between is not None:
        raise UsageError("`--between` is for programs that edgeopt did not build", "give the ELF instead of the folder")
    project = CProject.open(program)
    if outputs is not None:
        check_outputs_file(outputs, project.outputs)
    samples = zero_sample(project.inputs) if inputs is None else samples_of(load_dataset(inputs), project.inputs)
    measured = _measure(project, project_board(project), target, samples, timeout_s, progress)
    if outputs is not None:
        save_outputs(outputs, measured.outputs, project.outputs)
    return run_report(project, measured, outputs)


def validate(
    model: Path,
    board: Board,
    target: str,
    data: Path,
    *,
    goal: str = "balanced",
    toolchain: str = "auto",
    optimization: str = "-O2",
    timeout_s: float = 60.0,
    progress: Progress = silent,
) -> Validation:
    """Whether the firmware of a .tflite on a target gives the oracle's outputs, byte for byte, for every sample."""
    opened = open_model(model)
    device.connector(target, board)
    samples = samples_of(load_dataset(data), opened.graph.input_tensors)
    with TemporaryDirectory(prefix="edgeopt-") as folder:
        progress("generating and building")
        project = generate(opened, board, Path(folder) / "project", goal=goal).project
        assert project is not None
        build(project.folder, toolchain, optimization)
        measured = _measure(project, project_board(project), target, samples, timeout_s, progress, timed=False)
    return _prove(opened, measured, samples, progress)


def deploy(
    model: Path,
    board: Board,
    calibration: Path | None,
    data: Path | None,
    out: Path,
    *,
    target: str = "virtual",
    goal: str = "balanced",
    mlperf: str | None = None,
    toolchain: str = "auto",
    optimization: str = "-O2",
    timeout_s: float = 60.0,
    choices: Choices = DEFAULT_CHOICES,
    trust: Trust = NO_TRUST,
    progress: Progress = silent,
) -> Deployment:
    """All of it, once: convert, generate, build, run, prove, report. Writes the project and report.json into `out`.

    `data` are the samples that are run and judged, with labels under `y`; without it the calibration data serve.
    """
    samples_file = data or calibration
    if samples_file is None:
        raise UsageError("there are no samples to run", "give --data DATA.npz, or --calibration DATA.npz")
    # All that can be wrong with what was given is found before a folder is written.
    check_replaceable(out)
    device.connector(target, board)
    firmware.find_toolchain(toolchain)
    dataset = load_dataset(samples_file)
    with TemporaryDirectory(prefix="edgeopt-") as folder:
        progress("converting to int8")
        tflite = Path(folder) / f"{c_name(model.stem)}.tflite"
        converted = convert(model, tflite, calibration, choices=choices, trust=trust)
        opened = open_model(tflite)
        samples = samples_of(dataset, opened.graph.input_tensors)
        check_labels(dataset, opened.graph.output_tensors[0].elements)
        progress("generating the C project")
        generated = generate(opened, board, out, goal=goal, calibration=calibration, mlperf=mlperf)
    project = generated.project
    assert project is not None
    progress("building the firmware")
    built = build(out, toolchain, optimization)
    measured = _measure(project, project_board(project), target, samples, timeout_s, progress)
    proof = _prove(opened, measured, samples, progress)
    progress("judging the accuracy")
    report = deployment_report(
        project=project,
        plan=generated.plan,
        board=board,
        model_sha256=opened.sha256,
        built=built,
        measured=measured,
        validation=proof,
        accuracy=accuracy_of(dataset, converted.float_model, opened.data, measured, generated.plan),
        warnings=converted.warnings,
    )
    converting.write_atomically(out / REPORT_FILE, dumps(report).encode())
    return report


def _measure(
    project: CProject,
    board: Board,
    target: str,
    samples: Sequence[device.Sample],
    timeout_s: float,
    progress: Progress,
    timed: bool = True,
) -> device.Measurement:
    """Runs the project's firmware with the samples; a simulated target needs it built."""
    elf = project.folder / ELF

    def tell(what: str, done: int, total: int) -> None:
        progress(f"running {what} on {target}: {done} of {total}")

    return device.run(
        elf if elf.is_file() else None,
        board,
        target,
        samples,
        build_id=project.build_id,
        repeats=device.Repeats() if timed else None,
        patience=device.Patience(run_s=timeout_s),
        progress=tell,
    )


def _prove(
    model: Model, measured: device.Measurement, samples: Sequence[device.Sample], progress: Progress
) -> Validation:
    progress("computing what the outputs must be")
    expected, oracle = expected_outputs(model.data, model.original, samples)
    return validation_report(device.validate(measured.outputs, expected, oracle), measured)


def _plan(model: Model, board: Board, goal: str) -> tuple[Plan, Analysis]:
    """The plan and what is known of it; DoesNotFit where the board is too small."""
    plan = make_plan(model.graph, Target(board.core, goal))
    constants = constant_bytes(plan)
    check_fits(plan, board, constants)
    return plan, analysis_of(plan, board, model.sha256, constants)


def _versions(*packages: str) -> dict[str, str]:
    return {package: metadata.version(package) for package in packages}
