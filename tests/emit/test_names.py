"""Names and numbers out of a hostile file stay inside the C that they are written into."""

import numpy as np
import pytest

from edgeopt.emit.constants import Constants
from edgeopt.emit.literals import scalar
from edgeopt.emit.names import c_comment, c_name, c_string


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("kws_dscnn_int8", "kws_dscnn_int8"),
        ("My Model (v2)", "my_model_v2"),
        ("3d", "m_3d"),
        ("float", "m_float"),
        ("class", "m_class"),
        ("eo_model", "m_eo_model"),
        ("stdint", "m_stdint"),
        ("String", "m_string"),
        ("", "model"),
        ("ÿ漢", "model"),
    ],
)
def test_identifiers(text: str, name: str) -> None:
    assert c_name(text) == name


def test_identifiers_are_bounded() -> None:
    assert len(c_name("x" * 5000)) == 40


def test_comments_cannot_be_closed() -> None:
    assert "*/" not in c_comment("a */ int x; /*")
    assert "\n" not in c_comment("a\nb")


def test_strings_cannot_be_left() -> None:
    assert c_string('a"; system("x')[1:-1].count('"') == 0
    assert "\\" not in c_string("a\\")
    assert "??" not in c_string("a??/b")


def test_literals_are_exact_and_c() -> None:
    assert scalar(-(2**31)) == "(-2147483647 - 1)"
    assert scalar(2**31) == "2147483648u"
    assert scalar(1.0) == "1.0f"
    value = float(np.float32(0.1))
    assert np.float32(scalar(value).removesuffix("f")) == np.float32(value)


def test_equal_constants_are_stored_once() -> None:
    constants = Constants("net")
    assert constants.add("a", np.array([1, 2], np.int8)) == constants.add("b", np.array([1, 2], np.int8)) == "net_a"
    assert constants.add("c", np.array([1, 2], np.int32)) == "net_c"
    assert constants.total_bytes == 2 + 8
