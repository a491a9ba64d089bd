"""Inferences back to back and the timestamp pin's gate, by the firmware's own code."""

import binascii
from pathlib import Path

import pytest
from support.fake_device import LibraryLink, build_library, build_program, fake_outputs, talk
from support.noisy import NoisyLink, Plan
from support.pin_link import PinLink

from edgeopt.device import Session
from edgeopt.device.lines import command_line, parse_answer
from edgeopt.device.looping import MOST_INFERENCES, Looped
from edgeopt.errors import DeviceError, DeviceRestarted, UsageError

SEED = 20261122
INFERENCE = 6000  # ticks that the fake model takes
INPUTS = (b"\x80\xff\x7f\x00\x01", bytes(range(150)) * 2)
OUTPUTS_CRC = binascii.crc32(b"".join(fake_outputs(INPUTS)))
PATIENT_S = 60.0


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_library(tmp_path_factory.mktemp("library"))


def loaded(link: LibraryLink) -> Session:
    session = Session(link)
    session.load(INPUTS)
    return session


def test_a_loop_is_so_many_inferences(library: Path) -> None:
    session = loaded(LibraryLink(library))
    looped = session.loop(250, PATIENT_S)
    assert looped == Looped(looped.number, 250, 250 * INFERENCE, OUTPUTS_CRC)
    assert looped.sent_s <= looped.answered_s
    assert session.infer().outputs_crc == looped.outputs_crc
    assert session.outputs() == fake_outputs(INPUTS)


def test_a_loop_may_take_more_ticks_than_a_word_holds(tmp_path: Path) -> None:
    session = loaded(LibraryLink(build_library(tmp_path, "FAKE_LAYERS=2000")))
    assert session.loop(5, PATIENT_S).ticks == 5 * 1000 * 2000 * 2001 // 2 > 1 << 32


