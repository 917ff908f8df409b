"""Before any label, a learner goes by the names of the labels, where it can read them."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from training_examples import FILLERS, KEYWORDS, same, weights_of

from text_al.errors import TrainingError
from text_al.metrics import average_precision
from text_al.reporting import Silent
from text_al.training.finetuned import FineTuned
from text_al.training.label_prior import UNTOLD
from text_al.training.learners import LEARNERS
from text_al.training.lesson import Ground, HeadSettings
from text_al.training.model import TextList
from text_al.training.settings import ComputeSettings, EncoderSettings, TrainingSettings
from text_al.types import Label

WHICH = np.random.default_rng(0).integers(0, len(KEYWORDS), size=300)
TARGETS = np.eye(len(KEYWORDS), dtype=np.int8)[WHICH]
TEXTS = [
    f"{KEYWORDS[label]} {text}" for label, text in zip(WHICH, itertools.cycle(FILLERS.split()), strict=False)
]
NAMED = [Label(word) for word in KEYWORDS]
SETTINGS = TrainingSettings(max_epochs=1, min_updates=0, evaluations=1, cross_fit=0)
READERS = ("auto", "finetuned", "linear")


@pytest.fixture
def make(tiny_encoder):
    def made(kind, *, label_prior="auto", labels=NAMED, texts=TEXTS, **encoder):
        known = {"_pool": TextList(texts), "_labels": labels}
        if kind != "tfidf":
            settings = EncoderSettings(encoder=str(tiny_encoder), max_length=32)
            known["_encoder"] = replace(settings, **encoder)
            known["_compute"] = ComputeSettings(device="cpu", precision="fp32")
        if kind == "linear":
            known["label_prior"] = label_prior
        elif kind != "tfidf":
            known["_training"] = replace(SETTINGS, label_prior=label_prior)
        return LEARNERS.entry(kind).function(**known)

    return made


def seen(learner):
    n = len(TEXTS)
    return learner.look(np.arange(n), frozenset({"probs", "embeddings"}), Silent())


@pytest.mark.parametrize("kind", READERS)
def test_texts_that_say_a_labels_name_are_ranked_first(make, kind):
    found = seen(make(kind)).logits
    # The tiny encoder knows nothing, but equal words give it like vectors.
    assert average_precision(TARGETS, found).min() > 0.8


@pytest.mark.parametrize("kind", READERS)
def test_a_text_has_about_one_label_and_each_is_cut_at_one_half(make, kind):
    learner = make(kind)
    found = seen(learner)
    assert found.logits.mean(axis=0) == pytest.approx([-np.log(len(NAMED) - 1)] * 3, abs=1e-3)
    assert learner.thresholds.tolist() == found.thresholds.tolist() == [0.5] * 3


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("labels", [NAMED[:1], [Label("_"), Label("...")]])
def test_one_label_or_labels_without_a_word_are_no_failure(make, kind, labels):
    found = seen(make(kind, labels=labels)).probs
    assert found.shape == (300, len(labels))
    assert ((found > 0) & (found < 1)).all()


@pytest.mark.parametrize("kind", ["finetuned", "linear"])
def test_where_names_shall_have_no_say_it_knows_nothing(make, kind):
    with pytest.raises(TrainingError, match=f"learner {kind} knows nothing of these labels"):
        seen(make(kind, label_prior=0.0))


def test_tfidf_cannot_read_names(make):
    with pytest.raises(TrainingError, match=r"learner tfidf knows nothing.*initial: random"):
        seen(make("tfidf"))


@pytest.mark.parametrize("kind", READERS)
def test_there_is_no_committee_before_a_fit(make, kind):
    with pytest.raises(TrainingError, match="has no committee; fit it"):
        make(kind).look(np.arange(5), frozenset({"passes"}), Silent())


@pytest.mark.parametrize("strength", [0.5, 6.0])
def test_a_fixed_strength_is_the_strength_of_the_names(make, strength):
    weak, strong = (seen(make("linear", label_prior=prior)).logits for prior in (strength, 2 * strength))
    usual = -np.log(len(NAMED) - 1)
    assert strong - usual == pytest.approx(2 * (weak - usual), abs=1e-2)


def test_a_strength_that_is_to_be_found_out_is_the_middle_one_at_first(make):
    assert np.array_equal(seen(make("linear")).logits, seen(make("linear", label_prior=UNTOLD)).logits)


def test_the_fine_tuned_one_reads_names_with_the_encoder_as_it_was(make):
    fresh, linear = make("finetuned"), make("linear")
    found = seen(fresh)
    assert same(weights_of(fresh.model.encoder), fresh.net.pretrained)
    # Its pooled vectors have other lengths than the linear learner's, but nearly the same directions.
    agree = [np.corrcoef(found.logits[:, at], seen(linear).logits[:, at])[0, 1] for at in range(3)]
    assert min(agree) > 0.95


@pytest.mark.parametrize("kind", READERS)
def test_a_fit_does_not_depend_on_having_looked_before(make, kind):
    looked, straight = make(kind), make(kind)
    seen(looked)
    for learner in (looked, straight):
        rows = np.arange(40)
        learner.fit(rows, TARGETS[rows], None, round_number=1, global_step=0, reporter=Silent())
    assert np.array_equal(seen(looked).logits, seen(straight).logits)
    if isinstance(looked, FineTuned):
        assert same(weights_of(looked.model), weights_of(straight.model))


def test_another_encoder_may_read_the_names_and_its_ranking_is_carried_over(make, tiny_encoder):
    plain, same_reader = make("linear"), make("linear", label_encoder=str(tiny_encoder))
    first, second = seen(plain).logits, seen(same_reader).logits
    assert not np.array_equal(first, second)
    agree = [np.corrcoef(first[:, at], second[:, at])[0, 1] for at in range(3)]
    assert min(agree) > 0.9


def test_the_names_head_is_the_strength_times_the_directions_less_what_is_usual():
    rng = np.random.default_rng(0)
    pool, towards = rng.normal(size=(50, 4)), rng.normal(size=(3, 4))
    ground = Ground(pool, HeadSettings(c=1.0, label_prior=2.0), scale=3.0, towards=towards)
    head = ground.names_alone()
    assert head.weights == pytest.approx(6 * towards)
    assert head.bias == pytest.approx(-6 * pool.mean(axis=0) @ towards.T - np.log(2))
    assert replace(ground, towards=None).names_alone() is None
    assert replace(ground, settings=HeadSettings(c=1.0, label_prior=0.0)).names_alone() is None
