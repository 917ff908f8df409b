"""The run's project on the server: found again by a mark in its description, made once, kept up to date."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from text_al.errors import OracleError
from text_al.formats.label_studio_config import CONTROL, labelling_config
from text_al.oracles.label_studio import paging
from text_al.oracles.label_studio.client import Client
from text_al.oracles.label_studio.memory import Memory
from text_al.oracles.label_studio.settings import Owner, Settings
from text_al.types import Label, label_names

_SHORTEST, _LONGEST = 3, 50  # letters of a title, as the server wants them


@dataclass(frozen=True)
class Project:
    """A project on the server.

    Attributes:
        id: its number.
        title: its title there.
        labels: names of the labels that may be chosen in it.
        config: its labelling config.
        model: the version whose predictions it shows; "" for none.
    """

    id: int
    title: str
    labels: tuple[str, ...]
    config: str
    model: str


def title_of(settings: Settings, owner: Owner) -> str:
    """The title that the run's project is made with."""
    if settings.project:
        return settings.project
    title = owner.name if len(owner.name) >= _SHORTEST else f"text_al {owner.name}"
    return title[:_LONGEST]


def find_project(client: Client, settings: Settings, owner: Owner, memory: Memory) -> Project | None:
    """The run's project, which may have another title now; None where there is none.

    Raises:
        OracleError: another project has its title.
    """
    if memory.project:
        found = client.find(f"/api/projects/{memory.project}/")
        if found is not None and owner.marker in _description(found):
            return _project(found)
    known = list(_all(client))
    own = [one["id"] for one in known if owner.marker in _description(one)]
    if own:
        return _project(client.get(f"/api/projects/{min(own)}/"))
    title = title_of(settings, owner)
    if any(one.get("title") == title for one in known):
        raise OracleError(
            f"Label Studio at {client.url}: a project is called {title!r} already, and it is not this run's "
            f"(its description lacks {owner.marker!r}); give this one another title with --project, or with "
            "oracle.args.project"
        )
    return None


def make_project(client: Client, settings: Settings, owner: Owner, labels: Sequence[Label]) -> Project:
    """Makes the run's project, once."""
    body = {
        "title": title_of(settings, owner),
        "description": f"Made for the text_al run {owner.name}, which finds it by this mark: {owner.marker}",
        "label_config": _config(labels, owner),
        "sampling": "Sequential sampling",
        "enable_empty_annotation": True,
        "show_collab_predictions": True,
        "maximum_annotations": settings.annotators,
    }

    def find() -> Mapping[str, Any] | None:
        return next((one for one in _all(client) if owner.marker in _description(one)), None)

    made = client.make_once("/api/projects/", body, find)
    return _project(client.get(f"/api/projects/{made['id']}/"))


def with_labels(
    client: Client, project: Project, owner: Owner, labels: Sequence[Label], memory: Memory
) -> tuple[Project, Memory]:
    """The project with every label and the guidelines of today; a config that people changed stays theirs.

    Raises:
        OracleError: people changed it, and it lacks a label.
    """
    wanted = _config(labels, owner)
    missing = [name for name in label_names(labels) if name not in project.labels]
    if _is_same(project.config, wanted):
        return project, as_written(memory, project)
    if memory.config == _hash(project.config):
        changed = _project(client.change(f"/api/projects/{project.id}/", {"label_config": wanted}))
        return changed, as_written(memory, changed)
    if missing:
        raise OracleError(
            f"Label Studio at {client.url}: the labelling config of project {project.id} {project.title!r} "
            f"lacks {', '.join(map(repr, missing))}. People changed it, so it is left alone; add "
            f'<Choice value="..."/> for each within <Choices name="{CONTROL}"> there'
        )
    return project, memory


def as_written(memory: Memory, project: Project) -> Memory:
    """The labelling config is as text_al wrote it."""
    return replace(memory, config=_hash(project.config))


def _config(labels: Sequence[Label], owner: Owner) -> str:
    try:
        return labelling_config(labels, guidelines=owner.guidelines)
    except ValueError as error:
        raise OracleError(f"Label Studio: {error}") from None


def _all(client: Client) -> Iterator[Mapping[str, Any]]:
    """Number, title and description of every project that the user sees."""
    params = {"include": "id,title,description"}
    return paging.listed(client, "/api/projects/", params, items="results", total="count")


def _project(found: Mapping[str, Any]) -> Project:
    control = (found.get("parsed_label_config") or {}).get(CONTROL) or {}
    return Project(
        int(found["id"]),
        str(found["title"]),
        tuple(control.get("labels") or ()),
        str(found.get("label_config") or ""),
        str(found.get("model_version") or ""),
    )


def _description(found: Mapping[str, Any]) -> str:
    return str(found.get("description") or "")


def _is_same(one: str, other: str) -> bool:
    return one.strip() == other.strip()


def _hash(config: str) -> str:
    return hashlib.sha256(config.strip().encode()).hexdigest()
