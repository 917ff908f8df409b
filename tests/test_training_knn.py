"""The nearest-neighbour learner: votes by hand and against scikit-learn, and the texts that decided."""

import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import KNeighborsClassifier
from training_examples import LABELS, keyword_data, labelled

import text_al
from text_al.data.cache import Cache
from text_al.errors import ModelError, NothingLearnedError, TrainingError
from text_al.metrics import sigmoid
from text_al.neighbours import Neighbours, nearest
from text_al.registry import SettingsError
from text_al.reporting import Silent
from text_al.training import knn
from text_al.training.calibration import Calibration
from text_al.training.export import export_model, export_plain
from text_al.training.learners import LEARNERS
from text_al.training.model import Model, TextList, load
from text_al.training.settings import ComputeSettings, EncoderSettings
from text_al.training.thresholds import rates
from text_al.training.voters import Voters, enough, first
from text_al.training.votes import SAME, Voting, times_drawn, votes

TEXTS, TARGETS = keyword_data(80)
ROWS = np.arange(10, 60)
EVERY = np.arange(80)
EVERYTHING = frozenset({"probs", "embeddings", "passes"})
FP32 = ComputeSettings(device="cpu", precision="fp32")


def near_of(distances):
    """One text, and its neighbours at these distances, the first of them first."""
    return Neighbours(np.arange(len(distances))[None], 1 - np.array([distances], dtype=np.float32))


class TestVotes:
    def test_worked_by_hand(self):
        near, rate = near_of([0.25, 0.5, 0.5]), np.array([0.5, 0.1])
        targets = np.array([[1, 0], [0, -1], [1, 1]], dtype=np.int8)
        # The weights are 3/2, 3/4 and 3/4; the second text has no vote on the second label.
        found = votes(near, targets, rate, Voting(k=3, smoothing=1.0))
        assert found[0] == pytest.approx([(1.5 + 0.75 + 0.5) / 4, (0.75 + 0.1) / 3.25])
        found = votes(near, targets, rate, Voting(k=3, weights="uniform", smoothing=2.0))
        assert found[0] == pytest.approx([(2 + 1) / 5, (1 + 0.2) / 4])

    @pytest.mark.parametrize("weights", ["distance", "uniform"])
    def test_without_smoothing_they_are_those_of_scikit_learn(self, weights):
        rng = np.random.default_rng(0)
        voters, texts = rng.normal(size=(60, 8)), rng.normal(size=(30, 8))
        targets = (rng.random((60, 4)) < 0.4).astype(np.int8)
        model = KNeighborsClassifier(7, weights=weights, metric="cosine").fit(voters, targets)
        expected = np.stack([probs[:, 1] for probs in model.predict_proba(texts)], axis=1)
        found = votes(nearest(texts, voters, 7), targets, rates(targets), Voting(7, weights, smoothing=0.0))
        assert found == pytest.approx(expected, abs=1e-5)

    @given(st.data())
    def test_they_are_the_formula_written_naively(self, data):
        rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
        n, n_labels, k = (data.draw(st.integers(1, 6)) for _ in range(3))
        weights, m = (
            data.draw(st.sampled_from(["distance", "uniform"])),
            data.draw(st.sampled_from([0.0, 0.7])),
        )
        targets, rate = rng.integers(-1, 2, (n, n_labels)).astype(np.int8), rng.random(n_labels)
        near = nearest(rng.normal(size=(3, 2)), rng.normal(size=(n, 2)), k)
        found = votes(near, targets, rate, Voting(k, weights, m))
        for row, label in np.ndindex(found.shape):
            distances = np.maximum(1 - near.similarities[row].astype(float), SAME)
            heard = 1 / distances if weights == "distance" else np.ones(len(distances))
            heard *= len(heard) / heard.sum()
            said = targets[near.indices[row], label]
            cast = heard[said >= 0].sum() + m
            wanted = (heard[said == 1].sum() + m * rate[label]) / cast if cast else rate[label]
            assert found[row, label] == pytest.approx(wanted)

    def test_what_nobody_knows_has_the_rate_of_its_label(self):
        unknown = np.full((2, 3), -1, dtype=np.int8)
        for smoothing in (0.0, 1.0):
            found = votes(
                near_of([0.1, 0.2]), unknown, np.array([0.2, 0.5, 0.9]), Voting(2, smoothing=smoothing)
            )
            assert found[0] == pytest.approx([0.2, 0.5, 0.9])

    def test_equal_texts_vote_alike_and_outvote_all_others(self):
        targets = np.array([[1], [0], [0], [0]], dtype=np.int8)
        found = votes(near_of([0.0, 1e-7, 0.5, 1.0]), targets, np.array([0.5]), Voting(4, smoothing=0.0))
        assert found[0, 0] == pytest.approx(0.5, abs=0.01)

    def test_a_thousand_labels_are_voted_on_at_once(self):
        targets = np.zeros((2, 1000), dtype=np.int8)
        targets[0, 7] = 1
        found = votes(near_of([0.1, 0.1]), targets, np.zeros(1000), Voting(2, smoothing=0.0))
        assert found.shape == (1, 1000)
        assert found[0].sum() == found[0, 7] == pytest.approx(0.5)

    def test_a_text_that_was_drawn_twice_has_two_votes_until_there_are_enough(self):
        counts = np.array([0, 2, 1, 3])
        assert times_drawn(counts, np.array([[0, 1, 2, 3], [3, 2, 1, 0]]), 4).tolist() == [
            [0, 2, 1, 1],
            [3, 1, 0, 0],
        ]


