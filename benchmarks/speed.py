"""How quick the tool is: the limits of the first issue, as seconds on this machine."""

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.table import Table
from edgeopt import pipeline
from edgeopt.board import load_board


def tables(folder: Path, samples: int) -> list[Table]:
    table = Table("Speed of the tool, seconds", ["what", "seconds", "at most"])
    board = load_board("nucleo-l4r5zi")
    vww, ic = folder / "vww_mobilenet_int8.tflite", folder / "ic_resnet8_int8.tflite"
    with TemporaryDirectory() as temporary:
        project = Path(temporary) / "vww"
        _add(table, "analyze vww", 1.0, lambda: pipeline.analyze(vww, board))
        _add(table, "generate vww", 3.0, lambda: pipeline.generate(vww, board, project))
        firmware = Path(temporary) / "ic"
        pipeline.generate(ic, board, firmware)
        pipeline.build(firmware, "gcc", "-O2")
        _add(table, "one simulated inference of ic, with counts", 5.0, lambda: _one_inference(firmware))
        pipeline.build(project, "gcc", "-O2")
        _add(table, "one simulated inference of vww, with its board's memory", 20.0, lambda: _one_inference(project))
        _add(table, "the same, memory answering at once", 2.0, lambda: _one_inference(project, "virtual:ideal"))
    return [table]


def _one_inference(folder: Path, target: str = "virtual") -> None:
    from edgeopt import device
    from edgeopt.device.samples import zero_sample
    from edgeopt.emit import CProject

    project = CProject.open(folder)
    board = pipeline.project_board(project)
    device.run(folder / pipeline.ELF, board, target, zero_sample(project.inputs), build_id=project.build_id)


def _add(table: Table, what: str, limit_s: float, work: Callable[[], object]) -> None:
    start_s = time.perf_counter()
    work()
    elapsed_s = time.perf_counter() - start_s
    table.add(what, table.judged(f"{elapsed_s:.2f}", elapsed_s < limit_s), f"{limit_s:g}")
