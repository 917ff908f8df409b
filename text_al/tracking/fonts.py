"""Words that matplotlib can draw with the fonts of this machine, in any script."""

from collections.abc import Container
from pathlib import Path

_DRAWS_ANYTHING_AS_BOXES = "Last Resort"


def drawable(text: str) -> tuple[str, Path]:
    """The text as it can be drawn, and a font that has all its letters.

    matplotlib's own font is taken where it has them, else the first installed font that does. Where none
    does, all beyond ASCII is written as Python's escapes: a picture full of boxes would say less.
    """
    from matplotlib import font_manager

    own = font_manager.findfont(font_manager.FontProperties())
    others = [font for font in font_manager.fontManager.ttflist if _DRAWS_ANYTHING_AS_BOXES not in font.name]
    for path in (own, *(font.fname for font in others)):
        if _has_all_letters(path, text):
            return text, Path(path)
    return text.encode("ascii", "backslashreplace").decode(), Path(own)


def _has_all_letters(path: str, text: str) -> bool:
    from matplotlib.ft2font import FT2Font

    try:
        letters: Container[int] = FT2Font(path).get_charmap()
    except (OSError, RuntimeError):  # a font that was removed, or in a format that matplotlib cannot draw
        return False
    return all(ord(letter) in letters for letter in text)
