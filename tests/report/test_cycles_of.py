"""The cycles of a report are those of its latency."""

import pytest

from edgeopt.device import Measurement
from edgeopt.device.identity import Identity, MemoryUse
from edgeopt.device.measurement import Costs
from edgeopt.report.runs import cycles_of, latency_of

FIRMWARE = Identity("ab" * 32, "small", 1, 64, 1_000_000, 64, 64, (1,), (2,), True)


@pytest.mark.parametrize(
    ("cycles", "median"), [((1000,), 1000), ((1000, 2000, 9000), 2000), ((3000, 1000), 2000), ((1001, 1000), 1000.5)]
)
def test_cycles_and_latency_have_one_median(cycles: tuple[int, ...], median: float) -> None:
    costs = Costs(1_000_000, cycles[0], cycles)
    measured = Measurement("nucleo-l4r5zi", "serial:auto", "measured", False, FIRMWARE, MemoryUse(1, 2, 3), costs, ())
    latency = latency_of(measured)
    assert cycles_of(measured).value == median and latency is not None and latency.value == median / 1e3
