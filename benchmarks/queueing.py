"""Requests on the virtual board against queueing theory, at several loads and with many requests. Minutes.

    PYTHONPATH=tests python -m benchmarks.queueing [REQUESTS]

tests/device/test_queueing.py does the same with fewer; tests/support/queues.py is the theory, and says why its
standard deviation is not the waits' own over the root of their number.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from support.queues import MD1
from support.small import small_classifier

from benchmarks.table import Table
from edgeopt import device, pipeline
from edgeopt.board import load_board
from edgeopt.device.arrivals import Arrivals, parse_arrivals
from edgeopt.device.requests import Requests
from edgeopt.device.samples import zero_sample
from edgeopt.emit import CProject

LOADS = (0.2, 0.5, 0.7, 0.8, 0.9)
SEED = 1
SIGMAS = 4.0


def table(requests: int) -> Table:
    """A row a load: what was found, what theory says, and how many of its standard deviations lie between."""
    found = Table(f"M/D/1 on the virtual board, {requests:,} requests, seed {SEED}", _COLUMNS)
    with TemporaryDirectory(prefix="edgeopt-") as name:
        folder = Path(name)
        (folder / "small.tflite").write_bytes(small_classifier())
        pipeline.generate(folder / "small.tflite", load_board("nucleo-l4r5zi"), folder / "out")
        pipeline.build(folder / "out")
        project = CProject.open(folder / "out")
        crowd = served(project, Arrivals("at once", (0.0,) * 64))
        service = float(np.diff(crowd.response_ticks)[10])
        for load in LOADS:
            pattern = f"poisson:{load * crowd.ticks_hz / service:.6f}/s"
            _add(found, load, served(project, parse_arrivals(pattern, requests, SEED)))
    return found


def served(project: CProject, arrivals: Arrivals) -> Requests:
    """The requests on a virtual board whose memory answers at once."""
    board = pipeline.project_board(project)
    samples = zero_sample(project.inputs)
    found = device.run(project.folder / pipeline.ELF, board, "virtual:ideal", samples, arrivals=arrivals)
    assert found.requests is not None and not found.partial, found.partial
    return found.requests


_COLUMNS = ["load", "mean wait / service", "theory", "sigmas", "waited", "theory", "sigmas", "utilization", "sigmas"]


def _add(found: Table, load: float, requests: Requests) -> None:
    count = len(requests.response_ticks)
    theory = MD1(load, float(np.mean(requests.service_ticks)))
    wait = float(np.mean(requests.wait_ticks))
    waited = float(np.mean(np.array(requests.wait_ticks) > 0))
    off = (
        (wait - theory.mean_wait) / theory.error_of_mean_wait(count),
        (waited - load) / theory.error_of_share_waiting(count),
        (requests.utilization - load) / theory.error_of_utilization(count),
    )
    marks = [found.judged(f"{one:+.1f}", abs(one) <= SIGMAS) for one in off]
    scale = theory.service
    first = [f"{load:g}", f"{wait / scale:.4f}", f"{theory.mean_wait / scale:.4f}", marks[0]]
    found.add(*first, f"{waited:.4f}", f"{load:.4f}", marks[1], f"{requests.utilization:.4f}", marks[2])


def main() -> int:
    found = table(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
    print(found.markdown())
    return 1 if found.missed else 0


if __name__ == "__main__":
    sys.exit(main())
