"""Takes the labelled corpus out of a run, with a card that says what it is."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from text_al.assemble.agreement import agreement_of
from text_al.assemble.checks import load_config
from text_al.assemble.corpus_facts import RowCounts, annotators
from text_al.assemble.corpus_files import DATASET_HEADER, CorpusKind, kind_of, write_rows
from text_al.assemble.corpus_rows import corpus_rows
from text_al.data.corpus import Corpus
from text_al.data.ledger import Ledger
from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.errors import PoolError
from text_al.loop.run_folder import RunFolder
from text_al.tracking.corpus_facts import CorpusFacts
from text_al.tracking.data_card import data_card
from text_al.version import __version__

_VERSION = re.compile(r"# [\w-]+:? [\w.+-]+")


@dataclass(frozen=True)
class ExportedCorpus:
    """How many texts were written, and where their card is.

    Attributes:
        labelled: texts of which labels are known.
        skipped: texts that nobody labelled.
        card: the card's file.
        open: texts that were labelled, but of which annotators leave every label open.
    """

    labelled: int
    skipped: int
    card: Path
    open: int = 0


def export_corpus(run: Path, target: Path, *, kind: CorpusKind | None = None) -> ExportedCorpus:
    """Writes every text that was labelled or skipped, with its labels, where they come from, and a card.

    The columns are id, text, labels (names; [] is labelled with nothing, null is skipped, or nothing holds as
    annotators differ), considered (where not all labels were), status, annotator, at, round, source;
    chosen_by, chosen_in (a round), purpose and inclusion (a probability); seconds, shown, word (such as
    unsure), comment, n_annotators (people), answers (each annotator's) and settled.

    Args:
        run: the run's folder.
        target: a file or folder that does not exist yet. The card stands beside a file, as NAME.card.md, and
            in a folder as README.md, with which `datasets.load_dataset(folder)` reads it.
        kind: of file; None tells it by the suffix, a name without one being a folder's.

    Raises:
        PoolError: `target` or its card exists, its suffix is no kind's, or there is no run.
    """
    kind = kind or (kind_of(target) if not target.exists() else "jsonl")
    card = target / "README.md" if kind == "datasets" else target.with_name(f"{target.name}.card.md")
    for path in (target, card):
        if path.exists():
            raise PoolError(f"{path} exists already; give a file that does not")
    folder = RunFolder(run)
    with RunStore.open(folder.state, read_only=True) as store, _aside(target) as aside:
        pool, corpus = QueryPool.open(store), Corpus.open(folder.corpus / "pool.arrow")
        ledger, counts = Ledger(store), RowCounts(pool.labels)
        write_rows(aside, counts.through(corpus_rows(pool, ledger, corpus)), kind)
        text = data_card(_facts(folder, pool, corpus, ledger, counts))
        if kind == "datasets":
            (aside / card.name).write_text(DATASET_HEADER + text, encoding="utf-8")
        else:
            with _aside(card) as beside:
                beside.write_text(text, encoding="utf-8")
    return ExportedCorpus(counts.statuses["labelled"], counts.statuses["skipped"], card, counts.n_open)


def _facts(
    folder: RunFolder, pool: QueryPool, corpus: Corpus, ledger: Ledger, counts: RowCounts
) -> CorpusFacts:
    models, versions = _made_with(folder.config)
    return CorpusFacts(
        name=folder.path.name,
        n_pool=len(pool),
        n_labelled=counts.statuses["labelled"],
        n_skipped=counts.statuses["skipped"],
        words=dict(counts.words),
        n_nothing=counts.n_nothing,
        n_partly=counts.n_partly,
        n_open=counts.n_open,
        n_yes=counts.n_yes,
        labels=counts.labels(),
        together=counts.together(),
        choices=counts.choices(),
        n_by_chance=counts.n_by_chance,
        annotators=annotators(pool.events()),
        rule=ledger.resolution.rule,
        agreement=agreement_of(pool, corpus, folder.path),
        models=models,
        versions=(f"card by text_al {__version__}", *versions),
    )


def _made_with(config: Path) -> tuple[dict[str, str], tuple[str, ...]]:
    """What learned in the run, and the versions at the head of its configuration, where there is one."""
    if not config.is_file():
        return {}, ()
    lines = config.read_text(encoding="utf-8").splitlines()
    versions = tuple(line[2:] for line in lines if _VERSION.fullmatch(line))
    checked = load_config(config, environ={})
    models = {"learner": checked.learner.type}
    if checked.learner.type != "tfidf":
        models["encoder"] = checked.model.encoder
    return models, versions


@contextmanager
def _aside(target: Path) -> Iterator[Path]:
    """Gives a name to write under; on a clean end it becomes `target`, else nothing is left of it."""
    aside = target.with_name(f".{target.name}.partial")
    _remove(aside)
    try:
        yield aside
        aside.replace(target)
    finally:
        _remove(aside)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
