"""A run and its Label Studio server: what is asked goes there, what was decided there comes back."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from text_al.assemble.answers import Imported, round_of, sum_of
from text_al.assemble.checks import load_config
from text_al.assemble.parts import guidelines_of
from text_al.config import RunConfig
from text_al.data.added_labels import added_labels
from text_al.data.changes import LabelChange
from text_al.data.corpus import Corpus
from text_al.data.lock import RunLock
from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.errors import OracleError
from text_al.loop.run_folder import RunFolder
from text_al.oracles import ORACLES
from text_al.oracles.batches import batch_of
from text_al.oracles.label_studio import Connector, Owner, Pulled, Pushed, Settings, people_of
from text_al.oracles.label_studio.memory import FILE
from text_al.oracles.label_studio.standing import Standing, standing_of
from text_al.types import Answer, Answers, LabelRequest

KIND = "label_studio"


@dataclass(frozen=True)
class Taken:
    """What a pull brought.

    Attributes:
        imported: what it changed, and how many texts still wait.
        pulled: what came in.
    """

    imported: Imported
    pulled: Pulled


class RunLink:
    """A run's connection to its server.

    Args:
        path: the run's folder, or its configuration.
        options: settings of the oracle that go before those of the configuration; blank ones do not.

    Raises:
        ConfigError: the configuration cannot be used.
        OracleError: it names no server, and neither do the options.
        SettingsError: an option cannot be used.
    """

    def __init__(self, path: Path, **options: str) -> None:
        is_file = path.suffix in {".yaml", ".yml"}
        self.config = load_config(path if is_file else path / "config.yaml")
        self.folder = RunFolder(Path(self.config.output_dir) / self.config.name if is_file else path)
        self.settings = settings_of(self.config, options)

    def push(self, *, dry_run: bool = False) -> tuple[Pushed, ...]:
        """Pushes what the run waits for; nothing where it waits for nothing.

        Args:
            dry_run: only look what would be done.

        Raises:
            PoolError: the run has not begun.
            RunLockedError: it is being advanced at this moment, and pushes itself.
            OracleError: the server cannot be reached, or refuses; the next push goes on from there.
        """
        with RunStore.open(self.folder.state, read_only=True) as store:
            corpus = self._corpus(store)
            requests = QueryPool.open(store).open_requests()
        if dry_run:
            return tuple(self._push(request, corpus, dry_run=True) for request in requests)
        with RunLock(self.folder.state):
            return tuple(self._push(request, corpus, dry_run=False) for request in requests)

    def pull(self) -> Taken:
        """Takes what was decided since the last pull, in every batch: all or, where a part is wrong, none.

        Raises:
            PoolError: the run has not begun.
            RunLockedError: it is being advanced at this moment.
            OracleError: the server cannot be reached, or refuses; nothing was changed.
            AnswersError: a label, id or text on the server is not the run's; nothing was changed.
        """
        with RunStore.open(self.folder.state, read_only=True) as store:
            corpus = self._corpus(store)
        connector = self._connector(corpus)
        pulled = connector.pull(corpus)
        with RunStore.open(self.folder.state) as store, RunLock(self.folder.state):
            pool = QueryPool.open(store)
            round_number = round_of(pool)
            with store.transaction():
                changes = [_take(part, pool, round_number) for part in pulled.answers]
            n_missing = pool.counts().pending
        connector.remember(pulled)
        return Taken(Imported(sum_of(changes), n_missing), pulled)

    def look(self) -> Standing:
        """How far what the run waits for has come on the server; changes nothing.

        Raises:
            PoolError: the run has not begun.
            OracleError: the server cannot be reached, or refuses.
        """
        with RunStore.open(self.folder.state, read_only=True) as store:
            corpus, pool = self._corpus(store), QueryPool.open(store)
            request = next(iter(pool.open_requests()), None)
            look = self._connector(corpus).look("" if request is None else request.id)
            ids = [] if request is None else corpus.ids(np.array(request.rows, dtype=np.int64))
            events = [] if request is None else [event for row in request.rows for event in pool.history(row)]
            return standing_of(look, request, ids, events, n_missing=pool.counts().pending)

    def _push(self, request: LabelRequest, corpus: Corpus, *, dry_run: bool) -> Pushed:
        annotation = self.config.annotation
        batch = batch_of(request, corpus, guidelines=guidelines_of(annotation), mode=annotation.suggestions)
        people = people_of([item.id for item in batch.items], request.people)
        return self._connector(corpus).push(batch, people, dry_run=dry_run)

    def _connector(self, corpus: Corpus) -> Connector:
        owner = Owner(self.config.name, corpus.fingerprint, guidelines_of(self.config.annotation))
        return Connector(self.settings, owner, self.folder.path / FILE)

    def _corpus(self, store: RunStore) -> Corpus:
        added = [one.label for one in added_labels(store)]
        return Corpus.open(self.folder.corpus / "pool.arrow", added)


def settings_of(config: RunConfig, options: dict[str, str]) -> Settings:
    """Where the server is, by the configuration and by what was said besides.

    Args:
        config: of the run; its oracle need not be Label Studio.
        options: settings of that oracle by name; blank ones are not set.

    Raises:
        OracleError: neither says where.
        SettingsError: one of them cannot be used.
    """
    args = dict(config.oracle.args) if config.oracle.type == KIND else {}
    args |= {name: value for name, value in options.items() if value}
    if config.oracle.type != KIND and "url" not in args:
        raise OracleError(
            f"the oracle of this run is {config.oracle.type!r}; say where Label Studio is, with --url, or "
            "with oracle: {type: label_studio, args: {url: ...}}"
        )
    return Settings(**ORACLES.entry(KIND).check(args))


def _take(part: Answers, pool: QueryPool, round_number: int) -> LabelChange:
    """Takes the answers to a batch; one that was taken once is not news even if it was taken back since."""
    news = tuple(answer for answer in part.answers if not _is_known(answer, pool))
    request_id = part.request_id if pool.request(part.request_id) else ""
    change = pool.label(Answers(request_id, news), round=round_number)
    return replace(change, repeated=change.repeated + len(part.answers) - len(news))


def _is_known(answer: Answer, pool: QueryPool) -> bool:
    """Whether this very edit of the annotation was taken before."""
    ref = answer.how.ref
    return bool(ref) and any(event.how.ref == ref for event in pool.history(answer.row))
