"""Lists that the server gives in pages."""

from collections.abc import Iterator, Mapping
from typing import Any

from text_al.errors import OracleError
from text_al.oracles.label_studio.client import Client

_PAGE = 100


def listed(
    client: Client, path: str, params: Mapping[str, Any], *, items: str, total: str
) -> Iterator[Mapping[str, Any]]:
    """Everything that stands in a list; a page beyond its end, which the server refuses, is never asked for.

    Args:
        client: the server.
        path: where the list is.
        params: of each request.
        items: where a page holds its part.
        total: where it holds the length of the whole.

    Raises:
        OracleError: what the server gives is no such list.
    """
    n_seen, page = 0, 1
    while True:
        found = client.get(path, {**params, "page": page, "page_size": _PAGE})
        if not isinstance(found, dict) or not isinstance(found.get(items), list) or total not in found:
            raise OracleError(
                f"Label Studio at {client.url}: what it gives at {path} is no list of {items}; check the url"
            )
        yield from found[items]
        n_seen += len(found[items])
        if n_seen >= found[total] or not found[items]:
            return
        page += 1
