"""Random networks in one firmware, switched at random: its own C on this computer, each network as alone."""

from pathlib import Path

import numpy as np
import pytest
from support.breaking import HostLink, on_host
from support.random_networks import random_network
from support.several import Samples, expected, infer, random_samples, select
from support.streaming import STREAMS

from edgeopt import pipeline
from edgeopt.board import load_board
from edgeopt.device import Session

STEPS = 60


@pytest.mark.parametrize("goal", ["latency", "ram", "balanced"])  # ram: inputs are overwritten, and have copies
@pytest.mark.parametrize("seed", range(4))
def test_each_network_is_as_alone(seed: int, goal: str, tmp_path: Path, rng: np.random.Generator) -> None:
    """Three networks and two that remember, some of which are asked often and others seldom."""
    streams = rng.choice(sorted(STREAMS), 2, replace=False)
    models = [random_network(10 * seed + number) for number in range(3)] + [STREAMS[name]() for name in streams]
    files = [tmp_path / f"net{index}.tflite" for index in range(len(models))]
    for file, content in zip(files, models, strict=True):
        file.write_bytes(content)
    generated = pipeline.generate_several(files, load_board("nucleo-l4r5zi"), tmp_path / "fw", goal=goal)
    assert generated.project is not None
    link = HostLink(on_host(generated.project))
    sessions = [Session(link, generated.project.build_id, model=index) for index in range(len(files))]
    samples: list[Samples] = [random_samples(file, STEPS, rng) for file in files]
    wanted = [expected(file, stream) for file, stream in zip(files, samples, strict=True)]
    done = [0] * len(files)
    for step in range(STEPS):
        index = int(rng.choice(len(files), p=[0.4, 0.1, 0.1, 0.2, 0.2]))
        select(sessions[index])
        found = infer(sessions[index], samples[index][done[index]])
        assert found == wanted[index][done[index]], f"step {step}, network {index}, its inference {done[index]}"
        done[index] += 1
    assert min(done) > 0 and all(session.restarts == 0 for session in sessions)
