"""LSTMs and SVDFs: float to int8, proven over sequences; the state's range; and what is refused, with the reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.float_streams import Edit, float_lstm, float_svdf
from support.sequences import Stream, prove_streams
from support.tflite_writer import schema

from edgeopt.convert import quantize_values
from edgeopt.convert.calibrate import Activations, collect, ranges_by
from edgeopt.convert.calibrate.fidelity import worst_snr_db
from edgeopt.convert.calibrate.run import run
from edgeopt.convert.quantizer import Network, Numbers, Range, check_types, prepare, quantized
from edgeopt.convert.quantizer.lstm import cell_scale
from edgeopt.convert.sequences import begins_anew, notes
from edgeopt.errors import UnsupportedModel
from edgeopt.load import load_bytes

Array = np.ndarray[Any, Any]
LEAST_DB = 33.0  # of int8, over the steps of a sequence


def samples_for(model: bytes, rng: np.random.Generator, count: int = 60) -> list[Array]:
    network = Network(model)
    return [rng.normal(size=(count, *network.shape(tensor))).astype(np.float32) for tensor in network.inputs]


def quantize(model: bytes, columns: list[Array]) -> tuple[bytes, Activations]:
    network = prepare(model)
    check_types(network, Numbers())
    activations = collect(network, columns, "samples")
    return quantized(network, Numbers(), ranges_by("min-max", activations)).data, activations


MODELS: dict[str, Callable[[np.random.Generator], bytes]] = {
    "lstm": float_lstm,
    "lstm, one step": lambda rng: float_lstm(rng, steps=1),
    "lstm, time first": lambda rng: float_lstm(rng, time_major=True),
    "lstm, two batches": lambda rng: float_lstm(rng, batches=2),
    "lstm, clipped": lambda rng: float_lstm(rng, cell_clip=0.5),
    "lstm of one unit": lambda rng: float_lstm(rng, units=1, features=1),
    "svdf": float_svdf,
    "svdf without bias": lambda rng: float_svdf(rng, bias=False),
    "svdf of rank 1": lambda rng: float_svdf(rng, rank=1, memory=30),
}


def test_int8_is_close_to_float_and_equal_in_tflm_numpy_and_c(tmp_path: Path, rng: np.random.Generator) -> None:
    streams = []
    for name, build in MODELS.items():
        model = build(rng)
        columns = samples_for(model, rng)
        data, activations = quantize(model, columns)
        assert worst_snr_db(data, columns, activations.outputs, len(columns[0])) > LEAST_DB, name
        (given,) = load_bytes(data, "m").input_tensors
        streams.append(Stream(data, [[quantize_values(x, given.q)] for x in columns[0][:24]]))
    prove_streams(streams, tmp_path)


def test_extreme_weights_and_samples_have_integers(tmp_path: Path, rng: np.random.Generator) -> None:
    """Biases beyond 30 bits of their product of scales, weights of zeros, and ranges of next to nothing."""

    def scaled(factor: float, *positions: int) -> Edit:
        def edit(inputs: dict[int, Array | None]) -> None:
            for position in positions:
                values = inputs[position]
                assert values is not None
                inputs[position] = (values * np.float32(factor)).astype(np.float32)

        return edit

    streams = []
    for build, edit, size in (
        (float_lstm, scaled(1e6, *range(12, 16)), 1.0),
        (float_lstm, scaled(0, *range(1, 9), *range(12, 16)), 1.0),
        (float_lstm, scaled(1e4, *range(1, 9)), 1e3),
        (float_lstm, scaled(1, 1), 1e-9),
        (float_svdf, scaled(1e6, 3), 1.0),
        (float_svdf, scaled(0, 1, 2, 3), 1.0),
        (float_svdf, scaled(1e5, 1, 2), 1e3),
        (float_svdf, scaled(1e-6, 1), 1e-9),
    ):
        model = build(rng, edit=edit)
        columns = [column * np.float32(size) for column in samples_for(model, rng, 12)]
        data, _ = quantize(model, columns)
        (given,) = load_bytes(data, "m").input_tensors
        streams.append(Stream(data, [[quantize_values(x, given.q)] for x in columns[0]]))
    prove_streams(streams, tmp_path)


@pytest.mark.parametrize("options", [{}, {"time_major": True}, {"batches": 2}, {"cell_clip": 0.5}])
def test_the_cell_state_is_followed_between_the_steps(options: dict[str, Any]) -> None:
    """LiteRT shows it behind the last step only; the same layer with one step shows it behind each."""
    network, stepwise = (prepare(float_lstm(np.random.default_rng(6), steps=steps, **options)) for steps in (6, 1))
    columns = samples_for(network.data, np.random.default_rng(7), 5)
    (found,) = collect(network, columns, "samples").states.values()
    shown = []
    for sample in columns[0]:
        steps = sample[:, None] if "time_major" in options else sample.swapaxes(0, 1)[:, :, None]
        shown += [cell for (cell,) in run(stepwise.data, [steps], len(steps), [stepwise.reads(0)[19]])]
    assert found.low == pytest.approx(min(float(cell.min()) for cell in shown), abs=1e-6)
    assert found.high == pytest.approx(max(float(cell.max()) for cell in shown), abs=1e-6)


def test_a_stream_is_followed_from_sample_to_sample() -> None:
    network = prepare(float_lstm(np.random.default_rng(6), steps=1))
    columns = samples_for(network.data, np.random.default_rng(7), 30)
    (found,) = collect(network, columns, "samples").states.values()
    shown = [cell for (cell,) in run(network.data, columns, 30, [network.reads(0)[19]])]
    assert found.high == pytest.approx(max(float(cell.max()) for cell in shown), abs=1e-6)


@pytest.mark.parametrize(
    ("seen", "clip", "power"),
    [
        (Range(-1.9, 0.3), 0.0, -13),
        (Range(-0.5, 0.5), 0.0, -14),  # 32767 steps fall short of 1
        (Range(0.0, 0.0), 0.0, -15),
        (Range(0.0, 1e-9), 0.0, -15),
        (Range(0.0, 9.9), 10.0, -11),
        (Range(0.0, 9.9), 0.0, -10),
        (Range(-1e9, 0.0), 0.0, -9),
    ],
)
def test_the_cell_state_has_headroom_and_a_power_of_two(seen: Range, clip: float, power: int) -> None:
    assert cell_scale(seen, clip) == 2.0**power


def test_which_networks_begin_anew() -> None:
    rng = np.random.default_rng(1)
    names = [name for name, build in MODELS.items() if begins_anew(build(rng))]
    assert names == [name for name in MODELS if name.startswith("lstm") and name != "lstm, one step"]
    assert not begins_anew(b"no model") and not notes(b"no model")
    assert "a single one" in notes(float_svdf(rng))[0]


def _put(position: int, *shape: int) -> Edit:
    def edit(inputs: dict[int, Array | None]) -> None:
        inputs[position] = np.full(shape, 0.1, np.float32)

    return edit


def _without(*positions: int) -> Edit:
    return lambda inputs: inputs.update(dict.fromkeys(positions))


@pytest.mark.parametrize(
    ("edit", "options", "reason"),
    [
        (_put(11, 7), {}, "it has a peephole"),
        (_put(16, 7, 7), {}, "it has a projection"),
        (lambda inputs: [_put(i, 7)(inputs) for i in range(20, 24)], {}, "it has layer normalization"),
        (_without(1, 5, 12), {}, r"it has no input gate \(CIFG\)"),
        (_without(), {"fused_activation_function": "RELU"}, "its activation is not TANH"),
        (_without(), {"cell_clip": -1.0}, "clipped at a number below 0"),
        (_without(), {"cell_clip": float("nan")}, "clipped at a number below 0"),
        (_without(), {"diagonal_recurrent_tensors": True}, "its recurrent weights are diagonals"),
    ],
)
def test_what_an_lstm_does_not_do_is_named(edit: Edit, options: dict[str, Any], reason: str) -> None:
    network = Network(float_lstm(np.random.default_rng(2), edit=edit, **options))
    with pytest.raises(UnsupportedModel, match=rf"`net` \(UNIDIRECTIONAL_SEQUENCE_LSTM: .*{reason}") as caught:
        check_types(network, Numbers())
    assert "unroll=True" in caught.value.hint


@pytest.mark.parametrize("build", [float_lstm, float_svdf])
@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (
            lambda model: _change(model, _input(model, 1), isVariable=True),
            "its weights and biases are not all constant",
        ),
        (lambda model: _change(model, _state(model), isVariable=False), "its state is not its own"),
        (lambda model: _change(model, _state(model), shape=[1, 3]), "its shapes do not fit"),
        (lambda model: _change(model, _input(model, 0), shape=[5]), "its shapes do not fit"),
    ],
)
def test_odd_tensors_are_named(build: Callable[..., bytes], edit: Callable[[Any], None], reason: str) -> None:
    network = Network(build(np.random.default_rng(3), edit_model=edit))
    with pytest.raises(UnsupportedModel, match=reason):
        check_types(network, Numbers())


def _input(model: Any, position: int) -> int:
    return int(model.subgraphs[0].operators[0].inputs[position])


def _state(model: Any) -> int:
    return _input(model, 19 if len(model.subgraphs[0].operators[0].inputs) > 19 else 4)


def _change(model: Any, tensor: int, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(model.subgraphs[0].tensors[tensor], name, value)


@pytest.mark.parametrize("activation", ["NONE", "RELU6"])
def test_an_svdf_of_another_activation_is_named(activation: str) -> None:
    network = Network(float_svdf(np.random.default_rng(4), activation=activation))
    with pytest.raises(UnsupportedModel, match="SVDF: its activation is not RELU"):
        check_types(network, Numbers())


@pytest.mark.parametrize("rank", [0, 5])
def test_an_svdf_of_a_rank_that_does_not_divide_its_filters_is_named(rank: int) -> None:
    def edit(model: Any) -> None:
        model.subgraphs[0].operators[0].builtinOptions.rank = rank

    with pytest.raises(UnsupportedModel, match=r"no rank|its shapes do not fit"):
        check_types(Network(float_svdf(np.random.default_rng(4), edit_model=edit)), Numbers())


def test_another_layer_that_reads_state_is_named() -> None:
    def edit(model: Any) -> None:
        graph = model.subgraphs[0]
        add, code, result = schema.OperatorT(), schema.OperatorCodeT(), schema.TensorT()
        code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.ADD
        model.operatorCodes.append(code)
        result.name, result.shape = b"sum", [1, 7]
        graph.tensors.append(result)
        add.opcodeIndex, add.inputs, add.outputs = 1, [_state(model)] * 2, [len(graph.tensors) - 1]
        add.builtinOptionsType, add.builtinOptions = schema.BuiltinOptions.AddOptions, schema.AddOptionsT()
        graph.operators.append(add)
        graph.outputs.append(len(graph.tensors) - 1)

    network = Network(float_lstm(np.random.default_rng(5), edit_model=edit))
    with pytest.raises(UnsupportedModel, match=r"its state is not its own.*ADD: it reads another layer's state"):
        check_types(network, Numbers())
