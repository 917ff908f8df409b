"""What a data card says of those who labelled: who they were, what they were shown, how far they agree."""

import math
from collections import Counter
from collections.abc import Sequence

from text_al.circumstances import is_machine
from text_al.tracking.agreement import Agreement, LabelLine, worst_first
from text_al.tracking.corpus_facts import AnnotatorFacts, CorpusFacts
from text_al.tracking.markdown import plain_cell

_WORST = 10
_RULES = {
    "latest": "the last word on each label",
    "majority": "what most people say of a label; where as many say yes as no, it is not known",
    "all": "what all people say of a label; where they differ, it is not known",
    "trusted": "what one trusted person says of a label, and where they say nothing, what most do",
}


def people_section(facts: CorpusFacts) -> str:
    """Who labelled how much, and what holds where they differ."""
    rows = [_annotator(one) for one in facts.annotators]
    titles = ["annotator", "is", "answers", "skips", "settled", "median seconds", "first", "last"]
    note = (
        "Corrections count as answers. Where annotators differ, what somebody settled holds, and else "
        f"{_RULES.get(facts.rule, facts.rule)}."
    )
    if any(row[1] == "a program" for row in rows):
        note += " A program's word never stands against a person's."
    return "\n".join(["## Who labelled\n", table([titles, *rows]), "", note])


def _annotator(one: AnnotatorFacts) -> list[str]:
    seconds = "" if one.seconds is None else f"{one.seconds:.1f}"
    counts = [f"{count:,}" for count in (one.n_labelled, one.n_skipped, one.n_settling)]
    return [plain_cell(one.name), _kind(one.name), *counts, seconds, one.first, one.last]


def _kind(name: str) -> str:
    """What an annotator is; two names are the program's own, for labels from the start and hidden ones."""
    known = {"corpus": "given with the texts", "simulated": "hidden labels, simulated"}
    return "a program" if is_machine(name) else known.get(name, "a person")


def shown_section(annotators: Sequence[AnnotatorFacts]) -> str:
    """What people saw of a model's opinion, by answers; "" where it is known of none."""
    people = [one for one in annotators if not is_machine(one.name)]
    counts = sum((Counter(one.shown) for one in people), Counter[str]())
    if not any(counts[mode] for mode in ("none", "ranked", "checked")):
        return ""
    words = {
        "none": "saw nothing of a model's opinion",
        "ranked": "saw labels ranked by a model's probability, none ticked",
        "checked": "saw a model's labels ticked already",
        "": "came without a word of what was shown",
    }
    lines = [f"- {counts[mode]:,} answers {what}." for mode, what in words.items() if counts[mode]]
    caution = (
        "What is shown shifts what people decide: such labels lean towards the model that was shown, and a "
        "model like it looks better on them than it is."
    )
    seen = counts["ranked"] + counts["checked"]
    return "\n".join(["## What annotators were shown\n", *lines, *(["", caution] if seen else [])])


def agreement_section(found: Agreement) -> str:
    """How far people agree, on sets and on the labels where they agree least."""
    people, title = found.people, "## Agreement\n"
    if not people.n_texts:
        said = "No text was decided on by two people, so that how far people agree is not known."
        return "\n".join([title, said, *_machines(found)])
    interval = "" if math.isnan(people.low) else f" (95%: {people.low:.3f} to {people.high:.3f})"
    n_settled = sum(dispute.settled for dispute in found.disputes)
    said = (
        f"{texts(people.n_texts)} with answers of two people or more. Krippendorff's alpha, MASI distance "
        f"between sets of labels: **{people.alpha:.3f}**{interval}; 1 is perfect agreement, 0 what chance "
        f"gives. {people.same:.0%} of pairs of answers are the same set. People differ about "
        f"{texts(len(found.disputes))} (settled: {n_settled:,}); `answers` keeps what each of them said."
    )
    lines = worst_first(line for line in found.labels if line.n_texts)[:_WORST]
    titles = ["label, worst first", "texts", "pairs that agree", "Fleiss' kappa"]
    return "\n".join([title, said, "", table([titles, *map(_label, lines)]), *_machines(found)])


def _label(line: LabelLine) -> list[str]:
    kappa = "" if math.isnan(line.kappa) else f"{line.kappa:.3f}"
    return [plain_cell(line.name), f"{line.n_texts:,}", f"{line.observed:.0%}", kappa]


def _machines(found: Agreement) -> list[str]:
    lines = [
        f"- {plain_cell(who)} with what most people say, on {texts(held.n_texts)}: alpha {held.alpha:.3f}, "
        f"the same set in {held.same:.0%}."
        for who, held in found.machines.items()
        if held.n_texts
    ]
    return ["", *lines] if lines else []


def table(rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; the first row are the titles."""
    lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def texts(count: int) -> str:
    """How many texts, in words."""
    return "1 text" if count == 1 else f"{count:,} texts"
