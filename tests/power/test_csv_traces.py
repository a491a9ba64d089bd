"""CSV files of any instrument as traces."""

import tracemalloc

import numpy as np
import pytest
from support.cli import assert_refused, edgeopt

from edgeopt.errors import UsageError
from edgeopt.power.csv_columns import find_columns
from edgeopt.power.foreign_trace import ForeignOptions, read_foreign
from edgeopt.power.integrate import integrate
from edgeopt.power.tracefile import memory_trace


def trace_of(tmp_path, text, name="trace.csv", **options):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    (one,) = read_foreign(path, ForeignOptions(**options))
    return memory_trace(one.info, one.blocks)


def values(trace):
    """Times, amps (or watts), volts and levels of all samples."""
    blocks = list(trace.blocks())
    times = [float(t) for b in blocks for t in b.times_s]
    main = [float(a) for b in blocks for a in (b.amps if b.amps is not None else b.watts)]
    volts = [float(v) for b in blocks if b.volts is not None for v in b.volts]
    levels = [int(d) for b in blocks if b.digital is not None for d in b.digital]
    return times, main, volts, levels


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("time (s),current (A),voltage (V),D0\n0,0.001,3,1\n0.5,0.002,3,0\n1,0.003,3,0\n", "a.csv"),
        ("t_ms;I_mA;U_V;gpio0\n100;1;3;1\n600;2;3;0\n1100;3;3;0\n", "a.csv"),
        ("Zeit (ms);Strom (mA);Spannung (V);D0\n0,0;1,0;3,0;1\n500,0;2,0;3,0;0\n1000,0;3,0;3,0;0\n", "a.csv"),
        (
            "Timestamp(us)\tCurrent(uA)\tVoltage(mV)\tdigital 0\n"
            "0\t1e3\t3000\t1\n5e5\t2e3\t3000\t0\n1e6\t3e3\t3000\t0\n",
            "a.tsv",
        ),
        (
            "# made by a logger\n\nserial: 12\ntime,current,voltage,D0\n0,1e-3,3,1\n.5,2e-3,3,0\n1.,3e-3,3,0\n\n\n",
            "a.txt",
        ),
        (
            "\ufeffTime [s],Main current [µA],Main voltage [V],GPI1\r\n0,1000,3,1\r\n0.5,2000,3,0\r\n1,3000,3,0\r\n",
            "a.csv",
        ),
        ('"time_s","i_nA","v_V","line0"\n"0","1e6","3","1"\n"0.5","2e6","3","0"\n"1","3e6","3","0"\n', "a.csv"),
        (
            "time (s),voltage (V),D0,current (A)\n1700000000,3,1,1e-3\n1700000000.5,3,0,2e-3\n1700000001,3,0,3e-3\n",
            "a.csv",
        ),
    ],
)
def test_columns_and_units_by_the_header(tmp_path, text, name):
    trace = trace_of(tmp_path, text, name)
    times, amps, volts, levels = values(trace)
    assert times == pytest.approx([0, 0.5, 1.0])
    assert amps == pytest.approx([1e-3, 2e-3, 3e-3])
    assert volts == pytest.approx([3, 3, 3])
    assert levels == [1, 0, 0]
    assert trace.info.digital_lines == 1
    assert trace.info.rate_hz == pytest.approx(2.0)
    assert trace.edges(0).falling_s == pytest.approx([0.5])


def test_latin_1_micro(tmp_path):
    trace = trace_of(tmp_path, "time (s),current (µA)\n0,1\n1,2\n".encode("latin-1"), supply_v=3.0)
    assert values(trace)[1] == pytest.approx([1e-6, 2e-6])
    assert trace.info.supply_source == "given"


def test_power_alone(tmp_path):
    trace = trace_of(tmp_path, "time (s),power (mW)\n0,10\n1,20\n2,30\n")
    assert values(trace)[1] == pytest.approx([0.01, 0.02, 0.03])
    assert integrate(trace, 0.0, 2.0).joules == pytest.approx(0.03)
    assert integrate(trace, 0.0, 2.0).coulombs is None


def test_eight_lines_in_one_column(tmp_path):
    """As nRF Connect exports them: D0 is the first character."""
    trace = trace_of(
        tmp_path, "Timestamp(ms),Current(uA),D0-D7\n0,1,10000000\n1,2,00000001\n2,3,11000000\n", supply_v=3.0
    )
    assert values(trace)[3] == [1, 128, 3]
    assert trace.info.digital_lines == 8


