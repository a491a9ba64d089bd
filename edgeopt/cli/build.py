"""`edgeopt build`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgeopt.cli import _options
from edgeopt.cli._app import verb
from edgeopt.cli._session import Session

if TYPE_CHECKING:
    from edgeopt.firmware import Firmware


@verb(place=60)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@_options.toolchain
@_options.optimization
@click.pass_obj
def build(session: Session, folder: Path, toolchain: str, optimization: str) -> Firmware:
    """Compile and link the project in FOLDER.

    Gives the sizes of the linked ELF.
    """
    from edgeopt import pipeline

    with session.progress(f"building {folder}"):
        return pipeline.build(folder, toolchain, optimization)
