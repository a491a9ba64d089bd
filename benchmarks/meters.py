"""`python -m benchmarks.meters`: a minute of a PPK2's 100,000 samples a second, recorded and analysed.

The emulated meter runs in a process of its own, behind a pty and in real time, so that the recorder's share of the
processor is its own. Prints a table; exit code 1 where samples got lost, or memory grew with the recording.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.table import Table
from edgeopt.power.emulator import Faults
from edgeopt.power.emulators.ppk2 import Ppk2Emulator
from edgeopt.power.found import EnergyFound
from edgeopt.power.meter import meter_opener
from edgeopt.power.method import energy_of
from edgeopt.power.profile import Pieces
from edgeopt.power.recorder import Recorder
from edgeopt.power.serving import serve_pty
from edgeopt.power.tracefile import Trace, read_trace
from edgeopt.power.windows import windows_by_line

RATE_HZ = 100_000
_SUPPLY_V = 3.0
_LATENCY_S = 0.02
_PHASES = ((0.3, 12e-3), (0.5, 9e-3), (0.2, 15e-3))  # share of an inference, amperes
_IDLE_A = 2e-3
_WINDOW = 500  # inferences: 10 s
_PAUSE_S = 1.0
_MOST_MB = 32.0  # that memory may grow by; the samples are 300 MB as they come from the wire in an hour


def profile(seconds: float) -> Pieces:
    """Windows of 10 s with pauses of 1 s, the line low in them."""
    shares, amps = np.array(_PHASES).T
    starts, currents, levels = [0.0], [_IDLE_A], [1]
    at_s = _PAUSE_S
    while at_s < seconds:
        edges = at_s + np.concatenate(([0.0], np.cumsum(np.tile(shares, _WINDOW) * _LATENCY_S)))
        starts += edges.tolist()
        currents += [*np.tile(amps, _WINDOW).tolist(), _IDLE_A]
        levels += [0] * (len(edges) - 1) + [1]
        at_s = float(edges[-1]) + _PAUSE_S
    return Pieces(_SUPPLY_V, np.array(starts), np.array(currents), np.array(levels, dtype=np.uint8))


def exact_uj() -> float:
    return sum(share * amps for share, amps in _PHASES) * _SUPPLY_V * _LATENCY_S * 1e6


@dataclass(frozen=True)
class Recorded:
    trace: Trace
    wall_s: float
    cpu_s: float
    grown_mb: float
    failure: str


def record(port: str, path: Path, seconds: float) -> Recorded:
    meter = meter_opener(f"ppk2:{port},volts={_SUPPLY_V:g}")()
    try:
        recorder = Recorder(meter, path)
        before_mb, cpu_s, wall_s = _peak_mb(), time.process_time(), time.monotonic()
        recorder.start()
        while time.monotonic() - wall_s < seconds and recorder.running:
            time.sleep(0.1)
        wall_s, cpu_s = time.monotonic() - wall_s, time.process_time() - cpu_s
        trace = recorder.stop()
        failure = recorder.failure.message if recorder.failure else ""
        return Recorded(trace, wall_s, cpu_s, _peak_mb() - before_mb, failure)
    finally:
        meter.close()


def table(seconds: float) -> Table:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "meters.eotrace"
        served = [sys.executable, "-m", "benchmarks.meters", "--serve", "--seconds", str(seconds)]
        with subprocess.Popen(served, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as emulator:
            assert emulator.stdout is not None
            recorded = record(emulator.stdout.readline().strip(), path, seconds)
            emulator.communicate()  # the end of its input ends it
        emulator_s = _cpu_s(resource.RUSAGE_CHILDREN)
        begun = time.perf_counter()
        found = _energy(read_trace(path))
        return _table(recorded, found, emulator_s, time.perf_counter() - begun, path.stat().st_size)


def _energy(trace: Trace) -> EnergyFound:
    cuts = windows_by_line(trace, 0, _WINDOW, least_s=_WINDOW * _LATENCY_S / 2)
    return energy_of(trace, cuts.windows)


def _table(recorded: Recorded, found: EnergyFound, emulator_s: float, analysis_s: float, size: int) -> Table:
    trace, wall_s = recorded.trace, recorded.wall_s
    made = Table(f"PPK2 behind a pty in real time, {wall_s:.0f} s, emulated", ["what", "found"])
    share = trace.samples / (wall_s * RATE_HZ)
    made.add("samples", f"{trace.samples:,}")
    made.add("of those that the meter takes in that time", made.judged(f"{share:.2%}", share > 0.98))
    made.add("lost", made.judged(str(trace.lost), trace.lost == 0))
    made.add("recorder's share of a core", f"{recorded.cpu_s / wall_s:.1%}")
    made.add("emulator's share of a core", f"{emulator_s / wall_s:.1%}")
    made.add("memory grown by", made.judged(f"{recorded.grown_mb:.1f} MB", recorded.grown_mb < _MOST_MB))
    made.add("trace file", f"{size / 1e6:.1f} MB")
    made.add("read, cut and integrated in", f"{analysis_s:.2f} s")
    error = found.uj_per_inference / exact_uj() - 1
    made.add(f"energy an inference, median of {len(found.windows)} windows", f"{found.uj_per_inference:.3f} uJ")
    made.add("off from the profile", made.judged(f"{error:+.3%}", abs(error) < 0.005))
    if recorded.failure:
        made.add("failed", made.judged(recorded.failure, False))
    return made


def _peak_mb() -> float:
    """Of this process so far. Linux counts kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def _cpu_s(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def _serve(seconds: float) -> None:
    with serve_pty(Ppk2Emulator(profile(seconds + 60), Faults())) as path:
        print(path, flush=True)
        sys.stdin.read()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.meters", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--serve", action="store_true", help="be the emulated meter: for the benchmark itself")
    arguments = parser.parse_args()
    if arguments.serve:
        _serve(arguments.seconds)
        return 0
    made = table(arguments.seconds)
    print(made.markdown())
    return 1 if made.missed else 0


if __name__ == "__main__":
    sys.exit(main())
