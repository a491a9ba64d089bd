"""The first layer that goes wrong is found and named: every layer of every kind of network is broken once.

The firmware's own sources run in this process, so that all plans can be tried; test_proof_on_boards.py has cores.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from support.binarized import BINARIZED
from support.breaking import (
    HostLink,
    declare,
    diagnosed,
    flip_after,
    generated,
    last_element,
    on_host,
    patch,
    random_samples,
)
from support.networks import NETWORKS, mixed, several_inputs_and_outputs
from support.noisy import NoisyLink
from support.noisy import Plan as NoisePlan
from support.streaming import STREAMS
from support.tflite_writer import ModelBuilder

from edgeopt import pipeline
from edgeopt.device import Session
from edgeopt.device.probe import locate
from edgeopt.device.runner import Sample
from edgeopt.emit import CProject
from edgeopt.emit.layout import read_layout
from edgeopt.errors import DeviceError
from edgeopt.ir import Array
from edgeopt.pipeline.diagnosis import words_of
from edgeopt.report.proof import DifferingLayer

GOALS = ("latency", "flash", "ram", "balanced")
EVERY: Mapping[str, Callable[[], bytes]] = {
    **NETWORKS,
    "mixed": mixed,
    **{f"binary_{name}": make for name, make in BINARIZED.items()},
    **{f"stream_{name}": make for name, make in STREAMS.items()},
}


@pytest.mark.parametrize("goal", GOALS)
@pytest.mark.parametrize("name", EVERY)
def test_whichever_layer_is_broken_is_named(name: str, goal: str, rng: np.random.Generator, tmp_path: Path) -> None:
    """One bit in the last element that a layer writes."""
    project = generated(EVERY[name](), tmp_path, name, goal)
    layout = read_layout(project.folder, project.name)
    samples = random_samples(project, 2, rng)
    declare(project, "extern int host_broken;\n")
    broken = {index: layer.writes[0] for index, layer in enumerate(layout.layers) if layer.writes}
    for index, region in broken.items():
        flip_after(project, index, last_element(region), f"host_broken == {index}")
    library = on_host(project)
    assert diagnosed(project, samples, library) == (diagnosed(project, samples, library)[0], None)
    unseen = []
    for index, region in broken.items():
        found, diagnosis = diagnosed(project, samples, library, index)
        if diagnosis is None:  # what comes behind swallows it
            unseen.append(index)
            continue
        layer = diagnosis.layer
        assert layer is not None, diagnosis.words
        at = tuple(size - 1 for size in region.shape)
        assert (layer.fault, layer.index, layer.tensor, layer.position) == ("kernel", index, region.tensor, at)
        assert (layer.differing, layer.compared, layer.inputs_right) == (1, int(np.prod(region.shape)), True)
        assert found.identical < len(samples)
    assert len(unseen) < len(broken), "a bit that nobody sees proves nothing"
    assert len(layout.layers) - 1 not in unseen or not layout.layers[-1].writes


def only_layer(project: CProject, samples: Sequence[Sample], *defines: str) -> DifferingLayer:
    """What the diagnosis names."""
    found, diagnosis = diagnosed(project, samples, on_host(project, *defines))
    assert diagnosis is not None and diagnosis.layer is not None, diagnosis
    assert found.identical < found.samples
    return diagnosis.layer


def test_a_chain_is_told_as_one(rng: np.random.Generator, tmp_path: Path) -> None:
    project = generated(NETWORKS["residual"](), tmp_path, "residual", "ram")
    layer = read_layout(project.folder, "residual").layers[1]
    assert layer.inside == ("conv2d", "conv2d", "add")
    flip_after(project, 1, layer.writes[0].offset_bytes)
    found = only_layer(project, random_samples(project, 1, rng))
    assert (found.index, found.op, found.inside, found.position) == (1, "chain", layer.inside, (0, 0, 0, 0))
    assert "a chain of conv2d, conv2d, add" in words_of(found)


def test_memory_that_another_layer_spoils(rng: np.random.Generator, tmp_path: Path) -> None:
    """A shortcut is right behind the layer that made it, and wrong before the sum that reads it."""
    project = generated(NETWORKS["residual"](), tmp_path, "residual", "latency")
    layout = read_layout(project.folder, "residual")
    shortcut = layout.layers[0].writes[0]
    reader = next(i for i, layer in enumerate(layout.layers) if i > 1 and shortcut in layer.reads)
    assert shortcut not in layout.layers[reader - 1].writes and reader == 3
    flip_after(project, 1, shortcut.offset_bytes + 17)
    found = only_layer(project, random_samples(project, 1, rng))
    assert (found.fault, found.index, found.read_by, found.tensor) == ("overwritten", 1, reader, shortcut.tensor)
    assert (found.position, found.differing) == ((0, 0, 2, 1), 1)
    assert "while layer 1" in words_of(found) and "which layer 3 reads" in words_of(found)


def test_an_output_that_is_spoilt_after_it_was_made(rng: np.random.Generator, tmp_path: Path) -> None:
    project = generated(several_inputs_and_outputs(), tmp_path, "several", "latency")
    layout = read_layout(project.folder, "several")
    features = layout.outputs[0]
    maker = next(i for i, layer in enumerate(layout.layers) if features in layer.writes)
    last = len(layout.layers) - 1
    assert maker < last and not any(features in layer.reads for layer in layout.layers[last:])
    flip_after(project, last, features.offset_bytes)
    found = only_layer(project, random_samples(project, 1, rng))
    assert (found.fault, found.index, found.read_by, found.tensor) == ("overwritten", last, None, features.tensor)


def test_an_input_that_does_not_arrive(rng: np.random.Generator, tmp_path: Path) -> None:
    project = generated(several_inputs_and_outputs(), tmp_path, "several", "ram")
    region = read_layout(project.folder, "several").inputs[0]
    flip_after(project, -1, region.offset_bytes + 1)
    found = only_layer(project, random_samples(project, 1, rng))
    assert (found.fault, found.index, found.inputs_right, found.tensor) == ("input", None, False, region.tensor)
    assert found.position == (0, 0, 0, 1) and "copy before it" in words_of(found)


def test_what_is_remembered_goes_wrong_before_an_output_does(rng: np.random.Generator, tmp_path: Path) -> None:
    """The window keeps three samples: what the second one spoils is seen in an output only later."""
    project = generated(STREAMS["window"](), tmp_path, "window", "latency")
    layout = read_layout(project.folder, "window")
    writer, state = next(
        (i, region) for i, layer in enumerate(layout.layers) for region in layer.writes if region in layout.state
    )
    samples = random_samples(project, 6, rng)
    firsts = [sample[0].reshape(-1)[:2].tolist() for sample in samples]
    assert firsts.count(firsts[1]) == 1
    at = layout.inputs[0].offset_bytes
    is_second = " && ".join(f"(int8_t)arena[{at + i}] == {value}" for i, value in enumerate(firsts[1]))
    flip_after(project, writer, last_element(state), is_second)
    found = only_layer(project, samples)
    assert (found.fault, found.index, found.sample, found.tensor) == ("kernel", writer, 1, state.tensor)


def test_what_does_not_happen_again_is_told_so(rng: np.random.Generator, tmp_path: Path) -> None:
    """Once the device has run for a while it is right."""
    project = generated(NETWORKS["residual"](), tmp_path, "residual", "latency")
    region = read_layout(project.folder, "residual").layers[6].writes[0]
    declare(project, "static int runs;\n")
    patch(project, 0, "    ++runs;\n")
    flip_after(project, 6, region.offset_bytes, "runs == 1")
    found, diagnosis = diagnosed(project, random_samples(project, 2, rng), on_host(project))
    assert found.identical == 1 and diagnosis is not None
    assert diagnosis.layer is None and diagnosis.words.startswith("it did not happen again: all 10 places")


def test_a_large_tensor_is_read_as_far_as_there_is_time(rng: np.random.Generator, tmp_path: Path) -> None:
    """An inference takes 20 s here: 16 pieces are read, and the first element is right all the same."""
    m = ModelBuilder()
    x, y = (m.tensor((1, 40, 40, 4), scale=scale, zero_point=-3) for scale in (0.05, 0.1))
    m.op("ADD", [x, x], [y])
    project = generated(m.finish([x], [y]), tmp_path, "large", "latency")
    index, region = 0, read_layout(project.folder, "large").layers[0].writes[0]
    first, size = region.offset_bytes, region.size_bytes
    patch(project, index + 1, f"    for (int i = 0; i < {size}; i++) {{\n        arena[{first} + i] ^= 0x55;\n    }}\n")
    found = only_layer(project, random_samples(project, 1, rng), "HOST_HZ=50")
    assert (found.index, set(found.position)) == (index, {0})
    assert found.compared == found.differing == 16 * 192 < region.size_bytes
    assert f"of the {found.compared:,} read of" in words_of(found)


def test_the_reference_may_be_what_differs(rng: np.random.Generator, tmp_path: Path) -> None:
    project = generated(NETWORKS["residual"](), tmp_path, "residual", "latency")

    def judge(outputs: list[tuple[Array, ...]]) -> list[tuple[Array, ...]]:
        return [outputs[0], tuple(values ^ 1 for values in outputs[1])]

    found, diagnosis = diagnosed(project, random_samples(project, 2, rng), on_host(project), judge=judge)
    assert found.first_difference is not None and found.first_difference.sample == 1
    assert diagnosis is not None and diagnosis.layer is None
    assert "the reference differs from an oracle, no layer on the target does" in diagnosis.words


@pytest.mark.parametrize("rate", [0.002, 0.01])
def test_over_a_bad_cable_the_right_layer_or_an_error(rate: float, tmp_path: Path, rng: np.random.Generator) -> None:
    """In virtual time; never another layer, never another value."""
    project = generated(NETWORKS["residual"](), tmp_path, "residual", "latency")
    layout = read_layout(project.folder, "residual")
    region = layout.layers[4].writes[0]
    first, size = region.offset_bytes, region.size_bytes
    patch(project, 5, f"    for (int i = 0; i < {size}; i += 300) {{\n        arena[{first} + i] ^= 2;\n    }}\n")
    library = on_host(project)
    graph = pipeline.open_model(project.folder / "residual.tflite").graph
    samples = random_samples(project, 1, rng)
    damaged, found = 0, 0
    for seed in range(6):
        link = NoisyLink(HostLink(library), NoisePlan(rate), f"{rate} {seed}")
        try:
            session = Session(link, project.build_id, clock=link.clock)
            search = locate(session, layout, graph, samples, 0)
        except DeviceError:
            continue
        finally:
            damaged += link.damaged
        assert search.culprit is not None
        wrong = search.culprit.wrong
        assert (search.culprit.layer, wrong.tensor, wrong.index) == (4, region.tensor, (0, 0, 0, 0))
        assert (wrong.differ, wrong.compared) == (len(range(0, size, 300)), size)
        found += 1
    assert damaged > 20 and found >= 5
