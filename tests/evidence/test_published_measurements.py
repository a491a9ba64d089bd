"""The file of published measurements: what is in it, units, and what a wrong one gives."""

from pathlib import Path

import pytest

from benchmarks.model_evidence import PUBLISHED, read_series
from edgeopt.errors import UsageError

GOOD = {
    "name": '"filter"',
    "core": '"cortex-m4f"',
    "board": '"nucleo-l4r5zi"',
    "memory": '"board"',
    "machine": '"my board"',
    "clock_hz": "120_000_000",
    "unit": '"cycles"',
    "compiler": '"GCC 12.2"',
    "same_compiler": "true",
    "source": '"measured by its timer"',
    "between": '["begin", "end"]',
    "values": "{ O2 = 1000 }",
}


def written(folder: Path, without: str | None = None, **changes: str) -> Path:
    rows = GOOD | changes
    file = folder / "measurements.toml"
    file.write_text("[[series]]\n" + "".join(f"{key} = {value}\n" for key, value in rows.items() if key != without))
    return file


def test_what_is_published() -> None:
    series = read_series(PUBLISHED)
    assert {one.core for one in series} == {"cortex-m0plus", "cortex-m4f", "cortex-m33f", "cortex-m7f"}
    names = [one.elf_name for all_of in series for one in all_of.measurements]
    assert len(names) == len(set(names)) > 25
    for one in series:
        assert one.source.startswith("github.com/")
        assert one.flags and one.machine and one.compiler
        assert "{variant}" in one.flags or one.suite == "embench"
    levels = {variant for one in series if not one.same_compiler and one.suite == "coremark" for variant in one.values}
    assert levels <= {"-O2", "-O3"}  # at the others, versions of a compiler differ by too much


@pytest.mark.parametrize(
    ("unit", "value", "cycles"),
    [("cycles", 1000, 1000), ("us", 10, 1200), ("ms", 0.5, 60_000), ("per_second", 240, 500_000)],
)
def test_units(unit: str, value: float, cycles: float, tmp_path: Path) -> None:
    (series,) = read_series(written(tmp_path, unit=f'"{unit}"', values=f"{{ O2 = {value} }}"))
    (measurement,) = series.measurements
    assert measurement.cycles == pytest.approx(cycles)
    assert measurement.elf_name == "filter_O2.elf"
    assert series.between == ("begin", "end")
    assert series.runs == 1


def test_a_level_of_the_compiler_is_in_the_name_without_its_dash(tmp_path: Path) -> None:
    (series,) = read_series(written(tmp_path, values='{ "-O2" = 1000 }'))
    assert series.measurements[0].elf_name == "filter_O2.elf"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"wait_states": "3"}, "has an unknown key `wait_states`"),
        ({"unit": '"s"'}, "`unit` is `s`"),
        ({"memory": '"fast"'}, "`memory` is `fast`"),
        ({"clock_hz": "0"}, "`clock_hz` is 0"),
        ({"clock_hz": "9" * 400}, "`clock_hz` is 9999"),
        ({"runs": "9" * 5000}, "measurements.toml"),
        ({"clock_hz": "1.5e6"}, "`clock_hz` is not a whole number"),
        ({"clock_hz": '"120 MHz"'}, "`clock_hz` is not a whole number"),
        ({"runs": "-1"}, "`runs` is -1"),
        ({"machine": "3"}, "`machine` is not a text"),
        ({"same_compiler": '"yes"'}, "`same_compiler` is not true or false"),
        ({"between": '["begin"]'}, "`between` is not two names"),
        ({"between": '"begin,end"'}, "`between` is not two names"),
        ({"between": "[1, 2]"}, "`between` is not two names"),
        ({"values": "{}"}, "has no values"),
        ({"values": "[3]"}, "has no values"),
        ({"values": "{ O2 = -3 }"}, "the value of `O2` is -3"),
        ({"values": "{ O2 = inf }"}, "the value of `O2` is inf"),
        ({"values": "{ O2 = nan }"}, "the value of `O2` is nan"),
        ({"values": "{ O2 = " + "9" * 400 + " }"}, "the value of `O2` is 9999"),
        ({"values": "{ O2 = true }"}, "the value of `O2` is True"),
        ({"values": '{ O2 = "fast" }'}, "the value of `O2` is 'fast'"),
        ({"values": '{ "../O2" = 3 }'}, "the variant `../O2` is part of a file's name"),
        ({"name": '""'}, "the name `` is part of a file's name"),
        ({"name": '"../filter"'}, "the name `../filter` is part of a file's name"),
        ({"board": '"nucleo-l4r5z"'}, "nucleo-l4r5z"),
        ({"core": '"cortex-m7f"'}, "nucleo-l4r5zi has a cortex-m4f, not a cortex-m7f"),
    ],
)
def test_a_wrong_series_is_one_line_and_a_hint(changes: dict[str, str], message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_series(written(tmp_path, **changes))
    assert message in caught.value.message
    assert "measurements.toml" in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("key", [key for key in GOOD if key not in ("between", "values")])
def test_every_key_is_needed(key: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"has no `{key}`"):
        read_series(written(tmp_path, without=key))


def test_without_marks(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`between` is not two names"):
        read_series(written(tmp_path, without="between"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[series]\n", "measurements.toml: "),
        ("", "holds other things than tables"),
        ("series = 3\n", "holds other things than tables"),
        ("series = [3]\n", "`series` is not an array of tables"),
        ("[[serie]]\nname = 'x'\n", "holds other things than tables"),
    ],
)
def test_a_file_that_is_none(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "measurements.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=message):
        read_series(file)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    file = tmp_path / "measurements.toml"
    file.write_bytes(b"\xff\xfe[[series]]")
    with pytest.raises(UsageError, match=r"measurements\.toml: "):
        read_series(file)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read_series(tmp_path / "none.toml")


def test_two_series_of_one_name(tmp_path: Path) -> None:
    file = written(tmp_path)
    file.write_text(file.read_text() * 2)
    with pytest.raises(UsageError, match="two series are called `filter`"):
        read_series(file)
