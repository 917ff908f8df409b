"""Label names as texts that have the label: a few more to learn from, and the only ones of rare labels."""

from collections.abc import Sequence

import numpy as np

from text_al.training.label_directions import phrases
from text_al.training.tokens import Tokens, TokenSet
from text_al.types import Label, TargetArray


def name_texts(labels: Sequence[Label]) -> tuple[list[str], TargetArray]:
    """What is said of L labels as P texts, and their targets (P, L).

    A name or a description is taken to have its own label and no other; of an example that somebody gave for
    a label nothing is known of the others.
    """
    said = [
        (phrase, at, phrase in label.examples) for at, label in enumerate(labels) for phrase in phrases(label)
    ]
    targets = np.zeros((len(said), len(labels)), dtype=np.int8)
    for place, (_, at, is_example) in enumerate(said):
        targets[place] = -1 if is_example else 0
        targets[place, at] = 1
    return [phrase for phrase, _, _ in said], targets


def joined(first: TokenSet, second: TokenSet) -> TokenSet:
    """Both as one set with tokens of its own, the first's texts first."""
    parts = [each.tokens.flat(each.rows) for each in (first, second)]
    lengths = np.concatenate([lengths for _, lengths in parts])
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    ids = np.concatenate([ids for ids, _ in parts]).astype(np.int32)
    targets = np.concatenate([first.targets, second.targets])
    return TokenSet(Tokens(ids, offsets, 0), np.arange(len(lengths)), targets)
