"""A batch goes to the server: what is not there yet, and no text twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from text_al.formats.batch import Batch
from text_al.formats.label_studio import tasks_of
from text_al.oracles.label_studio import tasks as listing
from text_al.oracles.label_studio.client import Client
from text_al.oracles.label_studio.project import Project
from text_al.oracles.label_studio.refusals import ServerAwayError, UncertainError

_AT_ONCE = 100
_PATIENCE = 5  # looks at what has arrived, before it is sent again

Task = dict[str, Any]


@dataclass(frozen=True)
class Pushed:
    """What a push did, or would do.

    Attributes:
        batch: the batch's id.
        n_new: texts that it sent.
        n_there: texts that were there.
        project: the project; None where it is still to be made.
        url: of the server.
        view: the number of the batch's view; None where it is still to be made.
        is_new: the project was not there before.
        is_rehearsal: nothing was sent.
    """

    batch: str
    n_new: int
    n_there: int
    project: Project | None
    url: str
    view: int | None
    is_new: bool = False
    is_rehearsal: bool = False

    @property
    def link(self) -> str:
        """Where people label the batch; "" where that is not known yet."""
        if self.project is None or self.view is None:
            return ""
        return listing.link(self.url, self.project.id, self.view)


def push(client: Client, project: Project, batch: Batch, people: Mapping[str, int]) -> Pushed:
    """Sends a batch, and makes a view that shows it in its order.

    Args:
        client: the server.
        project: where it goes.
        batch: the texts.
        people: text id to how many people are to answer for it, where that is more than one.

    Raises:
        OracleError: the server cannot be reached, or refuses; what was sent is found by the next push.
    """
    there = task_ids(client, project, batch.id)
    wanted = tasks_to_push(batch)
    missing = [task for task in wanted if task["data"][listing.ID] not in there]
    for first in range(0, len(missing), _AT_ONCE):
        _send(client, project, batch.id, missing[first : first + _AT_ONCE])
    _show_predictions(client, project, batch, wanted)
    if people:
        _ask_several(client, project, batch.id, people)
    view = listing.find_view(client, project.id, batch.id)
    if view is None:
        view = listing.make_view(client, project.id, batch.id)
    return Pushed(batch.id, len(missing), len(wanted) - len(missing), project, client.url, view)


def rehearse(client: Client, project: Project | None, batch: Batch) -> Pushed:
    """What `push` would do; nothing is sent."""
    there = {} if project is None else task_ids(client, project, batch.id)
    view = None if project is None else listing.find_view(client, project.id, batch.id)
    n_there = sum(item.id in there for item in batch.items)
    return Pushed(
        batch.id,
        len(batch.items) - n_there,
        n_there,
        project,
        client.url,
        view,
        is_new=project is None,
        is_rehearsal=True,
    )


def tasks_to_push(batch: Batch) -> list[Task]:
    """The tasks of a batch, with their place as text: some databases sort 10 before 2."""
    tasks = tasks_of(batch)
    for place, task in enumerate(tasks):
        task["data"][listing.PLACE] = f"{place:06d}"
    return tasks


def task_ids(client: Client, project: Project, batch_id: str) -> dict[str, int]:
    """Text id to the number of its task, of the tasks that were pushed with a batch."""
    filters = [listing.of_batch(batch_id)]
    tasks = listing.listed(client, project.id, filters, is_whole=False)
    return {str(task["data"].get(listing.ID)): int(task["id"]) for task in tasks}


def _send(client: Client, project: Project, batch_id: str, tasks: Sequence[Task]) -> None:
    """Sends tasks; where nobody knows what has arrived, looks first, and sends only the rest."""
    path = f"/api/projects/{project.id}/import"
    left = list(tasks)
    for n_tries in range(_PATIENCE):
        try:
            client.make(path, left, {"return_task_ids": "true"})
        except UncertainError as error:
            sentence = str(error)
        else:
            return
        left = _not_arrived(client, project, batch_id, left)
        if not left:
            return
        client.pause(n_tries)
    raise ServerAwayError(f"{sentence}; {len(left)} texts of {batch_id} are not there yet: push again later")


def _not_arrived(client: Client, project: Project, batch_id: str, tasks: Sequence[Task]) -> list[Task]:
    """Tasks that are not there although the server had some time: it may still be at work on them."""
    left = list(tasks)
    for n_looks in range(_PATIENCE):
        client.pause(n_looks)
        there = task_ids(client, project, batch_id)
        left = [task for task in tasks if task["data"][listing.ID] not in there]
        if not left:
            break
    return left


def _show_predictions(client: Client, project: Project, batch: Batch, tasks: Sequence[Task]) -> None:
    """The server ticks predictions of one version only."""
    if project.model != batch.model and any("predictions" in task for task in tasks):
        client.change(f"/api/projects/{project.id}/", {"model_version": batch.model})


def _ask_several(client: Client, project: Project, batch_id: str, people: Mapping[str, int]) -> None:
    """Has some texts labelled by several people."""
    tasks = listing.listed(client, project.id, [listing.of_batch(batch_id)], is_whole=False)
    for task in tasks:
        wanted = people.get(str(task["data"].get(listing.ID)), 1)
        if int(task.get("overlap") or 1) < wanted:
            client.change(f"/api/tasks/{task['id']}/", {"overlap": wanted})