@pytest.mark.parametrize("name", ["Trigger", "gate", "Digital In", "pin"])
def test_a_single_line_needs_no_number(tmp_path, name):
    trace = trace_of(tmp_path, f"time (s),current (A),{name}\n0,1,1\n1,2,0\n2,3,1\n", supply_v=3.0)
    assert trace.info.digital_lines == 1 and trace.edges(0).falling_s.tolist() == [1.0]


def test_named_columns(tmp_path):
    text = "a,b,c,d\n1,2,100,0\n2,3,200,1\n3,4,300,1\n"
    named = {"time": "b:ms", "current": "3:uA", "line0": "d"}
    trace = trace_of(tmp_path, text, columns=named, supply_v=1.8)
    times, amps, _, levels = values(trace)
    assert times == pytest.approx([0, 1e-3, 2e-3])
    assert amps == pytest.approx([100e-6, 200e-6, 300e-6])
    assert levels == [0, 1, 1]
    headless = trace_of(tmp_path, "1,2,100,0\n2,3,200,1\n3,4,300,1\n", columns={**named, "time": "2:ms", "line0": "4"})
    assert values(headless)[:2] == (pytest.approx(times), pytest.approx(amps))


def test_lost_samples(tmp_path):
    """Empty, nan and inf are lost; in a regular file, so is what lacks."""
    lines = ["time (s),current (A),voltage (V)"]
    lines += [f"{k * 0.001:.6f},0.01,3.0" for k in range(1000) if not 500 <= k < 510]
    lines[101] = "0.100000,,3.0"
    lines[201] = "0.200000,nan,3.0"
    lines[301] = "0.300000,inf,3.0"
    trace = trace_of(tmp_path, "\n".join(lines))
    assert trace.lost == 13
    found = integrate(trace, 0.0, 1.0)
    assert found.lost == 13
    assert found.joules == pytest.approx(0.03, rel=1e-4)


def test_irregular_times(tmp_path, rng):
    times = np.cumsum(rng.exponential(0.01, 2000))
    amps = rng.uniform(0, 0.01, 2000)
    text = "time (s),current (A)\n" + "".join(f"{t:.9f},{a:.9f}\n" for t, a in zip(times, amps, strict=True))
    trace = trace_of(tmp_path, text, supply_v=2.0)
    assert trace.lost == 0
    begin_s, end_s = float(times[100] - times[0]), float(times[1900] - times[0])
    true_j = 2.0 * float(np.sum(amps[100:1900] * np.diff(times[100:1901])))
    assert integrate(trace, begin_s, end_s).joules == pytest.approx(true_j, rel=1e-6)


GOOD = "time (s),current (A),D0\n0,1,1\n1,1,0\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "1,1,0\n", "line 4 has the time 1 s, which is that of the line before"),
        (GOOD + "0.5,1,0\n", "line 4 has the time 0.5 s, which comes before"),
        (GOOD + "2,abc,0\n", "line 4 has `abc` where a number should be"),
        (GOOD + "2\n", "line 4 has 1 cells"),
        (GOOD + "2,1\n", "line 4 has 2 cells"),
        (GOOD + ",1,0\n", "line 4 has `` where a number"),
        (GOOD + "nan,1,0\n", "line 4 has the time `nan`"),
        (GOOD + "2,1e300,0\n", "line 4 has `1e300`, which cannot be"),
        (GOOD + "2,1,2\n", "line 4 has 2 for a digital line"),
        (GOOD + "\n2,1,1\n", "line 4"),
        (GOOD + "2,1," + "0" * 5000 + "\n", "longer than 4096"),
        (GOOD + "1e12,1,0\n", "years"),
        (GOOD.encode() + b"2,\0,1\n", "zero byte|no trace"),
        ("", "no CSV|none of its first|no trace"),
        ("time (s),current (A)\n", "fewer than two samples"),
        ("time (s),current (A)\n1,1\n", "fewer than two samples"),
        ("a,b,c\n1,2,3\n", "names a column of time"),
        ("time (s),latency (ms)\n1,2\n", "several columns may be the time"),
        ("time (s),main current (A),adc current (A)\n1,2,3\n", "several columns may be the current"),
        ("time (s),current (dBm)\n1,2\n2,3\n", "names a column of time"),
        ("time (s),channel A\n1,2\n2,3\n", "names a column of time"),
        ("time (s),current (A),D0,D2\n1,2,0,0\n2,2,0,0\n", "digital lines"),
        ("Timestamp(ms),Current(uA),D0-D7\n0,1,1000000\n1,2,00000001\n", "D0-D7"),
        ("x" * 5000, "longer than 4096|no trace"),
    ],
)
def test_what_is_not_sound(tmp_path, text, message):
    with pytest.raises(UsageError, match=message) as caught:
        trace_of(tmp_path, text)
    assert "\n" not in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"time": "1:h"}, "`h` is no unit of time"),
        ({"charge": "1"}, "no column `charge`"),
        ({"line8": "1"}, "no column `line8`"),
        ({"line0": "none such"}, "no column `none such`"),
        ({"time": "none such"}, "names a column of time"),
    ],
)
def test_columns_that_cannot_be_named(tmp_path, columns, message):
    with pytest.raises(UsageError, match=message):
        trace_of(tmp_path, GOOD, columns=columns)


