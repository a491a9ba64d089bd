"""Deploys int8 and binarized networks to two boards, and writes what came out into figures.json and README.md.

    python examples/mnist_binary/compare.py [--only NETWORK]

Every figure is from `edgeopt deploy --json`: on virtual boards, with all images of examples/mnist/test.npz.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).parent
MNIST = HERE.parent / "mnist"
NETWORKS = {
    "int8, of examples/mnist": MNIST / "mnist.keras",
    "int8, the layers of this": HERE / "mnist_real_int8.tflite",
    "binary": HERE / "mnist_binary.h5",
}
BOARDS = ("nucleo-l4r5zi", "nucleo-g071rb")
BEGIN, END = "<!-- figures.json -->\n", "<!-- end -->\n"
OWN_FLASH, OWN_RAM = ("weights", "kernels", "model"), ("arena", "static")  # what the network itself takes
COLUMNS = ("board", "network", "top-1", "products", "flash, bytes", "RAM, bytes", "instructions", "cycles")
Figures = dict[str, Any]


def deployed(model: Path, board: str, calibration: Path, data: Path) -> Figures:
    """The part of one deployment's report that the table is made of, or why there is none."""
    with TemporaryDirectory(prefix="compare-") as folder:
        command = [sys.executable, "-m", "edgeopt", "deploy", str(model), "--board", board, "--json"]
        command += ["--calibration", str(calibration), "--data", str(data), "-o", f"{folder}/project"]
        report = json.loads(subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True).stdout)
    if error := report.get("error"):
        if error["kind"] != "DoesNotFit":
            sys.exit(f"{model} on {board}: {error['message']}")
        return {"refused": error["message"]}
    return {
        "toolchain": f"{report['toolchain']}, {report['optimization']}",
        "samples": report["validation"]["samples"],
        "identical": report["validation"]["identical"],
        "accuracy": report["accuracy"]["device"],
        "macs": report["macs"],
        "binary_macs": report["binary_macs"],
        "flash_bytes": {part: report["flash_bytes"][part] for part in OWN_FLASH},
        "ram_bytes": {part: report["ram_bytes"][part] for part in OWN_RAM},
        "instructions": round(report["instructions"]["value"]),
        "cycles": round(report["cycles"]["value"]),
    }


def table(rows: list[Figures]) -> str:
    """The table, and below it what was refused."""
    rule = ["---", "---", *["---:"] * (len(COLUMNS) - 2)]
    lines = [f"| {' | '.join(cells)} |" for cells in (COLUMNS, rule, *map(_cells, rows))]
    lines += [f"\n{row['network']}, {row['board']}: {row['refused']}." for row in rows if "refused" in row]
    return "\n".join(lines) + "\n"


def _cells(row: Figures) -> list[str]:
    names = [row["board"], row["network"]]
    if "refused" in row:
        return [*names, "does not fit", *["-"] * (len(COLUMNS) - 3)]
    sizes = sum(row["flash_bytes"].values()), sum(row["ram_bytes"].values())
    numbers = row["macs"] + row["binary_macs"], *sizes, row["instructions"], row["cycles"]
    return [*names, f"{100 * row['accuracy']:.1f} %", *(f"{number:,}" for number in numbers)]


def with_table(page: str, rows: list[Figures]) -> str:
    """The page with the table between its two marks made anew."""
    return re.sub(f"(?<={re.escape(BEGIN)}).*?(?={re.escape(END)})", lambda _: table(rows), page, flags=re.DOTALL)


def write(folder: Path, rows: list[Figures]) -> None:
    """Writes figures.json and the table in README.md."""
    (folder / "figures.json").write_text(json.dumps(rows, indent=1) + "\n")
    readme = folder / "README.md"
    readme.write_text(with_table(readme.read_text(), rows))
    print(table(rows), end="")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=NETWORKS, help="deploy this network alone and keep the figures of the others")
    only = parser.parse_args().only
    known = (
        {(row["board"], row["network"]): row for row in json.loads((HERE / "figures.json").read_text())} if only else {}
    )
    rows, calibration, data = [], MNIST / "calibration.npz", MNIST / "test.npz"
    for board in BOARDS:
        for network, model in NETWORKS.items():
            key = {"board": board, "network": network}
            keep = only not in (None, network)
            rows.append(known[board, network] if keep else {**key, **deployed(model, board, calibration, data)})
    write(HERE, rows)


if __name__ == "__main__":
    main()
