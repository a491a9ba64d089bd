"""Every emulated meter, its driver, a trace and the method: energy an inference of a profile that is known."""

from dataclasses import replace

import pytest
from support.power_scene import HOST_S, Scene, scene

from edgeopt.errors import DeviceError, UsageError
from edgeopt.power import EMULATORS, Block, EnergyFound, Faults, analyse, memory_trace
from edgeopt.power.choice import MeterChoice

WITHIN = {"ppk2": 0.005, "lpm01a": 0.005, "joulescope": 0.005}  # of the others only what their bound says
UNPLUGGED_S = 3.0
MADE = scene(seed=6, windows=3, window_s=2.0, idle_s=3.0)


def measured(kind: str, made: Scene, faults: Faults) -> EnergyFound:
    meter = EMULATORS.get(kind)(made.profile, faults)
    blocks = []
    try:
        meter.start()
        while not blocks or blocks[-1].host_s < made.end_s:  # an emulated meter's host time is the profile's
            blocks += meter.read(0.1)
        blocks += meter.stop()
    finally:
        meter.close()
    trace = memory_trace(meter.info, blocks)
    expected = [replace(one, sent_s=one.sent_s - HOST_S, answered_s=one.answered_s - HOST_S) for one in made.expected]
    return analyse(trace, expected, line=0, asked=3)


@pytest.mark.parametrize("kind", EMULATORS.names())
def test_a_known_profile(kind: str) -> None:
    """With noise, offset, a clock that is off, and 0.1 % of the samples lost."""
    found = measured(kind, MADE, Faults(seed=3, noise_a=5e-5, offset_a=1e-7, lost=0.001, clock=1 + 2e-5))
    error = abs(found.uj_per_inference - MADE.uj_per_inference)
    assert error <= found.uj_error
    assert found.net_uj_per_inference is not None and found.net_uj_error is not None
    assert abs(found.net_uj_per_inference - MADE.net_uj_per_inference) <= found.net_uj_error
    assert error <= WITHIN.get(kind, 1.0) * MADE.uj_per_inference
    assert found.partial == "" and len(found.windows) == 3 and found.info.label == "simulated"


@pytest.mark.parametrize("lead_s", [0.2, 0.05, 0.02, 0.0])
@pytest.mark.parametrize("kind", EMULATORS.names())
def test_unplugged_about_the_stop(kind: str, lead_s: float) -> None:
    """No `read` follows that could raise what the last one or `stop` met: `failure` tells it, and what came is kept."""
    meter = EMULATORS.get(kind)(MADE.profile, Faults(unplugged_s=UNPLUGGED_S))
    clock = meter._clock  # type: ignore[attr-defined]
    blocks: list[Block] = []
    told = False
    meter.start()
    try:
        while clock() < UNPLUGGED_S - lead_s:
            blocks += meter.read(0.02)
        blocks += meter.stop()
    except DeviceError:
        told = True
    is_gone = clock() >= UNPLUGGED_S
    meter.close()
    assert (told or getattr(meter, "failure", None) is not None) == is_gone
    assert memory_trace(meter.info, blocks).duration_s > 1.0


def test_the_meters_of_the_goal_are_there() -> None:
    assert set(WITHIN) <= set(EMULATORS.names())


def test_a_digital_input_that_the_meter_does_not_have() -> None:
    meter = EMULATORS.get("lpm01a")(MADE.profile, Faults())
    meter.close()
    MeterChoice("lpm01a:auto", 0, None).check_line(meter.info)
    with pytest.raises(UsageError, match="no digital input 1"):
        MeterChoice("lpm01a:auto,line=1", 1, None).check_line(meter.info)
