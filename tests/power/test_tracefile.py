"""Trace files: what was written is read, a cut one is partial, and no bytes do harm."""

import json
import struct
import tracemalloc
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.power_scene import INFO, Flaws, blocks_of, scene

from edgeopt.errors import UsageError
from edgeopt.power import chunk as codec
from edgeopt.power import framing
from edgeopt.power.integrate import integrate
from edgeopt.power.trace import SATURATED, Block, TraceInfo
from edgeopt.power.tracefile import Note, Trace, TraceWriter, memory_trace, read_trace

FULL = replace(
    INFO, full_scale_a=0.5, calibrated=False, remarks=("it adds 1 uA", "é"), digital_lines=8, digital_edges="falling"
)


def written(path: Path, info: TraceInfo, blocks: list[Block], end: bool = True) -> Path:
    writer = TraceWriter(path, info)
    writer.note("begin", 5.0)
    for block in blocks:
        writer.append(block)
    writer.end("stopped early") if end else writer.abandon()
    return path


def joined(trace: Trace, name: str) -> np.ndarray:
    return np.concatenate([getattr(block, name) for block in trace.blocks()])


def some_blocks(rng: np.random.Generator, irregular: bool = False) -> list[Block]:
    blocks, at = [], int(rng.integers(0, 3))
    for _ in range(int(rng.integers(2, 30))):
        size = int(rng.integers(1, 9000))
        times = (at + np.arange(size) + rng.random()) / INFO.rate_hz if irregular else None
        values = rng.normal(1e-2, 1e-3, (2, size)).astype(np.float32)
        levels, quality = rng.integers(0, 256, (2, size), dtype=np.uint8)
        blocks.append(Block(at, values[0], None, values[1], levels, quality & 3, times, host_s=10 + at / INFO.rate_hz))
        at += size + int(rng.integers(0, 3))
    return blocks


