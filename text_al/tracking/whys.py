"""Why a text was chosen, in words: the labels in doubt, and the labelled texts most like it."""

from text_al.records import QueriedText


def in_doubt(text: QueriedText) -> str:
    """The labels in doubt with the model's probability, most first; "" where there was no model."""
    return ", ".join(f"{name} {p:.2f}" for name, p in text.at_stake.items())


def like(text: QueriedText) -> str:
    """The ids of the labelled texts most like it, each with its cosine; "" where none is known."""
    return ", ".join(f"{name} {cosine:.2f}" for name, cosine in text.nearest)


def said(text: QueriedText) -> str:
    """All of it, to go on with behind a reason."""
    chance = "" if text.inclusion is None else f"; chosen with probability {text.inclusion:.3g}"
    doubt = f"; in doubt: {in_doubt(text)}" if text.at_stake else ""
    near = f"; like {like(text)}" if text.nearest else ""
    return chance + doubt + near
