"""NEG and SQUARE become products of the same values before a model is quantized."""

import numpy as np
import pytest
from support.tflite_writer import ModelBuilder

pytest.importorskip("ai_edge_litert", reason="pip install ai-edge-litert (extra `quantize`)")

from edgeopt.convert.quantizer.prepare import every_tensor_interpreter, prepare


def _model() -> bytes:
    """y = -(x * x) and z = -x, float32."""
    m = ModelBuilder()
    x, square, y, z = (m.tensor([1, 6], "float32", name=name) for name in ("x", "square", "y", "z"))
    m.op("SQUARE", [x], [square])
    m.op("NEG", [square], [y])
    m.op("NEG", [x], [z])
    return m.finish([x], [y, z])


def _outputs(model: bytes, x: np.ndarray) -> list[np.ndarray]:
    interpreter = every_tensor_interpreter(model)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    interpreter.invoke()
    return [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]


def test_the_products_have_the_same_values(rng: np.random.Generator) -> None:
    prepared = prepare(_model())
    assert prepared.operators == ("MUL", "MUL", "MUL")
    x = rng.normal(size=(1, 6)).astype(np.float32)
    for product, original in zip(_outputs(prepared.data, x), _outputs(_model(), x), strict=True):
        assert np.array_equal(product, original)


def test_both_negations_share_one_constant() -> None:
    prepared = prepare(_model())
    constants = [prepared.reads(operator)[1] for operator in (1, 2)]
    assert constants[0] == constants[1]
    assert prepared.floats(constants[0]).tolist() == -1.0
