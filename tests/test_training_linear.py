"""Learners on features that stay: the frozen encoder's and TF-IDF's, with one convex head."""

import json
import shutil

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from training_examples import LABELS, keyword_data, labelled, uncalibrated

import text_al
from text_al.data.cache import Cache
from text_al.errors import ModelError, TrainingError
from text_al.metrics import sigmoid
from text_al.registry import SettingsError
from text_al.reporting import Silent
from text_al.training import on_features
from text_al.training.artifact import read_description
from text_al.training.export import export_plain
from text_al.training.learners import LEARNERS
from text_al.training.lesson import HeadSettings
from text_al.training.linear import Linear
from text_al.training.model import Model, TextList, load
from text_al.training.pretrained import Pretrained
from text_al.training.settings import ComputeSettings, EncoderSettings
from text_al.training.tfidf import Tfidf
from text_al.types import Label

TEXTS, TARGETS = keyword_data(80)
ROWS = np.arange(50)
FP32 = ComputeSettings(device="cpu", precision="fp32")
EVERYTHING = frozenset({"probs", "embeddings", "passes"})


def linear(encoder, cache=None, *, texts=TEXTS, compute=FP32, **settings):
    pretrained = Pretrained(EncoderSettings(encoder=str(encoder), max_length=32), cache or Cache())
    head = HeadSettings(**{"c": 3.0, **settings})
    return Linear(TextList(texts), LABELS, pretrained, compute=compute, settings=head)


@pytest.fixture(params=["linear", "tfidf"])
def make(request, tiny_encoder):
    """Makes a learner of either kind."""

    def made(*, cache=None, texts=TEXTS, seed=0, **settings):
        if request.param == "linear":
            learner = linear(tiny_encoder, cache, texts=texts, **settings)
        else:
            head = HeadSettings(**{"c": 10.0, **settings})
            learner = Tfidf(TextList(texts), LABELS, cache=cache, settings=head)
        learner.seed = seed
        return learner

    return made


def fit(learner, targets=TARGETS, rows=ROWS, *, validation=None, round_number=1):
    return learner.fit(
        rows, targets[rows], validation, round_number=round_number, global_step=0, reporter=Silent()
    )


def look(learner, rows=range(80), needs=EVERYTHING):
    return learner.look(np.asarray(rows), needs, Silent())


def test_without_a_prior_it_equals_scikit_learn_on_standardised_unit_vectors(tiny_encoder):
    learner = linear(tiny_encoder, c=2.0, label_prior=0.0)
    fit(learner)
    vectors = learner.frozen(np.arange(80), Silent()).astype(float)
    centred = vectors - vectors.mean(axis=0)
    scaled = 4 * centred / np.sqrt((centred**2).sum(axis=1).mean())
    found = sigmoid(uncalibrated(learner, look(learner).logits))
    for label in range(3):
        model = LogisticRegression(C=2.0, tol=1e-10, max_iter=10_000).fit(scaled[:50], TARGETS[:50, label])
        assert found[:, label] == pytest.approx(model.predict_proba(scaled)[:, 1], abs=1e-3)


def test_positives_weigh_as_asked(make):
    plain, inverse = make(), make(class_weight="inverse")
    for learner in (plain, inverse):
        fit(learner)
    rare = TARGETS[:50].mean(axis=0) < 0.5
    assert rare.any()
    means = [sigmoid(uncalibrated(each, look(each).logits)).mean(axis=0) for each in (plain, inverse)]
    assert (means[1] > means[0] + 0.02)[rare].all()


def test_windows_do_not_change_what_is_seen(make, monkeypatch):
    learner = make()
    fit(learner)
    whole, texts = look(learner), TextList(keyword_data(30, seed=4)[0])
    logits = learner.logits(texts, Silent())
    monkeypatch.setattr(on_features, "WINDOW", 7)
    parts = look(learner)
    for name in ("logits", "probs", "passes", "embeddings"):
        assert getattr(parts, name) == pytest.approx(getattr(whole, name), abs=1e-5)
    assert learner.logits(texts, Silent()) == pytest.approx(logits, abs=1e-6)


