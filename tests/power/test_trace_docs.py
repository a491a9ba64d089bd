"""docs/power_traces.md: its programs run, and read what a recording of edgeopt is."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from support.power_scene import Flaws, blocks_of, info_at, scene

from edgeopt.power.trace import TraceInfo
from edgeopt.power.tracefile import TraceWriter, read_trace

PAGE = Path(__file__).resolve().parents[2] / "docs" / "power_traces.md"
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
MADE = scene(seed=1, windows=2, window_s=0.6)


def ran(program: str, folder: Path, info: TraceInfo) -> list[str]:
    writer = TraceWriter(folder / "run.eotrace", info)
    for block in blocks_of(MADE, info, Flaws(lost=0.01)):
        writer.append(block)
    writer.end()
    result = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True)
    return result.stdout.splitlines()


def test_a_program_without_edgeopt(tmp_path: Path) -> None:
    (line,) = ran(PROGRAMS[0], tmp_path, info_at(1e4))
    amps = np.concatenate(
        [block.amps for block in read_trace(tmp_path / "run.eotrace").blocks() if block.amps is not None]
    )
    meter, mean = line.split()
    assert meter == "fake" and np.isclose(float(mean), amps.mean(dtype=np.float64), rtol=1e-6)


def test_a_program_with_edgeopt(tmp_path: Path) -> None:
    first, joules, found = ran(PROGRAMS[1], tmp_path, info_at(1e4))
    assert first.startswith("A fake meter") and len(PROGRAMS) == 2
    assert 0.5 * float(joules) < MADE.profile.energy_j(0.5, 1.5) < 2 * float(joules)
    assert np.isclose(float(found.split()[0]), MADE.uj_per_inference, rtol=2e-3)


def test_every_key_of_the_first_line_is_on_the_page() -> None:
    text = PAGE.read_text()
    assert not [field for field in TraceInfo.__dataclass_fields__ if f"`{field}`" not in text]
