"""Inputs with the structure of what the reference models were trained on, by seed; never noise alone.

Images are random crops of two photographs that scikit-learn ships, in the scale of each model's training. Sounds are
made: a spectrum with formants or harmonics whose course over time is smooth, as log energies of mel bands, and for
keywords their cosine transform. They are no recordings, so accuracy on them means nothing; the values that a network
takes on them are like those in use, which is what calibration and signal-to-noise ratios need.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

Samples = np.ndarray[Any, np.dtype[np.float32]]
_LEAST_CONTRAST = 8.0  # standard deviation of a crop, of 0 .. 255: less is plain sky


def crops(count: int, size: int, largest: float, seed: int) -> Samples:
    """[count, size, size, 3] in 0 .. `largest`: crops at four zooms, mirrored at random, of changing brightness."""
    from sklearn.datasets import load_sample_images  # type: ignore[import-untyped]

    rng = np.random.default_rng(seed)
    photographs = load_sample_images().images
    images = np.empty((count, size, size, 3), np.float32)
    for index in range(count):
        photograph = photographs[index % len(photographs)]
        image = _crop(photograph, size, rng)
        while image.std() < _LEAST_CONTRAST:
            image = _crop(photograph, size, rng)
        images[index] = image * (largest / 255)
    return images


def _crop(photograph: Samples, size: int, rng: np.random.Generator) -> Samples:
    zoom = 1 + int(rng.integers(4))
    while size * zoom > min(photograph.shape[:2]):
        zoom -= 1
    top, left = (int(rng.integers(side - size * zoom + 1)) for side in photograph.shape[:2])
    crop = photograph[top : top + size * zoom, left : left + size * zoom].astype(np.float32)
    crop = crop.reshape(size, zoom, size, zoom, 3).mean(axis=(1, 3))[:, :: int(rng.choice((-1, 1)))]
    lit: Samples = np.clip(crop * rng.uniform(0.6, 1.3), 0, 255)
    return lit


def _spectrogram(frames: int, bands: int, rng: np.random.Generator) -> Samples:
    """[frames, bands] log energies in dB, -80 .. 10: tones that move slowly over falling background noise."""
    time, band = np.arange(frames)[:, None], np.arange(bands)[None, :]
    background = -30 - 35 * band / bands + rng.normal(0, 4, (frames, bands)) + rng.normal(0, 5)
    power = 10 ** (background / 10)
    for _ in range(int(rng.integers(2, 7))):
        centre = rng.uniform(0, 0.8) * bands + rng.normal(0, 0.05) * bands * np.sin(time * rng.uniform(0.02, 0.3))
        width = rng.uniform(0.01, 0.05) * bands + 0.5
        loudness = rng.uniform(-25, 5) - 15 * ((time / frames - rng.uniform(0, 1)) / rng.uniform(0.2, 2)) ** 2
        power = power + 10 ** (loudness / 10) * np.exp(-(((band - centre) / width) ** 2))
    decibels: Samples = np.clip(10 * np.log10(power), -80, 10).astype(np.float32)
    return decibels


def machine_sounds(count: int, seed: int) -> Samples:
    """[count, 640]: five frames of 128 mel bands in dB."""
    rng = np.random.default_rng(seed)
    return np.stack([_spectrogram(5, 128, rng).reshape(-1) for _ in range(count)])


def spoken_words(count: int, seed: int) -> Samples:
    """[count, 49, 10, 1]: ten cepstral coefficients of 49 frames with 40 mel bands, natural logarithm."""
    rng = np.random.default_rng(seed)
    bands = np.arange(40)
    cosine = np.cos(np.pi / 40 * (bands[:, None] + 0.5) * np.arange(10)[None, :]) * np.sqrt(2 / 40)
    energies = [_spectrogram(49, 40, rng) * (np.log(10) / 10) for _ in range(count)]
    coefficients: Samples = np.stack([(energy @ cosine)[:, :, None] for energy in energies]).astype(np.float32)
    return coefficients


SAMPLES: dict[str, Callable[[int, int], Samples]] = {
    "ic_resnet8": lambda count, seed: crops(count, 32, 255.0, seed),
    "vww_mobilenet": lambda count, seed: crops(count, 96, 1.0, seed),
    "ad_autoencoder": machine_sounds,
    "kws_dscnn": spoken_words,
}
