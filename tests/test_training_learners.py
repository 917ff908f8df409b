"""What every learner promises, also one that is written tomorrow."""

from inspect import signature

import numpy as np
import pytest
from sklearn.metrics import f1_score
from training_examples import LABELS, Listener, keyword_data, labelled

from text_al.errors import ModelError, TrainingError
from text_al.metrics import METRIC_NAMES, evaluate, sigmoid
from text_al.reporting import Silent
from text_al.training.base import check_learnable
from text_al.training.learners import LEARNERS
from text_al.training.model import TextList
from text_al.training.plug_in import plug_in_thresholds
from text_al.training.settings import ComputeSettings, EncoderSettings, TrainingSettings
from text_al.training.thresholds import rates

N_POOL = 60
NOTHING = frozenset()


@pytest.fixture(params=LEARNERS.names())
def make(request, tiny_encoder):
    """Makes a learner over a pool of keyword texts."""

    def made(*, seed=0, texts=None, labels=LABELS, absent_labels="zero", **training):
        known = {"_pool": TextList(texts or keyword_data(N_POOL)[0]), "_labels": labels}
        known["_absent_labels"] = absent_labels
        settings = {"max_epochs": 2, "min_updates": 0, "evaluations": 2, "batch_size": 8, "cross_fit": 0}
        settings |= training
        known |= {
            "_encoder": EncoderSettings(encoder=str(tiny_encoder), max_length=32),
            "_training": TrainingSettings(**settings),
            "_compute": ComputeSettings(device="cpu", precision="fp32"),
            "_seed": seed,
        }
        entry = LEARNERS.entry(request.param)
        taken = signature(entry.function).parameters
        return entry.function(**{name: value for name, value in known.items() if name in taken})

    return made


def fit(learner, rows, targets=None, validation=None, *, round_number=1, global_step=0, reporter=None):
    rows = np.asarray(rows)
    return learner.fit(
        rows,
        keyword_data(N_POOL)[1][rows] if targets is None else targets,
        validation,
        round_number=round_number,
        global_step=global_step,
        reporter=reporter or Silent(),
    )


def logits_of(learner, rows=range(N_POOL)):
    return learner.look(np.asarray(rows), NOTHING, Silent()).logits


def test_candidates_have_the_rows_asked_in_their_order(make):
    learner = make()
    fit(learner, np.arange(40), validation=labelled(30, seed=1))
    rows = np.array([50, 3, 41, 59, 0])
    seen = learner.look(rows, frozenset({"probs"}), Silent())
    assert seen.rows.tolist() == rows.tolist()
    assert seen.logits.dtype == np.float32
    assert seen.logits == pytest.approx(logits_of(learner)[rows], abs=1e-5)
    assert seen.probs == pytest.approx(sigmoid(seen.logits))
    assert np.array_equal(seen.thresholds, learner.thresholds)
    for row in rows:
        assert logits_of(learner, [row])[0] == pytest.approx(logits_of(learner)[row], abs=1e-5)
    assert np.ptp(seen.logits, axis=0).min() > 1e-3  # else any order would do


def test_texts_outside_the_pool_are_scored_as_those_in_it(make):
    learner = make()
    fit(learner, np.arange(40))
    texts = keyword_data(N_POOL)[0]
    found = learner.logits(TextList(texts[::-1]), Silent())
    assert found.dtype == np.float32
    assert found == pytest.approx(logits_of(learner)[::-1], abs=1e-5)
    assert learner.logits(TextList(["unheard of 漢字", ""]), Silent()).shape == (2, 3)


def test_no_rows_are_no_candidates(make):
    learner = make()
    fit(learner, np.arange(20))
    assert len(learner.look(np.array([], dtype=np.int64), NOTHING, Silent())) == 0


def test_thresholds_are_one_half_before_a_fit(make):
    assert make().thresholds.tolist() == [0.5] * 3


def test_without_a_validation_set_thresholds_are_those_that_the_pool_promises(make):
    learner, rows = make(cross_fit=2), np.arange(20)
    targets = keyword_data(N_POOL)[1][rows]
    report = fit(learner, rows)
    assert report.threshold_rule == "plug_in"
    assert report.validation_logits is None
    assert np.array_equal(report.thresholds, learner.thresholds)
    assert report.out_of_fold_logits.shape == targets.shape
    # So small a pool is judged together with what is labelled, as it is said out of fold.
    others = sigmoid(logits_of(learner, range(20, N_POOL)).astype(np.float64))
    probs = np.concatenate([others, sigmoid(report.out_of_fold_logits)])
    expected = plug_in_thresholds(probs, rates(targets))
    assert learner.thresholds == pytest.approx(expected, abs=1e-4)