def test_error_after_the_first_chunk_names_its_line(tmp_path):
    lines = ["time (s),current (A)"] + [f"{k},1" for k in range(50_000)]
    lines[45_000] = "44000,1"
    with pytest.raises(UsageError, match="line 45001 has the time 44000 s, which comes before"):
        trace_of(tmp_path, "\n".join(lines), supply_v=1.0)


def test_large_files_are_streamed(tmp_path):
    """Memory does not grow with the file; and it can be gone through again."""
    peaks = []
    for tens in (5, 20):
        path = tmp_path / f"{tens}.csv"
        with path.open("w") as file:
            file.write("Timestamp(ms),Current(uA),D0\n")
            for k in range(tens):
                file.writelines(f"{(k * 10_000 + i) * 0.01:.2f},{i % 100},{k % 2}\n" for i in range(10_000))
        (one,) = read_foreign(path, ForeignOptions(supply_v=3.0))
        assert one.info.rate_hz == pytest.approx(100_000)
        assert sum(block.samples for block in one.blocks) == tens * 10_000
        tracemalloc.start()
        assert sum(block.samples for block in one.blocks) == tens * 10_000
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0] < 15e6


def test_random_bytes_are_refused_or_read(tmp_path, rng):
    """Nothing but UsageError comes out of what is no CSV, or is a damaged one."""
    good = ("time (s),current (A),D0\n" + "".join(f"{k},0.5,{k % 2}\n" for k in range(50))).encode()
    for round_ in range(300):
        data = bytearray(good)
        if round_ % 3 == 0:
            data = bytearray(rng.integers(0, 256, 200, dtype=np.uint8).tobytes())
        else:
            for _ in range(int(rng.integers(1, 6))):
                data[int(rng.integers(len(data)))] = int(rng.integers(256))
        try:
            trace = trace_of(tmp_path, bytes(data), supply_v=3.0)
        except UsageError as error:
            assert "\n" not in error.message
        else:
            assert trace.samples >= 2


def test_columns_of_a_header():
    columns = find_columns(["Time (s)", "D1", "D2", "Current (A)", "Power (W)"], {})
    assert columns.lines == (1, 2)
    assert columns.power is None, "current is preferred"
    assert find_columns(["Time (s)", "Voltage (V)"], {}) is None


def test_columns_named_on_the_command_line(tmp_path, capsys):
    path = tmp_path / "trace.csv"
    path.write_text("a,b,c\n1,2,100\n2,3,200\n3,4,300\n")
    named = ("--column", "time=b:ms", "--column", "current=3:uA", "--supply-v", 3)
    outcome = edgeopt(capsys, "trace", path, *named, "--window", "0:0.002", "--json")
    assert outcome.exit_code == 0, outcome.stderr
    assert outcome.document["energy"]["windows"][0]["uj_per_inference"] == pytest.approx(0.9)
    assert_refused(edgeopt(capsys, "trace", path), "--column time=1:s")
    for wrong in ("time", "=1", "time="):
        assert_refused(edgeopt(capsys, "trace", path, "--column", wrong), f"`{wrong}`")
    assert_refused(edgeopt(capsys, "trace", path, "--column", "time=1", "--column", "time=2"), "`time=2`")


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (("0", "1e-320", "2e-320", "3e-320"), "a sample each 1e-320 s"),
        (("0", "1e4", "2e4", "3e4"), "a sample each 1e"),
        (("-1e308", "1e308"), "years after the first"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_times_of_no_meter(tmp_path, times, message):
    text = "time (s),current (A)\n" + "".join(f"{time},1\n" for time in times)
    with pytest.raises(UsageError, match=message) as caught:
        trace_of(tmp_path, text, supply_v=3.0)
    assert "unit" in caught.value.message + caught.value.hint