def voters_of(n=30, n_labels=3, *, seed=0, voting=None, vectors=None):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n, 5)) if vectors is None else vectors
    targets = rng.integers(-1, 2, (n, n_labels)).astype(np.int8)
    return Voters(vectors, targets, voting or Voting(4), Calibration.none(n_labels), np.arange(n) + 100, 1)


class TestVoters:
    @pytest.mark.parametrize("weights", ["distance", "uniform"])
    def test_a_pass_is_the_votes_of_the_texts_that_were_drawn(self, weights):
        voters = voters_of(voting=Voting(4, weights))
        texts = np.random.default_rng(1).normal(size=(20, 5))
        draws = voters.draws(6, seed=0)
        assert draws.sum(axis=1).tolist() == [30] * 6
        found = voters.passes(voters.near(texts, enough(4)), draws)
        for passed, counts in zip(found, draws, strict=True):
            rows = np.repeat(np.arange(30), counts)
            near = nearest(texts, voters.vectors[rows], 4)
            # The rates are those of all texts, drawn or not.
            alone = votes(near, voters.targets[rows], rates(voters.targets), voters.voting)
            assert passed == pytest.approx(alone, abs=1e-5)

    def test_left_out_a_text_has_no_vote_on_itself(self):
        voters = voters_of()
        found = sigmoid(voters.left_out())
        for row in range(30):
            others = np.delete(np.arange(30), row)
            near = nearest(voters.vectors[[row]], voters.vectors[others], 4)
            wanted = votes(near, voters.targets[others], rates(voters.targets), voters.voting)[0]
            assert found[row] == pytest.approx(wanted, abs=1e-5)

    def test_left_out_a_text_with_many_equals_has_the_votes_of_k_of_them(self):
        vectors = np.ones((9, 5))
        targets = np.array([[1]] * 8 + [[0]], dtype=np.int8)
        voters = Voters(vectors, targets, Voting(3, smoothing=0.0), Calibration.none(1), np.arange(9), 1)
        assert (sigmoid(voters.left_out()) > 0.99).all()

    def test_one_text_alone_has_none_to_vote_on_it_and_two_have_each_other(self):
        assert voters_of(1).left_out() is None
        assert voters_of(2).left_out().shape == (2, 3)

    def test_logits_of_texts_that_all_agree_are_finite(self):
        voters = Voters(
            np.eye(3), np.array([[1, 0]] * 3, np.int8), Voting(3, smoothing=0.0), Calibration.none(2)
        )
        found = voters.logits(voters.near(np.eye(3)))
        assert np.isfinite(found).all()
        assert (np.abs(found) > 10).all()

    def test_the_nearest_of_more_are_the_nearest(self):
        voters, texts = voters_of(), np.random.default_rng(1).normal(size=(20, 5))
        few, many = voters.near(texts), first(voters.near(texts, 14), 4)
        assert np.array_equal(few.indices, many.indices)
        assert np.array_equal(few.similarities, many.similarities)


@pytest.fixture
def make(tiny_encoder):
    def made(*, seed=0, texts=TEXTS, cache=None, encoder=tiny_encoder, **settings):
        known = {"pool": TextList(texts), "labels": LABELS, "compute": FP32, "seed": seed, "cache": cache}
        known["encoder"] = EncoderSettings(encoder=str(encoder), max_length=32)
        return LEARNERS.entry("knn").build(settings, **known)

    return made


def fit(learner, targets=TARGETS, rows=ROWS, *, validation=None, round_number=1):
    return learner.fit(
        rows, targets[rows], validation, round_number=round_number, global_step=0, reporter=Silent()
    )


def look(learner, rows=EVERY, needs=EVERYTHING):
    return learner.look(np.asarray(rows), needs, Silent())