def test_thresholds_are_tuned_on_the_validation_set(make):
    learner, validation = make(), labelled(40, seed=1)
    report = fit(learner, np.arange(40), validation=validation)
    assert report.threshold_rule == "tuned"
    assert np.array_equal(report.thresholds, learner.thresholds)
    assert ((report.thresholds > 0) & (report.thresholds < 1)).all()
    assert (report.thresholds != 0.5).all()


def test_the_report_is_of_the_model_that_is_kept(make):
    learner, validation = make(), labelled(40, seed=1)
    report = fit(learner, np.arange(40), validation=validation, round_number=4, global_step=70)
    assert report.n_samples == 40
    assert np.array_equal(report.validation_logits, learner.logits(validation.source, Silent()))
    kept = [record for record in report.evaluations if record.epoch == report.best_epoch]
    expected = evaluate(validation.targets, report.validation_logits, report.thresholds, prefix="val")
    assert {name: kept[0].metrics[name] for name in expected} == expected
    predicted = sigmoid(report.validation_logits) >= report.thresholds
    macro = f1_score(validation.targets, predicted, average="macro", zero_division=0)
    assert kept[0].metrics["val_macro_f1_tuned"] == pytest.approx(macro)
    for record in report.evaluations:
        assert set(record.metrics) <= set(METRIC_NAMES)
        assert record.round == 4
        assert record.global_step == 70 + record.step
    assert report.evaluations[-1].step == report.steps
    assert set(report.seconds) <= {"tokenise", "encode", "head", "train", "evaluate"}
    assert min(report.seconds.values()) >= 0


def test_absent_labels_count_as_asked(make):
    validation = labelled(30, seed=1)
    targets = np.tile(np.array([1, 1, 0], dtype=np.int8), (40, 1))
    validation.targets[:] = targets[:30]
    found = {}
    for absent_labels in ("zero", "leave_out"):
        report = fit(make(absent_labels=absent_labels), np.arange(40), targets, validation)
        found[absent_labels] = report.evaluations[-1].metrics
    for name in ("val_macro_f1_at_0.5", "train_macro_f1_at_0.5"):
        assert found["zero"][name] == pytest.approx(2 / 3)
        assert found["leave_out"][name] == pytest.approx(1.0)


def test_a_fit_depends_on_nothing_but_its_arguments(make):
    validation = labelled(30, seed=1)
    straight, around = make(), make()
    fit(straight, np.arange(30), validation=validation, round_number=2)
    fit(around, np.arange(30, 60), validation=labelled(20, seed=2), round_number=1)
    around.look(np.arange(5), NOTHING, Silent())
    fit(around, np.arange(30), validation=validation, round_number=2)
    assert np.array_equal(logits_of(straight), logits_of(around))
    assert np.array_equal(straight.thresholds, around.thresholds)


def test_a_model_that_was_saved_comes_back_to_the_bit(make, tmp_path):
    learner = make()
    fit(learner, np.arange(40), validation=labelled(30, seed=1))
    before, thresholds = logits_of(learner), learner.thresholds.copy()
    learner.save(tmp_path / "round-1")
    fresh = make(seed=9)
    fresh.restore(tmp_path / "round-1")
    fit(learner, np.arange(10, 30), round_number=2)
    assert not np.array_equal(logits_of(learner), before)
    learner.restore(tmp_path / "round-1")
    for restored in (fresh, learner):
        assert np.array_equal(logits_of(restored), before)
        assert np.array_equal(restored.thresholds, thresholds)


def test_a_fit_after_a_restart_is_the_fit_without_one(make, tmp_path):
    unbroken, resumed = make(), make()
    fit(unbroken, np.arange(20), validation=labelled(20, seed=1))
    unbroken.save(tmp_path / "round-1")
    resumed.restore(tmp_path / "round-1")
    for learner in (unbroken, resumed):
        fit(learner, np.arange(40), validation=labelled(20, seed=1), round_number=2)
    assert np.array_equal(logits_of(unbroken), logits_of(resumed))
    assert np.array_equal(unbroken.thresholds, resumed.thresholds)


def test_saving_again_replaces_the_model(make, tmp_path):
    learner = make()
    fit(learner, np.arange(40))
    learner.save(tmp_path / "model")
    fit(learner, np.arange(20))
    learner.save(tmp_path / "model")
    before = logits_of(learner)
    fit(learner, np.arange(30))
    learner.restore(tmp_path / "model")
    assert np.array_equal(logits_of(learner), before)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.parametrize("damage", ["nothing there", "other kind", "a file missing", "a file cut short"])
