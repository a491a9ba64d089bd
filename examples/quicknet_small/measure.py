"""Deploys the network to two boards, and writes what came out into figures.json and README.md.

    python examples/quicknet_small/measure.py

Every figure is from `edgeopt deploy --json`: on virtual boards, with the coloured digits of examples/mnist/test.npz.
"""

import argparse
import runpy
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
COMPARE = runpy.run_path(str(HERE.parent / "mnist_binary" / "compare.py"))
MODEL, CALIBRATION = HERE / "quicknet_small.h5", HERE / "calibration.npz"
BOARDS = ("nucleo-l4r5zi", "raspberry-pi-pico")


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    with TemporaryDirectory(prefix="measure-") as folder:
        data = Path(folder) / "test.npz"
        subprocess.run([sys.executable, HERE / "data.py", data], check=True)
        rows = [
            {"board": board, "network": "binary", **COMPARE["deployed"](MODEL, board, CALIBRATION, data)}
            for board in BOARDS
        ]
    COMPARE["write"](HERE, rows)


if __name__ == "__main__":
    main()