@pytest.mark.parametrize("how", ["loop", "run", "infer"])
def test_no_wrap_of_the_counter_is_lost_between_two_stamps(how: str, tmp_path: Path) -> None:
    link = LibraryLink(build_library(tmp_path, "FAKE_LAYERS=2000"))
    session = loaded(link)
    if how == "loop":
        session.loop(5, PATIENT_S)
    elif how == "infer":
        link.write(b"infer 5 0%")
        link.read(0.0)
    for _ in range(5 if how == "run" else 0):
        session.infer()
    link.write(b"timestamp%")
    assert link.read(0.0) == b"m-lap-us-%d\r\nm-ready\r\n" % (5 * 1000 * 2000 * 2001 // 2)


def test_the_pin_is_low_while_it_infers_and_high_otherwise(library: Path) -> None:
    link = PinLink(library)
    assert [level for _, level in link.pin()] == [0, 1], "the stamp of the banner"
    session = loaded(link)
    before = len(link.pin())
    assert before == 2
    session.infer()
    session.loop(3, PATIENT_S)
    session.layer_cycles()
    gates = [(INFERENCE * at, level) for at, level in [(0, 0), (1, 1), (1, 0), (4, 1), (4, 0), (5, 1)]]
    assert link.pin()[before:] == gates


def test_the_pin_is_high_again_where_the_model_fails(library: Path) -> None:
    link = PinLink(library)
    session = Session(link)
    session.load((b"\xee" * 5, bytes(300)))
    for infer in (lambda: session.loop(3, PATIENT_S), session.infer):
        with pytest.raises(DeviceError, match="inference failed on the device: model"):
            infer()
        assert link.pin()[-1][1] == 1


def test_a_network_that_remembers_counts_them(tmp_path: Path) -> None:
    session = loaded(LibraryLink(build_library(tmp_path, "FAKE_STATE_BYTES=1")))
    session.loop(10, PATIENT_S)
    assert session.since_reset == 10
    session.infer()
    memory = (7 + 11 * INPUTS[0][0]) & 0xFF
    assert session.outputs()[0][0] == memory


def test_inputs_that_do_not_survive_are_sent_again_after_a_loop(tmp_path: Path) -> None:
    session = loaded(LibraryLink(build_library(tmp_path, "FAKE_SURVIVES=0")))
    assert session.loop(4, PATIENT_S).ticks == 4 * INFERENCE
    session.infer()
    assert session.outputs() == fake_outputs(INPUTS)


@pytest.mark.parametrize("count", [0, -1, MOST_INFERENCES + 1])
def test_a_count_that_no_loop_has(library: Path, count: int) -> None:
    with pytest.raises(UsageError, match="a loop of") as caught:
        loaded(LibraryLink(library)).loop(count, PATIENT_S)
    assert "2,147,483,648" in caught.value.hint


def test_nothing_is_looped_without_inputs(library: Path) -> None:
    with pytest.raises(UsageError, match="no inputs are loaded"):
        Session(LibraryLink(library)).loop(1, PATIENT_S)


def answer(text: bytes) -> tuple[str, ...]:
    """`ok` or `no`, and the values."""
    parsed = parse_answer(text.split(b"\r\n")[0])
    assert parsed is not None, text
    return ("ok" if parsed[1].ok else "no", *parsed[1].values)


def test_the_command_under_sanitizers(tmp_path: Path) -> None:
    """What it refuses; and that a repeat infers nothing, which a network that remembers would show."""
    program = build_program(tmp_path, "FAKE_STATE_BYTES=1")
    crc = f"{binascii.crc32(bytes(305)):x}"
    refused = {
        ("loop",): "arguments",
        ("loop", "1", crc, "2"): "arguments",
        ("loop", "0", crc, "2", "0"): "arguments",
        ("loop", "1", crc, "2", "0", "0"): "arguments",
        ("loop", "1", crc, "0", "0"): "range",
        ("loop", "1", crc, "80000001", "0"): "range",
        ("loop", "1", "1", "2", "0"): "input",
        ("loop", "1", crc, "2", "1"): "state",
    }
    commands = [*refused, *[("loop", "1", crc, "2", "0")] * 2, ("layers", "1", "0", "1"), ("run", "2", crc, "0", "2")]
    said = talk(program, b"".join(command_line(1, *words) for words in commands)).split(b"m-ready\r\n")
    assert [answer(text) for text in said[: len(refused)]] == [("no", reason) for reason in refused.values()]
    once, again, layers, run = (answer(text) for text in said[len(refused) : -1])
    assert once == again == ("ok", "00000001", "00000000", f"{2 * INFERENCE:08x}", once[-1])
    assert layers == ("no", "range"), "a loop records no layers"
    assert run[:3] == ("ok", "00000002", f"{INFERENCE:08x}"), "two inferences were made, not four"


def over_noise(library: Path, plan: Plan, seed: str) -> DeviceError | None:
    """Loops over a line that damages them: every answer is right, or the error."""
    link = NoisyLink(LibraryLink(library), plan, seed)
    try:
        session = Session(link, None, clock=link.clock)
        session.load(INPUTS)
        for count in range(1, 21):
            looped = session.loop(count, PATIENT_S)
            assert (looped.inferences, looped.ticks) == (count, count * INFERENCE)
            assert looped.outputs_crc == OUTPUTS_CRC
    except DeviceError as error:
        return error
    return None


def test_damage_on_the_line_changes_no_loop(library: Path) -> None:
    print(f"seed {SEED}")
    ends = [over_noise(library, Plan(rate=0.005), f"{SEED}-{i}") for i in range(20)]
    assert sum(end is None for end in ends) >= 18, [str(end) for end in ends if end is not None]


def test_a_restart_begins_a_loop_anew(library: Path) -> None:
    ends = [over_noise(library, Plan(restart_at=(at,)), f"{SEED}-{at}") for at in range(600, 1_600, 50)]
    assert all(end is None or isinstance(end, DeviceRestarted) for end in ends)
    assert None in ends


class SlowLink(LibraryLink):
    """A device whose every answer takes `answer_s`."""

    now_s = answer_s = 0.0

    def write(self, data: bytes) -> None:
        super().write(data)
        self.now_s += self.answer_s


def test_an_inference_longer_than_the_counter_goes_round_is_an_error(library: Path) -> None:
    link = SlowLink(library)
    session = Session(link, clock=lambda: link.now_s)
    session.load(INPUTS)
    link.answer_s = 4294.0  # at 1 MHz
    assert session.loop(1, 1e6).answered_s == 4294.0
    link.answer_s = 4295.0
    with pytest.raises(DeviceError, match="took up to 4295 s, longer than the board's counter can tell"):
        session.loop(1, 1e6)
    assert session.loop(2, 1e6).ticks == 2 * INFERENCE