def test_what_is_no_such_model_is_refused(make, tmp_path, damage):
    learner, folder = make(), tmp_path / "model"
    fit(learner, np.arange(20))
    before = logits_of(learner)
    learner.save(folder)
    match damage:
        case "nothing there":
            folder = tmp_path / "elsewhere"
        case "other kind":
            said = (folder / "text_al.json").read_text(encoding="utf-8")
            (folder / "text_al.json").write_text(said.replace('"kind": "', '"kind": "an'), encoding="utf-8")
        case "a file missing":
            (folder / "head.safetensors").unlink()
        case "a file cut short":
            whole = (folder / "head.safetensors").read_bytes()
            (folder / "head.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match=folder.name):
        learner.restore(folder)
    assert np.array_equal(logits_of(learner), before)


@pytest.mark.parametrize("need", ["label_embeddings", "labelled"])
def test_a_need_it_cannot_meet_is_an_error_that_names_it(make, need):
    learner = make()
    fit(learner, np.arange(20))
    with pytest.raises(TrainingError, match=f"{need}.*strategy|strategy.*{need}"):
        learner.look(np.arange(3), frozenset({"probs", need}), Silent())


@pytest.mark.parametrize(
    ("rows", "targets"),
    [([], np.zeros((0, 3), np.int8)), ([0, 1], np.full((2, 3), -1, np.int8))],
    ids=["no text", "nothing known"],
)
def test_where_there_is_nothing_to_learn_it_says_so(make, rows, targets):
    with pytest.raises(TrainingError, match="nothing to learn from"):
        fit(make(), rows, targets)
    with pytest.raises(TrainingError, match="nothing to learn from"):
        check_learnable(targets)


def test_odd_targets_are_learned_from(make):
    targets = keyword_data(N_POOL)[1]
    targets[:, 0], targets[::2, 1], targets[5] = 0, -1, -1
    learner = make()
    report = fit(learner, np.arange(N_POOL), targets, labelled(20, seed=1))
    assert np.isfinite(logits_of(learner)).all()
    assert report.n_samples == N_POOL
    one = make(labels=LABELS[:1])
    fit(one, [7], targets[[7], 1:2])
    assert logits_of(one).shape == (N_POOL, 1)


def test_what_is_not_known_teaches_nothing(make):
    texts = ["happy cat", "sad rain", "happy dog", "bad rain", "happy sun", "sad mat"] * 4
    known, part = make(texts=texts, labels=LABELS[:1]), make(texts=texts, labels=LABELS[:1])
    targets = np.array([[1], [0]] * 12, dtype=np.int8)
    fit(known, np.arange(24), targets)
    targets[texts.index("happy dog") :: 6] = -1
    fit(part, np.arange(24), targets)
    row = [texts.index("happy dog")]
    assert known.look(np.array(row), NOTHING, Silent()).probs[0, 0] > 0.5
    assert not np.array_equal(logits_of(known, row), logits_of(part, row))
    as_if_no = make(texts=texts, labels=LABELS[:1])
    fit(as_if_no, np.arange(24), np.maximum(targets, 0))
    assert logits_of(as_if_no, row)[0, 0] < logits_of(part, row)[0, 0]


def test_progress_of_scoring_counts_the_texts_scored_also_the_first_time(make, tmp_path):
    learner = make()
    fit(learner, np.arange(20))
    learner.save(tmp_path / "model")
    fresh, listener = make(), Listener()
    fresh.restore(tmp_path / "model")
    fresh.look(np.arange(7), NOTHING, listener)
    assert [stage for stage in listener.stages if stage[0] != "encode"] == [
        ("tokenise", N_POOL),
        ("score", 7),
    ]
    assert {name: done for name, done in listener.done.items() if name != "encode"} == {
        "tokenise": N_POOL, "score": 7,
    }  # fmt: skip


def test_a_pool_is_tokenised_once(make):
    learner, listener = make(), Listener()
    for round_number in (1, 2):
        fit(learner, np.arange(20), round_number=round_number, reporter=listener)
        learner.look(np.arange(5), NOTHING, listener)
    assert [stage for stage, _ in listener.stages].count("tokenise") == 1


def test_every_evaluation_is_told(make):
    learner, listener = make(), Listener()
    report = fit(learner, np.arange(20), validation=labelled(10, seed=1), reporter=listener)
    assert tuple(listener.evaluations) == report.evaluations


def test_a_text_of_200_000_characters_and_an_empty_one_are_scored(make):
    learner = make(texts=["happy rain", "", "dog " * 50_000, "sad cat"])
    report = fit(learner, np.arange(4), keyword_data(4)[1])
    assert np.isfinite(logits_of(learner, np.arange(4))).all()
    assert report.n_samples == 4
