"""Flame graphs: folded stacks read back sum to the total, and the picture is well-formed, whatever the names."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from edgeopt.errors import UsageError
from edgeopt.report.flame import FlameGraph, Stack, check_flame_file, flame_text, folded, svg

STACKS: dict[Stack, int] = {
    ("0 conv2d", "main", "invoke", "eo_conv2d"): 700,
    ("0 conv2d", "main", "invoke"): 20,
    ("1 softmax", "main", "invoke", "eo_softmax"): 279,
    ("1 softmax", "main"): 1,
}
GRAPH = FlameGraph("one inference of demo", "cycles", STACKS, has_layers=True)
SVG = "{http://www.w3.org/2000/svg}"


def read_folded(text: str) -> dict[Stack, int]:
    """As other tools read it: names up to the last space, a number behind it."""
    rows = [line.rsplit(" ", 1) for line in text.splitlines()]
    return {tuple(names.split(";")): int(number) for names, number in rows}


def titles(text: str) -> list[str]:
    return [title.text or "" for title in ElementTree.fromstring(text).iter(f"{SVG}title")]


def test_folded_stacks_read_back() -> None:
    assert read_folded(folded(STACKS)) == STACKS
    assert folded({("a",): 0, ("b",): 1}) == "b 1\n"
    assert folded({}) == ""


def test_names_cannot_break_the_folded_form() -> None:
    hostile: dict[Stack, int] = {("a;b", "c\nd 5", ""): 3, ("x y",): 4}
    assert read_folded(folded(hostile)) == {("a,b", "c\\nd 5", "(no name)"): 3, ("x y",): 4}


def test_each_frame_tells_its_share() -> None:
    assert titles(svg(GRAPH)) == [
        "all: 1,000 cycles, 100.00 %",
        "0 conv2d: 720 cycles, 72.00 %",
        "main: 720 cycles, 72.00 %",
        "invoke: 720 cycles, 72.00 %",
        "eo_conv2d: 700 cycles, 70.00 %",
        "1 softmax: 280 cycles, 28.00 %",
        "main: 280 cycles, 28.00 %",
        "invoke: 279 cycles, 27.90 %",
        "eo_softmax: 279 cycles, 27.90 %",
    ]


def test_frames_lie_above_those_that_called_them() -> None:
    boxes = [
        (float(box.attrib["x"]), float(box.attrib["y"]), float(box.attrib["width"]))
        for box in ElementTree.fromstring(svg(GRAPH)).iter(f"{SVG}rect")
    ]
    (x, y, width), (layer_x, layer_y, layer_width), *_ = boxes
    assert (layer_x, layer_width) == pytest.approx((x, width * 0.72), abs=0.01)
    assert layer_y < y, "the outermost is at the bottom"
    assert all(at >= x - 0.01 and at + wide <= x + width + 0.02 for at, _, wide in boxes)


def test_names_are_escaped() -> None:
    name = 'operator<<(std::ostream&, "x")'
    graph = FlameGraph('<&">', "instructions", {(name, "\x1b[31m"): 1})
    text = svg(graph)
    root = ElementTree.fromstring(text)
    assert f"{name}: 1 instructions, 100.00 %" in titles(text)
    assert "\x1b" not in text
    assert root.attrib["aria-label"] == '<&">: 1 instructions, simulated', "the heading, with its label"
    assert "script" not in text and "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_what_is_too_narrow_is_left_out_and_nothing_is_a_picture_too() -> None:
    many = FlameGraph("t", "cycles", {("main", f"f{i}"): 1 + 10**6 * (i == 0) for i in range(20_000)})
    assert len(svg(many)) < 20_000
    assert titles(svg(FlameGraph("t", "cycles", {}))) == ["all: 0 cycles, 0.00 %"]


def test_the_suffix_names_the_form(tmp_path: Path) -> None:
    assert flame_text(GRAPH, Path("x.svg")).startswith("<svg")
    assert flame_text(GRAPH, Path("x.folded")) == folded(STACKS)
    for path, message in (
        (tmp_path / "flame.png", r"neither \.svg nor \.folded"),
        (tmp_path / "missing" / "flame.svg", "there is no folder"),
    ):
        with pytest.raises(UsageError, match=message):
            check_flame_file(path)
    folder = tmp_path / "a.svg"
    folder.mkdir()
    with pytest.raises(UsageError, match="is a folder"):
        check_flame_file(folder)
