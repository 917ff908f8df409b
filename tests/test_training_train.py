"""Texts and label lists in, a model out; what makes no sense is named."""

import json

import numpy as np
import pytest
from training_examples import keyword_data

from text_al.errors import TrainingError
from text_al.training.settings import ComputeSettings, EncoderSettings, TrainingSettings
from text_al.training.thresholds import tune_thresholds
from text_al.training.train import targets_of, train

NAMES = ("happy", "rain", "dog")


@pytest.fixture(scope="module")
def data():
    texts, targets = keyword_data(120)
    return texts, [[name for name, yes in zip(NAMES, row, strict=True) if yes] for row in targets]


def test_labels_become_targets():
    labels = [["b"], [], ("a", "b"), {"a": True, "c": 0}, {"b": -1}]
    assert targets_of(["x"] * 5, labels, ["a", "b", "c"]).tolist() == [
        [0, 1, 0],
        [0, 0, 0],
        [1, 1, 0],
        [1, -1, 0],
        [-1, -1, -1],
    ]


@pytest.mark.parametrize(
    ("texts", "labels", "names", "error", "said"),
    [
        (["x"], [["a"], ["a"]], ["a"], ValueError, "1 texts but 2 label lists"),
        (
            ["x", "y"],
            [["a"], ["jyo"]],
            ["joy", "a"],
            ValueError,
            "text 1 has the label 'jyo'. Did you mean 'joy'",
        ),
        (["x"], ["joy"], ["joy"], TypeError, "labels of text 0 are the text 'joy'"),
        (["x"], [{"a": 2}], ["a"], ValueError, "text 0 has 2 for 'a'; write 1, 0, or -1"),
        (["x"], [{"a": "no"}], ["a"], ValueError, "text 0 has 'no' for 'a'"),
        (["x"], [["a"]], ["a", "a"], ValueError, "named twice"),
    ],
)
def test_labels_that_make_no_sense_are_named(texts, labels, names, error, said):
    with pytest.raises(error, match=said):
        targets_of(texts, labels, names)
    with pytest.raises(error, match=said):
        train(texts, labels, label_names=names, learner="tfidf")


def test_label_names_are_those_that_occur_or_those_given():
    texts, labels = ["good", "bad", "so so"], [["praise"], {"blame": 1}, []]
    assert train(texts, labels, learner="tfidf").labels == ("blame", "praise")
    in_validation = train(texts, labels, validation=(["x"], [["irony"]]), learner="tfidf")
    assert in_validation.labels == ("blame", "irony", "praise")
    given = train(texts, labels, label_names=["praise", "never", "blame"], learner="tfidf")
    assert given.labels == ("praise", "never", "blame")
    assert given.predict_proba(["good"]).shape == (1, 3)


@pytest.mark.parametrize("learner", ["tfidf", "finetuned"])
@pytest.mark.parametrize("labels", [[[], []], [{}, {}], [{"a": -1}, {"a": -1}]])
def test_without_labels_there_is_nothing_to_learn_and_no_encoder_is_loaded(labels, learner):
    with pytest.raises(TrainingError, match="nothing to learn from"):
        train(["good", "bad"], labels, learner=learner, encoder=EncoderSettings(encoder="none"))


def test_thresholds_are_tuned_where_there_is_a_validation_set(data):
    texts, labels = data
    plain = train(texts[:60], labels[:60], label_names=NAMES, learner="tfidf")
    checked = (texts[60:], labels[60:])
    tuned = train(texts[:60], labels[:60], validation=checked, label_names=NAMES, learner="tfidf")
    targets = targets_of(*checked, NAMES)
    expected = tune_thresholds(targets, tuned.predict_proba(texts[60:]))
    assert tuned.thresholds == pytest.approx(expected)
    assert plain.thresholds != pytest.approx(expected)


def test_one_seed_gives_one_model(tiny_encoder, data):
    def probs(seed):
        model = train(
            data[0][:20],
            data[1][:20],
            encoder=EncoderSettings(encoder=str(tiny_encoder), max_length=32),
            training=TrainingSettings(max_epochs=1, min_updates=0),
            compute=ComputeSettings(device="cpu", precision="fp32"),
            seed=seed,
        )
        return model.predict_proba(data[0])

    assert np.array_equal(probs(3), probs(3))
    assert not np.array_equal(probs(3), probs(4))


def test_real_texts_are_learned_from(shared_data):
    lines = (shared_data / "goemotions" / "train.jsonl").read_text(encoding="utf-8").splitlines()[:300]
    rows = [json.loads(line) for line in lines]
    texts, labels = [row["text"] for row in rows], [row["labels"] for row in rows]
    model = train(texts, labels, learner="tfidf")
    found = model.predict_proba(texts)
    yes = np.array([[name in names for name in model.labels] for names in labels])
    assert found[yes].mean() > 3 * found[~yes].mean()
