"""Run a .tflite on this computer with LiteRT: what accuracy is judged by (exactness is judged by tflite-micro)."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter_ns
from typing import Any, Literal

import numpy as np

from edgeopt.convert.calibration import match
from edgeopt.convert.dataset import Dataset
from edgeopt.convert.sequences import begins_anew
from edgeopt.errors import MalformedModel, ModelError, ToolchainError, UnsupportedModel
from edgeopt.ir import Array, Quant, Tensor
from edgeopt.schema import read_model

Kernels = Literal["reference", "optimized", "xnnpack"]
_RESOLVERS: dict[Kernels, str] = {
    "reference": "BUILTIN_REF",
    "optimized": "BUILTIN_WITHOUT_DEFAULT_DELEGATES",
    "xnnpack": "BUILTIN",
}
# It registers no ELU, and its int8 SUM drops the zero point: 3,984 of 4,000 outputs differ from tflite-micro's
_BEYOND_REFERENCE = frozenset({"ELU", "SUM"})


def quantize_values(real: Array, quant: Quant, dtype: str = "int8") -> Array:
    """q = clip(round(real / scale) + zero_point), division in float32, halves away from zero: as QUANTIZE in TFLite."""
    info = np.iinfo(dtype)
    x = real.astype(np.float32) / np.float32(quant.scale)
    # not floor(|x| + 0.5): in float32 that sum rounds 0.49999997 up to 1
    whole = np.trunc(x)
    rounded = whole + np.sign(x) * (np.abs(x - whole) >= 0.5)
    clipped: Array = np.clip(rounded.astype(np.float64) + quant.zero_point, info.min, info.max)
    return clipped.astype(dtype)


def dequantize_values(q: Array, quant: Quant) -> Array:
    """real = scale * (q - zero_point), float32."""
    return (np.float32(quant.scale) * (q.astype(np.int32) - quant.zero_point)).astype(np.float32)


def real_values(values: Array, tensor: Tensor) -> Array:
    """What the values of a tensor stand for; those of one without a scale, themselves."""
    return values if tensor.quant is None else dequantize_values(values, tensor.quant)


def quantize_inputs(data: Dataset, inputs: Sequence[Tensor]) -> dict[str, Array]:
    """Arrays [samples, ...] by name in the inputs' own types: real values are quantized, integers stay."""
    matched = match(data, inputs)
    return {
        tensor.name: quantize_values(matched.inputs[tensor.name], tensor.q, tensor.dtype)
        if matched.inputs[tensor.name].dtype.kind == "f" and tensor.dtype != "float32"
        else matched.inputs[tensor.name]
        for tensor in inputs
    }


