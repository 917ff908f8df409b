"""Label Studio's labelling config: the XML that says what annotators see and may choose."""

import re
from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from text_al.types import Label

CONTROL, TEXT = "labels", "text"
SHOWN_KEYS = ("text_al_reason", "text_al_suggestions", "text_al_asked")
_SMALL = "font-size: 14px; font-weight: normal"  # a header is otherwise larger than the text to label
_VARIABLE = re.compile(r"\$(?=[\w\[{.])")
_WORD_JOINER = "\u2060"  # takes no room, and belongs to no name
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def labelling_config(labels: Sequence[Label], *, guidelines: str = "") -> str:
    """The text, the line of suggestions, a search, and every label to tick; no label is an answer too.

    Args:
        labels: what may be chosen; descriptions are shown under the pointer.
        guidelines: what annotators are told; "" for nothing.

    Raises:
        ValueError: a label or the guidelines hold a control character, which XML cannot.
    """
    for what in (*(label.name for label in labels), *(label.description for label in labels), guidelines):
        if found := _UNWRITABLE.search(what):
            raise ValueError(
                f"{what!r} holds the character {found[0]!r}, which Label Studio cannot; take it out"
            )
    lines = [
        "<View>",
        *_guidelines(guidelines),
        f'  <Text name="{TEXT}" value="$text"/>',
        *(f'  <Header value="${key}" size="6" style="{_SMALL}"/>' for key in SHOWN_KEYS),
        f'  <Filter name="filter" toName="{CONTROL}" hotkey="shift+f" minlength="0"',
        '    placeholder="Filter labels"/>',
        f'  <Choices name="{CONTROL}" toName="{TEXT}" choice="multiple" showInline="true">',
        *(f"    {_choice(label)}" for label in labels),
        "  </Choices>",
        "</View>",
    ]
    return "\n".join(lines) + "\n"


def _choice(label: Label) -> str:
    hint = f" hint={quoteattr(_literal(label.description))}" if label.description else ""
    # An alias is what comes back, and is never filled in.
    alias = f" alias={quoteattr(label.name)}" if _literal(label.name) != label.name else ""
    return f"<Choice value={quoteattr(_literal(label.name))}{alias}{hint}/>"


def _literal(text: str) -> str:
    """The text as Label Studio shows it: it would put the task's data in place of $name."""
    return _VARIABLE.sub(f"${_WORD_JOINER}", text)


def _guidelines(guidelines: str) -> list[str]:
    if not guidelines:
        return []
    value = quoteattr(_literal(guidelines))
    return [
        '  <Collapse><Panel value="Guidelines">',
        f'    <Header value={value} size="6" style="{_SMALL}; white-space: pre-wrap"/>',
        "  </Panel></Collapse>",
    ]
