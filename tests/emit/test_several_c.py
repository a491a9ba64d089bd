"""The C of several networks: one arena, names that do not clash, and the program of the docs page."""

import hashlib
import json
import re
import subprocess
from collections.abc import Callable, Sequence
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from support.host import SANITIZE, STRICT, host_compiler
from support.proof import random_array
from support.small import small_classifier
from support.streaming import STREAMS, window
from test_c_contract import COMPILERS, check

from edgeopt.emit import CProject, Network, Provenance, c_name, clash, emit, model_files, unique_names
from edgeopt.emit.binding import model_binding
from edgeopt.errors import UsageError
from edgeopt.firmware.template import write_common
from edgeopt.ir import Array, Graph, Target, evaluate_in_order
from edgeopt.load import load_bytes
from edgeopt.optimize import optimize
from edgeopt.plan import plan

PAGE = Path(__file__).parents[2] / "docs" / "several_models.md"
FIRST = np.arange(12).reshape(1, 3, 4)


def network(model: bytes, name: str) -> Network:
    return Network(plan(optimize(load_bytes(model, name)), Target()), name)


def two() -> list[Network]:
    return [network(small_classifier(), "small"), network(window(initial=FIRST), "window")]


def write(networks: Sequence[Network], folder: Path) -> None:
    """All C of the networks, as in a project's model folder."""
    for one in networks:
        for file, text in model_files(one.plan, one.name).items():
            (folder / file).write_text(text)


def test_binding_of_two(golden: Callable[[str], None]) -> None:
    golden(model_binding(two()))


@pytest.mark.parametrize("compiler", COMPILERS)
def test_the_c_of_two_is_clean(compiler: str, tmp_path: Path) -> None:
    write_common(tmp_path)
    write(two(), tmp_path)
    (tmp_path / "eo_model.c").write_text(model_binding(two()))
    (tmp_path / "eo_build_id.h").write_text('#define EO_BUILD_ID "0"\n')
    for file in tmp_path.glob("eo_*.c"):  # those that want a platform are compiled with it elsewhere
        if file.name != "eo_model.c" and not (tmp_path / file.with_suffix(".h").name).is_file():
            file.unlink()
    check(compiler, tmp_path)


def test_the_c_of_a_network_is_the_same_alone_and_together(tmp_path: Path) -> None:
    networks = two()
    project = emit(networks, tmp_path / "both", Provenance("none", "none", {}, {}), lambda folder: None)
    assert [model.name for model in project.models] == ["small", "window"]
    written = {path.name: path.read_text() for path in (tmp_path / "both" / "model").glob("*.[ch]")}
    assert written == model_files(networks[0].plan, "small") | model_files(networks[1].plan, "window")


# names


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (["kws", "vww"], ("kws", "vww")),
        (["kws", "kws", "kws"], ("kws", "kws_2", "kws_3")),
        (["kws", "kws_2", "kws"], ("kws", "kws_2", "kws_3")),
        (["kws", "kws_small"], ("kws", "kws_small")),
        (["kws_weights", "kws"], ("kws_weights", "kws_2")),
        (["a" * 40, "a" * 40], ("a" * 40, f"{'a' * 36}_2")),
    ],
)
def test_names_are_made_unique(wanted: list[str], names: tuple[str, ...]) -> None:
    assert unique_names(wanted) == names
    assert all(name == c_name(name) for name in names)


def test_names_that_do_not_clash_share_no_file_and_no_identifier(tmp_path: Path) -> None:
    """All pairs of near names are emitted; `clash` must know of each identifier and file that would be there twice."""
    near = ["network", "net", *(f"net_{end}" for end in ("2", "weights", "default", "binary", "layer0", "input", "h"))]
    near += [f"net_{end}" for end in ("context", "small", "state", "reset", "layer", "input0", "arena", "state0")]
    found: dict[str, frozenset[str]] = {}
    for name in near:
        files = model_files(network(STREAMS["recurrent"](), name).plan, name)
        own = {file: text for file, text in files.items() if not file.startswith("eo_")}
        text = "\n".join(own.values())
        defined = set(re.findall(r"#define (\w+)", text)) | set(re.findall(rf"\b{name}_\w+(?=[(;\[])", text))
        found[name] = frozenset(own) | defined
    for one, other in permutations(near, 2):
        if not clash(one, other):
            assert not found[one] & found[other], (one, other)
    assert clash("net", "net") and clash("net", "net_weights") and not clash("net", "net_small")


# projects


