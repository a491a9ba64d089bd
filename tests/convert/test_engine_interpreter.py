"""What the Larq Compute Engine's interpreter refuses is said in one line, with the layer."""

import numpy as np
import pytest
from support.lce import SAME, VALID, LceBuilder

from edgeopt.convert.binarized.interpreter import LceRt, engine_module
from edgeopt.errors import ToolchainError, UnsupportedModel

CHANNELS = 33


@pytest.fixture(autouse=True)
def _installed() -> None:
    try:
        engine_module()
    except ToolchainError as error:
        pytest.skip(error.hint)


def convolution(name: str | None = None, **options: int) -> bytes:
    m = LceBuilder()
    x = m.tensor([1, 5, 5, CHANNELS], "float32")
    size = 5 if options["padding"] == SAME else 3
    slopes, offsets = np.ones(8, np.float32), np.zeros(8, np.float32)
    bits = m.tensor([1, 5, 5, 2], "int32", name=name)
    m.op("LceQuantize", [x], [bits])
    y = m.bconv(
        bits,
        m.weights(np.zeros((8, 3, 3, CHANNELS), bool)),
        [1, size, size, 8],
        {"channels_in": CHANNELS, "pad_values": 0, **options},
        multiplier=slopes,
        bias=offsets,
    )
    return m.finish([x], [y])


@pytest.mark.parametrize(
    ("name", "told"), [(None, r"\S+"), ("model/third/ste_sign/Sign_1;model/third/ste_sign/Sign", "third")]
)
def test_an_odd_number_of_channels_that_is_padded_with_zeros(name: str | None, told: str) -> None:
    with pytest.raises(UnsupportedModel, match=rf"^net: .*odd number of channels with zeros: layer `{told}` of 33$"):
        LceRt(convolution(name, padding=SAME), "net")


@pytest.mark.parametrize("options", [{"padding": VALID}, {"padding": SAME, "pad_values": 1}])
def test_an_odd_number_of_channels_without_such_padding(options: dict[str, int]) -> None:
    (output,) = next(LceRt(convolution(**options), "net").each([np.ones((1, 5, 5, CHANNELS), np.float32)]))
    assert (output == 9 * CHANNELS).all()
