"""Samples as a device takes them, outputs as a user wants them back."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import numpy as np

from edgeopt.convert import Dataset, check_place, quantize_inputs, write_atomically
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


def check_outputs_file(path: Path, tensors: Sequence[Tensor]) -> None:
    """UsageError unless `save_outputs` can write `path`."""
    if path.suffix != ".npz" and (path.suffix != ".npy" or len(tensors) > 1):
        raise UsageError(f"`{path}`: {len(tensors)} outputs need a .npz", "give --outputs OUT.npz, or .npy for one")
    check_place(path, "outputs.npz")


def save_outputs(path: Path, outputs: Sequence[Sequence[bytes]], tensors: Sequence[Tensor]) -> None:
    """Writes a .npy of the only output, or a .npz with one array an output by name."""
    check_outputs_file(path, tensors)
    arrays = output_arrays(outputs, tensors)
    content = BytesIO()
    if path.suffix == ".npz":
        # numpy.savez takes no array that is called `file`.
        with ZipFile(content, "w") as archive:
            for tensor, array in zip(tensors, arrays, strict=True):
                archive.writestr(ZipInfo(f"{tensor.name}.npy"), _npy(array))
    else:
        content.write(_npy(arrays[0]))
    write_atomically(path, content.getvalue())


def _npy(array: Array) -> bytes:
    content = BytesIO()
    np.save(content, array)
    return content.getvalue()
