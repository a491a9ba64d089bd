"""`edgeopt drift`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgeopt.cli import _options
from edgeopt.cli._app import verb
from edgeopt.cli._session import Session
from edgeopt.errors import UsageError

if TYPE_CHECKING:
    from edgeopt.report.drifting import Drift


@verb(place=84)
@click.argument("project", metavar="[DIR]", type=_options.existing(), required=False)
@click.option(
    "--data", type=_options.existing(False), required=True, help="The calibration samples, .npz, or .npy for one input."
)
@click.option(
    "--on", "targets", multiple=True, metavar="TARGET", help="Where, as in `measure`; several times [virtual]."
)
@click.option("--fleet", type=_options.existing(False), help="Boards with their projects and targets, .toml.")
@click.option("--model", metavar="NAME", help="The network, of a project that holds several.")
@click.option("--inputs", type=_options.existing(False), help="Samples to infer first, .npy or .npz.")
@click.option("--clear", is_flag=True, help="The boards forget what was read.")
@_options.timeout
@click.pass_context
def drift(
    context: click.Context,
    project: Path | None,
    data: Path,
    targets: tuple[str, ...],
    fleet: Path | None,
    model: str | None,
    inputs: Path | None,
    clear: bool,
    timeout_s: float,
) -> Drift:
    """Have the inputs of boards drifted from the calibration data?

    For firmware generated with --input-stats: reads what its inputs have been since power-up. Ends with 5 where one has
    drifted.
    """
    from edgeopt import pipeline

    session: Session = context.obj
    if fleet is not None and targets:
        raise UsageError("`--fleet` says where each board is, and so does `--on`", "leave one of them out")
    with session.progress(f"asking {fleet or ', '.join(targets) or 'virtual'}") as progress:
        return pipeline.drift(
            project,
            data,
            targets or ("virtual",),
            fleet=fleet,
            model=model,
            inputs=inputs,
            clear=clear,
            timeout_s=timeout_s,
            progress=progress,
        )
