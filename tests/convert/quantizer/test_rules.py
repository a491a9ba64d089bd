"""Every operator that has a rule: quantized, and close to the float one by both runtimes; and edgeopt reads it."""

from __future__ import annotations

import numpy as np
import pytest
from support.float_networks import OPERATORS, Array, FloatOp
from support.oracle import run_litert_reference, run_tflm

from edgeopt.convert import quantize_values
from edgeopt.convert.calibrate import collect, ranges_by
from edgeopt.convert.calibrate.fidelity import snr_db
from edgeopt.convert.quantizer import RULES, Numbers, prepare, quantized
from edgeopt.convert.summary import READY, read_summary
from edgeopt.ir import Tensor

SAMPLES = 12
# Signal to noise of one operator, in dB: 8 bits have some 50, weights of 8 bits set 45 to what 16 bits can reach
LEAST_DB = {"int8": 36.0, "int16": 44.0}
NOT_IN_TFLM = {("GATHER", "int16"), ("MIRROR_PAD", "int16")} | {
    (name, "int8")
    for name in """
        RELU_N1_TO_1 RELU_0_TO_1 EXP LOG GELU SQRT SELECT TILE REDUCE_MIN REVERSE_V2 ARG_MIN
    """.split()
}
WRONG_IN_TFLM = {("RELU6", "int8")}  # docs/numerics.md
NOT_IN_REFERENCE = {"ELU"}
WRONG_IN_REFERENCE = {"SUM"}  # every output of int8 is -1
EXACT = {"ARG_MAX", "ARG_MIN", "EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"}  # no values
CASES = [(op, dtype) for op in OPERATORS for dtype in ("int8", "int16") if dtype == "int8" or RULES[op.name].int16]


def test_every_rule_has_a_case() -> None:
    """Those that remember have theirs in test_remembering.py."""
    assert {name for name, rule in RULES.items() if rule.remembers is None} == {op.name for op in OPERATORS}


@pytest.mark.parametrize(("op", "dtype"), CASES, ids=lambda value: getattr(value, "name", value))
def test_an_operator_quantized_is_close_to_its_float_form(op: FloatOp, dtype: str, rng: np.random.Generator) -> None:
    network = prepare(op.build(rng))
    columns = op.samples(rng, SAMPLES)
    activations = collect(network, columns, "samples")
    model = quantized(network, Numbers(dtype), ranges_by("min-max", activations)).data
    summary = read_summary(model, "m")
    assert summary.kind in READY or op.output_dtype == "bool"  # which a whole network cannot end with
    assert [layer.operator for layer in summary.layers] == [op.name]
    feeds = [list(map(_fed, sample, summary.input_tensors)) for sample in zip(*columns, strict=True)]
    results = []
    if op.name not in NOT_IN_REFERENCE | WRONG_IN_REFERENCE:
        results.append([run_litert_reference(model, feed) for feed in feeds])
    if (op.name, dtype) not in NOT_IN_TFLM | WRONG_IN_TFLM:
        results.append([run_tflm(model, feed) for feed in feeds])
    assert results
    for found in results:
        for position, tensor in enumerate(summary.output_tensors):
            wanted = activations.outputs[position]
            values = np.stack([sample[position] for sample in found])
            if op.name in EXACT:
                assert np.mean(values == wanted) > 0.9
            else:
                assert snr_db(wanted, tensor.q.scale * (values.astype(float) - tensor.q.zero_point)) > LEAST_DB[dtype]


def _fed(sample: Array, tensor: Tensor) -> Array:
    return quantize_values(sample.reshape(tensor.shape), tensor.q, tensor.dtype)


def test_what_is_not_in_a_runtime_is_really_not(rng: np.random.Generator) -> None:
    """The exceptions above are no excuse for an operator that works."""
    found = {op.name for op in OPERATORS if op.name in NOT_IN_REFERENCE and _loads(op, rng)}
    assert not found


def _loads(op: FloatOp, rng: np.random.Generator) -> bool:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    try:
        Interpreter(model_content=op.build(rng), experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    except Exception:
        return False
    return True
