"""Benchmarks: figures beside the peers', bit-exactness on every core and compiler, speed of the tool itself."""

import sys
from pathlib import Path

# the tests' helpers import one another as `support`
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
