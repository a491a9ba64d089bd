"""model/<name>.layout.json: what stands in it, that it is read back, and that nothing else is taken for it."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.networks import NETWORKS
from support.streaming import STREAMS

from edgeopt import pipeline
from edgeopt.board import load_board
from edgeopt.emit.layout import SCHEMA, layout_file, layout_of, layout_text, read_layout
from edgeopt.errors import UsageError
from edgeopt.ir import Target
from edgeopt.load import load_bytes
from edgeopt.optimize import optimize
from edgeopt.plan import Plan
from edgeopt.plan import plan as make_plan

EVERY = {**NETWORKS, **STREAMS}


def planned(model: bytes, goal: str = "latency") -> Plan:
    return make_plan(optimize(load_bytes(model, "network")), Target(goal=goal))


@pytest.mark.parametrize("name", EVERY)
def test_every_region_lies_where_the_plan_says(name: str) -> None:
    plan = planned(EVERY[name]())
    layout = layout_of(plan)
    assert [layer.name for layer in layout.layers] == [step.node.name for step in plan.steps]
    for layer in layout.layers:
        for region in (*layer.reads, *layer.writes):
            tensor = plan.graph.tensors[region.tensor]
            assert (region.dtype, region.shape, region.size_bytes) == (tensor.dtype, tensor.shape, tensor.size_bytes)
            assert region.offset_bytes == plan.offsets[tensor.name]
            assert region.offset_bytes + region.size_bytes <= plan.arena_bytes
    assert [region.tensor for region in layout.outputs] == list(plan.graph.outputs)


def test_state_is_written_by_its_last_writer() -> None:
    layout = layout_of(planned(STREAMS["window"]()))
    (state,) = layout.state
    assert [index for index, layer in enumerate(layout.layers) if state in layer.writes] == [len(layout.layers) - 1]


def test_a_chain_names_what_is_inside() -> None:
    layout = layout_of(planned(NETWORKS["residual"](), "ram"))
    assert [layer.inside for layer in layout.layers][1:] == [("conv2d", "conv2d", "add")] * 2


@pytest.fixture
def folder(tmp_path: Path, small_model: bytes) -> Path:
    (tmp_path / "small.tflite").write_bytes(small_model)
    pipeline.generate(tmp_path / "small.tflite", load_board("nucleo-l4r5zi"), tmp_path / "fw")
    return tmp_path / "fw"


def test_what_was_written_is_read(folder: Path) -> None:
    layout = read_layout(folder, "small")
    assert layout_text(layout) == layout_file(folder, "small").read_text()
    assert len(layout_text(layout)) < 200 * (len(layout.layers) + 3)


SPOILT: dict[str, Callable[[str], str]] = {
    "changed": lambda text: text.replace("int8", "int16"),
    "cut": lambda text: text[:-9],
    "empty": lambda text: "",
}


@pytest.mark.parametrize("how", SPOILT)
def test_another_file_is_refused(folder: Path, how: str) -> None:
    file = layout_file(folder, "small")
    file.write_text(SPOILT[how](file.read_text()))
    with pytest.raises(UsageError, match="missing or was changed"):
        read_layout(folder, "small")
    file.unlink()
    with pytest.raises(UsageError, match="missing or was changed"):
        read_layout(folder, "small")


def nonsense(offset: object = 0, op: object = "Add", name: str = "x") -> str:
    """A layout of one tensor and one layer that is right but for what is given."""
    layers = [["add", op, "way", [], [name], ["x"]]]
    ends = {"inputs": ["x"], "outputs": ["x"], "state": []}
    return json.dumps({"schema": SCHEMA, "tensors": {"x": ["int8", [1, 2], offset]}, "layers": layers, **ends})


def vouched_for(folder: Path, text: str) -> None:
    """The text as the project's layout, with its hash in the manifest."""
    file, manifest = layout_file(folder, "small"), folder / "manifest.json"
    file.write_text(text)
    facts = json.loads(manifest.read_text())
    facts["files"]["model/small.layout.json"] = hashlib.sha256(text.encode()).hexdigest()
    manifest.write_text(json.dumps(facts))


def test_nonsense_is_so_by_what_is_given(folder: Path) -> None:
    vouched_for(folder, nonsense())
    assert read_layout(folder, "small").layers[0].op == "Add"


BROKEN = ["[]", "{}", '{"schema": "edgeopt.layout/9"}', "[" * 100_000, '{"schema": 3']
BROKEN += [nonsense("0"), nonsense(-1), nonsense(True), nonsense(0.5), nonsense(op=7), nonsense(name="y")]


@pytest.mark.parametrize("text", BROKEN)
def test_a_manifest_that_vouches_for_nonsense(folder: Path, text: str) -> None:
    """Whoever writes both gets one line all the same."""
    vouched_for(folder, text)
    with pytest.raises(UsageError, match="missing or was changed"):
        read_layout(folder, "small")
