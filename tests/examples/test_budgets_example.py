"""The example budgets: sound, and the commands of their README print what it says, figures within a fifth."""

import re
import tomllib
from pathlib import Path

import pytest
from support.cli import edgeopt
from support.trained import EXAMPLES, converted

from edgeopt.budget import load_budget

BUDGETS = EXAMPLES / "budgets"
PAGE = (BUDGETS / "README.md").read_text()
NODE = BUDGETS / "always_on_node.toml"
NEAR = 0.2  # of a figure: cost tables are fitted anew now and then
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
BINARY, REAL = EXAMPLES / "mnist_binary" / "mnist_binary.h5", EXAMPLES / "mnist_binary" / "mnist_real_int8.tflite"


def commands() -> list[tuple[str, str]]:
    """Each command of the page, and what the page says that it prints."""
    blocks = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    found = [part.partition("\n")[::2] for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [(line, output) for line, output in found]


@pytest.fixture(scope="module")
def tflite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return converted(BINARY, EXAMPLES / "mnist" / "calibration.npz", tmp_path_factory.mktemp("budgets"))


@pytest.fixture
def folder(tflite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(EXAMPLES)
    (tmp_path / "binary.tflite").write_bytes(tflite.read_bytes())
    return tmp_path


def as_printed(shown: str, printed: str) -> str:
    """The lines of the page as they are printed now, in their order; `...` stands for any lines, or for part of one."""
    rest, found = printed.splitlines(), []
    for line in shown.splitlines():
        if line.strip() == "...":
            found.append(line)
            continue
        while rest and not is_alike(line, rest[0]):
            rest.pop(0)
        assert rest, f"the page says `{line}`; it printed:\n{printed}"
        found.append(line if "..." in line else rest[0])
    return "".join(f"{line}\n" for line in found)


def is_alike(line: str, other: str) -> bool:
    """But for the figures, and blanks between columns."""
    words = [re.escape(part) for part in NUMBER.sub("#", " ".join(line.split())).split("...")]
    return re.fullmatch(".*?".join(words), NUMBER.sub("#", " ".join(other.split()))) is not None


def assert_near(shown: str, printed: str) -> None:
    for line, other in zip(shown.splitlines(), printed.splitlines(), strict=True):
        for one, two in zip(NUMBER.findall(line), NUMBER.findall(other), strict=True):
            assert abs(value(one) - value(two)) <= NEAR * value(one), f"`{other.strip()}`: run pytest --accept, read it"


def value(text: str) -> float:
    return float(text.replace(",", ""))


@pytest.mark.parametrize("file", sorted(BUDGETS.glob("*.toml")), ids=lambda file: file.stem)
def test_every_budget_is_sound_and_named_on_the_page(file: Path) -> None:
    budget = load_budget(file)
    assert set(budget.limits) == set(tomllib.loads(file.read_text())) - {"duty_cycle"}
    assert budget.use is not None and f"`{file.name}`" in PAGE


def test_the_commands_print_what_the_page_says(
    folder: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    """`pytest --accept` writes the figures of today into the page; those of its prose are yours to read again."""
    page, ran = PAGE, 0
    for line, output in commands():
        _, *arguments = line.split()
        if arguments[0] == "analyze":
            now = as_printed(output, edgeopt(capsys, *arguments).stdout)
            page, ran = page.replace(output, now), ran + 1
            if not request.config.getoption("--accept"):
                assert_near(output, now)
    if request.config.getoption("--accept"):
        (BUDGETS / "README.md").write_text(page)
    assert ran == len(commands()) - 1 == 4


def test_the_binarized_node_keeps_15_mw_and_its_int8_twin_does_not(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--board", "nrf52840-dk", "--budget", NODE, "--json")
    binary = edgeopt(capsys, "analyze", "binary.tflite", *arguments)
    assert binary.exit_code == 0
    assert binary.document["average_mw"]["value"] < 15 and binary.document["peak_mw"]["value"] < 15
    assert any("not measured of an inference" in warning for warning in binary.document["warnings"])
    real = edgeopt(capsys, "analyze", REAL, *arguments)
    assert real.exit_code == 4
    (latency, average) = real.document["broken_limits"]
    assert (latency["name"], average["name"]) == ("latency_ms", "average_mw")
    assert any(remedy["name"] == "binarized layer" for remedy in latency["remedies"])


def test_no_network_lowers_the_peak(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--board", "nucleo-l4r5zi", "--budget", NODE, "--json")
    binary = edgeopt(capsys, "analyze", "binary.tflite", *arguments)
    assert binary.exit_code == 4
    (breach,) = (one for one in binary.document["broken_limits"] if one["name"] == "peak_mw")
    kept = [remedy["name"] for remedy in breach["remedies"] if remedy["keeps"]]
    assert kept == ["board"]


def test_a_keyword_spotter_keeps_its_budget(shared_models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    budget = BUDGETS / "always_on_kws.toml"
    outcome = edgeopt(capsys, "analyze", shared_models / "kws_dscnn_int8.tflite", "--budget", budget, "--json")
    assert outcome.exit_code == 0, outcome.stderr
    assert {limit["state"] for limit in outcome.document["limits"]} == {"kept"}