def test_a_project_of_version_1_still_opens(tmp_path: Path) -> None:
    """Its one network had its name, inputs, outputs and layers on top of the manifest."""
    folder = tmp_path / "old"
    emit([network(small_classifier(), "small")], folder, Provenance("none", "none", {}, {}), lambda at: None)
    manifest = json.loads((folder / "manifest.json").read_text())
    (row,) = manifest.pop("models")
    (folder / "manifest.json").write_text(json.dumps({**manifest, "schema": "edgeopt.manifest/1"}))
    forged(folder, **row)
    project = CProject.open(folder)
    assert (project.name, len(project.models), project.index) == ("small", 1, 0)
    assert [tensor.shape for tensor in project.inputs] == [tuple(row["inputs"][0]["shape"])]
    assert project.select(None) == project.select("small") == project


def forged(folder: Path, **changes: object) -> None:
    """A manifest with other entries, whose build identity is right: anybody can compute it."""
    manifest = {**json.loads((folder / "manifest.json").read_text()), **changes}
    facts = {key: value for key, value in manifest.items() if key not in ("schema", "build_id", "files")}
    hashes = {name: value for name, value in manifest["files"].items() if name != "eo_build_id.h"}
    manifest["build_id"] = hashlib.sha256(json.dumps([facts, hashes], sort_keys=True).encode()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    "models",
    [[], None, 3, "small", ["small"], [{}], [{"name": "../x", "model_sha256": "", "inputs": [], "outputs": []}]],
    ids=str,
)
def test_a_forged_list_of_networks_is_damaged(models: object, tmp_path: Path) -> None:
    folder = tmp_path / "forged"
    emit(two(), folder, Provenance("none", "none", {}, {}), lambda at: None)
    forged(folder)
    assert len(CProject.open(folder).models) == 2
    forged(folder, models=models)
    with pytest.raises(UsageError, match="is damaged"):
        CProject.open(folder)


def test_which_network_is_meant(tmp_path: Path) -> None:
    project = emit(two(), tmp_path / "both", Provenance("none", "none", {}, {}), lambda folder: None)
    assert project.select("window").index == 1 and project.select("window").name == "window"
    with pytest.raises(UsageError, match="2 networks") as several:
        project.select(None)
    assert several.value.hint == "say --model small or --model window"
    with pytest.raises(UsageError, match="no network that is called `windo`") as near:
        project.select("windo")
    assert near.value.hint == "did you mean `window`?"
    with pytest.raises(UsageError) as far:
        project.select("x")
    assert far.value.hint == "there are: small, window"


# the program of the docs page

MAIN_INCLUDE = "#include <stdio.h>\n"
MAIN = """
int main(void) {
    static int8_t pixels[DIGITS_INPUT0_BYTES], digits[DIGITS_OUTPUT0_BYTES];
    static int8_t motion[GESTURES_INPUT0_BYTES], gestures[GESTURES_OUTPUT0_BYTES];
    start();
    while (fread(pixels, 1, sizeof pixels, stdin) == sizeof pixels && fread(motion, 1, sizeof motion, stdin)) {
        classify_digit(pixels, digits);
        follow_gesture(motion, gestures);
        fwrite(digits, 1, sizeof digits, stdout);
        fwrite(gestures, 1, sizeof gestures, stdout);
    }
    return 0;
}
"""


@pytest.mark.parametrize("initial", [0, FIRST], ids=["zeros", "first-values"])
def test_the_program_of_the_page(initial: Array | int, tmp_path: Path, rng: np.random.Generator) -> None:
    networks = [network(small_classifier(), "digits"), network(window(initial=initial), "gestures")]
    write(networks, tmp_path)
    program = re.search(r"<!-- two_networks.c -->\n```c\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert program is not None
    (tmp_path / "two_networks.c").write_text(MAIN_INCLUDE + program[1] + MAIN)
    sources = sorted(path.name for path in tmp_path.glob("*.c"))
    argv = [host_compiler(), "-std=c99", *SANITIZE, *STRICT, *sources, "-o", "program"]
    subprocess.run(argv, cwd=tmp_path, check=True)
    graphs = [one.plan.graph for one in networks]
    samples = [_samples(graph, 12, rng) for graph in graphs]
    sent = b"".join(digit[0].tobytes() + gesture[0].tobytes() for digit, gesture in zip(*samples, strict=True))
    found = subprocess.run([tmp_path / "program"], input=sent, capture_output=True, check=True).stdout
    outputs = [evaluate_in_order(graph, one) for graph, one in zip(graphs, samples, strict=True)]
    assert found == b"".join(digit[0].tobytes() + gesture[0].tobytes() for digit, gesture in zip(*outputs, strict=True))


def _samples(graph: Graph, count: int, rng: np.random.Generator) -> list[list[Array]]:
    return [[random_array(rng, tensor.shape, tensor.dtype) for tensor in graph.input_tensors] for _ in range(count)]
