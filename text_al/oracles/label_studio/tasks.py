"""The tasks and views of a project, found again by what they were pushed with."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from text_al.oracles.label_studio import paging
from text_al.oracles.label_studio.client import Client

ID, BATCH, PLACE = "text_al_id", "text_al_batch", "text_al_place"
_OVERLAP = timedelta(minutes=2)  # a change may become visible later than the moment that it carries
_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"  # the only form that the server reads

Filter = Mapping[str, Any]


def of_batch(batch_id: str) -> Filter:
    """Tasks that were pushed with a batch."""
    return {
        "filter": f"filter:tasks:data.{BATCH}",
        "operator": "equal",
        "type": "String",
        "value": batch_id,
    }


def changed_since(seen: str) -> Filter:
    """Tasks in which something changed since a moment, or shortly before it.

    Args:
        seen: a time as the server writes it.
    """
    moment = datetime.fromisoformat(seen) - _OVERLAP
    return {
        "filter": "filter:tasks:updated_at",
        "operator": "greater",
        "type": "Datetime",
        "value": moment.strftime(_TIME),
    }


def listed(
    client: Client, project: int, filters: Sequence[Filter] = (), *, is_whole: bool = True
) -> Iterator[Mapping[str, Any]]:
    """The tasks that pass all filters, by number.

    Args:
        client: the server.
        project: its number there.
        filters: conditions.
        is_whole: with annotations and predictions.
    """
    query = {"filters": {"conjunction": "and", "items": list(filters)}} if filters else {}
    params = {"project": project, "query": json.dumps(query), **({"fields": "all"} if is_whole else {})}
    return paging.listed(client, "/api/tasks/", params, items="tasks", total="total")


def newest(tasks: Sequence[Mapping[str, Any]], seen: str) -> str:
    """The latest change in these tasks, or `seen` where it is later."""
    times = [str(task["updated_at"]) for task in tasks if task.get("updated_at")]
    return max([*times, seen], key=lambda time: datetime.fromisoformat(time or "1970-01-01T00:00Z"))


def find_view(client: Client, project: int, batch_id: str) -> int | None:
    """The number of a batch's view; None where it has none."""
    views = client.get("/api/dm/views/", {"project": project})
    own = [view["id"] for view in views if view.get("data", {}).get("title") == batch_id]
    return min(own, default=None)


def make_view(client: Client, project: int, batch_id: str) -> int:
    """Makes a view that shows a batch, the text most worth labelling first; its number."""
    data = {
        "title": batch_id,
        "ordering": [f"tasks:data.{PLACE}"],
        "filters": {"conjunction": "and", "items": [of_batch(batch_id)]},
    }

    def find() -> dict[str, int] | None:
        found = find_view(client, project, batch_id)
        return None if found is None else {"id": found}

    made = client.make_once("/api/dm/views/", {"project": project, "data": data}, find)
    return int(made["id"])


def link(url: str, project: int, view: int) -> str:
    """Where people label a batch."""
    return f"{url}/projects/{project}/data?tab={view}&labeling=1"
