"""A run made of parts that can be seen through, and short ways to real ones, for the tests of the loop."""

import json
from contextlib import ExitStack
from dataclasses import replace

import numpy as np

from text_al.assemble import load_config, open_run
from text_al.data.corpus import Corpus
from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.loop.rounds import Finished, advance
from text_al.loop.run import Plan, Run
from text_al.loop.run_folder import RunFolder
from text_al.loop.stopping import StopRules
from text_al.records import EvaluationRecord, FitReport
from text_al.reporting import Silent
from text_al.strategies import strategy
from text_al.tracking.records import from_json, to_json
from text_al.types import Answer, Answers, Candidates, LabelledTexts

LABELS = ("even", "small")


def hidden(rows):
    """What is true of a row: whether it is even, and whether it is below 10."""
    rows = np.asarray(rows)
    return np.stack([rows % 2 == 0, rows < 10], axis=1).astype(np.int8)


N_VALIDATION = 10


def macro_f1(n_found):
    """Of a validation set in which every text has both labels, and the model finds them in so many."""
    return 2 * n_found / (N_VALIDATION + n_found)


class Learner:
    """Remembers what each fit was given; what it says depends on which fits made its weights.

    Args:
        found: of each round, in how many of the validation texts it finds the labels.
    """

    def __init__(self, found=()):
        self.found = dict(enumerate(found, start=1))
        self.thresholds = np.full(len(LABELS), 0.5)
        self.fits, self.restored = [], []
        self.weights = 0

    def fit(self, rows, targets, validation, *, round_number, global_step, reporter):
        self.fits.append((round_number, rows.tolist(), targets.tolist(), global_step, self.weights))
        self.weights = self.weights * 10 + round_number
        evaluation = EvaluationRecord(
            round=round_number, epoch=1.0, step=3, global_step=global_step + 3, learning_rate=0.1,
            metrics={"train_loss": 0.25}, is_best=True, seconds=0.5,
        )  # fmt: skip
        reporter.evaluation(evaluation)
        right = np.arange(N_VALIDATION) < self.found.get(round_number, 5)
        logits = np.repeat(np.where(right, 4.0, -4.0)[:, None], len(LABELS), axis=1)
        return FitReport(
            n_samples=len(rows), steps=3, best_epoch=1.0, stopped_early=False, thresholds=self.thresholds,
            threshold_rule="0.5" if validation is None else "tuned", evaluations=(evaluation,),
            seconds={"train": 0.5}, notes=("a text is cut",),
            validation_logits=None if validation is None else logits,
        )  # fmt: skip

    def look(self, rows, needs, reporter):
        logits = np.stack([rows / 100 + self.weights, -rows / 100], axis=1).astype(np.float32)
        return Candidates(rows, logits, 1 / (1 + np.exp(-logits)), self.thresholds)

    def logits(self, texts, reporter):
        return np.zeros((len(texts), len(LABELS)), np.float32)

    def save(self, folder):
        folder.mkdir(parents=True)
        (folder / "weights.json").write_text(json.dumps(self.weights), encoding="utf-8")

    def restore(self, folder):
        self.restored.append(folder.name)
        self.weights = json.loads((folder / "weights.json").read_text(encoding="utf-8"))


class Oracle:
    """Answers with `hidden`, or not yet, or never.

    Args:
        skips: rows that it skips.
        waits: rows that it has not answered so far; may be changed.
    """

    def __init__(self, skips=(), waits=()):
        self.skips, self.waits, self.asked = set(skips), set(waits), []

    def ask(self, request):
        self.asked.append(request.id)

    def collect(self, request):
        rows = [row for row in request.rows if row not in self.waits]
        return Answers(request.id, tuple(self._answer(row) for row in rows))

    def _answer(self, row):
        targets = None if row in self.skips else tuple(hidden([row])[0].tolist())
        status = "skipped" if targets is None else "labelled"
        return Answer(row, status, targets, annotator="anna", source="test", at="2026-01-01T12:00:00Z")


class Follower(Silent):
    """Remembers what the loop told, in order."""

    def __init__(self):
        self.told = []

    def begin_round(self, round_number, n_labelled, n_pool):
        self.told.append(("begin", round_number, n_labelled, n_pool))

    def evaluation(self, record):
        self.told.append(("evaluation", record.round))

    def end_round(self, record, all_records):
        self.told.append(("end", record.round, [other.round for other in all_records], record.finished))

    def finish(self, records, reason):
        self.told.append(("finish", len(records), reason))

    def note(self, sentence):
        self.told.append(("note", sentence))


