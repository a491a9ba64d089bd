"""The first layer that goes wrong is found and named: every layer of every kind of network is broken once.

The firmware's own sources run in this process, so that all plans can be tried; test_proof_on_boards.py has cores.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from support.binarized import BINARIZED
from support.breaking import declare, diagnosed, flip_after, generated, last_element, on_host, patch, random_samples
from support.networks import NETWORKS, mixed, several_inputs_and_outputs
from support.streaming import STREAMS

from edgeopt.device.oracle import REFERENCE
from edgeopt.emit.layout import read_layout
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
