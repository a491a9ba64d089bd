"""The verbs as Python functions, and their values as a notebook shows them."""

import html
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.results import ANALYSIS, DEPLOYMENT, PROGRAM, RUN

import edgeopt
from edgeopt import pipeline

VERBS = (
    "analyze",
    "analyze_all_boards",
    "battery",
    "build",
    "compare",
    "deploy",
    "generate",
    "generate_several",
    "measure",
    "run",
    "validate",
)


def test_exported_names() -> None:
    assert set(edgeopt.__all__) == {"__version__", "convert", "load_board", *VERBS}
    for verb in VERBS:
        assert getattr(edgeopt, verb) is getattr(pipeline, verb)
    with pytest.raises(AttributeError, match="has no attribute `nonsense`"):
        edgeopt.nonsense  # noqa: B018


@pytest.mark.parametrize("first", ["edgeopt.convert", "edgeopt.pipeline", "edgeopt.convert.formats"])
def test_convert_can_be_called_whatever_was_imported_before(first: str, tmp_path: Path, small_model: bytes) -> None:
    (tmp_path / "small.tflite").write_bytes(small_model)
    source = (
        f"import edgeopt, {first}\nfrom pathlib import Path\n"
        "print(edgeopt.convert(Path('small.tflite'), Path('out.tflite')).action)\n"
        "from edgeopt.convert import load_dataset"
    )
    result = subprocess.run([sys.executable, "-c", source], cwd=tmp_path, capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (0, "unchanged\n"), result.stderr


def test_importing_edgeopt_is_quick() -> None:
    source = "import edgeopt, sys\nprint({'numpy', 'edgeopt.pipeline'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert result.stdout == "set()\n"


def test_analyze_as_a_function(tmp_path: Path, small_model: bytes) -> None:
    (tmp_path / "small.tflite").write_bytes(small_model)
    analysis = edgeopt.analyze(tmp_path / "small.tflite", edgeopt.load_board("nucleo-g071rb"))
    assert analysis.board == "nucleo-g071rb"
    assert [layer.op for layer in analysis.layers] == ["conv2d", "mean", "fully_connected", "softmax"]


@pytest.mark.parametrize("value", [ANALYSIS, DEPLOYMENT, RUN, PROGRAM], ids=lambda value: type(value).__name__)
def test_a_notebook_shows_the_report(value: object) -> None:
    shown = value._repr_html_()  # type: ignore[attr-defined]
    text = html.unescape(re.sub(r"<[^>]+>", "", shown))
    assert shown.startswith("<pre>") and "nucleo-l4r5zi" in text
    assert "<script" not in shown
