"""Statistics of the inputs: exact against numpy, read without disturbing, forgotten only once they were read."""

import binascii
import ctypes
import subprocess
from pathlib import Path

import numpy as np
import pytest
from support.fake_device import COMMON, LibraryLink, build_library, build_program, fake_outputs, talk
from support.host import SANITIZE, STRICT, host_compiler
from support.noisy import NoisyLink, Plan

from edgeopt.device import Session
from edgeopt.device.input_stats import InputStats, read_input_stats
from edgeopt.device.lines import command_line
from edgeopt.errors import DeviceError, ProtocolError, UsageError
from edgeopt.ir import Array

SEED = 20261122


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its inputs are 5 int8 and 150 int16."""
    return build_library(tmp_path_factory.mktemp("library"), "FAKE_IN_TYPE=EO_TYPE_INT16", INPUT_STATS="2")


def fresh(library: Path) -> LibraryLink:
    """A device that has seen nothing: the library's memory is the same in each test."""
    link = LibraryLink(library)
    read_input_stats(Session(link), clear=True)
    return link


def expected(samples: list[Array]) -> InputStats:
    """By numpy, in Python's integers."""
    values = np.concatenate([sample.ravel() for sample in samples]).astype(object)
    ends = np.iinfo(samples[0].dtype)
    return InputStats(
        dtype=str(samples[0].dtype),
        inferences=len(samples),
        values=len(values),
        least=int(min(values)),
        most=int(max(values)),
        sum=int(sum(values)),
        squares=int(sum(values * values)),
        at_ends=sum(int(value) in (ends.min, ends.max) for value in values),
    )


def random_inputs(count: int, second: str = "int16") -> list[tuple[Array, Array]]:
    print(f"seed {SEED}")
    rng = np.random.default_rng(SEED)

    def some(dtype: str, elements: int) -> Array:
        ends = np.iinfo(dtype)
        values = rng.integers(ends.min, ends.max, elements, dtype, endpoint=True)
        values[rng.integers(0, elements)] = rng.choice([ends.min, ends.max])
        return values

    elements = 300 // np.dtype(second).itemsize
    return [(np.clip(some("int8", 5), -100, 127), some(second, elements)) for _ in range(count)]


def infer(session: Session, inputs: tuple[Array, Array]) -> None:
    first, second = inputs
    session.load((first.tobytes(), second.tobytes()))
    session.infer()
    assert session.outputs() == fake_outputs((first.tobytes(), second.tobytes()))


def test_everything_is_as_numpy_says(library: Path) -> None:
    session = Session(fresh(library))
    nothing = InputStats("int8", 0, 0, 0, 0, 0, 0, 0)
    assert read_input_stats(session)[0] == nothing and nothing.mean is nothing.variance is None
    given = random_inputs(20)
    for inputs in given:
        infer(session, inputs)
    found = read_input_stats(session)
    assert found == tuple(expected([inputs[index] for inputs in given]) for index in range(2))
    for index, one in enumerate(found):
        assert one is not None
        values = np.concatenate([inputs[index] for inputs in given]).astype(float)
        assert one.mean == pytest.approx(values.mean()) and one.variance == pytest.approx(values.var())
        assert one.share_at_ends == one.at_ends / len(values) > 0


def test_unsigned_bytes_and_inputs_without_statistics(tmp_path: Path) -> None:
    given = random_inputs(7, "uint8")
    for type_, wanted in {"UINT8": expected([second for _, second in given]), "FLOAT32": None, "OTHER": None}.items():
        folder = tmp_path / type_
        folder.mkdir()
        session = Session(LibraryLink(build_library(folder, f"FAKE_IN_TYPE=EO_TYPE_{type_}", INPUT_STATS="2")))
        for inputs in given:
            infer(session, inputs)
        assert read_input_stats(session) == (expected([first for first, _ in given]), wanted)


def test_another_session_finds_them_and_reading_changes_nothing(library: Path) -> None:
    link = fresh(library)
    given = random_inputs(3)
    for inputs in given:
        infer(Session(link), inputs)
    first = read_input_stats(Session(link))
    assert first == read_input_stats(Session(link)) == tuple(expected(list(one)) for one in zip(*given, strict=True))


