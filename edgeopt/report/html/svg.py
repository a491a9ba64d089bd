"""SVG as nested elements whose text and attributes are escaped, and the arithmetic of axes."""

from collections.abc import Sequence
from math import floor, log10

from markupsafe import Markup, escape

from edgeopt.report.text import printable

_LETTER_PX = 6.9  # an average letter at 11 px of a wide sans-serif font (DejaVu Sans)
_MARGIN_PX = 6.0


def element(tag: str, *children: str, **attributes: str | float | None) -> Markup:
    """`<tag ...>children</tag>`; text is escaped, Markup is not. `class_` is class, `text_anchor` is text-anchor."""
    names = {key: key if key == "viewBox" else key.rstrip("_").replace("_", "-") for key in attributes}
    written = [
        Markup(' {}="{}"').format(names[key], number(value)) for key, value in attributes.items() if value is not None
    ]
    inner = Markup("").join(child if isinstance(child, Markup) else escape(printable(child)) for child in children)
    return Markup("<") + tag + Markup("").join(written) + Markup(">") + inner + Markup("</{}>").format(tag)


def number(value: str | float) -> str:
    """Coordinates to a hundredth of a pixel, the same on every machine."""
    if isinstance(value, str):
        return printable(value)
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")  # + 0.0: there is no -0


def text(x: float, y: float, words: str, class_: str = "", anchor: str | None = None) -> Markup:
    return element("text", words, x=x, y=y, class_=class_ or None, text_anchor=anchor)


def fitting(words: str, width_px: float, least: int = 7) -> str:
    """`words`, shortened at the front to what fits; nothing where that would be less than `least` letters."""
    letters = int((width_px - _MARGIN_PX) / _LETTER_PX)
    if len(words) <= letters:
        return words
    return f"\N{HORIZONTAL ELLIPSIS}{words[1 - letters :]}" if letters >= least else ""


def width_px(words: str) -> float:
    """About how wide a text is, with some room beside it."""
    return letters_px(words) + _MARGIN_PX


def letters_px(words: str) -> float:
    """About how wide a text is, and not less."""
    return len(words) * _LETTER_PX


def drawing(id_: str, size: tuple[float, float], title: str, about: str, parts: Sequence[Markup]) -> Markup:
    """An <svg> of `size` units; `title` and `about` are what a screen reader says of it."""
    return element(
        "svg",
        element("title", title, id=f"{id_}-title"),
        element("desc", about, id=f"{id_}-about"),
        *parts,
        id=id_,
        class_="chart",
        viewBox=f"0 0 {size[0]:g} {size[1]:g}",
        role="img",
        aria_labelledby=f"{id_}-title {id_}-about",
    )


def ticks(top: float, about: int = 4) -> Sequence[float]:
    """Round values from 0 to at most `top`, some `about` of them."""
    if top <= 0:
        return (0.0,)
    rough = top / about
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    return tuple(step * index for index in range(int(top / step * 1.0001) + 1))


def short(value: float) -> str:
    """A number of an axis: 1,500 is 1.5 k."""
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:.3g} {letter}"
    return f"{value:.3g}"