def test_only_what_is_needed_is_given(make):
    learner = make()
    fit(learner)
    bare = look(learner, needs=frozenset({"probs"}))
    assert bare.embeddings is None
    assert bare.passes is None
    seen = look(learner, [4, 79, 4])
    assert seen.embeddings.shape[0] == 3
    assert seen.embeddings.dtype == seen.passes.dtype == np.float32
    assert seen.passes.shape == (10, 3, 3)
    assert seen.passes == pytest.approx(look(learner).passes[:, [4, 79, 4]], abs=1e-6)


def test_embeddings_do_not_depend_on_what_is_labelled(make):
    learner, other = make(), make()
    before = learner.frozen(np.arange(80), Silent())
    fit(learner)
    fit(other, 1 - TARGETS, np.arange(20, 80))
    for found in (learner.frozen(np.arange(80), Silent()), look(learner).embeddings, look(other).embeddings):
        assert np.array_equal(found, before)
    assert np.linalg.norm(before, axis=1) == pytest.approx(1.0, abs=1e-3)
    assert np.array_equal(learner.frozen(np.array([9, 3]), Silent()), before[[9, 3]])


def test_a_committee_agrees_on_average_with_the_model_and_differs_within(make):
    learner = make(committee=24)
    fit(learner)
    seen = look(learner)
    assert seen.passes.shape[0] == 24
    assert np.abs(seen.passes.mean(axis=0) - seen.probs).mean() < 0.15
    assert seen.passes.std(axis=0).mean() > 0.01


def test_a_committee_depends_on_seed_round_and_labels_alone(make, tmp_path):
    # Without a calibration, whose folds are drawn anew in each round too.
    given = {"validation": labelled(20, seed=1)}
    learner = make(label_prior=0.0)
    fit(learner, round_number=2, **given)
    passes = look(learner).passes
    learner.save(tmp_path / "model")
    same, restored = make(label_prior=0.0), make(label_prior=0.0)
    fit(same, 1 - TARGETS, round_number=1, **given)
    look(same)
    fit(same, round_number=2, **given)
    restored.restore(tmp_path / "model")
    for found in (same, restored):
        assert np.array_equal(look(found).passes, passes)
    another_seed, another_round = make(seed=1, label_prior=0.0), make(label_prior=0.0)
    fit(another_seed, round_number=2, **given)
    fit(another_round, round_number=3, **given)
    for found in (another_seed, another_round):
        assert not np.array_equal(look(found).passes, passes)


def test_what_comes_from_the_cache_is_what_was_made(make, tmp_path):
    learners = [make(cache=Cache(tmp_path)) for _ in range(2)]
    seen = []
    for learner in learners:
        fit(learner, validation=labelled(30, seed=1))
        seen.append(look(learner))
    for name in ("logits", "embeddings", "passes"):
        assert np.array_equal(getattr(seen[0], name), getattr(seen[1], name))
    assert isinstance(learners[1].featuriser.vectors(learners[1].pool, Silent()), np.memmap)


def test_the_report_counts_texts_once_where_they_are_made_once(make):
    learner, validation = make(), labelled(30, seed=1)
    first, second = (fit(learner, validation=validation, round_number=number) for number in (1, 2))
    stage = learner.featuriser.stage
    assert first.texts == {stage: 110, "head": 50, "evaluate": 30}
    assert second.texts == {stage: 0, "head": 50, "evaluate": 30}


def test_texts_are_encoded_once_for_all_rounds_and_learners(tiny_encoder, tmp_path, monkeypatch):
    cache, validation = Cache(tmp_path), labelled(30, seed=1)
    fit(linear(tiny_encoder, cache), validation=validation)

    def never(*_):
        raise AssertionError("the encoder was loaded")

    monkeypatch.setattr("text_al.training.pretrained.load_encoder", never)
    learner = linear(tiny_encoder, cache)
    for round_number in (1, 2):
        fit(learner, validation=validation, round_number=round_number)
        look(learner)
    learner.save(tmp_path / "model")
    assert (tmp_path / "model" / "model.safetensors").is_file()


