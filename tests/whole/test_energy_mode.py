"""The reference models in MLPerf Tiny's energy mode: whole firmware, spoken to as the official runner does."""

from pathlib import Path

import numpy as np
import pytest
from support.whole import need_toolchain
from support.wire import ask, load_commands, read_banner, results

from edgeopt import pipeline
from edgeopt.board import load_board
from edgeopt.device import LinkTraits, Session
from edgeopt.simulate import VirtualBoard

BOARD = "nucleo-l4r5zi"
SEED = 20_261_122
MODELS = {  # file, bytes of what the runner sends, results
    "ad01": ("ad_autoencoder_int8.tflite", 2560, 1),
    "ic01": ("ic_resnet8_int8.tflite", 3072, 10),
    "kws01": ("kws_dscnn_int8.tflite", 490, 12),
    "vww01": ("vww_mobilenet_int8.tflite", 27648, 2),
}


class WatchedBoard:
    """A link to a virtual board that does not count, with the levels of its timestamp pin as they were set."""

    traits = LinkTraits("simulated", deterministic=True, timed=False)

    def __init__(self, elf: Path, name: str) -> None:
        board = load_board(name)
        assert board.pin is not None
        self.levels: list[int] = []
        self._board = VirtualBoard(elf, board, counted=False)
        self._set = board.pin.base + 0x18, 1 << board.pin.number
        self._board.bus.on_write = self._on_write

    def _on_write(self, address: int, value: int) -> None:
        register, bit = self._set
        if address == register and value in (bit, bit << 16):
            self.levels.append(int(value == bit))

    def write(self, data: bytes) -> None:
        self._board.write(data)

    def read(self, timeout_s: float) -> bytes:
        return self._board.read(timeout_s)

    def close(self) -> None:
        self._board.close()


def sent_data(version: str, count: int) -> bytes:
    print(f"seed {SEED}")
    rng = np.random.default_rng(SEED)
    return rng.normal(-20, 5, count // 4).astype("<f4").tobytes() if version == "ad01" else rng.bytes(count)


@pytest.mark.parametrize("version", MODELS)
def test_a_run_of_the_official_host(version: str, shared_models: Path, tmp_path: Path) -> None:
    need_toolchain("gcc")
    file, count_bytes, count = MODELS[version]
    generated = pipeline.generate(
        shared_models / file, load_board(BOARD), tmp_path / "out", mlperf=version, energy_mode=True
    )
    assert generated.project is not None
    assert pipeline.project_board(generated.project).console.baud == 9600
    link = WatchedBoard(pipeline.build(tmp_path / "out", "gcc", "-O2").elf, BOARD)
    assert read_banner(link) == b"m-timestamp-mode-energy\r\nm-init-done\r\n"
    assert link.levels == [1, 0, 1], "high before it falls for the banner's stamp"
    profile, stamp = ask(link, b"profile%timestamp%")
    assert profile.endswith(f"m-model-[{version}]\r\n".encode()) and stamp == b""
    *_, loaded = ask(link, load_commands(sent_data(version, count_bytes)))
    assert loaded == b"m-load-done\r\n"
    del link.levels[:]
    (infer,) = ask(link, b"infer 2 1%")
    assert link.levels == [0, 1, 0, 1]
    found = results(infer)
    start = b"m-warmup-start-1\r\nm-warmup-done\r\nm-infer-start-2\r\nm-infer-done\r\nm-results-["
    assert infer.startswith(start) and len(found) == count
    assert sum(found) > 0 and ask(link, b"results%") == [infer[infer.index(b"m-results") :]]
    session = Session(link, generated.project.build_id)
    assert len(session.identity.output_bytes) == 1


def test_a_board_at_another_rate_says_so_in_its_project(shared_models: Path, tmp_path: Path) -> None:
    model, board = shared_models / "kws_dscnn_int8.tflite", load_board(BOARD)
    made = {
        rate: pipeline.generate(model, board, tmp_path / str(rate), baud=rate).project for rate in (921_600, 115_200)
    }
    for rate, project in made.items():
        assert project is not None
        assert pipeline.project_board(project).console.baud == rate
        assert f"#define EO_CONSOLE_BAUD {rate}u" in (project.folder / "eo_board.h").read_text()
    usual = pipeline.generate(model, board, tmp_path / "usual").project
    assert usual is not None and made[115_200] is not None
    assert usual.build_id == made[115_200].build_id, "the board's own rate is nothing special"