@pytest.mark.parametrize("irregular", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_what_is_written_is_read(tmp_path: Path, seed: int, irregular: bool) -> None:
    blocks = some_blocks(np.random.default_rng(seed), irregular)
    trace = read_trace(written(tmp_path / "a.eotrace", FULL, blocks))
    assert trace.info == FULL and trace.partial == "stopped early" and trace.notes == (Note("begin", 5.0),)
    assert trace.irregular is irregular
    for name in ("amps", "volts", "digital", "quality") + (("times_s",) if irregular else ()):
        assert np.array_equal(joined(trace, name), np.concatenate([getattr(block, name) for block in blocks])), name
    numbers = np.concatenate([block.first + np.arange(block.samples) for block in trace.blocks()])
    assert np.array_equal(numbers, np.concatenate([block.first + np.arange(block.samples) for block in blocks]))
    assert trace.samples == sum(block.samples for block in blocks)
    assert trace.lost == blocks[-1].first + blocks[-1].samples - trace.samples


def test_a_stretch_is_read_without_the_rest(tmp_path: Path) -> None:
    amps = np.arange(100_000, dtype=np.float32)
    trace = read_trace(written(tmp_path / "a.eotrace", INFO, [Block(0, amps)]))
    taken = np.concatenate([block.amps for block in trace.blocks(2.00005, 7.5) if block.amps is not None])
    assert taken[0] == 20_000 and taken[-1] == 74_999 and len(taken) == 55_000
    assert not list(trace.blocks(20.0, 21.0))


def test_of_many_arrivals_the_least_late_is_kept() -> None:
    late = (0.004, 0.001, 0.003)
    blocks = [Block(100 * i, np.zeros(100, np.float32), host_s=50 + 0.01 * (i + 1) + late[i]) for i in range(3)]
    assert memory_trace(INFO, blocks).host_times().tolist() == [[0.02, 50.021]]


def test_values_that_are_no_number_count_as_lost() -> None:
    amps = np.array([1, np.nan, 3, np.inf, 5], np.float32)
    trace = memory_trace(INFO, [Block(0, amps), Block(5, np.full(3, np.nan, np.float32))])
    assert [block.first for block in trace.blocks()] == [0, 2, 4] and trace.lost == 2 and trace.samples == 3


def test_figures_of_the_file_are_those_of_the_memory_to_the_bit(tmp_path: Path) -> None:
    made = scene(windows=1)
    blocks = list(blocks_of(made, INFO, Flaws(noise_a=1e-4, lost=0.01)))
    memory = memory_trace(INFO, blocks, [Note("begin", 5.0)])
    file = read_trace(written(tmp_path / "a.eotrace", INFO, blocks))
    begin, end, _ = made.spans[0]
    assert integrate(memory, begin, end, 1e-4) == integrate(file, begin, end, 1e-4)
    assert integrate(file, begin, end, 1e-4) == integrate(read_trace(tmp_path / "a.eotrace"), begin, end, 1e-4)


def test_a_recording_that_is_cut_anywhere_keeps_what_came_before(tmp_path: Path) -> None:
    blocks = some_blocks(np.random.default_rng(3))
    whole = written(tmp_path / "a.eotrace", FULL, blocks).read_bytes()
    header = whole.index(b"\n") + 1
    cut = tmp_path / "cut.eotrace"
    samples = -1
    for size in [*range(header, len(whole), 1 + len(whole) // 200), len(whole) - 1]:
        cut.write_bytes(whole[:size])
        trace = read_trace(cut)
        assert "cut off" in trace.partial and trace.samples >= samples
        samples = trace.samples
    assert samples == sum(block.samples for block in blocks)


def test_a_writer_that_is_killed_has_written_all_but_the_last_half_second(tmp_path: Path) -> None:
    writer = TraceWriter(tmp_path / "a.eotrace", INFO)
    for first in range(0, 100_000, 10):
        writer.append(Block(first, np.zeros(10, np.float32)))
    assert read_trace(tmp_path / "a.eotrace").duration_s >= 9.5
    writer.abandon()


def test_zeros_after_a_power_cut_are_no_damage(tmp_path: Path) -> None:
    path = written(tmp_path / "a.eotrace", INFO, [Block(0, np.ones(10, np.float32))], end=False)
    size = path.stat().st_size
    path.write_bytes(path.read_bytes() + bytes(5000))
    assert "cut off" in read_trace(path).partial
    path.write_bytes(path.read_bytes() + b"\1")
    with pytest.raises(UsageError, match=f"damaged at byte {size}") as caught:
        read_trace(path)
    assert f"head -c {size}" in caught.value.hint


@pytest.mark.parametrize("seed", range(4))
def test_damaged_files_are_one_line_errors(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    print("seed", seed)
    blocks = [replace(block, amps=block.amps[:50], volts=None, digital=None, quality=None)
              for block in some_blocks(rng) if block.amps is not None]  # fmt: skip
    whole = written(tmp_path / "a.eotrace", FULL, blocks).read_bytes()
    path = tmp_path / "b.eotrace"
    refused = 0
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(int(rng.integers(1, 4))):
            at = int(rng.integers(0, len(data)))
            match rng.integers(0, 4):
                case 0:
                    data[at] ^= 1 << int(rng.integers(0, 8))
                case 1:
                    del data[at : at + int(rng.integers(1, 40))]
                case 2:
                    data[at:at] = rng.bytes(int(rng.integers(1, 40)))
                case _:
                    data[at : at + 4] = struct.pack("<I", int(rng.choice([0, 1, 0x7FFFFFFF, 0xFFFFFFFF])))
        path.write_bytes(data)
        try:
            trace = read_trace(path)
            assert sum(block.samples for block in trace.blocks()) == trace.samples
        except UsageError as error:
            refused += 1
            assert "\n" not in error.message and error.hint
    assert refused > 100


def with_records(path: Path, *records: tuple[bytes, bytes], info: TraceInfo = FULL) -> Path:
    path.write_bytes(framing.header(info) + b"".join(framing.record(kind, payload) for kind, payload in records))
    return path


def hostile_samples() -> Iterator[tuple[str, bytes]]:
    """Payloads whose checksum will be right, and which nobody has written."""
    sound = bytearray(codec.pack(codec.Chunk(np.arange(10), amps=np.ones(10, np.float32), arrival=(1.0, 2.0))))
    times = codec.pack(codec.Chunk(np.arange(3), amps=np.ones(3, np.float32), times_s=np.array([1.0, 3.0, 2.0])))

    def changed(at: int, kind: str, *values: float) -> bytes:
        data = bytearray(sound)
        struct.pack_into(kind, data, at, *values)
        return bytes(data)

    run = struct.calcsize("<IIBB2xdd")
    yield "as many", changed(0, "<I", 0xFFFFFFFF)
    yield "as many", changed(0, "<I", 0)
    yield "as many", changed(4, "<I", 0)
    yield "as many", changed(4, "<I", 11)
    yield "as many", bytes(sound) + b"\0"
    yield "channels", changed(8, "<B", 0)
    yield "channels", changed(8, "<B", 3)
    yield "channels", changed(8, "<B", 0xC1)
    yield "channels", changed(9, "<B", 2)
    yield "no time", changed(12, "<d", float("nan"))
    yield "no time", changed(20, "<d", float("inf"))
    yield "wrongly numbered", changed(run, "<q", -1)
    yield "wrongly numbered", changed(run, "<q", (1 << 63) - 1)
    yield "wrongly numbered", changed(run + 8, "<I", 9)
    yield "no number", changed(run + 12, "<f", float("nan"))
    yield "do not rise", times
    yield "without a head", b"short"


@pytest.mark.parametrize(("what", "payload"), list(hostile_samples()))
def test_samples_that_nobody_wrote_are_refused(tmp_path: Path, what: str, payload: bytes) -> None:
    with pytest.raises(UsageError, match=f"damaged at byte .*{what}"):
        read_trace(with_records(tmp_path / "a.eotrace", (framing.SAMPLES, payload)))


def test_records_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.eotrace"
    samples = codec.pack(codec.Chunk(np.arange(10), amps=np.ones(10, np.float32)))
    later = codec.pack(codec.Chunk(np.arange(10) + 10, watts=np.ones(10, np.float32)))
    levels = codec.pack(codec.Chunk(np.arange(2), amps=np.ones(2, np.float32), digital=np.ones(2, np.uint8)))
    good = {"samples": 10, "lost": 0, "partial": ""}
    records = framing.SAMPLES, samples
    for bad in (
        [records, records],
        [records, (framing.SAMPLES, later)],
        [records, (framing.END, json.dumps(good | {"samples": 11}).encode())],
        [records, (framing.END, json.dumps(good | {"lost": False}).encode())],
        [records, (framing.END, json.dumps(good | {"more": 1}).encode())],
        [records, (framing.END, json.dumps(good | {"partial": "a\nb"}).encode())],
        [records, (framing.END, json.dumps(good).encode()), records],
        [(framing.NOTE, b"[]")],
        [(framing.NOTE, b'{"text": "a", "host_s": NaN}')],
        [(framing.NOTE, b'{"text": "a", "host_s": 1e300}')],
        [(framing.NOTE, b'{"text": "a\\u001b", "host_s": 1}')],
        [(framing.NOTE, b"[" * 4000)],
        [(b"EVIL", b"")],
    ):
        with pytest.raises(UsageError, match="damaged"):
            read_trace(with_records(path, *bad))
    with pytest.raises(UsageError, match="does not have"):
        read_trace(with_records(path, (framing.SAMPLES, levels), info=replace(INFO, digital_lines=0)))


def test_sizes_are_checked_before_anything_is_allocated(tmp_path: Path) -> None:
    path = tmp_path / "a.eotrace"
    path.write_bytes(framing.header(FULL) + struct.pack("<4sI", framing.SAMPLES, 0xFFFFFFF0) + b"x" * 100)
    tracemalloc.start()
    with pytest.raises(UsageError, match="no record"):
        read_trace(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_000_000


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"no trace at all",
        b"{}\n",
        b"\xff\xfe\n",
        b'{"format": "edgeopt trace"}\n',
        b"[" * 60_000 + b"\n",
        b"x" * 200_000,
        framing.header(FULL).replace(b'"version": 1', b'"version": 2'),
        framing.header(FULL).replace(b"10000.0", b"0"),
        framing.header(FULL).replace(b"10000.0", b"NaN"),
        framing.header(FULL).replace(b"10000.0", b"1e999"),
        framing.header(FULL).replace(b"10000.0", b'"fast"'),
        framing.header(FULL).replace(b'"gain_error"', b'"gain_eror"'),
        framing.header(FULL).replace(b'"simulated"', b'"exact"'),
        framing.header(FULL).replace(b"A fake meter", b"A \\u001b[2J meter"),
    ],
)
def test_first_lines_that_are_none(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "a.eotrace"
    path.write_bytes(line)
    with pytest.raises(UsageError) as caught:
        read_trace(path)
    assert str(path) in caught.value.message and "\n" not in caught.value.message


def test_places_that_cannot_be(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none" / "a", tmp_path / "a\0b"):
        with pytest.raises(UsageError, match="cannot be written"):
            TraceWriter(path, INFO)
        with pytest.raises(UsageError, match="cannot be read"):
            read_trace(path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_one_line() -> None:
    with pytest.raises(UsageError, match="cannot be written: No space left"):
        TraceWriter(Path("/dev/full"), INFO)


def test_a_file_that_changes_under_its_reader(tmp_path: Path) -> None:
    path = written(tmp_path / "a.eotrace", INFO, [Block(0, np.ones(1000, np.float32))])
    trace = read_trace(path)
    written(path, INFO, [Block(0, np.ones(500, np.float32))])
    with pytest.raises(UsageError, match=r"has changed|damaged"):
        list(trace.blocks())


@pytest.mark.parametrize(
    "blocks",
    [
        [Block(5, np.ones(2, np.float32)), Block(6, np.ones(2, np.float32))],
        [Block(0, np.ones(2, np.float32)), Block(2, None, np.ones(2, np.float32))],
        [Block(0, np.ones(2, np.float32), np.ones(2, np.float32))],
        [Block(0, np.ones(2, np.float32), digital=np.ones(3, np.uint8))],
        [Block(0, np.ones(2, np.float32), times_s=np.array([1.0, 1.0]))],
        [Block(0, np.ones(1, np.float32), times_s=np.array([1.0])), Block(1, np.ones(1, np.float32))],
        [Block(1 << 53, np.ones(1, np.float32))],
    ],
)
def test_blocks_that_no_meter_may_deliver(blocks: list[Block]) -> None:
    with pytest.raises(ValueError, match=r"."):
        memory_trace(INFO, blocks)


def test_nothing_is_written_that_is_not_read_again(tmp_path: Path) -> None:
    """Levels without lines, clocks that count since 1970 or are no numbers, values at the ends of their types."""
    info = replace(INFO, digital_lines=0, rate_hz=1e-3)
    writer = TraceWriter(tmp_path / "a.eotrace", info)
    for first, host_s in ((0, 1.8e9), (1, float("nan")), (2, float("inf")), (3, -1e300), ((1 << 53) - 1, 5.0)):
        amps = np.array([np.finfo(np.float32).max], np.float32)
        writer.append(Block(first, amps, digital=np.ones(1, np.uint8), host_s=host_s))
        writer.note("now", host_s)
    writer.end()
    trace = read_trace(tmp_path / "a.eotrace")
    assert trace.samples == 5 and trace.host_times().tolist() == [[1000.0, 1.8e9]]


def test_what_an_instrument_says_becomes_one_printable_line(tmp_path: Path) -> None:
    info = replace(INFO, title="bad\x1b[2J\nname \ud800" + "x" * 1000)
    writer = TraceWriter(tmp_path / "a.eotrace", info)
    writer.note("über\r\n" + "\U0001f600" * 1000, 1.0)
    writer.end("gone\n")
    trace = read_trace(tmp_path / "a.eotrace")
    assert trace.info.title.isprintable() and len(trace.info.title) == 500 and trace.partial == "gone "
    assert trace.notes[0].text.startswith("über  ")


def test_memory_does_not_grow_with_the_recording(tmp_path: Path) -> None:
    """A minute at 100 kS/s: 6 million samples, 36 MB."""
    info = replace(INFO, rate_hz=100_000.0)
    amps, levels = np.ones(5000, np.float32), np.zeros(5000, np.uint8)
    path = tmp_path / "a.eotrace"
    tracemalloc.start()
    writer = TraceWriter(path, info)
    for first in range(0, 6_000_000, 5000):
        writer.append(Block(first, amps, digital=levels, host_s=1 + first / 1e5))
    writer.end()
    trace = read_trace(path)
    assert integrate(trace, 0.0, 60.0).joules == pytest.approx(180.0, rel=1e-12)
    trace.edges(0)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert path.stat().st_size > 30_000_000 and most < 6_000_000


def test_the_checksum_is_the_one_of_zip() -> None:
    """As docs/power_traces.md says, so that other programs can read it."""
    data = framing.record(framing.NOTE, b"{}")
    assert data[:8] == b"NOTE\x02\0\0\0" and struct.unpack("<I", data[-4:])[0] == zlib.crc32(data[:-4])


def test_saturation_is_kept_by_sample() -> None:
    quality = np.array([0, SATURATED, 0], np.uint8)
    trace = memory_trace(INFO, [Block(0, np.ones(3, np.float32), quality=quality), Block(3, np.ones(3, np.float32))])
    assert integrate(trace, 0, 6 / INFO.rate_hz).saturated == 1