def pool_texts(n):
    """n texts in memory, with blanks to fold."""
    return Corpus.from_lists(
        [f"text  {row}\nof {n}" for row in range(n)], ids=[f"id-{row}" for row in range(n)]
    )


def a_run(folder, *, n=40, store=None, labelled=(), skipping=(), **settings):
    """A run over n rows: its settings are those of `Plan` and `StopRules`, and its parts by name."""
    store = store or RunStore.in_memory()
    pool = QueryPool(store) if store.meta("pool.n_rows") else QueryPool.create(store, n, LABELS, "f")
    pool.label([Oracle()._answer(row) for row in labelled], round=0)
    rules = {name: settings.pop(name) for name in list(settings) if name in StopRules.__dataclass_fields__}
    numbers = {name: settings.pop(name) for name in list(settings) if name in Plan.__dataclass_fields__}
    plan = {"seed": 0, "initial_size": 10, "query_size": 5, **numbers}
    validation = LabelledTexts(pool_texts(N_VALIDATION), np.ones((N_VALIDATION, len(LABELS)), np.int8))
    learner = settings.pop("learner", None) or Learner()
    parts = {
        "texts": pool_texts(n),
        "make_learner": lambda: learner,
        "strategy": strategy("margin"),
        "initial": strategy("random"),
        "oracle": Oracle(skips=skipping),
        "validation": validation,
        "test": None,
        "follower": Follower(),
        **settings,
    }
    folder = RunFolder(folder)
    folder.models.mkdir(parents=True, exist_ok=True)
    stop = StopRules(**{"budget": 25, **rules})
    return Run(folder=folder, store=store, pool=pool, plan=Plan(stop=stop, **plan), held=ExitStack(), **parts)


def timeless(record):
    """A record as JSON, without what a clock gave, and without what depends on how often a run was begun."""
    plain = to_json(replace(record, seconds={}, texts={}))
    for evaluation in plain["evaluations"]:
        evaluation["seconds"] = 0
    return plain


def read_rounds(folder):
    """The records in a run's rounds.jsonl."""
    lines = (folder / "rounds.jsonl").read_text(encoding="utf-8").splitlines()
    return [from_json(json.loads(line)) for line in lines]


def decisions(folder):
    """All label events of a run but for their times, oldest first."""
    with RunStore.open(folder / "state.db", read_only=True) as store:
        return [replace(event, at="") for event in QueryPool.open(store).events()]


def weights(folder):
    """Name and bytes of every file of the best and the last model of a run."""
    found = {}
    for which in ("best", "last"):
        files = sorted((folder / "models" / which).iterdir())
        found |= {f"{which}/{file.name}": file.read_bytes() for file in files}
    return found


def settings(folder, **changes):
    """A small TF-IDF run on synthetic texts, as a tree for a configuration file.

    Args:
        folder: takes the run's folder.
        changes: sections or keys, laid over it; a mapping is merged into its section.
    """
    tree = {
        "name": "run",
        "output_dir": str(folder / "saved"),
        "data": {
            "pool": {"generated": "tickets", "size": 60, "part": 0},
            "validation": {"generated": "tickets", "size": 30, "part": 1},
        },
        "learner": {"type": "tfidf", "args": {"max_features": 300}},
        "active_learning": {"initial_size": 10, "query_size": 5, "budget": 25},
        "tracking": {"tensorboard": False, "progress": "none"},
    }
    for key, value in changes.items():
        tree[key] = {**tree[key], **value} if isinstance(tree.get(key), dict) and key != "learner" else value
    return tree


def write_config(folder, file="config.yaml", **changes):
    """The file with these settings; JSON is YAML too."""
    path = folder / file
    path.write_text(json.dumps(settings(folder, **changes), ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def write_jsonl(path, rows):
    """A file of one JSON object a line."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def advanced(folder, **changes):
    """What comes of a real run with these settings, and the run's folder."""
    config = load_config(write_config(folder, **changes), environ={})
    with open_run(config) as run:
        return advance(run), run.folder.path


def finished_run(folder, **changes):
    """The folder of a real run that went to its end."""
    outcome, path = advanced(folder, **changes)
    assert isinstance(outcome, Finished), outcome
    return path


def a_file_run(folder, rows, *, run_it=True, **changes):
    """What comes of a run over these rows that people label through files, and the run's folder."""
    data = {"pool": str(write_jsonl(folder / "pool.jsonl", rows)), "validation": None, "labels": ["x", "y"]}
    if not any("labels" in row for row in rows):
        data["columns"] = {"labels": None}
    changes = {"oracle": {"type": "file"}, "data": data, **changes}
    if not run_it:
        return write_config(folder, **changes)
    return advanced(folder, **changes)
