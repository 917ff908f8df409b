"""A finished run stays finished, unless its plan now allows more."""

from dataclasses import replace

from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.loop.askable import n_askable
from text_al.loop.fitting import keep_round
from text_al.loop.run import stored_records
from text_al.loop.stopping import StopRules, stop_reason


def reopen(store: RunStore, pool: QueryPool, rules: StopRules, *, by_label: bool = False) -> bool:
    """Lets a finished run go on where these rules allow it: its last round has yet to choose its texts.

    Done before anything is made of the records, so that nobody takes the round for a finished one.

    Args:
        store: of the run.
        pool: of the run.
        rules: what ends it now.
        by_label: see `askable`.

    Returns:
        Whether a run that was finished now goes on.
    """
    records = stored_records(store)
    if not records or not records[-1].finished:
        return False
    if stop_reason(rules, records, pool.counts().labelled, n_askable(pool, by_label=by_label)):
        return False
    keep_round(store, replace(records[-1], finished=""), "trained", store.rounds()[-1].model)
    return True
