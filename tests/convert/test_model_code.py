"""Code in models, found in what they say of themselves: Keras configurations and TensorFlow graphs."""

from types import SimpleNamespace
from typing import Any

import pytest

from edgeopt.convert.safety.config import missing_objects, read_contents, refuse_code
from edgeopt.convert.safety.operations import refuse_operations, run_operators
from edgeopt.errors import UnsupportedModel


def layer(kind: str, module: str | None = "keras.layers", **config: Any) -> dict[str, Any]:
    named = {} if module is None else {"module": module}
    return {"class_name": kind, "config": {"name": kind.lower(), **config}, "registered_name": None, **named}


def function(name: str, module: str = "builtins") -> dict[str, Any]:
    return {"class_name": "function", "config": name, "module": module, "registered_name": "function"}


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (layer("Lambda", function={"class_name": "__lambda__", "config": {"code": "4wEA"}}), "`lambda` (Lambda)"),
        (layer("Dense", activation={"class_name": "__lambda__", "config": {"value": "4wEA"}}), "`?` (__lambda__)"),
        (layer("Dense", activation=function("get_file", "keras.utils")), "`keras.utils.get_file`"),
        (
            layer("Dense", activation=function("extract", "keras.src.utils.file_utils")),
            "`keras.src.utils.file_utils.extract`",
        ),
        (layer("TFOpLambda", function="io.write_file"), "`tfoplambda` (tf.io.write_file)"),
        (layer("TFOpLambda", function="compat.v1.py_func"), "`tfoplambda` (tf.compat.v1.py_func)"),
        (layer("TFOpLambda", function="numpy_function"), "`tfoplambda` (tf.numpy_function)"),
        (layer("InstanceMethod", attr_name="eval"), "`instancemethod` (InstanceMethod)"),
        (
            {"class_name": "__typespec__", "module": "os", "spec_name": "popen", "config": [], "registered_name": None},
            "`os.popen`",
        ),
    ],
)
def test_code_is_named(found: dict[str, Any], told: str) -> None:
    model = {"class_name": "Functional", "config": {"layers": [layer("Dense"), layer("Wrapper", layer=found)]}}
    with pytest.raises(UnsupportedModel) as caught:
        refuse_code(read_contents(model), "m.keras")
    assert caught.value.message == f"m.keras: has code in it: {told}" and "--trust-model" in caught.value.hint


def test_plain_layers_are_no_code() -> None:
    layers = [
        layer("Dense", activation="relu", name="Lambda"),
        layer(
            "Dense", activation=function("gelu", "keras.activations"), units={"class_name": "__tuple__", "items": [3]}
        ),
        layer("Dense", activation=function("relu")),
        layer("TFOpLambda", function="math.reduce_mean"),
        layer("TFOpLambda", function="__operators__.add"),
        layer("TFOpLambda", function="compat.v1.gather"),
        layer("TFOpLambda", function="reshape"),
        {"class_name": "__numpy__", "config": {"value": [1], "dtype": "int32"}},
    ]
    refuse_code(read_contents({"config": {"layers": layers}}), "m")


def test_what_would_be_imported_is_foreign() -> None:
    model = {
        "layers": [layer("Sequential", "keras"), layer("system", "os"), layer("Halve", "my.layers"), layer("Old", None)]
    }
    references = {reference.name: reference for reference in read_contents(model).references}
    assert [name for name, reference in references.items() if reference.foreign] == ["system", "Halve"]
    assert [name for name, reference in references.items() if reference.own] == ["Sequential"]
    error = missing_objects([references["Halve"], references["Old"]], "m.keras")
    assert (
        error.message == "m.keras: needs custom objects that are not in Keras: `Halve` of the module `my.layers`, `Old`"
    )
    assert error.hint == "give the file that has them: --custom-objects FILE.py"
    pruned = read_contents(layer("PruneLowMagnitude", None)).references
    assert "strip_pruning(model)" in missing_objects(pruned, "m").hint


