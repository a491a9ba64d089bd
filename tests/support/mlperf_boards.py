"""Firmware of the four benchmarks for tests of the runner's end: compiled for the host, with data sets of noise."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from support.fake_device import LibraryLink, build_library

from edgeopt.mlperf.benchmarks import BENCHMARKS, Benchmark
from edgeopt.quantmath import quantize_multiplier

SEED = 20_261_122
AD_SCALES = {"FAKE_IN_SCALE": 0.391, "FAKE_SCALE": 0.3645}
_AD_ELEMENTS = 640


def build_benchmark(folder: Path, model: str, energy_mode: bool = False) -> Path:
    """A library with the model's interface, whose first output is the beginning of its input."""
    wanted = BENCHMARKS[model]
    config = {"MODEL_VERSION": f'"{model}"'}
    defines = [f"IN0={wanted.input_bytes}", f"OUT0={wanted.classes}"]
    if model in ("ic01", "vww01"):
        config["PIXEL_FLIP"] = "0x80"
    if model == "ad01":
        config["AD01_ELEMENTS"] = str(_AD_ELEMENTS)
        defines = [f"IN0={_AD_ELEMENTS}", f"OUT0={_AD_ELEMENTS}", "FAKE_IN_ZERO_POINT=89", "FAKE_ZERO_POINT=96"]
        for name, scale in AD_SCALES.items():
            q31, shift = quantize_multiplier(scale)
            defines += [f"{name}_Q31={q31}", f"{name}_SHIFT=({shift})"]
    if energy_mode:
        config["ENERGY_MODE"] = "1"
    folder.mkdir(parents=True, exist_ok=True)
    return build_library(folder, *defines, **config)


def write_dataset(root: Path, model: str, files: int = 6, segments: int = 3) -> Path:
    """A data set in the official layout; ad01 has recordings of several windows. Gives the folder above it."""
    wanted = BENCHMARKS[model]
    rng = np.random.default_rng(SEED)
    print(f"seed {SEED}")
    folder = root / model
    folder.mkdir(parents=True)
    rows = []
    for index in range(files):
        label = index % max(wanted.classes, 2)
        (folder / f"f{index}.bin").write_bytes(_content(wanted, rng, segments, label))
        rest = ",2560,512" if wanted.classes == 1 else ""
        rows.append(f"f{index}.bin,{max(wanted.classes, 2)},{label}{rest}")
    (folder / "y_labels.csv").write_text("\n".join(rows) + "\n")
    return root


def _content(wanted: Benchmark, rng: np.random.Generator, segments: int, label: int) -> bytes:
    if wanted.classes == 1:
        return rng.normal(-30, 10 + 20 * label, 128 * (4 + segments)).astype("<f4").tobytes()
    data: np.typing.NDArray[np.uint8] = rng.integers(0, 256, wanted.input_bytes, np.uint8)
    return data.tobytes()


class Heard:
    """A link that remembers what was written, each command whole."""

    def __init__(self, link: LibraryLink) -> None:
        self._link = link
        self.traits = link.traits
        self.commands: list[bytes] = []

    def write(self, data: bytes) -> None:
        assert data.endswith(b"%") and data.count(b"%") == 1, data
        self.commands.append(data)
        self._link.write(data)

    def read(self, timeout_s: float) -> bytes:
        return self._link.read(timeout_s)

    def close(self) -> None:
        self._link.close()


class Scripted:
    """A link to a board that answers each command as told, at once; silence where it is told nothing.

    Time passes by being waited for: `clock`.
    """

    def __init__(self, answer: Callable[[bytes], bytes], unasked: bytes = b"") -> None:
        self._answer = answer
        self._waiting = unasked
        self.now_s = 0.0
        self.commands: list[bytes] = []

    traits = LibraryLink.traits

    def clock(self) -> float:
        return self.now_s

    def write(self, data: bytes) -> None:
        self.commands.append(data)
        self._waiting += self._answer(data)

    def read(self, timeout_s: float) -> bytes:
        data, self._waiting = self._waiting[:7], self._waiting[7:]  # in small pieces, as a port brings them
        if not data:
            self.now_s += timeout_s
        return data

    def close(self) -> None:
        """Nothing to close."""
