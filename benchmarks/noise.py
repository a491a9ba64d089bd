"""`python -m benchmarks.noise [SESSIONS]`: what noise on the wire costs, in virtual time at 115200 baud.

A session identifies the device, uploads 305 bytes, infers five times, reads 588 bytes and 40 layers' cycles back. The
device is the firmware's own C code; a damaged byte is one that is flipped, lost, doubled, swapped with the next, late
by up to 0.4 s, or followed by a stray one, in both directions.
"""

import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.table import Table
from tests.support.noisy import Plan
from tests.support.noisy_sessions import build, converse

RATES = (0.0, 0.001, 0.003, 0.01, 0.02, 0.03)
SEED = 20261122


def main(sessions: int) -> Table:
    """One row a rate; an AssertionError where a session says anything wrong."""
    columns = ["damaged bytes, %", "sessions", "right", "clear error", "wrong", "median, s", "longest, s", "bytes each"]
    table = Table(f"Sessions over a noisy wire (seed {SEED})", columns)
    with TemporaryDirectory() as folder:
        library = build(Path(folder), survives=True)
        for rate in RATES:
            told = [converse(library, Plan(rate), f"{SEED} {rate} {i}") for i in range(sessions)]
            right = sum(one.error is None for one in told)
            seconds = [one.seconds for one in told]
            carried = sum(one.sent_bytes + one.got_bytes for one in told) // sessions
            row = (f"{100 * rate:g}", sessions, right, sessions - right, 0)
            table.add(*map(str, row), f"{median(seconds):.1f}", f"{max(seconds):.1f}", str(carried))
    return table


if __name__ == "__main__":
    print(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200).markdown())
