"""C identifiers and string literals from names that come out of a model file."""

import re

_C_WORDS = frozenset(
    "auto break case char const continue default do double else enum extern float for goto if inline int long "
    "register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while "
    "alignas and asm bool catch class delete explicit export false friend mutable namespace new not operator or "
    "private protected public template this throw true try typeid typename using virtual xor main".split()
)
# <name>.h must not be found in place of a header of the C library.
_C_HEADERS = frozenset(
    "assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg stdatomic "
    "stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar wchar wctype".split()
)


def c_name(text: str, fallback: str = "model") -> str:
    """A lower-case C and C++ identifier of at most 40 characters that resembles `text`."""
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:40].strip("_") or fallback
    taken = name in _C_WORDS or name in _C_HEADERS or name.startswith("eo_")
    return f"m_{name}" if taken or name[0].isdigit() else name


def c_string(text: str) -> str:
    """`text` as a C string literal; everything but plain printable ASCII becomes `?`."""
    plain = "".join(char if " " <= char <= "~" and char not in '"\\?' else "?" for char in text)
    # two question marks in a row may start a trigraph
    return '"' + re.sub(r"\?+", "_", plain) + '"'


def c_comment(text: str) -> str:
    """`text` inside a C comment: no end of comment, no line break."""
    return re.sub(r"[^ -~]", "?", text).replace("*/", "* /").replace("/*", "/ *")
