"""`deploy`: all of it, once, from a trained model to the report."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from edgeopt import device, firmware
from edgeopt.board import Board
from edgeopt.budget import load_budget
from edgeopt.convert import Converted, Worker, arrange, load_dataset, write_atomically
from edgeopt.convert.choices import DEFAULT_CHOICES, DEFAULT_LIMITS, NO_TRUST, Choices, Limits, Trust
from edgeopt.convert.sequences import begins_anew
from edgeopt.device.samples import samples_of
from edgeopt.emit import c_name
from edgeopt.emit.folder import check_replaceable
from edgeopt.errors import UsageError
from edgeopt.firmware import Firmware
from edgeopt.pipeline.conversion import convert
from edgeopt.pipeline.generation import generate
from edgeopt.pipeline.model import Model, open_model
from edgeopt.pipeline.project import build, project_board
from edgeopt.pipeline.proving import prove
from edgeopt.pipeline.running import Progress, measure, silent
from edgeopt.report import dumps
from edgeopt.report.budgeting import budgeted_deployment
from edgeopt.report.deployment import accuracy_of, deployment_report
from edgeopt.report.results import Deployment, Generated

REPORT_FILE = "report.json"
PAGE_FILE = "report.html"


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
    energy_mode: bool = False,
    baud: int | None = None,
    input_stats: bool = False,
    toolchain: str = "auto",
    optimization: str = "auto",
    timeout_s: float = 60.0,
    choices: Choices = DEFAULT_CHOICES,
    trust: Trust = NO_TRUST,
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress = silent,
    budget: Path | None = None,
) -> Deployment:
    """All of it, once: convert, generate, build, run, prove, report. Writes the project and its reports into `out`.

    The limits of the budget (.toml) are judged at the end, by what was linked, run and scored.

    `data` are the samples that are run and judged, with labels under `y`; without it the calibration data serve.
    """
    samples_file = data or calibration
    if samples_file is None:
        raise UsageError("there are no samples to run", "give --data DATA.npz, or --calibration DATA.npz")
    # All that can be wrong with what was given is found before a folder is written.
    within = None if budget is None else load_budget(budget)
    check_replaceable(out)
    device.connector(target, board if baud is None else firmware.with_baud(board, baud))
    firmware.find_toolchain(toolchain)
    dataset = load_dataset(samples_file)
    with TemporaryDirectory(prefix="edgeopt-") as folder:
        progress("converting")
        tflite = Path(folder) / f"{c_name(model.stem)}.tflite"
        converted = convert(
            model,
            tflite,
            calibration,
            evaluation=samples_file,
            choices=choices,
            trust=trust,
            worker=Worker(limits=limits, log=out.with_name(f"{out.name}.convert.log")),
        )
        opened = open_model(tflite)
        dataset = arrange(dataset, converted.layouts)
        samples = samples_of(dataset, opened.graph.input_tensors)
        progress("generating the C project")
        generated = generate(
            opened,
            board,
            out,
            goal=goal,
            calibration=calibration,
            mlperf=mlperf,
            energy_mode=energy_mode,
            baud=baud,
            input_stats=input_stats,
            conversion={**converted.provenance, "sha256": converted.sha256},
        )
    progress("building the firmware")
    built = build(out, toolchain, optimization)
    report = _proven_and_reported(opened, converted, generated, built, board, target, samples, timeout_s, progress)
    if within is not None:
        report = budgeted_deployment(report, within, opened.graph, board)
    write_atomically(out / REPORT_FILE, dumps(report).encode())
    from edgeopt.report.html import html_report  # here, for the verbs that need no templates

    write_atomically(out / PAGE_FILE, html_report(report).encode())
    return report


def _proven_and_reported(
    opened: Model,
    converted: Converted,
    generated: Generated,
    built: Firmware,
    board: Board,
    target: str,
    samples: Sequence[device.Sample],
    timeout_s: float,
    progress: Progress,
) -> Deployment:
    """Runs the firmware with the samples, proves its outputs and judges them."""
    project = generated.project
    assert project is not None
    anew = begins_anew(opened.data)
    measured = measure(project, project_board(project), target, samples, timeout_s, progress, anew)
    judge = converted.verdict.judge
    engine = judge.baseline if judge is not None and converted.binarized is not None else None
    proof = prove(project, opened, target, measured, samples, timeout_s, progress, engine)
    progress("judging the accuracy")
    return deployment_report(
        project=project,
        plan=generated.plan,
        board=board,
        model_sha256=opened.sha256,
        built=built,
        measured=measured,
        validation=proof,
        accuracy=accuracy_of(converted.verdict, measured, generated.plan.graph.output_tensors),
        warnings=converted.warnings,
        conversion=converted.provenance,
    )
