"""What people decided in files, as answers that the pool can take."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import numpy as np

from text_al.errors import AnswersError
from text_al.formats.batch import Decision
from text_al.formats.interchange import read_file
from text_al.oracles.base import TextsToLabel
from text_al.types import Answer, Answers, label_names

_TELLING = 30  # letters and digits; a shorter text may be a number or a date, which spreadsheets rewrite
_COMPARED = 200


@dataclass(frozen=True)
class FromFile:
    """What a file said.

    Attributes:
        name: the file's.
        kind: what kind of file it is.
        answers: in its order.
        notes: what a user should know, a sentence each.
    """

    name: str
    kind: str
    answers: tuple[Answer, ...]
    notes: tuple[str, ...] = ()


def import_answers(
    paths: Sequence[Path | str], corpus: TextsToLabel, *, annotator: str = "unnamed"
) -> Answers:
    """The answers of `read_answers`, of all files together, for `QueryPool.label`."""
    found = read_answers(paths, corpus, annotator=annotator)
    return Answers("", tuple(answer for one in found for answer in one.answers))


def read_answers(
    paths: Sequence[Path | str], corpus: TextsToLabel, *, annotator: str = "unnamed"
) -> tuple[FromFile, ...]:
    """What people decided in these files; nothing is changed here.

    Args:
        paths: files of any of `formats.interchange.FORMATS`, each whole or partly filled in, in the order of
            the decisions.
        corpus: the pool's texts, ids and labels.
        annotator: who decided, where a file does not say.

    Raises:
        AnswersError: an id or a label does not exist, a text is not the corpus's, or a file cannot be read;
            lists all problems of all files.
    """
    read: list[FromFile] = []
    problems: list[str] = []
    for path in map(Path, paths):
        try:
            read.append(_read(path, corpus, annotator))
        except AnswersError as error:
            problems += [
                f"{path.name}, {problem}" if len(paths) > 1 else problem for problem in error.problems
            ]
    if problems:
        raise AnswersError(", ".join(map(str, paths)), problems)
    return tuple(read)


def _read(path: Path, corpus: TextsToLabel, annotator: str) -> FromFile:
    names = label_names(corpus.labels)
    found = read_file(path, names, check=lambda decisions: strangers(decisions, corpus))
    answers = answers_from(found.decisions, corpus, annotator=annotator, source=path.name)
    return FromFile(path.name, found.kind, answers, found.notes)


def answers_from(
    decisions: Sequence[Decision], corpus: TextsToLabel, *, annotator: str, source: str
) -> tuple[Answer, ...]:
    """Decisions, by id and name, as answers, by row and label index; those about no text of it are left out.

    Args:
        decisions: about texts of the corpus.
        corpus: the pool's texts, ids and labels.
        annotator: who decided, where a decision does not say.
        source: where they come from.
    """
    names = label_names(corpus.labels)
    rows = corpus.rows_of([decision.id for decision in decisions])
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return tuple(
        Answer(
            row=row,
            status=decision.status,
            targets=decision.targets(names),
            annotator=decision.annotator or annotator,
            source=source,
            at=decision.at or now,
            comment=decision.comment,
            considered=_indices(decision, names),
            how=decision.how,
            request=decision.batch,
        )
        for decision, row in zip(decisions, rows, strict=True)
        if row is not None
    )


def _indices(decision: Decision, names: Sequence[str]) -> tuple[int, ...] | None:
    """The labels that were decided on, ascending; None where the file does not say."""
    if decision.considered is None:
        return None
    return tuple(index for index, name in enumerate(names) if name in decision.considered)


def strangers(decisions: Sequence[Decision], corpus: TextsToLabel) -> Iterator[tuple[int, str]]:
    """Decisions about texts that the corpus does not have, as (line, sentence)."""
    rows = corpus.rows_of([decision.id for decision in decisions])
    for decision, row in zip(decisions, rows, strict=True):
        if row is None:
            yield decision.line, f": no text has the id {decision.id!r}"
    known = [(decision, row) for decision, row in zip(decisions, rows, strict=True) if row is not None]
    yield from _other_texts(known, corpus)


def _other_texts(found: Sequence[tuple[Decision, int]], corpus: TextsToLabel) -> Iterator[tuple[int, str]]:
    """Ids such as row-7 exist in every corpus, and the file of another run would fit but for its texts."""
    texts = corpus.texts(np.array([row for _, row in found], dtype=np.int64))
    for (decision, _), text in zip(found, texts, strict=True):
        expected = _letters(text)
        if decision.text and len(expected) >= _TELLING and _letters(decision.text) != expected:
            sentence = f": id {decision.id!r} has another text in the corpus; is this another run's file?"
            yield decision.line, sentence


def _letters(text: str) -> str:
    """What a spreadsheet leaves alone when it saves a text again."""
    return "".join(islice(filter(str.isalnum, text), _COMPARED))
