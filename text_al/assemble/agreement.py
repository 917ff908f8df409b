"""How far the annotators of a run agree, from all that they said."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import numpy as np

from text_al.circumstances import is_machine
from text_al.data.corpus import Corpus
from text_al.data.disagreements import Disagreement, answered_by_several, disagreement_in, own_words
from text_al.data.events import decisions_of
from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.loop.run_folder import RunFolder
from text_al.metrics.agreement import alpha_sums, exact_agreement
from text_al.metrics.kappa import cohen_kappa, fleiss_kappa
from text_al.seeds import generator
from text_al.tracking.agreement import Agreement, Dispute, LabelLine, PairLine, SetAgreement
from text_al.types import TargetArray

__all__ = ["Agreement", "agreement_of", "read_agreement"]

_SHOWN = 200


@dataclass
class _Answers:
    """The own words (L,) of each annotator, by the row's place among rows with several; and what differs."""

    n_rows: int = 0
    said: dict[str, dict[int, TargetArray]] = field(default_factory=dict)
    disputes: list[Disagreement] = field(default_factory=list)


def read_agreement(run: Path, *, seed: int = 0) -> Agreement:
    """How far the annotators of a run agree; read beside a process that may be advancing it.

    What programs say is never held against people as if it were a person's: it is compared with what most of
    them say, apart from them.

    Args:
        run: the run's folder.
        seed: of the intervals.

    Raises:
        PoolError: there is no run in this folder.
    """
    folder = RunFolder(run)
    with RunStore.open(folder.state, read_only=True) as store:
        return agreement_of(QueryPool.open(store), Corpus.open(folder.corpus / "pool.arrow"), run, seed=seed)


def agreement_of(pool: QueryPool, corpus: Corpus, folder: Path, *, seed: int = 0) -> Agreement:
    """The same of a pool that is open.

    Args:
        pool: what was said.
        corpus: its texts.
        folder: the run's.
        seed: of the intervals.
    """
    found, shape = _answers(pool), (pool.n_labels,)
    people = [who for who in sorted(found.said) if not is_machine(who)]
    answers = _stacked([found.said[who] for who in people], (found.n_rows, *shape))
    most_say = _most(answers)
    machines = {
        who: _of_sets(np.stack([_stacked([said], (found.n_rows, *shape))[0], most_say]), seed)
        for who, said in sorted(found.said.items())
        if is_machine(who)
    }
    return Agreement(
        folder=folder,
        n_answers=_n_answers(pool),
        machines=machines,
        people=_of_sets(answers, seed),
        labels=_by_label(answers, pool.labels),
        pairs=_pairs(people, answers, pool.labels, seed),
        disputes=_disputes(found.disputes, corpus, pool.labels),
    )


def _answers(pool: QueryPool) -> _Answers:
    found = _Answers()
    for row in answered_by_several(pool):
        history = pool.history(row)
        for who, targets in own_words(history, pool.n_labels).items():
            found.said.setdefault(who, {})[found.n_rows] = np.array(targets, dtype=np.int8)
        found.n_rows += 1
        dispute = disagreement_in(history, pool.n_labels)
        found.disputes += [] if dispute is None else [dispute]
    return found


def _stacked(said: Sequence[Mapping[int, TargetArray]], shape: tuple[int, int]) -> TargetArray:
    """(A, n, L) of each annotator's answers by place; -1 where there is none."""
    answers = np.full((len(said), *shape), -1, dtype=np.int8)
    for who, own in enumerate(said):
        for place, targets in own.items():
            answers[who, place] = targets
    return answers


def _most(answers: TargetArray) -> TargetArray:
    """(n, L) what most of (A, n, L) say; -1 where as many say yes as no."""
    lead = (answers == 1).sum(axis=0) - (answers == 0).sum(axis=0)
    return np.where(lead == 0, -1, lead > 0).astype(np.int8)


def _n_answers(pool: QueryPool) -> dict[str, int]:
    decisions = (event for event in pool.events() if decisions_of([event]) and not event.how.settles)
    counts = Counter(event.annotator for event in decisions if event.how.word != "withdrawn")
    return dict(counts.most_common())


def _of_sets(answers: TargetArray, seed: int) -> SetAgreement:
    sums = alpha_sums(answers)
    low, high = sums.interval(generator(seed, 0, "agreement"))
    return SetAgreement(len(sums.observed), sums.alpha, low, high, exact_agreement(answers))


def _by_label(answers: TargetArray, names: Sequence[str]) -> tuple[LabelLine, ...]:
    found = fleiss_kappa(answers)
    figures = (found.n_texts.tolist(), found.observed.tolist(), found.kappa.tolist())
    return tuple(LabelLine(*line) for line in zip(names, *figures, strict=True))


def _pairs(
    people: Sequence[str], answers: TargetArray, names: Sequence[str], seed: int
) -> tuple[PairLine, ...]:
    lines = []
    for (first, one), (second, other) in combinations(zip(people, answers, strict=True), 2):
        both = ((one != -1) & (other != -1)).any(axis=1)
        if both.any():
            kappas = cohen_kappa(one[both], other[both]).kappa.tolist()
            defined = {
                name: kappa for name, kappa in zip(names, kappas, strict=True) if not math.isnan(kappa)
            }
            agreement = _of_sets(np.stack([one[both], other[both]]), seed)
            lines.append(PairLine(first, second, agreement, defined))
    return tuple(lines)


def _disputes(found: Sequence[Disagreement], corpus: Corpus, names: Sequence[str]) -> tuple[Dispute, ...]:
    rows = np.array([dispute.row for dispute in found], dtype=np.int64)
    beginnings = (" ".join(text[: 2 * _SHOWN].split())[:_SHOWN] for text in corpus.texts(rows))
    return tuple(
        Dispute(
            name,
            text,
            {who: _names(names, targets) for who, targets in dispute.said.items()},
            tuple(names[label] for label in dispute.labels),
            dispute.settled,
        )
        for dispute, name, text in zip(found, corpus.ids(rows), beginnings, strict=True)
    )


def _names(names: Sequence[str], targets: Sequence[int]) -> tuple[str, ...]:
    return tuple(name for name, target in zip(names, targets, strict=True) if target == 1)