def test_what_was_read_is_forgotten(library: Path) -> None:
    session = Session(fresh(library))
    old, new = random_inputs(6)[:4], random_inputs(6)[4:]
    for inputs in old:
        infer(session, inputs)
    assert read_input_stats(session, clear=True)[0] == expected([first for first, _ in old])
    assert [one.inferences for one in read_input_stats(session) if one] == [0, 0]
    for inputs in new:
        infer(session, inputs)
    assert read_input_stats(session)[1] == expected([second for _, second in new])


def test_each_inference_counts_once_but_for_benchmarks(library: Path) -> None:
    """A loop's inputs are one and the same; they would hide what the field sends."""
    link = fresh(library)
    session = Session(link)
    infer(session, random_inputs(1)[0])
    session.layer_cycles()
    session.loop(50, 60.0)
    session.serve([0] * 5, True, 60.0)
    counted = read_input_stats(session)[0]
    assert counted is not None and counted.inferences == 2
    link.write(b"infer 3 2%")
    counted = read_input_stats(session)[0]
    assert counted is not None and counted.inferences == 7


def test_an_input_that_is_gone_is_not_counted(tmp_path: Path) -> None:
    link = LibraryLink(build_library(tmp_path, "FAKE_SURVIVES=0", INPUT_STATS="2"))
    session = Session(link)
    link.write(b"db load 5%db 0102030405%infer 3 2%")
    counted = read_input_stats(session)[0]
    assert counted is not None and (counted.inferences, counted.sum) == (1, 15)


def test_firmware_without_them_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="keeps no statistics of its inputs") as caught:
        read_input_stats(Session(LibraryLink(build_library(tmp_path))))
    assert "--input-stats" in caught.value.hint


def test_the_command_under_sanitizers(tmp_path: Path) -> None:
    program = build_program(tmp_path, INPUT_STATS="2")
    wrong = {("stats",): "arguments", ("stats", "0"): "arguments", ("stats", "0", "0", "0"): "arguments"}
    wrong |= {("stats", "2", "0"): "range", ("stats", "ffffffff", "0"): "range"}
    sent = b"".join(command_line(1, *words) for words in wrong)
    said = talk(program, sent + b"db load 5%db 80ff7f0001%infer 1 0%").split(b"m-ready\r\n")
    assert [line.split()[2:4] for line in said[: len(wrong)]] == [[b"no", why.encode()] for why in wrong.values()]
    steps = [("0", "0"), ("0", "2"), ("0", "1"), ("0", "1")]
    sent = b"db load 5%db 80ff7f0001%infer 1 0%" + b"".join(command_line(1, "stats", *words) for words in steps)
    seen, other, *cleared = (line.split()[3:-1] for line in talk(program, sent).split(b"m-ready\r\n")[3:-1])
    told = "00000001 00000001 ffffff80 0000007f 00000000 00000005 ffffffff ffffffff 00000000 00007f03 00000000 00000002"
    assert seen == other == told.encode().split()
    assert cleared == [[b"00000001", *[b"00000000"] * 11]] * 2, "forgotten once it was read, and then there is nothing"


@pytest.mark.parametrize("plan", [Plan(rate=0.01), Plan(rate=0.003)], ids=str)
def test_damage_on_the_line_loses_no_inference(library: Path, plan: Plan) -> None:
    """What clears is repeated as all is: each inference is told exactly once."""
    given, done = random_inputs(12), 0
    for run in range(6):
        link = NoisyLink(fresh(library), plan, f"{SEED}-{run}")
        told = 0
        try:
            session = Session(link, clock=link.clock)
            for count, inputs in enumerate(given):
                infer(session, inputs)
                if count % 3 == 2:
                    (first, _) = read_input_stats(session, clear=True)
                    assert first is not None
                    told += first.inferences
            done += told == len(given)
        except DeviceError as error:
            print(error)
    assert done >= 4


