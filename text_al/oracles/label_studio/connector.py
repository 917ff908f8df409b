"""A run's connection to its Label Studio server: each call opens it, does one thing, and closes it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from text_al.errors import OracleError
from text_al.formats.batch import Batch
from text_al.oracles.base import TextsToLabel
from text_al.oracles.label_studio import pushing, tasks
from text_al.oracles.label_studio.client import Client
from text_al.oracles.label_studio.memory import Memory
from text_al.oracles.label_studio.project import (
    Project,
    as_written,
    find_project,
    make_project,
    with_labels,
)
from text_al.oracles.label_studio.pulling import Pulled, pull
from text_al.oracles.label_studio.pushing import Pushed
from text_al.oracles.label_studio.settings import Owner, Settings
from text_al.oracles.label_studio.tokens import read_token


@dataclass(frozen=True)
class Look:
    """A batch as it is on the server.

    Attributes:
        url: of the server.
        project: the run's; None where there is none.
        view: the number of the batch's view; None where it has none.
        tasks: of the batch, with their annotations.
    """

    url: str
    project: Project | None
    view: int | None = None
    tasks: tuple[Mapping[str, Any], ...] = ()

    @property
    def link(self) -> str:
        """Where people label the batch; "" where it has no view."""
        if self.project is None or self.view is None:
            return ""
        return tasks.link(self.url, self.project.id, self.view)


class Connector:
    """Pushes batches, pulls answers, and looks.

    Args:
        settings: where the server is.
        owner: whose project it is.
        path: the file that keeps what is known of the server.
        open_client: makes the client; None for a real one.
    """

    def __init__(
        self,
        settings: Settings,
        owner: Owner,
        path: Path,
        *,
        open_client: Callable[[], Client] | None = None,
    ) -> None:
        self.settings = settings
        self._owner = owner
        self._path = path
        self._open = open_client or self._real_client

    def push(self, batch: Batch, people: Mapping[str, int] | None = None, *, dry_run: bool = False) -> Pushed:
        """Sends what is not there of a batch; the project is made where there is none.

        Args:
            batch: the texts.
            people: text id to how many people are to answer for it, where that is more than one.
            dry_run: only look what would be done.

        Raises:
            OracleError: the server cannot be reached, or refuses; the next push goes on where this one was.
        """
        with self._client() as (client, memory):
            found = find_project(client, self.settings, self._owner, memory)
            if dry_run:
                return pushing.rehearse(client, found, batch)
            project = found or make_project(client, self.settings, self._owner, batch.labels)
            memory = self._kept(memory, project)
            if found is None:
                memory = as_written(memory, project)
            project, memory = with_labels(client, project, self._owner, batch.labels, memory)
            memory.write(self._path)
            pushed = pushing.push(client, project, batch, people or {})
            return replace(pushed, is_new=found is None)

    def pull(self, corpus: TextsToLabel, *, batch_id: str = "") -> Pulled:
        """What has come in since the last pull that was `remember`ed.

        Raises:
            OracleError: there is nothing to pull from, or the server cannot be reached, or refuses.
            AnswersError: something in it is not the run's.
        """
        with self._client() as (client, memory):
            project = find_project(client, self.settings, self._owner, memory)
            if project is None:
                raise OracleError(
                    f"Label Studio at {client.url}: it has no project of this run; nothing was pushed yet"
                )
            seen = self._kept(memory, project).seen
            return pull(client, project, corpus, seen=seen, batch_id=batch_id)

    def remember(self, pulled: Pulled) -> None:
        """All that was pulled, of every batch, is safe: the next pull begins there."""
        memory = self._kept(Memory.read(self._path, self.settings.url), pulled.project)
        replace(memory, seen=pulled.seen).write(self._path)

    def look(self, batch_id: str) -> Look:
        """A batch as it is on the server; nothing is changed."""
        with self._client() as (client, memory):
            project = find_project(client, self.settings, self._owner, memory)
            if project is None or not batch_id:
                return Look(client.url, project)
            view = tasks.find_view(client, project.id, batch_id)
            found = tasks.listed(client, project.id, [tasks.of_batch(batch_id)])
            return Look(client.url, project, view, tuple(found))

    @contextmanager
    def _client(self) -> Iterator[tuple[Client, Memory]]:
        with self._open() as client:
            yield client, Memory.read(self._path, self.settings.url)

    def _real_client(self) -> Client:
        token = read_token(self.settings.token_env, self.settings.token_file)
        return Client(self.settings.url, token, timeout_seconds=self.settings.timeout_seconds)

    @staticmethod
    def _kept(memory: Memory, project: Project) -> Memory:
        """What is known of this project; nothing of one that was there before it."""
        if memory.project == project.id:
            return memory
        return Memory(memory.url, project.id)


def people_of(ids: Sequence[str], people: Sequence[int] | None) -> dict[str, int]:
    """Text id to how many are to answer for it, where that is more than one."""
    if people is None:
        return {}
    return {text_id: count for text_id, count in zip(ids, people, strict=True) if count > 1}
