"""`edgeopt report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgeopt.cli import _options
from edgeopt.cli._app import verb

if TYPE_CHECKING:
    from edgeopt.report.results import Deployment


@verb(place=100)
@click.argument("run", type=_options.existing())
def report(run: Path) -> Deployment:
    """Show the report of a deployment.

    RUN is the folder that `edgeopt deploy` wrote, or the report.json in it.
    """
    from edgeopt.pipeline import REPORT_FILE
    from edgeopt.report.document import load
    from edgeopt.report.results import Deployment

    return load(run / REPORT_FILE if run.is_dir() else run, Deployment, "edgeopt.deployment/1")