def test_the_texts_that_it_names_are_those_that_decided(make):
    learner = make(k=7)
    fit(learner, validation=labelled(20, seed=1))  # so that nothing is calibrated
    named = learner.neighbours(EVERY, Silent())
    assert named.indices.shape == (80, 7)
    assert np.isin(named.indices, ROWS).all()
    vectors = learner.frozen(EVERY, Silent())
    cosines = np.einsum("nd,nkd->nk", vectors, vectors[named.indices])
    assert named.similarities == pytest.approx(cosines, abs=1e-3)
    assert (np.diff(named.similarities, axis=1) <= 0).all()
    expected = votes(named, TARGETS, rates(TARGETS[ROWS]), Voting(7))
    assert look(learner).probs == pytest.approx(expected, abs=1e-4)


def test_a_labelled_text_decides_on_itself_first(make):
    learner = make()
    fit(learner)
    named = learner.neighbours(ROWS, Silent())
    assert named.similarities[:, 0] == pytest.approx(1.0, abs=1e-3)
    assert np.mean(named.indices[:, 0] == ROWS) > 0.9  # there may be equal ones


def test_without_a_validation_set_it_is_judged_by_what_the_others_make_of_each_text(make):
    learner = make()
    report = fit(learner)
    plain = learner.voters.left_out()
    calibration = learner.voters.calibration
    assert calibration.slope != 1
    assert report.out_of_fold_logits == pytest.approx(calibration.apply(plain), abs=1e-5)
    assert report.threshold_rule == "plug_in"
    assert (
        make()
        .fit(ROWS[:1], TARGETS[ROWS[:1]], None, round_number=1, global_step=0, reporter=Silent())
        .out_of_fold_logits
        is None
    )


def test_fewer_texts_than_neighbours_are_all_asked(make):
    learner = make(k=20)
    fit(learner, rows=ROWS[:6])
    assert learner.neighbours(EVERY, Silent()).indices.shape == (80, 6)
    assert np.isfinite(look(learner).logits).all()


def test_a_committee_agrees_on_average_with_the_model_and_differs_within(make):
    learner = make(committee=24)
    fit(learner)
    seen = look(learner)
    assert seen.passes.shape == (24, 80, 3)
    assert seen.passes.dtype == np.float32
    assert np.abs(seen.passes.mean(axis=0) - seen.probs).mean() < 0.1
    assert seen.passes.std(axis=0).mean() > 0.01
    assert np.array_equal(seen.logits, look(learner, needs=frozenset({"probs"})).logits)


def test_a_committee_depends_on_seed_round_and_labels_alone(make, tmp_path):
    learner = make()
    fit(learner, round_number=2)
    passes = look(learner).passes
    learner.save(tmp_path / "model")
    same, restored = make(), make()
    fit(same, 1 - TARGETS)
    look(same)
    fit(same, round_number=2)
    restored.restore(tmp_path / "model")
    for found in (same, restored):
        assert np.array_equal(look(found).passes, passes)
    for found, number in ((make(seed=1), 2), (make(), 3)):
        fit(found, round_number=number)
        assert not np.array_equal(look(found).passes, passes)


def test_windows_do_not_change_what_is_seen(make, monkeypatch):
    learner, texts = make(), TextList(keyword_data(30, seed=4)[0])
    fit(learner)
    whole, logits = look(learner), learner.logits(texts, Silent())
    monkeypatch.setattr(knn, "WINDOW", 7)
    parts = look(learner)
    for name in ("logits", "probs", "passes", "embeddings"):
        assert getattr(parts, name) == pytest.approx(getattr(whole, name), abs=1e-4)
    assert learner.logits(texts, Silent()) == pytest.approx(logits, abs=1e-4)


def test_embeddings_are_unit_vectors_whatever_is_labelled(make):
    learner = make()
    before = learner.frozen(EVERY, Silent())
    fit(learner)
    seen = look(learner, [4, 79, 4])
    assert np.array_equal(seen.embeddings, before[[4, 79, 4]])
    assert np.linalg.norm(before, axis=1) == pytest.approx(1.0, abs=1e-3)
    bare = look(learner, needs=frozenset({"probs"}))
    assert bare.embeddings is None
    assert bare.passes is None


def test_before_its_first_fit_it_knows_nothing(make, tmp_path):
    learner = make()
    for ask in (
        lambda: look(learner),
        lambda: learner.logits(learner.pool, Silent()),
        lambda: learner.neighbours(EVERY, Silent()),
        lambda: learner.save(tmp_path / "model"),
    ):
        with pytest.raises(NothingLearnedError, match="learner knn knows nothing"):
            ask()


