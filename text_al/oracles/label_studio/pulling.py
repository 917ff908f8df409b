"""What people decided on the server, as answers that the pool can take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from text_al.errors import AnswersError
from text_al.formats.entries import decisions_of
from text_al.formats.label_studio import entries_of
from text_al.oracles.base import TextsToLabel
from text_al.oracles.importing import answers_from, strangers
from text_al.oracles.label_studio import tasks as listing
from text_al.oracles.label_studio.client import Client
from text_al.oracles.label_studio.project import Project
from text_al.types import Answer, Answers, label_names

Task = Mapping[str, Any]


@dataclass(frozen=True)
class Pulled:
    """What has come in.

    Attributes:
        project: where from.
        answers: by batch, in the order of the batches' ids.
        seen: the time, by the server's clock, up to which these are all.
        n_foreign: tasks that text_al did not push, which are left out.
        notes: what a user should know, a sentence each.
    """

    project: Project
    answers: tuple[Answers, ...] = ()
    seen: str = ""
    n_foreign: int = 0
    notes: tuple[str, ...] = ()


def pull(
    client: Client, project: Project, corpus: TextsToLabel, *, seen: str = "", batch_id: str = ""
) -> Pulled:
    """The answers in tasks where something changed; some may be known already.

    Args:
        client: the server.
        project: the run's.
        corpus: the pool's texts, ids and labels.
        seen: the time up to which all are known; "" for all that there are.
        batch_id: only of this batch; "" for every one.

    Raises:
        AnswersError: a label, id or text is not the run's; lists all such tasks.
        OracleError: the server cannot be reached, or refuses.
    """
    filters = [listing.changed_since(seen)] if seen else []
    filters += [listing.of_batch(batch_id)] if batch_id else []
    tasks = list(listing.listed(client, project.id, filters))
    batches = by_batch(tasks)
    answers, notes = _answers(batches, corpus, f"{client.url}/projects/{project.id}")
    n_foreign = len(tasks) - sum(map(len, batches.values()))
    return Pulled(project, answers, listing.newest(tasks, seen), n_foreign, notes)


def by_batch(tasks: Sequence[Task]) -> dict[str, list[Task]]:
    """Batch to its tasks; those that text_al did not push are left out."""
    found: dict[str, list[Task]] = {}
    for task in tasks:
        data = task.get("data")
        if isinstance(data, Mapping) and data.get(listing.ID) and data.get(listing.BATCH):
            found.setdefault(str(data[listing.BATCH]), []).append(task)
    return dict(sorted(found.items()))


def _answers(
    batches: Mapping[str, Sequence[Task]], corpus: TextsToLabel, source: str
) -> tuple[tuple[Answers, ...], tuple[str, ...]]:
    """Of each batch by itself: a text may be asked about again, and both answers count."""
    names = label_names(corpus.labels)
    found: list[Answers] = []
    problems: list[str] = []
    notes: list[str] = []
    for batch_id, tasks in batches.items():
        entries, unread, said = entries_of([(int(task["id"]), task) for task in tasks], names)
        decisions, wrong = decisions_of(entries, names, unit="task")
        unfit = [f"task {line}{sentence}" for line, sentence in strangers(decisions, corpus)]
        problems += [*unread, *wrong, *unfit]
        notes += [note for note in said if note not in notes]
        answers: tuple[Answer, ...] = answers_from(decisions, corpus, annotator="label-studio", source=source)
        if answers:
            found.append(Answers(batch_id, answers))
    if problems:
        raise AnswersError(f"what people chose in {source}", problems)
    return tuple(found), tuple(notes)
