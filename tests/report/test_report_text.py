"""The text of the reports: golden, at the widths of a terminal, and by its rules."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console
from support.results import ANALYSIS, COMPARISON, CONVERTED, DEPLOYMENT, LAYERS, PROGRAM, RUN, RUNS

from edgeopt.budget import Breach
from edgeopt.energy import Quantity, unknown
from edgeopt.errors import OutputsDiffer, OverBudget
from edgeopt.report import view_of
from edgeopt.report.proof import Validation
from edgeopt.report.text import layer_label, number, quantities, size
from edgeopt.report.views.layers import LayerTable


def text(value: object, width: int) -> str:
    console = Console(width=width, no_color=True, highlight=False, legacy_windows=False, _environ={})
    shown = value if hasattr(value, "__rich_console__") else view_of(value).text(value)
    with console.capture() as captured:
        console.print(shown)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize(
    "value", [ANALYSIS, DEPLOYMENT, RUN, PROGRAM, COMPARISON, RUNS, CONVERTED], ids=lambda value: type(value).__name__
)
def test_golden(value: object, width: int, golden: Callable[[str], None]) -> None:
    shown = text(value, width)
    assert max(map(len, shown.splitlines())) <= width
    golden(shown)


def test_nothing_is_cut_off_on_a_narrow_terminal() -> None:
    shown = text(DEPLOYMENT, 80)
    for layer in DEPLOYMENT.layers:
        assert layer.op in shown
        assert all(kernel in shown for kernel in layer.kernels)
        assert number(layer.macs) in shown
        assert layer.cycles is not None and number(layer.cycles.value) in shown


def test_each_label_has_its_own_column() -> None:
    rows = {
        "a": Quantity(1.5, "estimated", "a formula"),
        "b": Quantity(2.5, "simulated", "a count"),
        "c": Quantity(3.5, "measured", "a meter"),
        "d": unknown("nobody looked"),
    }
    console = Console(width=80, no_color=True, _environ={})
    with console.capture() as captured:
        console.print(quantities(rows))
    heading, _, *lines = captured.get().splitlines()
    ends = [heading.index(label) + len(label) for label in ("estimated", "simulated", "measured")]
    for line, figure, end in zip(lines, ("1.5", "2.5", "3.5"), ends, strict=False):
        assert line[:end].endswith(figure)
    assert lines[3].split() == ["d", "unknown:", "nobody", "looked"]


def test_cycles_of_two_labels_stand_in_two_columns() -> None:
    one, two = LAYERS[0], replace(LAYERS[1], cycles=Quantity(77.0, "measured", "a board"))
    shown = text(LayerTable((one, two)), 120)
    assert "simulated" in shown and "measured" in shown
    first = next(line for line in shown.splitlines() if line.startswith("0 "))
    second = next(line for line in shown.splitlines() if line.startswith("1 "))
    assert len(first) < len(second), "the measured column is the last, and empty for the simulated layer"


def test_layers_that_share_a_reason_share_its_mark() -> None:
    layers = tuple(replace(layer, why="no faster kernel fits") for layer in LAYERS)
    shown = text(LayerTable(layers), 120)
    assert shown.count("no faster kernel fits") == 1
    assert shown.count("(a)") == len(layers) + 1


def test_verdicts() -> None:
    assert view_of(DEPLOYMENT).verdict(DEPLOYMENT) is None
    bad = replace(
        DEPLOYMENT, validation=Validation(10, 9, 4, "sample 3, output 0, element 1", "tflite-micro", "virtual")
    )
    error = view_of(bad).verdict(bad)
    assert isinstance(error, OutputsDiffer)
    assert error.message == (
        "the outputs of 1 of 10 samples differ from tflite-micro; first at sample 3, output 0, element 1"
    )
    assert "only 9 of 10 samples equal tflite-micro" in text(bad, 200)
    over = replace(ANALYSIS, broken_limits=(Breach("ram_bytes", 10, "B", 20, 10, "estimated", "the arena"),))
    assert isinstance(view_of(over).verdict(over), OverBudget)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (1234567, "1,234,567"), (28.6483, "28.65"), (0.0123456, "0.01235"), (98765.4, "98,765"), (None, "")],
)
def test_number(value: float | None, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(("count", "shown"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (2_097_152, "2,097.2 kB")])
def test_kilobytes_have_1000_bytes(count: int, shown: str) -> None:
    assert size(count) == shown


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("a/b/conv2d_1/Relu;a/b/conv2d_1/BiasAdd", "conv2d_1/Relu"),
        ("Identity", "Identity"),
        ("x" * 40, "..." + "x" * 25),
        (";odd", ";odd"),
    ],
)
def test_layer_label(name: str, label: str) -> None:
    assert layer_label(name) == label


def test_a_value_without_a_view_is_refused() -> None:
    with pytest.raises(TypeError, match="no view shows a `int`"):
        view_of(3)


def test_names_from_a_file_do_not_steer_the_terminal() -> None:
    layer = replace(LAYERS[0], name="a\x1b[2Jb\nc")
    shown = text(LayerTable((layer,)), 120)
    assert "a\\x1b[2Jb\\nc" in shown and "\x1b" not in shown
    program = replace(PROGRAM, output="one\r\ntwo\x1b]0;title\x07\n")
    assert "  one\n  two\\x1b]0;title\\x07\n" in text(program, 120)
