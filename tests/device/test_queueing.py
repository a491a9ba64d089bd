"""Requests on the virtual board against queueing theory: M/D/1 within what theory itself allows, D/D/1 by the tick.

What is simulated is the firmware that a board would run: its sleep, its clock, its queue over batches of the protocol.
"""

import numpy as np
import pytest
from support.queues import MD1, waits

from edgeopt import pipeline
from edgeopt.board import load_board
from edgeopt.device import Measurement, run
from edgeopt.device.arrivals import Arrivals, parse_arrivals
from edgeopt.device.requests import Requests
from edgeopt.device.samples import zero_sample
from edgeopt.emit import CProject
from edgeopt.pipeline import ELF

SEED = 20261122
LOAD = 0.6
REQUESTS = 6_000
SIGMAS = 4.0  # how far by theory's own standard deviation: once in 16,000 seeds
WAKE_TICKS = 400  # at most from an arrival to the first instruction of its inference, and from its end to the clock's


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, small_model: bytes, any_toolchain: None) -> CProject:
    """Built firmware of a small network."""
    pytest.importorskip("unicorn", reason="pip install unicorn")
    folder = tmp_path_factory.mktemp("queue")
    (folder / "small.tflite").write_bytes(small_model)
    pipeline.generate(folder / "small.tflite", load_board("nucleo-l4r5zi"), folder / "out")
    pipeline.build(folder / "out")
    return CProject.open(folder / "out")


def served(project: CProject, arrivals: Arrivals) -> tuple[Requests, Measurement]:
    """The requests on a virtual board whose memory answers at once."""
    board = pipeline.project_board(project)
    samples = zero_sample(project.inputs)
    found = run(project.folder / ELF, board, "virtual:ideal", samples, build_id=project.build_id, arrivals=arrivals)
    assert found.requests is not None and not found.partial
    return found.requests, found


@pytest.fixture(scope="module")
def alone(project: CProject) -> Requests:
    """Requests far apart: each finds the device asleep."""
    return served(project, Arrivals("far apart", (0.002,) * 100))[0]


@pytest.fixture(scope="module")
def crowd(project: CProject) -> Requests:
    """Requests that come all at once: a batch and a bit."""
    return served(project, Arrivals("at once", (0.001,) + (0.0,) * 99))[0]


def test_who_finds_the_device_asleep_waits_for_nothing(alone: Requests) -> None:
    """D/D/1 with time to spare: no queue, the responses are the service, the rest of the time is slept through."""
    assert set(alone.wait_ticks) == {0} and set(alone.seen) == {0}
    services = alone.response_ticks
    assert max(services) - min(services) <= WAKE_TICKS
    period = 0.002 * alone.ticks_hz
    assert alone.utilization == pytest.approx(np.mean(services) / period, rel=0.02)
    idle = sum(alone.gap_ticks) - sum(services[:-1])  # until the last arrival
    assert alone.asleep_ticks == pytest.approx(idle, abs=WAKE_TICKS * len(services))


def test_requests_may_be_minutes_apart(project: CProject, alone: Requests) -> None:
    """Gaps longer than the counter of 32 bits, slept through in thousands of naps of 24 bits of SysTick."""
    found, _ = served(project, Arrivals("minutes apart", (300.0,) * 2))
    assert min(found.gap_ticks) > 8 * (1 << 32)
    assert all(abs(ticks - alone.response_ticks[0]) <= WAKE_TICKS for ticks in found.response_ticks)
    assert found.asleep > 0.999


def test_a_crowd_is_served_by_the_tick(crowd: Requests, alone: Requests) -> None:
    """D/D/1 without a pause: each response is one service longer than the last, to the tick within a batch."""
    steps = np.diff(crowd.response_ticks)
    service = int(steps[10])
    assert set(steps[:63].tolist()) == {service} == set(steps[64:].tolist())
    assert (
        abs(int(steps[63]) - service) <= WAKE_TICKS
    )  # the clock stands still between two batches, but for a few ticks
    assert abs(alone.response_ticks[-1] - service) <= WAKE_TICKS
    assert crowd.seen == (0, *range(1, 100))


def test_back_to_back_is_that_service(project: CProject, crowd: Requests) -> None:
    from edgeopt.device import Repeats

    board = pipeline.project_board(project)
    samples = zero_sample(project.inputs)
    repeats = Repeats(back_to_back=True)
    found = run(project.folder / ELF, board, "virtual:ideal", samples, repeats=repeats)
    assert found.costs.back_to_back is not None
    assert found.costs.back_to_back.ticks == np.diff(crowd.response_ticks)[10]


def test_periodic_requests_that_come_too_often_pile_up(project: CProject, crowd: Requests) -> None:
    """D/D/1 overloaded: request i waits i (D - T), to the tick within a batch."""
    service = int(np.diff(crowd.response_ticks)[10])
    period = 0.8 * service / crowd.ticks_hz
    found, _ = served(project, Arrivals("too often", (period,) * 60))
    steps = np.diff(found.response_ticks) + np.array(found.gap_ticks[1:])
    assert set(steps[1:].tolist()) == {service}
    assert found.utilization > 0.95 and found.asleep < 0.05


def test_random_requests_are_theorys(project: CProject, alone: Requests, crowd: Requests) -> None:
    print(f"seed {SEED}")
    service = float(np.diff(crowd.response_ticks)[10])
    rate = LOAD * crowd.ticks_hz / service
    found, _ = served(project, parse_arrivals(f"poisson:{rate:.6f}/s", REQUESTS, SEED))
    theory = MD1(LOAD, float(np.mean(found.service_ticks)))

    # Each request is where Lindley's recursion puts it, with a service between the shortest and the longest there is.
    responses = np.array(found.response_ticks)
    gaps = np.array(found.gap_ticks, float)
    least, most = min(service, min(alone.response_ticks)), max(service, max(alone.response_ticks)) + WAKE_TICKS
    assert np.all(responses >= waits(gaps, least) + least - WAKE_TICKS)
    assert np.all(responses <= waits(gaps, most) + most)

    # And all together are what theory says of such arrivals, Pollaczek and Khinchine's formula first.
    wait = float(np.mean(found.wait_ticks))
    assert wait == pytest.approx(theory.mean_wait, abs=SIGMAS * theory.error_of_mean_wait(REQUESTS))
    waited = float(np.mean(np.array(found.wait_ticks) > 0))
    assert waited == pytest.approx(LOAD, abs=SIGMAS * theory.error_of_share_waiting(REQUESTS))
    assert found.utilization == pytest.approx(LOAD, abs=SIGMAS * theory.error_of_utilization(REQUESTS))
    # Poisson arrivals see time averages, and Little's law: requests in the queue = rate * time there.
    seen = LOAD + LOAD / theory.service * theory.mean_wait
    allowed = LOAD / theory.service * theory.error_of_mean_wait(REQUESTS) + theory.error_of_share_waiting(REQUESTS)
    assert float(np.mean(found.seen)) == pytest.approx(seen, abs=SIGMAS * allowed)
    assert found.asleep == pytest.approx(1 - found.utilization, abs=0.03)
