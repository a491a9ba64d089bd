"""Samples as a device takes them, outputs as a user wants them back."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edgeopt.convert import Dataset, quantize_inputs
from edgeopt.device.runner import Sample
from edgeopt.errors import UsageError
from edgeopt.ir import Array, Tensor


def samples_of(data: Dataset, inputs: Sequence[Tensor]) -> list[Sample]:
    """One array an input for each sample, in the inputs' own types; real values are quantized. UsageError: no match."""
    arrays = quantize_inputs(data, inputs)
    return [[arrays[t.name][index].reshape(t.shape) for t in inputs] for index in range(data.samples)]


def zero_sample(inputs: Sequence[Tensor]) -> list[Sample]:
    """One sample of zeros, for a run whose outputs do not matter."""
    return [[np.zeros(tensor.shape, tensor.dtype) for tensor in inputs]]


def output_arrays(outputs: Sequence[Sequence[bytes]], tensors: Sequence[Tensor]) -> list[Array]:
    """One array [samples, *shape] an output, from the bytes [sample][output] of a device."""
    return [
        np.stack([np.frombuffer(sample[i], np.dtype(t.dtype).newbyteorder("<")).reshape(t.shape) for sample in outputs])
        for i, t in enumerate(tensors)
    ]


def save_outputs(path: Path, outputs: Sequence[Sequence[bytes]], tensors: Sequence[Tensor]) -> None:
    """Writes a .npy of the only output, or a .npz with one array an output by name."""
    arrays = output_arrays(outputs, tensors)
    if path.suffix == ".npz":
        np.savez(path, **{tensor.name: array for tensor, array in zip(tensors, arrays, strict=True)})
    elif len(arrays) == 1 and path.suffix == ".npy":
        np.save(path, arrays[0])
    else:
        raise UsageError(f"`{path}`: {len(arrays)} outputs need a .npz file", "give --outputs OUT.npz, or .npy for one")
