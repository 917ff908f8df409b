"""Texts of batches that are over: read from disk, beside whoever is changing the run."""

from collections.abc import Sequence
from pathlib import Path

from text_al.app.items import Item, ItemMaker
from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.types import LabelRequest


class PastItems:
    """Items of requests of before; any thread may ask, also while the model trains.

    Args:
        make: makes items.
        state: the run's database, of which it takes a look of its own.
    """

    def __init__(self, make: ItemMaker, state: Path) -> None:
        self._make = make
        self._state = state

    def items(self, places: Sequence[tuple[str, int]]) -> list[Item]:
        """The texts at these places, each (request, row), in this order.

        Raises:
            PoolError: the database cannot be read.
        """
        if not places:
            return []
        with RunStore.open(self._state, read_only=True) as store:
            pool = QueryPool.open(store)
            found: dict[tuple[str, int], Item] = {}
            for request_id in dict.fromkeys(request for request, _ in places):
                rows = [row for request, row in places if request == request_id]
                found |= self._of(pool, request_id, rows)
        return [found[place] for place in places]

    def _of(self, pool: QueryPool, request_id: str, rows: Sequence[int]) -> dict[tuple[str, int], Item]:
        request = pool.request(request_id)
        ranks = _ranks(request)
        asked = [row for row in rows if row in ranks]
        others = [row for row in rows if row not in ranks]
        items = self._make.bare(others)
        if request is not None:
            items += self._make.items(pool, request, [ranks[row] for row in asked])
        return {(request_id, row): item for row, item in zip([*others, *asked], items, strict=True)}


def _ranks(request: LabelRequest | None) -> dict[int, int]:
    return {} if request is None else {row: rank for rank, row in enumerate(request.rows)}
