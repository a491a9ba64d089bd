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
    from edgeopt.report.measuring import Measured


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
@_options.budget
@click.option("--save", type=_options.NEW, metavar="FILE", help="Write the result as JSON, with every run's ticks.")
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
    budget: Path | None,
    save: Path | None,
    timeout_s: float,
) -> Measured:
    """Latency, throughput, energy of the firmware of DIR.

    On hardware the distribution of the runs; a simulated board is deterministic and takes one. Boards that are given
    several times, or by a --fleet, are measured at the same time.
    """
    from edgeopt import pipeline

    session: Session = context.obj
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
