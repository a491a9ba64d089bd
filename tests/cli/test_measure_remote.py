"""Several boards at once behind ports of this computer: by RFC 2217, by plain sockets, and one that is cut off."""

from pathlib import Path

import pytest
from support.cli import edgeopt
from support.remote_board import RemoteBoard
from support.serving import serve_link

from edgeopt import pipeline
from edgeopt.board import load_board
from edgeopt.device.links.virtual import CountingVirtualLink
from edgeopt.emit import CProject


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, small_model: bytes, any_toolchain: None) -> CProject:
    """Built firmware of a small network."""
    pytest.importorskip("unicorn", reason="pip install unicorn")
    folder = tmp_path_factory.mktemp("farm")
    (folder / "small.tflite").write_bytes(small_model)
    pipeline.generate(folder / "small.tflite", load_board("nucleo-l4r5zi"), folder / "out")
    pipeline.build(folder / "out")
    return CProject.open(folder / "out")


@pytest.mark.filterwarnings("ignore:set:DeprecationWarning")  # pySerial 3.5
def test_a_farm_in_one_table(
    project: CProject, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    elf, board = project.folder / pipeline.ELF, pipeline.project_board(project)
    remote, cut = RemoteBoard(elf, board), RemoteBoard(elf, board, 1_500)
    try:
        with serve_link(CountingVirtualLink(elf, board, ideal_memory=True)) as url:
            rows = {"remote": remote.target, "plain": f"serial:{url}", "cut": cut.target, "here": "virtual:ideal"}
            tables = (
                f'[[board]]\nname = "{name}"\nproject = "{project.folder}"\non = "{on}"\n' for name, on in rows.items()
            )
            (tmp_path / "fleet.toml").write_text("\n".join(tables))
            outcome = edgeopt(capsys, "measure", "--fleet", "fleet.toml", "--runs", "10", "--warmup", "1", "--json")
    finally:
        remote.close()
        cut.close()
    assert outcome.exit_code == 6
    found = {row["name"]: row for row in outcome.document["boards"]}
    assert list(found) == list(rows)
    for name in ("remote", "plain"):
        assert (found[name]["label"], found[name]["latency_ms"]["n"], found[name]["partial"]) == ("measured", 10, "")
        assert set(found[name]["ticks"]["runs"]) == set(found["here"]["ticks"]["runs"])
    assert found["cut"]["partial"] or found["cut"]["error"]
    assert found["here"]["error"] is None and not found["here"]["partial"]