@pytest.mark.parametrize(
    ("word", "value"),
    [
        (1, "00000002"),  # inferences, not as many as values
        (2, "00000080"),  # a least that no int8 has
        (3, "ffffff7f"),  # a most below the least
        (6, "40000000"),  # a sum of more than all values can have
        (9, "00000000"),  # squares of less than the sum
        (11, "00000006"),  # more values at the ends than values
    ],
)
def test_statistics_that_contradict_themselves_are_refused(library: Path, word: int, value: str) -> None:
    class Lying(LibraryLink):
        def read(self, timeout_s: float) -> bytes:
            data = super().read(timeout_s)
            words = data.split(b"\r\n")[0].decode().split()
            if len(words) != 3 + 12 + 1:
                return data
            words[3 + word] = value
            body = " ".join(words[:-1]).encode()
            return body + b" %08x\r\nm-ready\r\n" % binascii.crc32(body)

    fresh(library)
    session = Session(Lying(library))
    session.load((bytes((3, 1, 4, 1, 5)), bytes(300)))
    session.infer()
    with pytest.raises(ProtocolError, match="statistics of input 0 contradict themselves"):
        read_input_stats(session)


class Raw(ctypes.Structure):
    _fields_ = (
        ("values", ctypes.c_uint64),
        ("sum", ctypes.c_int64),
        ("squares", ctypes.c_uint64),
        ("at_ends", ctypes.c_uint64),
        ("least", ctypes.c_int32),
        ("most", ctypes.c_int32),
        ("inferences", ctypes.c_uint32),
    )


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The two files alone, as a program of one's own has them."""
    out = tmp_path_factory.mktemp("alone") / "stats.so"
    argv = [host_compiler(), "-std=c99", *STRICT, "-shared", "-fPIC", str(COMMON / "eo_input_stats.c"), "-o", str(out)]
    subprocess.run(argv, check=True)
    return ctypes.CDLL(str(out))


@pytest.mark.parametrize(("suffix", "dtype"), [("s8", "int8"), ("u8", "uint8"), ("s16", "int16")])
def test_a_program_of_one_s_own_may_call_them(alone: ctypes.CDLL, suffix: str, dtype: str) -> None:
    stats, ends = Raw(), np.iinfo(dtype)
    samples = [np.full(1000, ends.min, dtype), np.full(1000, ends.max, dtype), np.arange(100).astype(dtype)]
    for sample in samples:
        add = getattr(alone, f"eo_input_stats_{suffix}")
        add(ctypes.byref(stats), sample.ctypes.data_as(ctypes.c_void_p), len(sample))
    found = {name: getattr(stats, name) for name, *_ in Raw._fields_}
    assert InputStats(dtype=dtype, **found) == expected(samples)
    alone.eo_input_stats_clear(ctypes.byref(stats))
    assert bytes(stats)[:44] == bytes(44)


def test_before_a_sum_overflows_they_stand_still(alone: ctypes.CDLL) -> None:
    sample = np.full(64, -32768, np.int16)
    full = (1 << 64) - 1 - (64 << 30)  # and 64 squares more are 2^64 - 1

    def after(**fields: int) -> Raw:
        stats = Raw(**fields)
        alone.eo_input_stats_s16(ctypes.byref(stats), sample.ctypes.data_as(ctypes.c_void_p), 64)
        return stats

    last = after(squares=full, inferences=9)
    assert (last.squares, last.inferences) == ((1 << 64) - 1, 10)
    for fields in ({"squares": full + 1, "inferences": 9}, {"inferences": 0xFFFFFFFF}):
        assert bytes(after(**fields)) == bytes(Raw(**fields))


def test_they_hold_no_undefined_behaviour(tmp_path: Path) -> None:
    main = tmp_path / "main.c"
    main.write_text(
        '#include "eo_input_stats.h"\nint main(void) {\n    struct eo_input_stats s = {0};\n'
        "    static const int16_t ends[] = {-32768, 32767};\n    static const int8_t bytes[] = {-128, 127};\n"
        "    eo_input_stats_s16(&s, ends, 2);\n    eo_input_stats_s8(&s, bytes, 2);\n"
        "    return s.sum == -2 && s.inferences == 2 ? 0 : 1;\n}\n"
    )
    argv = [host_compiler(), "-std=c99", *STRICT, *SANITIZE, f"-I{COMMON}", str(COMMON / "eo_input_stats.c")]
    subprocess.run([*argv, str(main), "-o", str(tmp_path / "main")], check=True)
    subprocess.run([tmp_path / "main"], check=True)
