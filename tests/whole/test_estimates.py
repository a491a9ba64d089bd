"""What `edgeopt analyze` estimates is near what the virtual board counts, with the memory that the board has."""

from pathlib import Path

import pytest
from support.mlperf_like import MLPERF_LIKE

from benchmarks.estimates import WITHIN, Estimate, estimate_of
from edgeopt.board import load_board
from edgeopt.costs import memory_of

pytest.importorskip("unicorn", reason="pip install unicorn")

BOARD = "nucleo-l4r5zi"  # the one that every command takes where none is named
MODELS = ["kws_dscnn_int8", "ic_resnet8_int8", "vww_mobilenet_int8", "ad_autoencoder_int8"]


def near(one: Estimate | None) -> None:
    assert one is not None, "does not fit"
    assert abs(one.error) <= WITHIN, f"{one.error:+.1%}"


@pytest.mark.parametrize("goal", ["balanced", "flash"])
@pytest.mark.parametrize("model", MODELS)
def test_reference_models(model: str, goal: str, shared_models: Path) -> None:
    assert memory_of(load_board(BOARD)).waits, "the estimate has no stalls to be wrong about"
    near(estimate_of(shared_models / f"{model}.tflite", BOARD, goal))


@pytest.mark.parametrize("model", MLPERF_LIKE)
def test_networks_that_were_not_fitted(model: str, tmp_path: Path) -> None:
    path = tmp_path / f"{model}.tflite"
    path.write_bytes(MLPERF_LIKE[model]())
    near(estimate_of(path, BOARD, "balanced"))