def test_a_registered_name_finds_its_object() -> None:
    registered = {**layer("Halve", None), "registered_name": "mine>Halve"}
    (reference,) = read_contents(registered).references
    assert reference.among(["mine>Halve"]) and reference.among(["Halve"]) and not reference.among(["Half"])


def test_a_configuration_that_is_very_deep_is_read() -> None:
    deep: Any = layer("Lambda")
    for _ in range(100_000):
        deep = [deep]
    assert read_contents(deep).code == ("`lambda` (Lambda)",)


def node(name: str, op: str, *inputs: str, calls: str = "") -> Any:
    called = SimpleNamespace(name=calls)
    nothing = SimpleNamespace(func=[])
    return SimpleNamespace(name=name, op=op, input=inputs, attr={"f": SimpleNamespace(func=called, list=nothing)})


def saved_model(nodes: list[Any], functions: dict[str, list[Any]], outputs: list[str], objects: list[str]) -> Any:
    """As much of a MetaGraphDef as is looked at."""
    signature = SimpleNamespace(outputs={name: SimpleNamespace(name=f"{name}:0") for name in outputs})
    library = [SimpleNamespace(signature=SimpleNamespace(name=name), node_def=body) for name, body in functions.items()]
    graph = SimpleNamespace(node=nodes, library=SimpleNamespace(function=library))
    start = SimpleNamespace(node_list=SimpleNamespace(value=["init"]))
    return SimpleNamespace(
        graph_def=graph,
        signature_def={"serving_default": signature},
        collection_def={"legacy_init_op": start},
        object_graph_def=SimpleNamespace(concrete_functions=dict.fromkeys(objects)),
    )


def test_only_what_can_run_of_a_saved_model_counts() -> None:
    meta = saved_model(
        [
            node("y", "StatefulPartitionedCall", "x", calls="infer"),
            node("x", "Placeholder"),
            node("save", "SaveV2"),
            node("init", "NoOp", "^table"),
            node("table", "ReadFile"),
        ],
        {
            "infer": [node("a", "Relu"), node("b", "If", calls="branch")],
            "branch": [node("c", "EagerPyFunc"), node("d", "PartitionedCall", calls="infer")],
            "restore": [node("e", "RestoreV2")],
            "held": [node("f", "WriteFile")],
        },
        ["y"],
        ["held"],
    )
    found = set(run_operators(meta))
    assert {"Relu", "If", "EagerPyFunc", "Placeholder", "ReadFile", "WriteFile"} <= found
    assert found.isdisjoint({"SaveV2", "RestoreV2"})  # in every file, and run by nobody
    with pytest.raises(UnsupportedModel) as caught:
        refuse_operations(found, "m")
    assert caught.value.message == "m: its graph runs Python or reaches files: EagerPyFunc, ReadFile, WriteFile"


def test_layers_of_larq_are_known_by_the_module_that_they_are_in() -> None:
    known = [layer("QuantConv2D", "larq.layers", kernel_quantizer=layer("SteSign", "larq.quantizers"))]
    contents = read_contents(known)
    assert contents.binarized and not any(reference.foreign for reference in contents.references)
    assert read_contents(layer("QuantDense", None)).binarized  # old files name no modules
    for other in ("larq.utils", "larq.layers.os", "larqs", "os"):  # a name of Larq's in another module is not Larq's
        contents = read_contents(layer("QuantDense", other))
        assert not contents.binarized and contents.references[0].foreign and not contents.references[0].own
    assert not read_contents([layer("Conv2D"), layer("QuantizeWrapperV2")]).binarized


def test_operators_of_models_are_not_refused() -> None:
    plain = """Conv2D FusedBatchNormV3 VarHandleOp ReadVariableOp PlaceholderWithDefault While TensorListReserve
    LookupTableFindV2 FakeQuantWithMinMaxVars StatefulPartitionedCall CheckNumericsV2 QuantizeV2"""
    refuse_operations(plain.split(), "m")
