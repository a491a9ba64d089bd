"""The shipped cells are sound, and the loader refuses everything else."""

import re
from pathlib import Path

import pytest

from edgeopt.energy import cell_names, load_cell, parse_cells
from edgeopt.errors import UsageError
from edgeopt.resources import cells_dir


def test_the_cells_of_the_issue_are_there() -> None:
    assert set(cell_names()) >= {"CR2032", "AA", "18650", "LiPo-500"}


@pytest.mark.parametrize("name", cell_names())
def test_a_shipped_cell_is_called_as_its_file_and_every_figure_has_a_source(name: str) -> None:
    cell = load_cell(name)
    assert cell.name == name
    figures = [value for value in vars(cell).values() if hasattr(value, "source")]
    assert len(figures) == 11 and all(len(figure.source) > 3 for figure in figures)
    assert load_cell(name.lower()) == cell


def test_cells_in_series() -> None:
    assert parse_cells("2xAA") == (load_cell("AA"), 2)
    assert parse_cells("3 X aa") == (load_cell("AA"), 3)
    assert parse_cells("18650") == (load_cell("18650"), 1)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("CR2023", "no cell is called `CR2023`", "did you mean `CR2032`?"),
        ("AAA", "no cell is called `AAA`", "did you mean `AA`?"),
        ("lemon", "no cell is called `lemon`", "CR2032"),
        ("0xAA", "0 cells in series", "1 to 20"),
        ("99xAA", "99 cells in series", "1 to 20"),
        ("9" * 5000 + "xAA", "no cell is called `999", "CR2032"),
        ("2xlemon", "no cell is called `lemon`", "CR2032"),
        ("nowhere.toml", "nowhere.toml: cannot be read", ".toml"),
        ("no\0where.toml", "cannot be read: embedded null byte", ".toml"),
    ],
)
def test_a_cell_that_there_is_not(text: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_cells(text)
    assert message in caught.value.message and hint in caught.value.hint


def changed(tmp_path: Path, pattern: str, text: str, name: str = "AA") -> Path:
    """The file of a cell with one place changed."""
    original = (cells_dir() / f"{name}.toml").read_text()
    assert len(re.findall(pattern, original, re.MULTILINE)) == 1
    path = tmp_path / "mine.toml"
    path.write_text(re.sub(pattern, text, original, flags=re.MULTILINE))
    return path


def test_a_cell_of_ones_own(tmp_path: Path) -> None:
    path = changed(tmp_path, r'^name = "AA"', 'name = "mine"')
    cell, series = parse_cells(f"3x{path}")
    assert (cell.name, series, cell.capacity_mah) == ("mine", 3, load_cell("AA").capacity_mah)


@pytest.mark.parametrize(
    ("pattern", "text", "message"),
    [
        (r'^title = .*$', "", "`title` is missing"),
        (r'^title = ', "titel = ", "`title` is missing"),
        (r"^fresh_ohm = ", "nonsense = 3\nfresh_ohm = ", "`limits.nonsense` is unknown"),
        (r"^capacity_mah = .*$", 'capacity_mah = { kind = "unknown", source = "x" }', "capacity_mah` must be known"),
        (r"^capacity_mah = .*$", 'capacity_mah = { value = 0, kind = "measured", source = "x" }', "capacity_mah.value"),
        (r"^capacity_mah = .*$", 'capacity_mah = { value = nan, kind = "measured", source = "x" }', "mah.value"),
        (r"^cutoff_v = .*$", 'cutoff_v = { value = 1.4, kind = "measured", source = "x" }', "must rise"),
        (r"ma = 100,", "ma = 40,", "must rise in current"),
        (r"mah = 2300", "mah = 2800", "fall in charge"),
        (r"^lowest_c = .*$", 'lowest_c = { value = -20 }', "`limits.lowest_c.kind` is missing"),
    ],
)  # fmt: skip
def test_a_wrong_cell_file_is_named_with_its_key(tmp_path: Path, pattern: str, text: str, message: str) -> None:
    path = changed(tmp_path, pattern, text)
    with pytest.raises(UsageError) as caught:
        load_cell(str(path))
    assert str(path) in caught.value.message and message in caught.value.message
    assert caught.value.exit_code == 2
