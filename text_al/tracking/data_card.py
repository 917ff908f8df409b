"""A labelled corpus's card: what it is, how it was chosen, who labelled it; from records and events alone."""

import math

from text_al.tracking.corpus_facts import ChoiceFacts, CorpusFacts, LabelFacts
from text_al.tracking.data_card_people import agreement_section, people_section, shown_section, table, texts
from text_al.tracking.markdown import plain_cell

ENOUGH_BY_CHANCE = 50
"""Texts drawn by chance from which on shares among them are given."""
_Z = 1.96


def data_card(facts: CorpusFacts) -> str:
    """The card in Markdown.

    Args:
        facts: counted of the corpus, and of all that was said.
    """
    parts = [
        f"# {plain_cell(facts.name)}",
        _what(facts),
        _labels(facts),
        _choice(facts),
        people_section(facts),
        shown_section(facts.annotators),
        agreement_section(facts.agreement),
        _made_with(facts),
    ]
    if not facts.n_labelled:
        parts[2:4] = []
    return "\n\n".join(part for part in parts if part) + "\n"


def _what(facts: CorpusFacts) -> str:
    labelled = f"{texts(facts.n_labelled)} labelled with {len(facts.labels)} labels"
    lines = [
        f"A multilabel corpus from an active-learning run: {labelled}, of {facts.n_pool:,} there were.",
        "",
        f"- {texts(facts.n_nothing)} labelled with nothing: somebody decided that no label applies.",
        f"- {texts(facts.n_skipped)} skipped{_why(facts)}: seen and not labelled; their `labels` are null.",
    ]
    if facts.n_open:
        left = (
            f"- {texts(facts.n_open)} beside these of which every label is left open, as annotators differ:"
        )
        lines.append(f"{left} labelled with nothing is something else; their `labels` are null.")
    if facts.n_partly:
        partly = (
            f"- {texts(facts.n_partly)} of which not every label is known; `considered` names those that "
        )
        lines.append(f"{partly}are. A label that is not among them is not a no.")
    if facts.n_labelled:
        lines.append(f"- {facts.n_yes / facts.n_labelled:.2f} labels a text in the mean.")
    return "\n".join(lines)


def _why(facts: CorpusFacts) -> str:
    said = [f"{count:,} {word}" for word, count in facts.words.items() if word]
    return f" ({', '.join(said)})" if said else ""


def _labels(facts: CorpusFacts) -> str:
    is_told = ENOUGH_BY_CHANCE <= facts.n_by_chance < facts.n_labelled
    rows = [
        [plain_cell(label.name), f"{label.yes:,}", _share(label.yes, label.known), _by_chance(label)]
        for label in facts.labels
    ]
    titles = ["label", "texts", "share", "share of texts drawn by chance (95%)"]
    n_columns = len(titles) if is_told else len(titles) - 1
    pairs = [
        f"{plain_cell(one)} with {plain_cell(other)} ({count:,})" for one, other, count in facts.together
    ]
    note = f"Most often together: {', '.join(pairs)}." if pairs else "No two labels stand together."
    return "\n".join(["## Labels\n", table([row[:n_columns] for row in [titles, *rows]]), "", note])


def _choice(facts: CorpusFacts) -> str:
    titles = ["chosen by", "purpose", "texts", "rounds", "by chance", "with a known probability"]
    rows = [titles, *map(_chosen, facts.choices)]
    return "\n".join(["## How texts were chosen\n", table(rows), "", _bias(facts)])


def _chosen(choice: ChoiceFacts) -> list[str]:
    by = plain_cell(choice.chosen_by) if choice.chosen_by else "nobody: labelled unasked"
    first, last = choice.rounds or ("", "")
    rounds = f"{first}" if first == last else f"{first} to {last}"
    by_chance = "yes" if choice.by_chance else "no"
    return [by, choice.purpose, f"{choice.n_texts:,}", rounds, by_chance, f"{choice.n_inclusion:,}"]


def _bias(facts: CorpusFacts) -> str:
    """What the way in which texts were chosen does to the counts."""
    by_chance, chosen = facts.n_by_chance, facts.n_labelled - facts.n_by_chance
    if not chosen:
        return (
            "All of these texts were drawn by chance, so that shares of labels here estimate those in the "
            "pool, but for what was skipped."
        )
    warning = (
        f"{texts(chosen)} of {facts.n_labelled:,} were not drawn by chance. A strategy prefers what a model "
        "is unsure of, or what is unlike the rest, and whoever labels unasked has reasons of their own: the "
        "shares of labels in this corpus are not those in the pool, and rare and difficult labels are likely "
        "to be commoner here. Do not estimate from it how common a label is, nor how good a model is."
    )
    sentences = [warning]
    if by_chance >= ENOUGH_BY_CHANCE:
        for_that = (
            f"For that use the {by_chance:,} texts that were drawn by chance from those open at the time"
        )
        sentences.append(f"{for_that}; shares among them stand beside those of all texts above.")
    elif by_chance:
        few = f"The {by_chance:,} that were drawn by chance are too few for that"
        sentences.append(f"{few}; have {ENOUGH_BY_CHANCE} or more.")
    else:
        sentences.append("No text was drawn by chance, so that nothing here can be corrected for it.")
    weighed = sum(choice.n_inclusion for choice in facts.choices if not choice.by_chance)
    if weighed:
        known = f"Of {texts(weighed)} among the others it is known how likely they were to be chosen in their"
        sentences.append(f"{known} round (`inclusion`), by which they can be weighed.")
    return " ".join(sentences)


def _made_with(facts: CorpusFacts) -> str:
    lines = [f"- {what}: {plain_cell(which)}" for what, which in facts.models.items()]
    lines += [f"- {version}" for version in facts.versions]
    return "\n".join(["## Made with\n", *lines]) if lines else ""


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else ""


def _by_chance(label: LabelFacts) -> str:
    """The share with Wilson's interval."""
    n = label.known_by_chance
    if not n:
        return ""
    share = label.yes_by_chance / n
    middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    return f"{share:.1%} ({middle - half:.1%} to {middle + half:.1%})"
