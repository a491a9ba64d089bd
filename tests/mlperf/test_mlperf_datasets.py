"""Data sets that are wrong or hostile; accuracy and AUC against scikit-learn and by hand."""

from pathlib import Path

import numpy as np
import pytest
from support.mlperf_boards import write_dataset

from edgeopt.errors import UsageError
from edgeopt.mlperf.benchmarks import BENCHMARKS, benchmark
from edgeopt.mlperf.dataset import read_dataset, segments
from edgeopt.mlperf.metrics import auc, top1

KWS, AD = BENCHMARKS["kws01"], BENCHMARKS["ad01"]
SEED = 9


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.bin").write_bytes(bytes(490))
    (tmp_path / "secret.bin").write_bytes(bytes(490))
    (tmp_path / "set" / "link.bin").symlink_to(tmp_path / "secret.bin")
    return tmp_path / "set"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("../secret.bin,12,1", "is not in the folder"),
        ("/etc/passwd,12,1", "is not in the folder"),
        ("link.bin,12,1", "is not in the folder"),
        (".,12,1", "is not in the folder"),
        (",12,1", "is not in the folder"),
        ("b.bin,12,1", "there is no file `b.bin`"),
        ("a.bin,12", "has 2 fields"),
        ("a.bin,12,1,490", "has 4 fields"),
        ("a.bin,12,12", "no class 12 of 12"),
        ("a.bin,12,-1", "`-1` is no number"),
        ("a.bin,12,x", "`x` is no number"),
        ("a.bin,12,٣", "is no number"),
        ("a.bin,12,1,100,10", "windows of 100 bytes"),
        ("a.bin,12,1,490,0", "a stride of 0"),
        ("", "has 0 lines"),
    ],
)
def test_a_wrong_line_is_named(folder: Path, row: str, says: str) -> None:
    (folder / "y_labels.csv").write_text(row + "\n")
    with pytest.raises(UsageError, match=says) as caught:
        read_dataset(folder, KWS)
    assert "y_labels.csv" in caught.value.message and "\n" not in caught.value.message


def test_a_file_of_another_size(folder: Path) -> None:
    (folder / "a.bin").write_bytes(bytes(489))
    (folder / "y_labels.csv").write_text("a.bin,12,1\n")
    with pytest.raises(UsageError, match="has not 490 bytes"):
        list(segments(read_dataset(folder, KWS)[0], KWS))


def test_files_that_cannot_be_read(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_dataset(tmp_path / "nothing", KWS)
    (folder / "y_labels.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="is not text"):
        read_dataset(folder, KWS)


def test_windows_follow_each_other_by_the_stride(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path, "ad01", files=1, segments=4)
    (recording,) = read_dataset(folder, AD)
    whole = (recording.folder / recording.file).read_bytes()
    assert list(segments(recording, AD)) == [whole[at : at + 2560] for at in (0, 512, 1024, 1536)]
    assert read_dataset(folder / "ad01", AD) == (recording,), "the folder itself will do, too"


def test_only_the_four_benchmarks() -> None:
    with pytest.raises(UsageError, match="`sww01` is no benchmark"):
        benchmark("sww01")


@pytest.mark.parametrize("classes", [1, 2, 3, 12])
def test_auc_is_that_of_scikit_learn(classes: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(SEED)
    print(f"seed {SEED}")
    for _ in range(5):
        labels = np.concatenate((np.arange(max(classes, 2)), rng.integers(0, max(classes, 2), 60)))
        scores = np.round(rng.random((len(labels), classes)), 1)  # many are equal
        scores[:, 0] += 0.05
        if classes > 1:
            scores = scores / scores.sum(axis=1, keepdims=True)
        told = scores[:, -1] if classes <= 2 else scores
        assert auc(scores, labels) == pytest.approx(metrics.roc_auc_score(labels, told, multi_class="ovr"), abs=1e-12)


def test_a_class_that_never_occurs_has_no_curve() -> None:
    scores = np.full((4, 3), 1 / 3)
    assert auc(scores, np.array([0, 1, 0, 1])) is None
    assert auc(scores[:, :1], np.zeros(4, np.int64)) is None


def test_top1_by_hand() -> None:
    scores = np.array([[0.9, 0.1], [0.4, 0.6], [0.5, 0.5], [0.2, 0.8]])
    assert top1(scores, np.array([0, 1, 1, 1])) == 75.0  # equal ones: the first
    distances = np.array([[1.0], [2.0], [3.0], [10.0]])
    assert top1(distances, np.array([0, 0, 1, 1])) == pytest.approx(100.0, abs=1e-5)
    # Normal and not, the wrong way round: all are told anomalous but the least, at best 1 of 3 and 1 of 2.
    assert top1(distances, np.array([1, 1, 0, 0])) < 50