class LiteRt:
    """One model, ready to run.

    `reference` kernels are LiteRT's plain C++ ones: the same on every computer, without XNNPACK. Its int8 fully
    connected layer rounds once where microcontrollers round twice, so an output can differ from the device's by a step
    or so. Where they lack an operator or compute it wrongly, `reference` means the optimized ones. `optimized` kernels
    are faster and differ more, `xnnpack` is what a phone runs; all take one thread. Errors:
    MalformedModel where LiteRT refuses the file, ToolchainError where neither ai-edge-litert nor tflite-runtime is
    installed.
    """

    def __init__(self, model: bytes | Path, kernels: Kernels = "reference", where: str = "the model") -> None:
        where = str(model) if isinstance(model, Path) else where
        content = model.read_bytes() if isinstance(model, Path) else model
        module = _interpreter_module()
        if kernels == "reference" and _beyond_reference(content):
            kernels = "optimized"
        resolver = module.OpResolverType[_RESOLVERS[kernels]]
        try:
            self._interpreter = module.Interpreter(
                model_content=content, experimental_op_resolver_type=resolver, num_threads=1
            )
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise MalformedModel(
                f"{where}: LiteRT cannot load it: {_reason(error)}", "convert the model again"
            ) from None
        self._where, self._anew = where, begins_anew(content)
        self.inputs = tuple(_tensor(detail) for detail in self._interpreter.get_input_details())
        self.outputs = tuple(_tensor(detail) for detail in self._interpreter.get_output_details())
        empty = next((tensor for tensor in self.inputs + self.outputs if 0 in tensor.shape), None)
        if empty is not None:  # the file may say otherwise: LiteRT works shapes out by itself
            raise MalformedModel(f"{where}: `{empty.name}` is empty: {list(empty.shape)}", "convert the model again")

    def run(self, data: Dataset) -> dict[str, Array]:
        """Outputs [samples, ...] by name, in the model's own types. `data` as `calibration.match` takes it.

        What the model remembers from an earlier call is forgotten; from sample to sample, where each is a sequence.
        """
        feeds = quantize_inputs(data, self.inputs)
        results: dict[str, list[Array]] = {tensor.name: [] for tensor in self.outputs}
        for sample in range(data.samples):
            if self._anew or sample == 0:
                self._interpreter.reset_all_variables()
            self._infer(feeds, sample)
            for detail in self._interpreter.get_output_details():
                results[detail["name"]].append(self._interpreter.get_tensor(detail["index"]))
        return {name: np.stack(values) for name, values in results.items()}

    def time(self, data: Dataset, repeats: int) -> list[float]:
        """Milliseconds of each of `repeats` inferences of the first sample, with what one call from Python costs."""
        feeds = quantize_inputs(data.first(1), self.inputs)
        self._infer(feeds, 0)  # not counted: the first one is slower
        taken = []
        for _ in range(repeats):
            self._set(feeds, 0)
            begin = perf_counter_ns()
            self._interpreter.invoke()
            taken.append((perf_counter_ns() - begin) / 1e6)
        return taken

    def _infer(self, feeds: Mapping[str, Array], sample: int) -> None:
        """ModelError where LiteRT finds only now what is wrong with the model, or with a sample: an index of GATHER."""
        try:
            self._set(feeds, sample)
            self._interpreter.invoke()
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"{self._where}: LiteRT cannot run it: {_reason(error)}", "convert it again") from None

    def _set(self, feeds: Mapping[str, Array], sample: int) -> None:
        for detail, tensor in zip(self._interpreter.get_input_details(), self.inputs, strict=True):
            self._interpreter.set_tensor(detail["index"], feeds[tensor.name][sample].reshape(tensor.shape))

    def run_real(self, data: Dataset) -> dict[str, Array]:
        """As `run`, with quantized outputs as the real values that they stand for, float32."""
        outputs = self.run(data)
        return {tensor.name: real_values(outputs[tensor.name], tensor) for tensor in self.outputs}


def verify(model: bytes, where: str) -> None:
    """MalformedModel unless LiteRT's verifier passes the file: others follow its offsets blindly."""
    try:
        _interpreter_module().Interpreter(model_content=model, num_threads=1)
    except (ValueError, RuntimeError) as error:
        raise MalformedModel(f"{where}: is damaged: {_reason(error)}", "export or download the model again") from None


def _beyond_reference(model: bytes) -> bool:
    """Whether the reference kernels do not do for the model; no of a file that cannot be read, which LiteRT refuses."""
    try:
        return any(operator.name in _BEYOND_REFERENCE for operator in read_model(model).operators)
    except ModelError:
        return False


def _reason(error: Exception) -> str:
    return (str(error).splitlines() or ["no reason given"])[0][:200]


def _tensor(detail: dict[str, Any]) -> Tensor:
    scales = tuple(float(scale) for scale in detail["quantization_parameters"]["scales"])
    zero_points = tuple(int(zero) for zero in detail["quantization_parameters"]["zero_points"])
    shape = tuple(int(size) for size in detail["shape"])
    dtype = np.dtype(detail["dtype"]).name
    if len(scales) > 1:
        raise UnsupportedModel(
            f"tensor `{detail['name']}` is quantized per channel", "inputs and outputs have one scale"
        )
    return Tensor(detail["name"], shape, dtype, Quant(scales, zero_points) if scales else None)


def _interpreter_module() -> Any:
    for name in ("ai_edge_litert.interpreter", "tflite_runtime.interpreter"):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            continue
    raise ToolchainError("the Python module `ai_edge_litert` is not installed", "pip install 'edgeopt[quantize]'")
