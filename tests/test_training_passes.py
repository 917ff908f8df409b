"""The fine-tuned learner: what strategies see of it beside probabilities, and what it says of its work."""

import numpy as np
import pytest
from training_examples import LABELS, keyword_data

from text_al.errors import TrainingError
from text_al.reporting import Silent
from text_al.training.finetuned import FineTuned
from text_al.training.model import TextList
from text_al.training.settings import ComputeSettings, EncoderSettings, TrainingSettings

TEXTS, TARGETS = keyword_data(48)
SETTINGS = TrainingSettings(max_epochs=1, min_updates=0, batch_size=8, evaluations=2)


@pytest.fixture
def make(tiny_encoder):
    def made():
        return FineTuned(
            TextList(TEXTS),
            LABELS,
            encoder=EncoderSettings(encoder=str(tiny_encoder), max_length=32),
            training=SETTINGS,
            compute=ComputeSettings(device="cpu", precision="fp32"),
        )

    return made


def fit(learner, rows=range(40), *, round_number=1):
    rows = np.array(rows)
    return learner.fit(rows, TARGETS[rows], None, round_number=round_number, global_step=0, reporter=Silent())


def look(learner, rows=range(48), needs=()):
    return learner.look(np.array(rows), frozenset(needs), Silent())


class TestPasses:
    """A committee of heads on one encoding: what strategies call passes."""

    def test_passes_come_from_the_same_forward_pass_as_the_scores(self, make):
        learner = make()
        fit(learner)
        seen = look(learner, range(10), {"probs", "passes", "embeddings"})
        assert seen.passes.shape == (10, 10, 3)
        assert ((seen.passes >= 0) & (seen.passes <= 1)).all()
        assert seen.passes.std(axis=0).max() > 0.01
        plain = look(learner, range(10), {"probs"})
        assert np.array_equal(seen.logits, plain.logits)
        assert plain.passes is None

    def test_the_committee_agrees_with_what_was_learned(self, make):
        learner = make()
        fit(learner)
        passes = look(learner, range(40), {"passes"}).passes
        assert ((passes.mean(axis=0) > 0.5) == (TARGETS[:40] == 1)).mean() > 0.8

    def test_a_restored_learner_has_the_same_committee(self, make, tmp_path):
        learner, other = make(), make()
        fit(learner)
        learner.save(tmp_path / "model")
        other.restore(tmp_path / "model")
        one, again = (look(each, range(8), {"passes"}).passes for each in (learner, other))
        assert np.array_equal(one, again)

    def test_another_round_is_another_committee_and_the_same_round_the_same(self, make):
        learner = make()
        fit(learner)
        first = look(learner, range(8), {"passes"}).passes
        fit(learner, round_number=2)
        assert not np.array_equal(look(learner, range(8), {"passes"}).passes, first)
        fit(learner)
        assert np.array_equal(look(learner, range(8), {"passes"}).passes, first)

    def test_before_a_fit_there_is_none(self, make):
        with pytest.raises(TrainingError, match="no committee; fit it"):
            look(make(), range(2), {"passes"})


def test_frozen_vectors_are_those_of_the_encoder_before_any_fit(make):
    learner = make()
    before = learner.frozen(np.arange(6), Silent())
    fit(learner)
    assert np.array_equal(learner.frozen(np.arange(6), Silent()), before)
    assert np.linalg.norm(before, axis=1) == pytest.approx(np.ones(6), abs=1e-3)


def test_a_fit_says_how_many_texts_went_through_each_stage(make):
    report = fit(make())
    assert report.texts["train"] >= report.n_samples
    assert report.texts["tokenise"] > 0
