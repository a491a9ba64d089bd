"""`edgeopt report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgeopt.cli import _options
from edgeopt.cli._app import verb

if TYPE_CHECKING:
    from edgeopt.report.measuring import Measured
    from edgeopt.report.results import Analysis, Deployment, WrittenReport


@verb(place=100)
@click.argument("run", type=_options.existing())
@click.option("-o", "--output", type=_options.NEW, help="The HTML file to write: all in one, no network.")
@click.option("--svg", type=_options.NEW, metavar="DIR", help="A folder to write the drawings into, as SVG.")
@click.option(
    "--measured", type=_options.existing(), metavar="RUN", help="A measurement that the page shows too, as saved."
)
def report(
    run: Path, output: Path | None, svg: Path | None, measured: Path | None
) -> Analysis | Deployment | Measured | WrittenReport:
    """Show a result that was saved, or write it as a page.

    RUN is the folder that `edgeopt deploy` wrote, the report.json in it, a file with what `edgeopt analyze --json`
    printed, or one that `edgeopt measure --save` wrote.
    """
    from edgeopt import pipeline

    return pipeline.show_report(run, output, svg, measured)
