"""Random networks in random types: always a sound file, whose outputs are near the float network's."""

from __future__ import annotations

import numpy as np
from support.oracle import run_litert_reference, run_tflm
from support.tflite_writer import ModelBuilder

from edgeopt.convert import quantize_values
from edgeopt.convert.calibrate import collect, ranges_by
from edgeopt.convert.calibrate.fidelity import worst_snr_db
from edgeopt.convert.quantizer import FLOAT, Numbers, has_type, prepare, quantized
from edgeopt.convert.summary import READY, read_summary
from edgeopt.ir import Array
from edgeopt.load import load_bytes

WIDTH, LAYERS, NETWORKS = 8, 9, 25
UNARY = ("RELU", "TANH", "LOGISTIC", "SOFTMAX", "HARD_SWISH")
BINARY = ("ADD", "SUB", "MUL", "MAXIMUM", "CONCATENATION")


def random_network(rng: np.random.Generator) -> bytes:
    """Layers that read any tensors before them; what nobody reads is given out."""
    m = ModelBuilder()
    inputs = [m.tensor([1, WIDTH], "float32", name=f"x{i}") for i in range(2)]
    tensors, unread = list(inputs), set()
    for index in range(LAYERS):
        kind = str(rng.choice(["FULLY_CONNECTED", *UNARY, *BINARY]))
        first, second = (int(t) for t in rng.choice(tensors, 2, replace=False))
        y = m.tensor([1, WIDTH], "float32", name=f"net/layer{index}/{kind}")
        if kind == "FULLY_CONNECTED":
            shape = (WIDTH, WIDTH)
            constants = [m.tensor(s, "float32", data=rng.normal(0, 0.4, s)) for s in (shape, shape[:1])]
            m.op(kind, [first, *constants], [y])
        elif kind == "CONCATENATION":
            halves = [m.tensor([1, WIDTH // 2], "float32", name=f"net/half{index}_{i}/Split") for i in range(4)]
            axis = m.tensor([1], "int32", data=[1])
            m.op("SPLIT", [axis, first], halves[:2], {"num_splits": 2})
            m.op("SPLIT", [axis, second], halves[2:], {"num_splits": 2})
            m.op(kind, [halves[1], halves[2]], [y], {"axis": 1})
            unread.update((halves[0],) if rng.random() < 0.2 else ())
        else:
            m.op(kind, [first] if kind in UNARY else [first, second], [y], {"beta": 1.0} if kind == "SOFTMAX" else None)
        unread -= {first, second}
        unread.add(y)
        tensors.append(y)
    return m.finish(inputs, sorted(unread))


def random_numbers(operators: tuple[str, ...], rng: np.random.Generator) -> Numbers:
    """int8, with some layers in float or int16."""
    types = ["int8", "int8", "int16", FLOAT]
    chosen = {index: str(rng.choice(types)) for index in range(len(operators))}
    no_float = ("MAXIMUM",)  # edgeopt has no kernel for it
    possible = {
        index: dtype
        for index, dtype in chosen.items()
        if has_type(operators[index], dtype) and (dtype != FLOAT or operators[index] not in no_float)
    }
    return Numbers("int8", str(rng.choice(["int8", "int4"])), bool(rng.integers(2)), possible)


def test_random_networks_in_random_types(rng: np.random.Generator) -> None:
    for _ in range(NETWORKS):
        model = random_network(rng)
        network = prepare(model)
        columns: list[Array] = [rng.normal(0, 1, (16, 1, WIDTH)).astype(np.float32) for _ in network.inputs]
        activations = collect(network, columns, "samples")
        numbers = random_numbers(network.operators, rng)
        data = quantized(network, numbers, ranges_by("min-max", activations)).data
        summary = read_summary(data, "m")
        assert summary.kind in READY
        kept = [layer.operator for layer in summary.layers if layer.operator not in ("QUANTIZE", "DEQUANTIZE")]
        assert tuple(kept) == network.operators
        assert [layer.name for layer in summary.layers if layer.operator in kept] == list(network.layer_names)
        assert worst_snr_db(data, columns, activations.outputs, 16) > (8 if numbers.weights == "int4" else 18)
        feed = [quantize_values(c[0], t.q, t.dtype) for c, t in zip(columns, summary.input_tensors, strict=True)]
        load_bytes(data, "m")
        if numbers.weights == "int8":  # per channel, tflite-micro has no int4 dense layer
            for ours, theirs in zip(run_tflm(data, feed), run_litert_reference(data, feed), strict=True):
                assert np.abs(ours.astype(int) - theirs).max() <= 24


def test_a_uniform_type_needs_no_conversions_but_for_prescribed_scales(rng: np.random.Generator) -> None:
    for _ in range(NETWORKS):
        network = prepare(random_network(rng))
        columns = [rng.normal(0, 1, (8, 1, WIDTH)).astype(np.float32) for _ in network.inputs]
        ranges = ranges_by("min-max", collect(network, columns, "samples"))
        summary = read_summary(quantized(network, Numbers(), ranges).data, "m")
        for layer in summary.layers:
            assert layer.operator != "DEQUANTIZE"
            if layer.operator == "QUANTIZE":
                assert summary.tensors[layer.inputs[0]].q.scale in (1 / 256, 1 / 128)
