"""Methods of calibration compared on a network's own data."""

from __future__ import annotations

import numpy as np
import pytest
from support.tflite_writer import ModelBuilder, schema

pytest.importorskip("ai_edge_litert", reason="pip install ai-edge-litert (extra `quantize`)")

from edgeopt.convert.calibrate import collect
from edgeopt.convert.calibrate.compare import Comparison
from edgeopt.convert.quantizer import Numbers, prepare


def _argmax_of_a_dense_layer(rng: np.random.Generator) -> bytes:
    m = ModelBuilder()
    x = m.tensor([1, 6], "float32", name="x")
    weights = m.tensor([4, 6], "float32", data=rng.normal(size=(4, 6)))
    scores, where = m.tensor([1, 4], "float32", name="scores"), m.tensor([1], "int32", name="where")
    m.op("FULLY_CONNECTED", [x, weights, -1], [scores])
    m.op("ARG_MAX", [scores, m.tensor([], "int32", data=1)], [where], {"output_type": schema.TensorType.INT32})
    return m.finish([x], [where])


def test_an_argmax_is_ranked_by_what_it_chooses_from(rng: np.random.Generator) -> None:
    network = prepare(_argmax_of_a_dense_layer(rng))
    columns = [rng.normal(size=(20, 1, 6)).astype(np.float32)]
    tried = Comparison(network, Numbers(), collect(network, columns, "samples"), columns, None).best("min-max")
    assert tried and all(30 < one.figure.inner_snr_db < 90 for one in tried)
