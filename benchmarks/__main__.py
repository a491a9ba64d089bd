"""`make bench`: prints the tables of the README. Long: the exactness table alone simulates some 20,000 inferences."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    ablation,
    binary,
    conversion,
    energy,
    estimates,
    exactness,
    figures,
    fuzz,
    fuzz_kernels,
    lpm01a,
    ppk2,
    speed,
)
from benchmarks.table import Table
from edgeopt.errors import EdgeoptError

PARTS: dict[str, Callable[[Path, int], list[Table]]] = {
    "figures": figures.tables,
    "ablation": ablation.tables,
    "estimates": estimates.tables,
    "speed": speed.tables,
    "binary": binary.tables,
    "fuzz": fuzz.tables,
    "fuzz_kernels": fuzz_kernels.tables,
    "ppk2": ppk2.tables,
    "lpm01a": lpm01a.tables,
    "energy": energy.tables,
    "conversion": conversion.tables,
    "exactness": exactness.tables,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "models", type=Path, nargs="?", default=Path("../shared/models"), help="folder of the *_int8.tflite models"
    )
    parser.add_argument("--only", choices=PARTS, nargs="*", default=list(PARTS))
    parser.add_argument("--samples", type=int, default=200, help="random inputs a model in the exactness table")
    parser.add_argument("--output", type=Path, default=Path("bench-out"), help="folder of the tables as Markdown")
    arguments = parser.parse_args()
    if not list(arguments.models.glob("*_int8.tflite")):
        print(f"no *_int8.tflite in {arguments.models}: name their folder (make bench MODELS=DIR)", file=sys.stderr)
        return 2
    arguments.output.mkdir(parents=True, exist_ok=True)
    missed = False
    for name in arguments.only:
        try:
            tables = PARTS[name](arguments.models, arguments.samples)
        except EdgeoptError as error:
            print(f"error: {error.message}\nhint:  {error.hint}", file=sys.stderr)
            return error.exit_code
        text = "\n\n".join(table.markdown() for table in tables)
        (arguments.output / f"{name}.md").write_text(text + "\n")
        print(text, end="\n\n", flush=True)
        missed |= any(table.missed for table in tables)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