def test_settings_change_what_it_says(make):
    found = []
    for settings in ({}, {"k": 3}, {"weights": "uniform"}, {"smoothing": 5.0}):
        learner = make(**settings)
        fit(learner, validation=labelled(20, seed=1))
        found.append(look(learner, needs=frozenset({"probs"})).logits)
    assert all(not np.allclose(found[0], other) for other in found[1:])


def test_a_restored_learner_votes_as_the_model_did_that_was_saved(make, tmp_path):
    learner, other = make(k=3, weights="uniform", smoothing=0.3), make()
    fit(learner)
    learner.save(tmp_path / "model")
    other.restore(tmp_path / "model")
    for name in ("logits", "passes"):
        assert np.array_equal(getattr(look(other), name), getattr(look(learner), name))
    assert np.array_equal(
        other.neighbours(EVERY, Silent()).indices, learner.neighbours(EVERY, Silent()).indices
    )


def test_an_exported_model_predicts_alike_and_says_nothing_of_the_pool(make, tiny_encoder, tmp_path):
    shutil.copytree(tiny_encoder, tmp_path / "encoder")
    learner = make(encoder=tmp_path / "encoder", k=5)
    fit(learner)
    texts = keyword_data(20, seed=5)[0]
    expected = sigmoid(learner.logits(TextList(texts), Silent()))
    learner.save(tmp_path / "model")
    export_model(tmp_path / "model", tmp_path / "exported", "card")
    for gone in ("encoder", "model"):
        shutil.rmtree(tmp_path / gone)
    found = load(tmp_path / "exported")
    found.learner.featuriser.encoder.compute = FP32
    assert found.labels == ("joy", "weather", "animal")
    assert np.array_equal(found.thresholds, learner.thresholds)
    assert found.predict_proba(texts) == pytest.approx(expected, abs=1e-3)
    assert found.learner.voters.rows is None
    with pytest.raises(TrainingError, match="knows no rows of its texts; fit it"):
        found.learner.neighbours(np.arange(0), Silent())
    with pytest.raises(TrainingError, match="has no committee; fit it"):
        look(found.learner, rows=[])
    found.save(tmp_path / "again")
    assert load(tmp_path / "again").learner.voters.voting == Voting(5)
    with pytest.raises(ModelError, match="pools by knn"):
        export_plain(tmp_path / "again", tmp_path / "plain", "card")


def test_a_model_for_another_encoder_or_of_another_kind_is_refused(make, tiny_encoder, tmp_path):
    learner = make()
    fit(learner)
    learner.save(tmp_path / "model")
    shutil.copytree(tiny_encoder, tmp_path / "encoder")
    config = tmp_path / "encoder" / "config.json"
    config.write_text(config.read_text(encoding="utf-8").replace("1e-12", "1e-6"), encoding="utf-8")
    with pytest.raises(ModelError, match="other files or settings"):
        make(encoder=tmp_path / "encoder").restore(tmp_path / "model")
    linear = LEARNERS.entry("linear").build(
        {}, pool=learner.pool, labels=LABELS, encoder=EncoderSettings(encoder=str(tiny_encoder))
    )
    with pytest.raises(ModelError, match="kind 'knn'; 'linear' is wanted"):
        linear.restore(tmp_path / "model")


def test_texts_are_encoded_once_for_all_rounds(make, tmp_path, monkeypatch):
    cache, validation = Cache(tmp_path), labelled(30, seed=1)
    first_report = fit(make(cache=cache), validation=validation)
    assert first_report.texts == {"encode": 110, "evaluate": 30}

    def never(*_):
        raise AssertionError("the encoder was loaded")

    monkeypatch.setattr("text_al.training.pretrained.load_encoder", never)
    learner = make(cache=cache)
    fit(learner, validation=validation)
    assert fit(learner, validation=validation, round_number=2).texts == {"encode": 0, "evaluate": 30}
    look(learner)


def test_it_trains_alone(tiny_encoder):
    names = [[label.name for label, yes in zip(LABELS, row, strict=True) if yes] for row in TARGETS]
    encoder = EncoderSettings(encoder=str(tiny_encoder))
    model = text_al.train(
        TEXTS, names, validation=(TEXTS, names), learner="knn", encoder=encoder, compute=FP32
    )
    assert isinstance(model, Model)
    right = [set(found) == set(one) for found, one in zip(model.predict(TEXTS), names, strict=True)]
    assert np.mean(right) > 0.8  # each text has its own vote


@pytest.mark.parametrize(
    "settings", [{"k": 0}, {"weights": "cosine"}, {"smoothing": -1.0}, {"committee": 1}, {"neighbours": 5}]
)
def test_settings_out_of_range_or_unknown_are_refused(settings):
    with pytest.raises(SettingsError, match=next(iter(settings))):
        LEARNERS.entry("knn").check(settings)
