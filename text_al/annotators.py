"""What may be the name of whoever decides: the same rule at the page and in files."""

import unicodedata

_BLANKS = frozenset(
    map(chr, [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x2800, 0x3164, 0xFFA0])
) | frozenset(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))
"""Letters and marks that nobody can see, though Unicode counts them among those that are seen."""


def annotator_name(text: str) -> str:
    """An annotator's name, without blanks around it, in one spelling of its accents (NFC).

    Two names that look the same must be the same: otherwise one person counts as two who agree.

    Args:
        text: as it was written.

    Raises:
        ValueError: it is empty, or holds a character that cannot be seen; the message is one sentence.

    Example:
        >>> from text_al.annotators import annotator_name
        >>> annotator_name(" anna ")
        'anna'
    """
    clean = unicodedata.normalize("NFC", text).strip()
    if not clean:
        raise ValueError("an annotator's name must not be empty")
    unseen = next((one for one in clean if not one.isprintable() or one in _BLANKS), None)
    if unseen is not None:
        raise ValueError(
            "an annotator's name must be of characters that can be seen, "
            f"but {clean[:60]!a} holds U+{ord(unseen):04X}; leave it out"
        )
    return clean
