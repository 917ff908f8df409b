"""The steps between reading and writing: take a sample, set texts aside, check the evaluation sets."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from text_al.data.drafts import Draft
from text_al.data.duplicates import group_numbers
from text_al.data.findings import Findings, plural
from text_al.data.sources import Split
from text_al.data.splits import part_sizes, stratified_parts
from text_al.seeds import generator
from text_al.types import BoolArray, IntArray


def sampled(draft: Draft, sample: int | None, seed: int) -> Draft:
    """So many rows at random, without replacement, in the file's order; all of them where there are fewer."""
    if sample is None or sample == len(draft):
        return draft
    if sample > len(draft):
        return draft.noting(
            f"{draft.name}: a sample of {sample:,} was asked for; all {plural(len(draft), 'row')} are taken"
        )
    chosen = generator(seed, 0, f"sample {draft.name}").choice(len(draft), sample, replace=False)
    mask = np.zeros(len(draft), np.bool_)
    mask[chosen] = True
    return draft.keep(mask, f"{draft.name}: {sample:,} of {plural(len(draft), 'row')} taken at random")


def noting_invisible(draft: Draft) -> Draft:
    """The same, with a notice about the texts in which there is nothing to read."""
    invisible = ~draft.visible
    if not invisible.any():
        return draft
    texts = plural(int(invisible.sum()), "text")
    what = f"{draft.name}: {texts} without anything to read: empty, blank or invisible"
    return draft.noting(
        f"{what} (ids {draft.listed(invisible)}); kept in the corpus, never trained on or asked about"
    )


def checked_start(pool: Draft, given: BoolArray, findings: Findings) -> tuple[Draft, IntArray]:
    """The pool, and the rows (n,) of it that are labelled from the start.

    Args:
        pool: the joined pool.
        given: (N,) which rows come from `labelled`.
        findings: takes the problem that none of them has labels.
    """
    start = given & pool.labelled & pool.visible
    if not start.any():
        findings.problem("labelled: no row has labels; give labels, or make the source part of the pool")
    unlabelled = given & ~pool.labelled
    if unlabelled.any():
        rows = plural(int(unlabelled.sum()), "row")
        pool = pool.noting(
            f"labelled: {rows} without labels (ids {pool.listed(unlabelled)}); in the pool, not labelled"
        )
    return pool, np.flatnonzero(start)


def evaluation_set(draft: Draft, findings: Findings) -> Draft:
    """The draft without texts in which there is nothing to read; a row without labels is a problem."""
    invisible = ~draft.visible
    if invisible.any():
        texts = plural(int(invisible.sum()), "text")
        draft = draft.keep(
            ~invisible,
            f"{draft.name}: {texts} without anything to read left out (ids {draft.listed(invisible)})",
        )
    bare = ~draft.labelled
    if bare.any():
        rows, places = plural(int(bare.sum()), "row"), draft.listed(bare, "where")
        mend = f"label them, or take them out of {draft.name}"
        findings.problem(f"{draft.name}: {rows} without labels ({places}); {mend}")
    if len(draft) == 0:
        findings.problem(f"{draft.name}: no text is left; give some, or leave {draft.name} out")
    return draft


def noting_overlap(draft: Draft, other: Draft) -> Draft:
    """The same, with a notice about texts that stand in another set too: a model may know them by heart."""
    shared = np.isin(draft.array("text_key"), other.array("text_key"))
    if not shared.any():
        return draft
    texts = plural(int(shared.sum()), "text")
    what = f"{draft.name}: {texts} word for word in the {other.name} too (ids {draft.listed(shared)})"
    return draft.noting(f"{what}; the curve is optimistic for these")


def set_aside(
    pool: Draft, split: Split, names: Sequence[str], groups: Sequence[IntArray], *, seed: int
) -> tuple[IntArray, dict[str, Draft]]:
    """Which part each row of the pool goes to (N,), 0 being the pool itself, and the drafts of parts 1 and 2.

    Only labelled texts with something to read are set aside, and never one whose text stands unlabelled in
    the pool too.

    Args:
        pool: all rows.
        split: what is asked for.
        names: the label names.
        groups: the rows that share a text; they go together.
        seed: of the shuffle.

    Raises:
        CorpusError: there are too few such rows.
    """
    parts = np.zeros(len(pool), np.int64)
    if split == Split():
        return parts, {}
    numbers = group_numbers(len(pool), groups)
    barred = numbers[~(pool.labelled & pool.visible)]
    eligible = np.flatnonzero(~np.isin(numbers, barred))
    sizes = part_sizes(split, len(eligible))
    rng = generator(seed, 0, "split")
    parts[eligible] = stratified_parts(pool.targets(eligible, names), numbers[eligible], sizes, rng)
    asides = {}
    for part, (name, size) in enumerate(zip(("validation", "test"), sizes, strict=True), 1):
        if size:
            aside = replace(pool, name=name, rows=pool.rows[parts == part], notices=())
            asides[name] = aside.noting(
                f"{name}: {plural(len(aside), 'labelled text')} set aside from the pool"
            )
    return parts, asides
