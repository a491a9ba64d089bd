"""C identifiers and string literals from names that come out of a model file."""

import re
from collections.abc import Sequence
from itertools import chain, count

_LONGEST = 40
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
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:_LONGEST].strip("_") or fallback
    taken = name in _C_WORDS or name in _C_HEADERS or name.startswith("eo_")
    return f"m_{name}" if taken or name[0].isdigit() else name


def clash(one: str, other: str) -> bool:
    """Whether two networks of these names cannot be in one project: a file or an identifier would be there twice."""
    shorter, longer = sorted((one, other), key=len)
    if not longer.startswith(shorter):
        return False
    rest = longer.removeprefix(shorter)
    return rest == "" or re.match(r"_(weights|default|binary|layer\d+)(_|$)", rest) is not None


def unique_names(wanted: Sequence[str]) -> tuple[str, ...]:
    """The names, those that clash with one before them with a number at the end: kws, kws_2."""
    names: list[str] = []
    for name in wanted:
        numbered = (f"{name[: _LONGEST - 4]}_{number}" for number in count(2))
        names.append(next(new for new in chain([name], numbered) if not any(clash(new, old) for old in names)))
    return tuple(names)


def c_string(text: str) -> str:
    """`text` as a C string literal; everything but plain printable ASCII becomes `?`."""
    plain = "".join(char if " " <= char <= "~" and char not in '"\\?' else "?" for char in text)
    # two question marks in a row may start a trigraph
    return '"' + re.sub(r"\?+", "_", plain) + '"'


def c_comment(text: str) -> str:
    """`text` inside a C comment: no end of comment, no line break."""
    return re.sub(r"[^ -~]", "?", text).replace("*/", "* /").replace("/*", "/ *")
