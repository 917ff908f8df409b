"""What two texts have in common, and whether there is anything to read in one."""

import unicodedata
from hashlib import blake2b

from text_al.data.findings import CellError

_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs that are drawn as nothing: Hangul fillers and the empty Braille cell."""
_INVISIBLE = frozenset(("Cc", "Cf"))


def is_visible(text: str) -> bool:
    """Whether a reader sees anything: not so if all is blanks, line breaks, controls and zero widths."""
    return any(not _is_invisible(character) for character in text)


def _is_invisible(character: str) -> bool:
    return character.isspace() or character in _BLANK_LETTERS or unicodedata.category(character) in _INVISIBLE


def folded(text: str) -> str:
    """The text without what does not make it another one: blanks, case, and how its accents are encoded."""
    return unicodedata.normalize("NFC", " ".join(text.split()).casefold())


def key(text: str) -> int:
    """64 bits of a hash: the same on every machine, and unequal for unequal texts but by rare chance."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little", signed=True)


def refuse_lone_surrogates(text: str, what: str) -> None:
    """Nothing, if the text can be written as UTF-8.

    Raises:
        CellError: it holds half of a surrogate pair.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        half = f"U+{ord(text[error.start]):04X} at character {error.start}"
        mend = "write both halves, or delete it"
        raise CellError(
            f"the {what} holds half of a surrogate pair ({half}), which is no character; {mend}"
        ) from None
