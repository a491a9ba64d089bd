"""The accuracy on a device stands beside that of the conversion, or not at all."""

from dataclasses import replace

import numpy as np

from edgeopt.convert import Verdict
from edgeopt.convert.accuracy import score
from edgeopt.convert.dataset import make_dataset
from edgeopt.convert.guard import FLOAT, Judge
from edgeopt.device import Measurement
from edgeopt.device.identity import Identity, MemoryUse
from edgeopt.device.measurement import Costs
from edgeopt.ir import Tensor
from edgeopt.report.deployment import accuracy_of

DATA = make_dataset({"x": np.zeros((4, 1), np.float32), "y": np.array([0, 1, 1, 1])})
ALL = ((b"\x05\x01",), (b"\x01\x05",), (b"\x01\x05",), (b"\x05\x01",))  # three are right
FIRMWARE = Identity("ab" * 32, "small", 1, 64, 1_000_000, 64, 64, (1,), (2,), True)
MEASURED = Measurement(
    "nucleo-l4r5zi", "serial:auto", "measured", False, FIRMWARE, MemoryUse(1, 2, 64), Costs(1_000_000), ALL
)
OUTPUT = Tensor("y", (1, 2), "int8")


def verdict() -> Verdict:
    right = score(np.eye(2)[[0, 1, 1, 1]], DATA)
    assert right is not None
    return Verdict({FLOAT: right}, {}, (), None, Judge(DATA, True))


def test_the_device_is_judged_beside_the_float_model() -> None:
    found = accuracy_of(verdict(), MEASURED, (OUTPUT,))
    assert found is not None and (found.samples, found.device, found.float_model) == (4, 0.75, 1.0)


def test_a_part_of_the_samples_is_not_judged() -> None:
    """One output would be held against every label: numpy repeats it."""
    for count in (1, 3):
        part = replace(MEASURED, outputs=ALL[:count], partial="after some samples: the port is gone")
        assert accuracy_of(verdict(), part, (OUTPUT,)) is None
