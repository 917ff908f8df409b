"""Texts and labels in, a model out; saved, loaded elsewhere, and asked about texts."""

import os

import numpy as np
import pytest
from training_examples import keyword_data

import text_al
from text_al.errors import ModelError
from text_al.training.artifact import read_description
from text_al.training.finetuned import FineTuned
from text_al.training.linear import Linear
from text_al.training.model import Model, TextList, load
from text_al.training.settings import ComputeSettings, EncoderSettings, TrainingSettings
from text_al.training.train import train
from text_al.types import Label

NAMES = ("happy", "rain", "dog")
FP32 = ComputeSettings(device="cpu", precision="fp32")


def names_of(targets):
    return [[name for name, yes in zip(NAMES, row, strict=True) if yes == 1] for row in targets]


@pytest.fixture(scope="module")
def data():
    texts, targets = keyword_data(200)
    return texts, names_of(targets)


@pytest.fixture(scope="module", params=["tfidf", "linear", "finetuned"])
def trained(request, tiny_encoder, data):
    """A model that has learned the keywords, in any way."""
    texts, labels = data
    return train(
        texts[:140],
        labels[:140],
        validation=(texts[140:], labels[140:]),
        learner=request.param,
        encoder=EncoderSettings(encoder=str(tiny_encoder), max_length=32),
        training=TrainingSettings(max_epochs=8, min_updates=0, learning_rate=3e-3, evaluations=5),
        compute=FP32,
    )


def test_a_trained_model_predicts_names(trained):
    texts, targets = keyword_data(40, seed=9)
    assert trained.labels == ("dog", "happy", "rain")
    probs = trained.predict_proba(texts)
    assert probs.shape == (40, 3)
    assert ((probs >= 0) & (probs <= 1)).all()
    predicted = trained.predict(texts)
    right = [set(found) == set(names) for found, names in zip(predicted, names_of(targets), strict=True)]
    if isinstance(trained.learner, Linear):  # of a random encoder, which knows no words
        truth = targets[:, [2, 0, 1]]
        assert probs[truth == 1].mean() > probs[truth == 0].mean() + 0.1
    else:
        assert np.mean(right) > 0.85
    by_hand = [
        [name for name, p, cut in zip(trained.labels, row, trained.thresholds, strict=True) if p >= cut]
        for row in probs
    ]
    assert predicted == by_hand


def test_a_loaded_model_is_the_saved_one(trained, tmp_path):
    texts = [*keyword_data(10, seed=9)[0], "unheard of", ""]
    trained.save(tmp_path / "model")
    for found in (load(tmp_path / "model"), text_al.load(str(tmp_path / "model"))):
        assert found.labels == trained.labels
        assert np.array_equal(found.thresholds, trained.thresholds)
        # The loaded model may work in another precision.
        assert found.predict_proba(texts) == pytest.approx(trained.predict_proba(texts), abs=0.05)


def test_it_loads_from_a_runs_folder_and_can_be_saved_again(trained, tmp_path):
    trained.save(tmp_path / "run" / "models" / "best")
    found = load(tmp_path / "run")
    found.save(tmp_path / "copy")
    one, other = (
        read_description(folder) for folder in (tmp_path / "run" / "models" / "best", tmp_path / "copy")
    )
    assert one == other
    texts = keyword_data(5)[0]
    assert np.array_equal(load(tmp_path / "copy").predict_proba(texts), found.predict_proba(texts))


def test_a_text_is_scored_alone_as_among_others(trained):
    texts = keyword_data(12, seed=9)[0]
    alone = np.concatenate([trained.predict_proba([text]) for text in texts])
    assert trained.predict_proba(texts) == pytest.approx(alone, abs=1e-5)


def test_no_texts_have_no_predictions(trained):
    assert trained.predict([]) == []
    assert trained.predict_proba([]).shape == (0, 3)


@pytest.mark.parametrize(
    ("texts", "said"),
    [("one text", "list of texts"), (["good", 3], "text 1 is 3"), ([None], "text 0 is None")],
)
def test_what_is_no_text_is_refused(trained, texts, said):
    with pytest.raises(TypeError, match=said):
        trained.predict(texts)


def test_a_served_model_does_not_remember_every_request(trained):
    for number in range(20):
        trained.predict([f"request {number}"])
    learner = trained.learner
    remembered = learner.net.reading._tokens if isinstance(learner, FineTuned) else learner._features
    assert len(remembered._made) < 6


def test_a_label_is_predicted_from_its_threshold_on():
    class Fixed:
        def logits(self, texts, reporter):
            return np.zeros((len(texts), 2), dtype=np.float32)

    for cut, found in ((0.5, ["a", "b"]), (0.5000001, ["b"])):
        model = Model([Label("a"), Label("b")], np.array([cut, 0.2]), Fixed())
        assert model.predict(["x", "y"]) == [found, found]


def test_the_files_are_readable_by_all_whom_the_umask_allows(trained, tmp_path):
    before = os.umask(0o022)
    try:
        trained.save(tmp_path / "model")
    finally:
        os.umask(before)
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "model").iterdir()} == {0o644}


def test_saving_spares_a_folder_that_holds_something_else(trained, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ModelError, match="holds something else than a model"):
        trained.save(tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"
    for folder in ("new", "empty", "new"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        trained.save(tmp_path / folder)
        assert load(tmp_path / folder).labels == trained.labels


def test_texts_in_memory_are_known_by_their_content():
    one, same, other = TextList(["a", "b"]), TextList(["a", "b"]), TextList(["ab", ""])
    assert one.text_fingerprint == same.text_fingerprint
    assert len({texts.text_fingerprint for texts in (one, other, TextList(["b", "a"]), TextList([]))}) == 4
    assert one.texts(np.array([1, 0, 1])) == ["b", "a", "b"]
    assert TextList(["\ud800"]).text_fingerprint
