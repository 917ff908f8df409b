"""Which texts may be asked about: open ones and, where labels are asked one by one, partly known ones."""

import numpy as np

from text_al.data.pool import QueryPool
from text_al.types import IntArray


def askable(pool: QueryPool, *, by_label: bool) -> IntArray:
    """Rows (M,) that may be asked, ascending.

    Args:
        pool: knows the state of each.
        by_label: whether a text may be asked about some labels, so that one of which some are known is there.
    """
    rows = pool.unlabelled()
    return np.union1d(rows, pool.open_cells()[0]) if by_label else rows


def n_askable(pool: QueryPool, *, by_label: bool) -> int:
    """How many there are."""
    return len(askable(pool, by_label=True)) if by_label else pool.counts().open
