"""`edgeopt measure`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgeopt.cli import _options
from edgeopt.cli._app import verb
from edgeopt.cli._session import Session
from edgeopt.errors import UsageError

if TYPE_CHECKING:
    from edgeopt.report.benchmarking import Benchmarked
    from edgeopt.report.measuring import Measured

_BY_THE_USER = (click.core.ParameterSource.COMMANDLINE, click.core.ParameterSource.DEFAULT_MAP)
_OF_MLPERF = ("project", "targets", "mlperf", "data", "meter", "runs", "warmup", "windows", "save", "timeout_s")


@verb(place=82)
@click.argument("project", metavar="[DIR]", type=_options.existing(), required=False)
@click.option(
    "--on",
    "targets",
    multiple=True,
    metavar="TARGET",
    help="Where: virtual, or serial:PORT (a device or pySerial URL); may be given several times [virtual].",
)
@click.option("--fleet", type=_options.existing(False), help="Boards with their projects and targets, .toml.")
@click.option("--model", metavar="NAME", help="The network, of a project that holds several.")
@click.option("--inputs", type=_options.existing(False), help="The inputs, .npy or .npz: the first sample [zeros].")
@click.option("--runs", type=click.IntRange(1, 1_000_000), default=100, help="Timed inferences on hardware.")
@click.option("--warmup", type=click.IntRange(0, 1_000_000), default=10, help="Inferences before them.")
@click.option("--arrivals", metavar="PATTERN", help="poisson:5/s, periodic:5/s, burst:10@1/s or trace:FILE.")
@click.option("--requests", type=click.IntRange(1, 1_000_000), help="How many arrive [200, or all of a trace].")
@click.option("--seed", type=click.IntRange(0), default=1, help="Of random arrivals.")
@click.option(
    "--deadline", "deadline_s", type=_options.duration, metavar="TIME", help="From arrival to result, e.g. 50ms."
)
@click.option("--meter", metavar="METER", help="The power meter, e.g. ppk2:auto; emulated with --on virtual.")
@click.option("--window", "window_s", type=_options.duration, default="10s", metavar="TIME", help="Each, at least.")
@click.option("--windows", type=click.IntRange(1, 1000), default=5, help="So many; the energy is their median.")
@click.option("--idle", "idle_s", type=_options.duration, default="2s", metavar="TIME", help="Before and after them.")
@click.option("--trace", type=_options.NEW, metavar="FILE", help="Keep the meter's samples [beside --save].")
@click.option("--mlperf", metavar="MODE", help="As MLPerf Tiny's runner: performance, accuracy or energy.")
@click.option("--data", type=_options.existing(), help="With --mlperf: the data set's folder, with y_labels.csv.")
@_options.budget
@click.option("--save", type=_options.NEW, metavar="FILE", help="Write the result as JSON; a folder with --mlperf.")
@_options.timeout
@click.pass_context
def measure(
    context: click.Context,
    project: Path | None,
    targets: tuple[str, ...],
    fleet: Path | None,
    model: str | None,
    inputs: Path | None,
    runs: int,
    warmup: int,
    arrivals: str | None,
    requests: int | None,
    seed: int,
    deadline_s: float | None,
    meter: str | None,
    window_s: float,
    windows: int,
    idle_s: float,
    trace: Path | None,
    mlperf: str | None,
    data: Path | None,
    budget: Path | None,
    save: Path | None,
    timeout_s: float,
) -> Measured | Benchmarked:
    """Latency, throughput, energy of the firmware of DIR.

    On hardware the distribution of the runs; a simulated board is deterministic and takes one. Boards that are given
    several times, or by a --fleet, are measured at the same time.
    """
    from edgeopt import pipeline

    session: Session = context.obj
    if mlperf is not None:
        return _mlperf(context, project, targets, mlperf, data, meter, save)
    if data is not None:
        raise UsageError("`--data` is for --mlperf", "inputs are given by --inputs")
    _check_metered(context, meter, fleet)
    if fleet is not None and context.get_parameter_source("targets") is click.core.ParameterSource.COMMANDLINE:
        raise UsageError("`--fleet` says where each board is, and so does `--on`", "leave one of them out")
    with session.progress(f"measuring on {fleet or ', '.join(targets) or 'virtual'}") as progress:
        return pipeline.measure(
            project,
            targets or ("virtual",),
            fleet=fleet,
            model=model,
            inputs=inputs,
            runs=runs,
            warmup=warmup,
            arrivals=arrivals,
            requests=requests,
            seed=seed,
            deadline_s=deadline_s,
            meter=meter,
            window_s=window_s,
            windows=windows,
            idle_s=idle_s,
            trace=trace,
            budget=budget,
            save=save,
            timeout_s=timeout_s,
            progress=progress,
        )


def _check_metered(context: click.Context, meter: str | None, fleet: Path | None) -> None:
    """UsageError where an option says how to measure power, and nothing measures it."""
    if meter is not None or fleet is not None:
        return
    for name in ("window_s", "windows", "idle_s"):
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            option = next(one.opts[0] for one in context.command.params if one.name == name)
            raise UsageError(f"`{option}` is for a power meter", "name it: --meter ppk2:auto, or --meter emulated")


def _mlperf(
    context: click.Context,
    project: Path | None,
    targets: tuple[str, ...],
    mode: str,
    data: Path | None,
    meter: str | None,
    save: Path | None,
) -> Benchmarked:
    from edgeopt import pipeline
    from edgeopt.mlperf.running import Windows

    given = {name for name in context.params if context.get_parameter_source(name) in _BY_THE_USER}
    for name in sorted(given - set(_OF_MLPERF)):
        option = next(one.opts[0] for one in context.command.params if one.name == name)
        raise UsageError(f"`{option}` has no meaning with --mlperf", "leave it out; see docs/mlperf_tiny.md")
    if project is None or len(targets) > 1:
        raise UsageError("--mlperf measures one board", "give one folder of a project, and --on once")
    target, params = targets[0] if targets else "virtual", context.params
    windows = Windows(
        params["windows"],
        params["runs"] if "runs" in given else None,
        params["warmup"] if "warmup" in given else Windows.warmups,
    )
    session: Session = context.obj
    with session.progress(f"MLPerf Tiny, {mode}, on {target}") as progress:
        return pipeline.measure_mlperf(
            project,
            mode,
            target,
            data=data,
            meter=meter,
            windows=windows,
            save=save,
            timeout_s=params["timeout_s"],
            progress=progress,
        )
