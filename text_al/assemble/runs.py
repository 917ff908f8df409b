"""Opens a run: its folder, its lock, its corpus, its state, and the objects that its configuration names."""

from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

import numpy as np

from text_al.assemble import parts
from text_al.assemble.changes import check_unchanged
from text_al.assemble.labels import RunLabels, run_labels
from text_al.assemble.texts import corpora_of, pool_of
from text_al.config import RunConfig, to_yaml
from text_al.data.corpus_set import CorpusSet
from text_al.data.lock import RunLock
from text_al.data.page_journal import take_page_answers
from text_al.data.store import RunStore
from text_al.loop.fitting import tidy_models
from text_al.loop.kept_scores import tidy_scores
from text_al.loop.reopening import reopen
from text_al.loop.run import Run, stored_records
from text_al.loop.run_folder import RunFolder
from text_al.oracles import ORACLES, Oracle
from text_al.strategies import strategy
from text_al.tracking.atomic import write_atomically
from text_al.tracking.progress import Progress
from text_al.tracking.tensorboard import Hparam
from text_al.tracking.tracker import Tracker
from text_al.training.base import Learner
from text_al.training.learners import LEARNERS
from text_al.training.processes import world_size
from text_al.training.team import Team, serve
from text_al.training.threads import set_wait_policy
from text_al.types import LabelledTexts, label_names
from text_al.version import __version__


def run_folder(config: RunConfig) -> RunFolder:
    """Where the run of this configuration keeps its files."""
    return RunFolder(Path(config.output_dir) / config.name)


def open_run(config: RunConfig, *, accept_changes: bool = False) -> Run:
    """Opens a run, new or begun; close it, or use it as a context manager.

    Args:
        config: what to run.
        accept_changes: go on with a run although its configuration has changed in a way that alters results.

    Raises:
        RunLockedError: another process is advancing it.
        ConfigError: the configuration is another one than the run began with.
        CorpusError: the texts cannot be read; lists every problem.

    Example:
        >>> import tempfile, text_al
        >>> changes = ["learner={type: tfidf}", "active_learning.budget=150", "tracking.progress=none"]
        >>> changes += ["data.pool.size=300", f"output_dir={tempfile.mkdtemp()}"]
        >>> with text_al.open_run(text_al.load_config("configs/quickstart.yaml", changes)) as run:
        ...     outcome = text_al.advance(run)
        ...     int(run.pool.idxs_labeled.sum())
        150
    """
    not_set = set_wait_policy(config.compute.wait_policy)  # before TensorBoard imports torch
    folder, plan = run_folder(config), parts.plan_of(config)
    folder.path.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        held.enter_context(RunLock(folder.state))
        folder.sweep()
        is_new = not folder.state.exists()
        labels = RunLabels() if is_new else run_labels(folder)
        if not is_new:
            check_unchanged(folder.config, config, labels, accept_changes=accept_changes)
        corpora = corpora_of(config, folder, is_new=is_new, added=labels.added)
        ORACLES.entry(config.oracle.type).check(config.oracle.args)  # what is refused is never written down
        write_atomically(folder.config, _resolved(config, corpora, labels).encode())
        store = held.enter_context(_store(folder, is_new=is_new))
        pool = pool_of(config, store, corpora)
        pool.resolve_by(parts.resolution_of(config.annotation))
        take_page_answers(folder.path, pool, store)
        reopen(store, pool, plan.stop, by_label=config.active_learning.ask == "labels")
        team = held.enter_context(Team(config.compute.device)) if world_size() > 1 else None
        tracker = held.enter_context(_tracker(config, folder, store, corpora))
        for notice in (*(corpora.notices if is_new else ()), *([not_set] if not_set else ())):
            tracker.note(notice)
        run = Run(
            folder=folder,
            store=store,
            pool=pool,
            texts=corpora.pool,
            plan=plan,
            make_learner=lambda: _shared(team, config, corpora),
            strategy=parts.chooser_of(config.active_learning, label_names(corpora.labels)),
            initial=strategy(config.active_learning.initial.type, **config.active_learning.initial.args),
            oracle=_oracle(config, folder, corpora),
            validation=_labelled(corpora, "validation"),
            test=_labelled(corpora, "test"),
            follower=tracker,
            sub_pool=parts.sub_pool_of(config.active_learning),
            preselect=parts.preselect_of(config.active_learning),
            pairs=parts.pairs_of(config.active_learning),
        )
        folder.models.mkdir(exist_ok=True)
        tidy_models(run)
        tidy_scores(run)
        run.held = held.pop_all()
        return run


