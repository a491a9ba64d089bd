"""docs/proof.md, done from the top to the bottom: its commands, and the kernel that its Python breaks."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.small import INPUT_SHAPE

PAGE = Path(__file__).parents[2] / "docs" / "proof.md"
PARTS = re.compile(r"^```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def said(line: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *line.split()], cwd=folder, capture_output=True, text=True, check=False
    )
    return f"{done.stdout}{done.stderr}"


@pytest.mark.usefixtures("any_toolchain")
def test_the_page_is_what_happens(small_model: bytes, rng: np.random.Generator, tmp_path: Path) -> None:
    pytest.importorskip("unicorn", reason="pip install unicorn")
    pytest.importorskip("tflite_micro", reason="pip install tflite-micro")
    (tmp_path / "small.tflite").write_bytes(small_model)
    samples = rng.integers(-128, 128, (20, *INPUT_SHAPE[1:]), np.int8)
    np.savez(tmp_path / "labelled.npz", x=samples, y=rng.integers(0, 3, 20))
    done = 0
    for language, text in PARTS.findall(PAGE.read_text()):
        if language == "python":
            subprocess.run([sys.executable, "-c", text], cwd=tmp_path, check=True)
            continue
        for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            line, _, output = part.partition("\n")
            # The page breaks lines where it ends, and numbers depend on the samples.
            expected = " ".join(output.split())
            found = " ".join(said(line, tmp_path).split())
            assert re.fullmatch(re.escape(expected).replace(r"\.\.\.", ".*"), found), f"{line}\n{found}\n{expected}"
            done += 1
    assert done == 5
