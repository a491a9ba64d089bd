"""The worker process when it fails: real processes that crash, hang, print garbage or lack a module."""

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from edgeopt.convert import Limits, Trust, Worker
from edgeopt.convert.api import convert
from edgeopt.convert.process import ConversionFailed, WorkerDied
from edgeopt.errors import ToolchainError, UsageError

MNIST = Path(__file__).parents[2] / "examples" / "mnist"
CONVERT = {
    "do": "convert",
    "format": "savedmodel",
    "model": "m",
    "output": "o",
    "name": "m",
    "attempt": 0,
    "trust": {"model": False, "modules": []},
}


def python(code: str, log: Path, timeout_s: float = 60.0) -> Worker:
    return Worker((sys.executable, "-c", code), Limits(timeout_s), log)


def test_an_answer_is_returned_and_no_log_is_left(tmp_path: Path) -> None:
    answer = "json.dumps({'ok': True, 'got': json.load(sys.stdin)})"
    code = f"import json, sys; print('noise', file=sys.stderr); print({answer})"
    assert python(code, tmp_path / "log").ask({"a": 1})["got"]["a"] == 1
    assert list(tmp_path.iterdir()) == []


def test_a_crash_is_one_line_with_the_signal_and_the_logs_place(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = "import os, sys; print('native trouble', file=sys.stderr, flush=True); os.abort()"
    with pytest.raises(WorkerDied) as caught:
        python(code, log).ask({})
    assert caught.value.message == "the converter ended by SIGABRT and gave no answer: native trouble"
    assert str(log) in caught.value.hint and caught.value.exit_code == 7
    assert log.read_text() == "native trouble\n"


@pytest.mark.parametrize("output", ["", "[1]", "{}", "Traceback (most", "\xff"])
def test_garbage_is_not_an_answer(output: str, tmp_path: Path) -> None:
    with pytest.raises(WorkerDied, match="exit code 3 and gave no answer"):
        python(f"print({output!r}); raise SystemExit(3)", tmp_path / "log").ask({})


def test_a_worker_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    child = f"import time; pipe = open({str(pipe)!r}, 'w'); print('started', file=pipe, flush=True); time.sleep(600)"
    code = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(600)"
    with pytest.raises(WorkerDied, match=r"took longer than 3 s and was stopped"):
        python(code, tmp_path / "log", timeout_s=3.0).ask({})
    assert os.read(reader, 100) == b"started\n"
    end = select.poll()  # of the pipe: comes when nobody has it open for writing any more
    end.register(reader, 0)
    assert end.poll(60_000) == [(reader, select.POLLHUP)], "a child is still alive"
    os.close(reader)


def test_an_error_of_a_library_is_quoted_and_its_traceback_is_in_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with pytest.raises(ConversionFailed) as caught:
        Worker(log=log).ask({"do": "strip", "model": str(tmp_path / "none"), "output": "o", "name": "m"})
    assert caught.value.message.startswith("FileNotFoundError: ") and "Traceback" in log.read_text()


def test_an_error_of_edgeopt_comes_back_as_itself(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no model format is called `kerass`") as caught:
        Worker(log=tmp_path / "log").ask({**CONVERT, "format": "kerass"})
    assert caught.value.hint == "did you mean `keras`?" and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("module", "request_", "extra"),
    [
        (
            "ai_edge_litert",
            {"do": "strip", "model": __file__, "output": "o", "name": "m"},
            "quantize",
        ),
        ("tensorflow", CONVERT, "convert"),
    ],
)
def test_a_missing_module_names_the_extra(module: str, request_: dict[str, object], extra: str, tmp_path: Path) -> None:
    code = f"import sys; sys.modules[{module!r}] = None\nfrom edgeopt.convert.worker import main\nmain()"
    with pytest.raises(ToolchainError) as caught:
        python(code, tmp_path / "log").ask(request_)
    assert caught.value.message == f"the Python module `{module}` is not installed"
    assert caught.value.hint == f"pip install 'edgeopt[{extra}]'"


def test_the_package_imports_no_tensorflow_and_no_quantizer() -> None:
    code = (
        "import sys; import edgeopt.convert, edgeopt.convert.worker; "
        "sys.exit(any(name.split('.')[0] in ('tensorflow', 'keras', 'tf_keras', 'ai_edge_litert') "
        "for name in sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0


# Files of custom objects are run in the worker: what they do, a library's native code could do
_CODE = {
    "eats memory": "keep = [bytearray(2**28) for _ in range(1000)]",
    "writes to nothing": "import ctypes; ctypes.memset(0, 0, 1)",
    "aborts": "import os; os.abort()",
    "is killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "sleeps": "import time; time.sleep(600)",
}


@pytest.mark.parametrize(
    ("case", "told", "hint"),
    [
        (
            "eats memory",
            "the conversion needs more memory than it may take",
            "it had 2 GB; give it more: --worker-memory GB",
        ),
        (
            "writes to nothing",
            "the converter ended by SIGSEGV and gave no answer",
            "the model may be damaged; its log is ",
        ),
        ("aborts", "the converter ended by SIGABRT and gave no answer", "the model may be damaged; its log is "),
        (
            "is killed",
            "the converter ended by SIGKILL and gave no answer",
            "the computer may have run out of memory; its log",
        ),
        (
            "sleeps",
            "the converter took longer than 8 s and was stopped",
            "give it more time: --worker-timeout; its log is ",
        ),
    ],
)
def test_a_conversion_that_breaks_its_limits_or_crashes_is_one_line(
    case: str, told: str, hint: str, tmp_path: Path
) -> None:
    pytest.importorskip("h5py", reason="pip install 'edgeopt[convert,quantize]'")
    code, output = tmp_path / "objects.py", tmp_path / "m.tflite"
    code.write_text(_CODE[case])
    with pytest.raises(ToolchainError) as caught:
        convert(
            MNIST / "mnist.keras",
            output,
            MNIST / "calibration.npz",
            trust=Trust(modules=(code,)),
            limits=Limits(8 if case == "sleeps" else 120, 2_000_000_000),
        )
    assert caught.value.message.startswith(told) and "\n" not in caught.value.message
    assert caught.value.hint.startswith(hint) and caught.value.exit_code == 7
    left = sorted(path.name for path in tmp_path.iterdir())
    log = [] if case == "eats memory" else ["m.convert.log"]  # there it could still answer, and all is said
    assert left == [*log, "objects.py"]


def test_native_code_without_memory_is_told_as_such(tmp_path: Path) -> None:
    """Code that takes what malloc does not give, as C++ does: the line that says so is not the log's last."""
    code = (
        "import json, os, resource, sys; request = json.load(sys.stdin); "
        "print(\"terminate called after throwing an instance of 'std::bad_alloc'\", file=sys.stderr); "
        "print('frame 1\\nframe 2', file=sys.stderr, flush=True); os.abort()"
    )
    with pytest.raises(WorkerDied) as caught:
        python(code, tmp_path / "log").ask({})
    assert caught.value.message.endswith(
        "gave no answer: terminate called after throwing an instance of 'std::bad_alloc'"
    )
    assert caught.value.hint.startswith("it had 8 GB; give it more: --worker-memory GB; its log is ")