def make_learner(config: RunConfig, corpora: CorpusSet) -> Learner:
    """The learner that the configuration names, on the run's pool."""
    learner: Learner = LEARNERS.entry(config.learner.type).build(
        config.learner.args,
        pool=corpora.pool,
        labels=corpora.labels,
        encoder=parts.encoder_of(config.model),
        training=parts.training_of(config.training),
        compute=parts.compute_of(config.compute),
        seed=config.seed,
        absent_labels=config.evaluation.absent_labels,
        cache=parts.cache_of(config),
    )
    return learner


def serve_run(config: RunConfig) -> None:
    """Does its share of a run that another process advances; returns when that one is done."""
    set_wait_policy(config.compute.wait_policy)
    folder = run_folder(config)

    def corpora() -> CorpusSet:
        return CorpusSet.open(folder.corpus, run_labels(folder).added)

    def sets() -> dict[str, LabelledTexts]:
        opened = corpora()
        found = {name: _labelled(opened, name) for name in ("validation", "test")}
        return {name: labelled for name, labelled in found.items() if labelled is not None}

    serve(config.compute.device, sets, lambda: make_learner(config, corpora()))


def _shared(team: Team | None, config: RunConfig, corpora: CorpusSet) -> Learner:
    """The learner of this process alone, or of all processes together."""
    if team is None:
        return make_learner(config, corpora)
    return team.learner(lambda: make_learner(config, corpora), corpora.corpora)


def _store(folder: RunFolder, *, is_new: bool) -> RunStore:
    if is_new:
        return RunStore.create(folder.state, {"text_al": __version__})
    return RunStore.open(folder.state)


def _tracker(config: RunConfig, folder: RunFolder, store: RunStore, corpora: CorpusSet) -> Tracker:
    section = config.active_learning
    hparams: dict[str, Hparam] = {
        "strategy": section.strategy.type,
        "selection": section.selection.type,
        "learner": config.learner.type,
        "seed": config.seed,
        "initial_size": section.initial_size,
        "query_size": section.query_size,
        "budget": section.budget,
    }
    if section.rare_labels is not None:
        hparams["rare_labels"] = section.rare_labels.share
    if section.sub_pool is not None:
        hparams["sub_pool"] = section.sub_pool.type
    if config.learner.type == "finetuned":
        hparams |= {"encoder": config.model.encoder, "learning_rate": config.training.learning_rate}
    return Tracker(
        folder.path,
        labels=label_names(corpora.labels),
        tensorboard=config.tracking.tensorboard,
        progress=Progress(config.tracking.progress),
        hparams=hparams,
        records=stored_records(store, only_done=True),
    )


def _oracle(config: RunConfig, folder: RunFolder, corpora: CorpusSet) -> Oracle:
    oracle: Oracle = ORACLES.entry(config.oracle.type).build(
        config.oracle.args,
        targets=corpora.pool.targets,
        seed=config.seed,
        folder=folder.queries,
        corpus=corpora.pool,
        labels=label_names(corpora.labels),
        name=config.name,
        guidelines=parts.guidelines_of(config.annotation),
        mode=config.annotation.suggestions,
    )
    return oracle


def _labelled(corpora: CorpusSet, name: str) -> LabelledTexts | None:
    corpus = corpora.corpora.get(name)
    return None if corpus is None else LabelledTexts(corpus, corpus.targets(np.arange(len(corpus))))


def _resolved(config: RunConfig, corpora: CorpusSet, labels: RunLabels) -> str:
    """The configuration as it is in force, and what it was run with."""
    packages = ("torch", "transformers", "datasets", "scikit-learn", "numpy")
    lines = [f"# text_al {__version__}", *(f"# {package} {version(package)}" for package in packages)]
    lines += [f"# {name}: {corpus.fingerprint}" for name, corpus in corpora.corpora.items()]
    lines += [f"# label added since it began: {label.name!r}" for label in labels.added]
    return "\n".join(["# The configuration in force, with every default.", *lines, to_yaml(config)])