def test_a_model_is_whole_wherever_it_is_moved(tiny_encoder, tmp_path):
    shutil.copytree(tiny_encoder, tmp_path / "encoder")
    learner = linear(tmp_path / "encoder", Cache(tmp_path / "cache"))
    fit(learner, validation=labelled(30, seed=1))
    texts = keyword_data(20, seed=5)[0]
    expected = sigmoid(learner.logits(TextList(texts), Silent()))
    learner.save(tmp_path / "model")
    shutil.copytree(tmp_path / "model", tmp_path / "elsewhere")
    for gone in ("encoder", "cache", "model"):
        shutil.rmtree(tmp_path / gone)
    found = load(tmp_path / "elsewhere")
    assert found.labels == ("joy", "weather", "animal")
    assert np.array_equal(found.thresholds, learner.thresholds)
    # The loaded model may work in another precision.
    assert found.predict_proba(texts) == pytest.approx(expected, abs=0.05)
    found.learner.featuriser.encoder.compute = FP32
    found.save(tmp_path / "again")
    said, again = (read_description(tmp_path / name) for name in ("elsewhere", "again"))
    assert said == again
    assert said["encoder"] == str(tmp_path / "encoder")


def test_a_head_for_another_encoder_is_refused(tiny_encoder, tmp_path):
    learner = linear(tiny_encoder)
    fit(learner)
    learner.save(tmp_path / "model")
    shutil.copytree(tiny_encoder, tmp_path / "encoder")
    said = json.loads((tmp_path / "encoder" / "config.json").read_text(encoding="utf-8"))
    (tmp_path / "encoder" / "config.json").write_text(json.dumps({**said, "layer_norm_eps": 0.1}))
    other = linear(tmp_path / "encoder", label_prior=0.0)
    with pytest.raises(ModelError, match=r"another|other files or settings"):
        other.restore(tmp_path / "model")
    with pytest.raises(TrainingError, match="before its first fit"):
        look(other)


def test_a_model_without_its_encoder_is_not_whole(tiny_encoder, tmp_path):
    learner = linear(tiny_encoder)
    fit(learner)
    learner.save(tmp_path / "model")
    (tmp_path / "model" / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="not whole"):
        load(tmp_path / "model")


def test_a_model_that_was_taught_elsewhere_and_lost_its_lesson_has_no_committee(make, tmp_path):
    learner = make()
    fit(learner)
    learner._lesson = None
    learner.save(tmp_path / "model")
    restored = make()
    restored.restore(tmp_path / "model")
    assert look(restored, needs=frozenset({"probs"})).logits.shape == (80, 3)
    with pytest.raises(TrainingError, match="has no committee"):
        look(restored)


def test_it_has_no_plain_form(tiny_encoder, tmp_path):
    learner = linear(tiny_encoder)
    fit(learner)
    learner.save(tmp_path / "model")
    with pytest.raises(ModelError, match="pools by linear"):
        export_plain(tmp_path / "model", tmp_path / "plain", "card")


def test_it_trains_alone(tiny_encoder):
    names = [[label.name for label, yes in zip(LABELS, row, strict=True) if yes] for row in TARGETS]
    encoder = EncoderSettings(encoder=str(tiny_encoder))
    model = text_al.train(
        TEXTS, names, validation=(TEXTS, names), learner="linear", encoder=encoder, compute=FP32
    )
    assert isinstance(model, Model)
    right = [set(found) == set(one) for found, one in zip(model.predict(TEXTS), names, strict=True)]
    assert np.mean(right) > 0.45  # of a random encoder; a guess is right one time in five


def test_a_thousand_labels_are_fitted(tiny_encoder):
    targets = (np.random.default_rng(0).random((80, 1000)) < 0.1).astype(np.int8)
    learner = linear(tiny_encoder)
    learner.labels = [Label(str(n)) for n in range(1000)]
    learner.fit(ROWS, targets[ROWS], None, round_number=1, global_step=0, reporter=Silent())
    found = sigmoid(uncalibrated(learner, look(learner, needs=frozenset({"probs"})).logits))
    assert found[:50][targets[:50] == 1].mean() > 2 * found[:50][targets[:50] == 0].mean()


@pytest.mark.parametrize("settings", [{"c": 0}, {"committee": 1}, {"class_weight": "some"}, {"C": 1.0}])
def test_settings_out_of_range_or_unknown_are_refused(settings):
    with pytest.raises(SettingsError, match=next(iter(settings))):
        LEARNERS.entry("linear").check(settings)


def test_what_yaml_may_set_is_its_own_settings_only():
    assert LEARNERS.entry("linear").setting_names == (
        "c", "class_weight", "committee", "label_prior", "self_training", "label_correlation",
    )  # fmt: skip
