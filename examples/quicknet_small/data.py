"""Makes coloured 32x32 images of the MNIST digits of examples/mnist: random ink on random paper.

    python examples/quicknet_small/data.py FILE.npz [--of test|calibration]

They stand for photographs in size and channels only: no data set of small colour images comes with a Python package.
Seeded: the same images every time, on every machine.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SEED = 20
LEAST_CONTRAST = 0.8  # of the three channels' differences between ink and paper, added up
BORDER = 2  # pixels of paper on every side: 28 -> 32
MNIST = Path(__file__).parents[1] / "mnist"
Grey = NDArray[np.float32]  # [n, 28, 28, 1], 0 (paper) .. 1 (ink)
Images = NDArray[np.float32]  # [n, 32, 32, 3], whole numbers / 255


def coloured(digits: Grey, rng: np.random.Generator) -> Images:
    """The digits in colour: each pixel lies between the image's paper and its ink as the grey one did."""
    paper, ink = rng.random((2, len(digits), 3))
    weak = np.abs(ink - paper).sum(axis=-1) < LEAST_CONTRAST
    ink[weak] = (paper[weak] + 0.5) % 1
    inside = np.pad(digits, ((0, 0), (BORDER, BORDER), (BORDER, BORDER), (0, 0)))
    values = paper[:, None, None] + inside * (ink - paper)[:, None, None]
    return (np.round(values * 255) / 255).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--of", choices=("test", "calibration"), default="test")
    options = parser.parse_args()
    digits = np.load(MNIST / f"{options.of}.npz")
    np.savez_compressed(options.file, image=coloured(digits["image"], np.random.default_rng(SEED)), y=digits["y"])


if __name__ == "__main__":
    main()
