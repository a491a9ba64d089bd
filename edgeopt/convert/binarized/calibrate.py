"""What every float tensor of a binarized network holds over the calibration set, kept in the file's own metadata.

The Engine computes in bits and floats; on a microcontroller what is float becomes integers, whose scales follow from
these ranges. The file stays the Engine's: its interpreter passes over metadata that it does not know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgeopt.convert.binarized.grids import InputGrid, input_grid
from edgeopt.convert.binarized.interpreter import LceRt
from edgeopt.convert.calibration import plain_name
from edgeopt.convert.litert import verify
from edgeopt.convert.quantize_job import Samples
from edgeopt.convert.quantizer import flatfile
from edgeopt.convert.summary import Summary, read_summary
from edgeopt.errors import UsageError
from edgeopt.ir import Array
from edgeopt.schema import METADATA_NAME, Ranges, encode_ranges


def calibrate(request: dict[str, Any]) -> list[str]:
    """Writes the model with its ranges to `output`; returns warnings.

    Further keys: `model` (a .tflite with the Engine's operators), `name` (as in errors), `calibration` (.npz as of
    `Samples`), `source` (of the samples, as in errors).
    """
    data, name = Path(request["model"]).read_bytes(), request["name"]
    summary = read_summary(data, name)
    columns = Samples.load(Path(request["calibration"])).columns
    grids = {index: input_grid(column) for index, column in zip(summary.inputs, columns, strict=True)}
    ranges = {index: (float(column.min()), float(column.max())) for index, column in zip(grids, columns, strict=True)}
    ranges |= _computed_ranges(data, summary, columns, name, request["source"])
    inputs = {index: (found.grid.scale, found.grid.zero_point) for index, found in grids.items()}
    Path(request["output"]).write_bytes(with_ranges(data, Ranges(ranges, inputs)))
    return _rounded_inputs(grids, summary, request["source"])


def with_ranges(data: bytes, ranges: Ranges) -> bytes:
    """A verified file with the ranges as its metadata, instead of those that it has."""
    model = flatfile.read(data)
    buffer, entry = flatfile.schema().BufferT(), flatfile.schema().MetadataT()
    buffer.data = np.frombuffer(encode_ranges(ranges), np.uint8)
    entry.name, entry.buffer = METADATA_NAME, len(model.buffers)
    model.buffers.append(buffer)
    others = [other for other in model.metadata or [] if flatfile.text(other.name) != METADATA_NAME]
    model.metadata = [*others, entry]
    return flatfile.write(model)


def _computed_ranges(
    data: bytes, summary: Summary, columns: Sequence[Array], name: str, source: str
) -> dict[int, tuple[float, float]]:
    """Lowest and highest value by tensor, of every float tensor that a layer makes."""
    makers = {
        index: layer.name
        for layer in summary.layers
        for index in layer.outputs
        if summary.tensors[index].dtype == "float32" and summary.tensors[index].elements
    }
    if not makers:
        return {}
    lows, highs = np.full(len(makers), np.inf), np.full(len(makers), -np.inf)
    for sample, row in enumerate(LceRt(_with_outputs(data, tuple(makers), name), name).each(columns)):
        low, high = np.array([(values.min(), values.max()) for values in row], np.float64).T
        bad = np.flatnonzero(~np.isfinite(low) | ~np.isfinite(high))
        if bad.size:
            raise UsageError(
                f"{source}: with sample {sample}, layer `{list(makers.values())[bad[0]]}` of the model gives infinity "
                "or no number",
                "expected the scale of training; if the sample is right, the model itself overflows",
            )
        lows, highs = np.minimum(lows, low), np.maximum(highs, high)
    return {index: (float(low), float(high)) for index, low, high in zip(makers, lows, highs, strict=True)}


def _with_outputs(data: bytes, tensors: Sequence[int], name: str) -> bytes:
    """The model with these tensors as its outputs."""
    verify(data, name)
    model = flatfile.read(data)
    model.subgraphs[0].outputs = list(tensors)
    model.signatureDefs = []
    return flatfile.write(model)


def _rounded_inputs(grids: Mapping[int, InputGrid], summary: Summary, source: str) -> list[str]:
    return [
        f"{source}: input `{plain_name(summary.tensors[index].name)}` is rounded to int8 in steps of "
        f"{found.grid.scale:.4g}: its values lie on no steps of their own that hold 0, as pixels/255 do"
        for index, found in grids.items()
        if not found.exact
    ]
