"""From the file to the Graph: names, types, quantization, and one clear error for each thing that cannot be."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.tflite_writer import ModelBuilder, schema

from edgeopt.errors import EdgeoptError, MalformedModel, ModelError, UnsupportedModel, UsageError
from edgeopt.ir import Graph, Quant
from edgeopt.load import load, load_bytes


def chain(*names: str, operators: tuple[str, ...] = ("RELU", "RELU6")) -> ModelBuilder:
    """x -> operators... with int8 tensors of shape [1, 4], one more than operators; tensor i is the i-th."""
    m = ModelBuilder()
    names = names or tuple(f"t{i}" for i in range(len(operators) + 1))
    for name in names:
        m.tensor([1, 4], "int8", 0.5, -2, name=name)
    for index, operator in enumerate(operators):
        m.op(operator, [index], [index + 1])
    return m


def load_edited(edit: Callable[[Any], None], outputs: tuple[int, ...] = (2,)) -> Graph:
    return load_bytes(chain().finish([0], outputs, edit), "m")


def tensors_of(model: Any) -> Any:
    return model.subgraphs[0].tensors


def test_nodes_tensors_and_interface() -> None:
    graph = load_bytes(chain("in", "net/a/Relu", "net/b/Relu6").finish([0], [2]), "m")
    assert graph.name == "m"
    assert graph.inputs == ("in",)
    assert graph.outputs == ("net/b/Relu6",)
    assert [(node.name, node.op.name, node.inputs, node.outputs) for node in graph.nodes] == [
        ("a", "relu", ("in",), ("net/a/Relu",)),
        ("b", "relu6", ("net/a/Relu",), ("net/b/Relu6",)),
    ]
    assert graph.tensors["in"].quant == Quant((0.5,), (-2,))
    assert (graph.tensors["in"].shape, graph.tensors["in"].dtype) == ((1, 4), "int8")


def test_a_file_is_loaded_under_its_name(tmp_path: Path) -> None:
    (tmp_path / "my_net.tflite").write_bytes(chain().finish([0], [2]))
    assert load(tmp_path / "my_net.tflite").name == "my_net"
    with pytest.raises(UsageError, match=r"cannot read .*missing\.tflite"):
        load(tmp_path / "missing.tflite")
    with pytest.raises(UsageError, match="cannot read"):
        load(tmp_path)


def test_constants_are_read_only_arrays_of_their_type() -> None:
    m = chain()
    values = m.tensor([1, 4], "int8", 0.25, 3, data=[[1, -2, 3, -4]], name="c")
    total = m.tensor([1, 4], "int8", 0.5)
    m.op("ADD", [2, values], [total])
    data = load_bytes(m.finish([0], [total]), "m").tensors["c"].values
    assert data.dtype == np.int8
    assert data.tolist() == [[1, -2, 3, -4]]
    assert not data.flags.writeable


@pytest.mark.parametrize("offset_from_end", [-16, 0])
def test_data_behind_the_flatbuffer(offset_from_end: int) -> None:
    """The layout of large files: the buffer says where in the file its bytes are."""
    m = chain()
    values = m.tensor([16], "int8", 0.25, data=np.arange(16), name="c")
    total = m.tensor([1, 16], "int8", 0.5)
    wide = m.tensor([1, 16], "int8", 0.5)
    m.op("ADD", [wide, values], [total])

    def move(model: Any) -> None:
        model.buffers[1] = schema.BufferT()
        model.buffers[1].offset, model.buffers[1].size = 10_000 + offset_from_end, 16

    data = m.finish([0, wide], [total], move)
    data += bytes(10_000 - 16 - len(data)) + bytes(range(16))
    if offset_from_end == 0:
        with pytest.raises(MalformedModel, match="a buffer behind the flatbuffer lies outside the file"):
            load_bytes(data, "m")
    else:
        assert load_bytes(data, "m").tensors["c"].values.tolist() == list(range(16))


def test_names_become_unique_and_stay_on_one_line() -> None:
    graph = load_bytes(chain("same", "same", "").finish([0], [2]), "m")
    assert list(graph.tensors) == ["same", "same_2", "tensor_2"]
    graph = load_bytes(chain("a\nb", "c\x1b[2J", "z").finish([0], [2]), "m")
    assert list(graph.tensors) == ["a?b", "c?[2J", "z"]


def test_layers_of_one_name_are_told_apart() -> None:
    graph = load_bytes(chain("in", "m/a/Relu", "m/a/Relu6").finish([0], [2]), "m")
    assert [node.name for node in graph.nodes] == ["a", "a_2"]


def test_an_open_batch_is_one() -> None:
    def open_batch(model: Any) -> None:
        for tensor in tensors_of(model):
            tensor.shapeSignature = [-1, 4]

    assert load_edited(open_batch).tensors["t0"].shape == (1, 4)


@pytest.mark.parametrize(
    ("shape", "signature", "shown"),
    [([1, 1], [-1, -1], r"\[\?, \?\]"), ([1, 1], [1, -1], r"\[1, \?\]"), ([-1, 4], None, r"\[\?, 4\]")],
)
def test_a_dynamic_shape_is_refused(shape: list[int], signature: list[int] | None, shown: str) -> None:
    def spoil(model: Any) -> None:
        tensors_of(model)[0].shape, tensors_of(model)[0].shapeSignature = shape, signature

    with pytest.raises(UnsupportedModel, match=f"input `t0` has the dynamic shape {shown}") as caught:
        load_edited(spoil)
    assert "batch_shape" in caught.value.hint


def test_all_unsupported_operators_are_named_at_once() -> None:
    m = chain("in", "m/a/X", "m/b/X", "m/c/X", "m/d/X", operators=("SIN", "RELU", "MyOp", "SIN"))
    with pytest.raises(UnsupportedModel) as caught:
        load_bytes(m.finish([0], [4]), "net")
    assert caught.value.message == (
        "`net`: operator SIN is not supported (2x: `a`, `d`); operator MyOp is not supported (1x: `c`)"
    )
    assert caught.value.exit_code == 3


def test_operators_of_an_open_batch_have_a_hint() -> None:
    with pytest.raises(UnsupportedModel) as caught:
        load_bytes(chain(operators=("RELU", "SHAPE")).finish([0], [2]), "net")
    assert "batch_shape" in caught.value.hint


def test_unsupported_operators_and_broken_limits_come_together() -> None:
    def unquantize(model: Any) -> None:
        tensors_of(model)[1].quantization = None

    m = chain(operators=("RELU", "RELU6", "SIN"))
    with pytest.raises(
        ModelError, match=r"operator SIN .* layer `t1`: relu needs that .* layer `t2`: relu6 needs that"
    ):
        load_bytes(m.finish([0], [3], unquantize), "m")


def test_an_operator_newer_than_the_schema_is_named_by_number() -> None:
    def renumber(model: Any) -> None:
        model.operatorCodes[0].builtinCode = 999

    with pytest.raises(UnsupportedModel, match="operator 999 is not supported"):
        load_edited(renumber)


def test_the_old_place_of_the_operator_code_counts() -> None:
    def old(model: Any) -> None:
        for code in model.operatorCodes:
            code.builtinCode = 0

    assert [node.op.name for node in load_edited(old).nodes] == ["relu", "relu6"]


def of_type(name: str, *indices: int) -> Callable[[Any], None]:
    def edit(model: Any) -> None:
        for index in indices:
            tensors_of(model)[index].type = getattr(schema.TensorType, name)

    return edit


def test_float_models_are_told_from_partly_float_ones() -> None:
    with pytest.raises(UnsupportedModel, match=r"`m`: a float model$") as caught:
        load_edited(of_type("FLOAT32", 0, 1, 2))
    assert "edgeopt convert" in caught.value.hint
    m = chain(operators=("DEQUANTIZE", "RELU", "QUANTIZE"))
    with pytest.raises(UnsupportedModel, match=r"`m`: a float model$"):
        load_bytes(m.finish([0], [3], of_type("FLOAT32", 1, 2)), "m")


def test_some_layers_may_be_float() -> None:
    m = chain(operators=("RELU", "DEQUANTIZE", "RELU", "QUANTIZE"))
    graph = load_bytes(m.finish([0], [4], of_type("FLOAT32", 2, 3)), "m")
    assert [node.op.name for node in graph.nodes] == ["relu", "dequantize", "relu_f32", "quantize"]


@pytest.mark.parametrize(
    ("operator", "dtype", "message"),
    [
        ("RSQRT", "FLOAT32", "layer `t3` computes in float: RSQRT has no such form"),
        ("RELU", "FLOAT64", "float of another size than float32, in `t3`"),
        ("FLOOR", "FLOAT32", r"operator FLOOR is not supported \(1x: `t3`\)"),
    ],
)
def test_a_float_layer_without_float_form_is_named(operator: str, dtype: str, message: str) -> None:
    m = chain(operators=("RELU", "DEQUANTIZE", operator, "QUANTIZE"))
    with pytest.raises(UnsupportedModel, match=message):
        load_bytes(m.finish([0], [4], of_type(dtype, 2, 3)), "m")


def test_float_at_the_edges_and_between() -> None:
    edges = chain("x", "a", "b", "y", operators=("QUANTIZE", "RELU", "DEQUANTIZE"))
    graph = load_bytes(edges.finish([0], [3], of_type("FLOAT32", 0, 3)), "m")
    assert [node.op.name for node in graph.nodes] == ["quantize", "relu", "dequantize"]
    inner = chain("x", "a", "b", "y", operators=("DEQUANTIZE", "QUANTIZE", "RELU"))
    graph = load_bytes(inner.finish([0], [3, 1], of_type("FLOAT32", 1)), "m")
    assert [node.op.name for node in graph.nodes] == ["dequantize", "quantize", "relu"]


@pytest.mark.parametrize(
    ("dtype", "message"),
    [("int8", "float activations and int8 weights"), ("float16", "a float model with float16 weights")],
)
def test_hybrid_models_say_which_weights(dtype: str, message: str) -> None:
    m = ModelBuilder()
    x, y, wide = (m.tensor([1, 4], "float32") for _ in range(3))
    weights = m.tensor([1, 4], dtype, 0.1 if dtype == "int8" else None, data=[[1, 2, 3, 4]])
    m.op("DEQUANTIZE", [weights], [wide])
    m.op("ADD", [x, wide], [y])
    with pytest.raises(UnsupportedModel, match=message):
        load_bytes(m.finish([x], [y]), "m")


def set_quant(**fields: Any) -> Callable[[Any], None]:
    def edit(model: Any) -> None:
        for name, value in fields.items():
            setattr(tensors_of(model)[0].quantization, name, value)

    return edit


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (set_quant(scale=[float("nan")]), "tensor `t0` has the scale nan"),
        (set_quant(scale=[float("inf")]), "tensor `t0` has the scale inf"),
        (set_quant(scale=[-0.5]), "tensor `t0` has the scale -0.5"),
        (set_quant(scale=[0.0]), "tensor `t0` has the scale 0"),
        (set_quant(scale=[1e-40]), "tensor `t0` has the scale 9.99"),
        (set_quant(zeroPoint=[200]), "tensor `t0` has a zero point outside -128..127"),
        (set_quant(zeroPoint=[-(2**40)]), "tensor `t0` has a zero point outside -128..127"),
        (set_quant(zeroPoint=[1, 2]), "tensor `t0` has 2 zero points and 1 scales"),
        (set_quant(scale=[0.1, 0.2]), r"tensor `t0` has 2 scales along axis 0 of the shape \[1, 4\]"),
        (set_quant(scale=[0.1] * 4, quantizedDimension=7), "tensor `t0` has 4 scales along axis 7"),
        (set_quant(scale=[0.1] * 4, quantizedDimension=-1), "tensor `t0` has 4 scales along axis -1"),
        (set_quant(scale=[0.1] * 4, quantizedDimension=1, zeroPoint=[0] * 3), "has 3 zero points and 4 scales"),
    ],
)
def test_quantization_that_contradicts_itself_is_refused(edit: Callable[[Any], None], message: str) -> None:
    with pytest.raises(MalformedModel, match=message):
        load_edited(edit)


def test_a_scale_without_zero_point_is_refused() -> None:
    """tflite-micro would ignore the scale, too, and compute something else than LiteRT."""
    for points in (None, []):
        with pytest.raises(MalformedModel, match="scales but no zero points"):
            load_edited(set_quant(zeroPoint=points))


def edit_tensor(**fields: Any) -> Callable[[Any], None]:
    def edit(model: Any) -> None:
        for name, value in fields.items():
            setattr(tensors_of(model)[1], name, value)

    return edit


def edit_operator(**fields: Any) -> Callable[[Any], None]:
    def edit(model: Any) -> None:
        for name, value in fields.items():
            setattr(model.subgraphs[0].operators[1], name, value)

    return edit


def edit_graph(**fields: Any) -> Callable[[Any], None]:
    def edit(model: Any) -> None:
        for name, value in fields.items():
            setattr(model.subgraphs[0], name, value)

    return edit


def reverse(model: Any) -> None:
    model.subgraphs[0].operators.reverse()


def second_subgraph(model: Any) -> None:
    model.subgraphs.append(schema.SubGraphT())


def no_subgraph(model: Any) -> None:
    model.subgraphs = []


def constant_of(size: int) -> Callable[[Any], None]:
    def edit(model: Any) -> None:
        model.buffers.append(schema.BufferT())
        model.buffers[-1].data = [0] * size
        tensors_of(model)[1].buffer = len(model.buffers) - 1

    return edit


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (edit_tensor(buffer=77), "tensor `t1` uses buffer 77, and there are 1"),
        (edit_tensor(shape=[1, 2**30, 2**30]), "layer `t1`: tensor `t1` has the shape"),
        (edit_tensor(shape=[1] * 9), "layer `t1`: tensor `t1` has 9 dimensions"),
        (edit_tensor(shape=[1, -4]), "layer `t1`: tensor `t1` has the dynamic shape"),
        (edit_tensor(shape=[1, 5]), r"layer `t1` makes shape \[1, 4\], but `t1` says \[1, 5\]"),
        (edit_tensor(type=19), "layer `t1`: tensor `t1` has type INT2"),
        (edit_tensor(isVariable=True), "layer `t2` reads the variable `t1`"),
        (edit_tensor(externalBuffer=3), "layer `t1`: tensor `t1` lies in another file"),
        (edit_tensor(sparsity=schema.SparsityParametersT()), "layer `t1`: tensor `t1` is sparse"),
        (constant_of(3), r"tensor `t1` \[1, 4\] of int8 has 3 bytes of data, not 4"),
        (constant_of(4), "tensor `t1` is written twice"),
        (edit_operator(inputs=[99]), "it uses tensor 99, and there are 3"),
        (edit_operator(outputs=[-1]), "it uses tensor -1"),
        (edit_operator(outputs=[]), "operator 1, RELU6, has no output"),
        (edit_operator(outputs=[2, 1]), "2 outputs|written twice"),
        (edit_operator(inputs=[-1]), "input 0 of the node that makes `t2` is missing"),
        (edit_operator(inputs=[2]), "layer `t2` reads `t2` before anything writes it"),
        (edit_operator(opcodeIndex=9), "operator 1 has code 9, and there are 2"),
        (reverse, "layer `t2` reads `t1` before anything writes it"),
        (second_subgraph, "the model has 2 subgraphs"),
        (no_subgraph, "the file has no graph"),
        (edit_graph(operators=[]), "nothing writes the output `t2`"),
        (edit_graph(outputs=[0]), "the output `t0` is an input"),
        (edit_graph(outputs=[2, 2]), "`t2` is an output twice"),
        (edit_graph(inputs=[0, 0]), "`t0` is an input twice"),
        (edit_graph(outputs=[]), "the model has no output"),
        (edit_graph(outputs=[5]), "it uses tensor 5"),
        (edit_graph(inputs=[-1]), "it uses tensor -1"),
        (edit_graph(inputs=[]), "layer `t1` reads `t0` before anything writes it"),
        (edit_graph(inputs=[0, 1]), "tensor `t1` is written twice"),
    ],
)
def test_graphs_that_cannot_be_are_refused_in_one_line(edit: Callable[[Any], None], message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        load_edited(edit)
    assert "\n" not in caught.value.message


def test_a_constant_output_is_refused() -> None:
    m = chain()
    constant = m.tensor([2], "int8", 0.5, data=[1, 2], name="c")
    with pytest.raises(UnsupportedModel, match="the output `c` is constant"):
        load_bytes(m.finish([0], [2, constant]), "m")


def test_options_of_another_operator_are_refused() -> None:
    m = chain(operators=("RELU",))
    z = m.tensor([1, 4], "int8", 0.5)
    m.op("ADD", [0, 1], [z])

    def swap(model: Any) -> None:
        model.subgraphs[0].operators[1].builtinOptionsType = schema.BuiltinOptions.SoftmaxOptions
        model.subgraphs[0].operators[1].builtinOptions = schema.SoftmaxOptionsT()

    with pytest.raises(MalformedModel, match="ADD has options of kind 9, not AddOptions"):
        load_bytes(m.finish([0], [z], swap), "m")


def test_tensors_that_nothing_uses_need_not_be_sound() -> None:
    m = chain()
    m.tensor([7], "int4", name="unused")
    assert "unused" not in load_bytes(m.finish([0], [2]), "m").tensors


@pytest.mark.parametrize("data", [b"", b"TFL3", b"\x89HDF\r\n\x1a\n" + bytes(50), b"PK\x03\x04" + bytes(50)])
def test_what_is_no_tflite_file_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedModel, match=r"`x`: this is no \.tflite file") as caught:
        load_bytes(data, "x")
    assert "edgeopt convert" in caught.value.hint
    assert isinstance(caught.value, EdgeoptError)


@pytest.mark.parametrize(
    ("operator", "way_out"), [("WHILE", "unroll=True"), ("IF", "tf.cond"), ("FlexTensorListReserve", "unroll=True")]
)
def test_control_flow_is_refused_with_the_way_out(operator: str, way_out: str) -> None:
    def add_branches(model: Any) -> None:
        model.subgraphs += [schema.SubGraphT(), schema.SubGraphT()]

    edit = add_branches if operator in ("WHILE", "IF") else None
    with pytest.raises(UnsupportedModel, match=rf"t1`.*{operator}|{operator}.*t1`") as caught:
        load_bytes(chain(operators=(operator, "RELU")).finish([0], [2], edit), "m")
    assert way_out in caught.value.hint
    assert "\n" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(("operator", "count"), [("RELU", 2), ("MAXIMUM", 1), ("MAXIMUM", 3), ("STRIDED_SLICE", 3)])
def test_another_number_of_inputs_is_refused(operator: str, count: int) -> None:
    m = ModelBuilder()
    inputs = [m.tensor([1, 4], scale=0.1) for _ in range(count)]
    y = m.tensor([1, 4], scale=0.1)
    m.op(operator, inputs, [y])
    with pytest.raises(MalformedModel, match=f"has {count} inputs"):
        load_bytes(m.finish(inputs, [y]), "m")
