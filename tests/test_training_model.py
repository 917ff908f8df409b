"""Texts and labels in, a model out; saved, loaded elsewhere, and asked about texts."""

import json

import numpy as np
import pytest
import torch
from training_examples import LABELS, keyword_data

import text_al
from text_al.errors import ModelError, TrainingError
from text_al.training.artifact import read_description
from text_al.training.finetuned import FineTuned
from text_al.training.model import Model, TextList, load
from text_al.training.settings import ComputeSettings, EncoderSettings, TrainingSettings
from text_al.training.train import targets_of, train
from text_al.types import Label

NAMES = ("happy", "rain", "dog")
FP32 = ComputeSettings(device="cpu", precision="fp32")


def names_of(targets):
    return [[name for name, yes in zip(NAMES, row, strict=True) if yes == 1] for row in targets]


@pytest.fixture(scope="module")
def data():
    texts, targets = keyword_data(200)
    return texts, names_of(targets)


@pytest.fixture(scope="module", params=["tfidf", "finetuned"])
def trained(request, tiny_encoder, data):
    """A model that has learned the keywords, in either way."""
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
    remembered = learner._tokens if isinstance(learner, FineTuned) else learner._features
    assert len(remembered._made) < 6


def test_a_label_is_predicted_from_its_threshold_on():
    class Fixed:
        def logits(self, texts, reporter):
            return np.zeros((len(texts), 2), dtype=np.float32)

    for cut, found in ((0.5, ["a", "b"]), (0.5000001, ["b"])):
        model = Model([Label("a"), Label("b")], np.array([cut, 0.2]), Fixed())
        assert model.predict(["x", "y"]) == [found, found]


def test_the_files_are_readable_by_all_whom_the_umask_allows(trained, tmp_path):
    trained.save(tmp_path / "model")
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


# What is no model


@pytest.fixture
def saved(tmp_path):
    train(["good", "bad"], [["praise"], []], learner="tfidf").save(tmp_path / "model")
    return tmp_path / "model"


def change(folder, **changes):
    said = json.loads((folder / "text_al.json").read_text(encoding="utf-8"))
    (folder / "text_al.json").write_text(json.dumps(said | changes), encoding="utf-8")


@pytest.mark.parametrize("made", [True, False])
def test_a_folder_without_a_model_is_named(tmp_path, made):
    if made:
        (tmp_path / "somewhere").mkdir()
    with pytest.raises(ModelError, match="somewhere holds no model of text_al"):
        load(tmp_path / "somewhere")


def test_a_newer_format_asks_for_a_newer_version(saved):
    change(saved, format="text_al.model/2")
    with pytest.raises(ModelError, match=r"'text_al.model/2'.*'text_al.model/1'; update text_al"):
        load(saved)


def test_a_kind_that_is_not_known_is_named(saved):
    change(saved, kind="oracle")
    with pytest.raises(ModelError, match="kind 'oracle'"):
        load(saved)


def test_a_damaged_description_is_named_with_its_line(saved):
    (saved / "text_al.json").write_text('{\n "format": ', encoding="utf-8")
    with pytest.raises(ModelError, match=r"text_al.json:2: is not JSON"):
        load(saved)


@pytest.mark.parametrize("file", ["head.safetensors", "vocabulary.json"])
def test_a_tfidf_model_with_a_file_missing_is_not_whole(saved, file):
    (saved / file).unlink()
    with pytest.raises(ModelError, match=f"not whole.*{file}"):
        load(saved)


@pytest.fixture
def finetuned(tiny_encoder):
    """Makes a learner that was not trained, with these labels."""

    def made(labels=LABELS, pooling="mean"):
        encoder = EncoderSettings(encoder=str(tiny_encoder), pooling=pooling, max_length=32, dropout=0.3)
        return FineTuned(TextList([]), labels, encoder=encoder, compute=FP32)

    return made


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "head.safetensors", "tokenizer.json"])
def test_a_finetuned_model_with_a_file_missing_is_not_whole(finetuned, tmp_path, file):
    finetuned().save(tmp_path / "model")
    (tmp_path / "model" / file).unlink()
    with pytest.raises(ModelError, match="not whole"):
        load(tmp_path / "model")


def test_a_model_of_another_shape_is_refused_and_changes_nothing(finetuned, tmp_path):
    finetuned(LABELS[:2]).save(tmp_path / "two")
    three = finetuned()
    with torch.no_grad():
        three.model.head.weight.fill_(1.0)
    with pytest.raises(ModelError, match=r"two holds another model: head.bias, head.weight do not fit"):
        three.restore(tmp_path / "two")
    assert (three.model.head.weight == 1.0).all()


def test_a_saved_model_says_what_it_is(finetuned, tmp_path, tiny_encoder):
    learner = finetuned(pooling="cls")
    learner.thresholds = np.array([0.1, 0.2, 0.3])
    learner.save(tmp_path / "model")
    said = read_description(tmp_path / "model")
    versions = said.pop("versions")
    assert said == {
        "format": "text_al.model/1",
        "kind": "finetuned",
        "encoder": str(tiny_encoder),
        "pooling": "cls",
        "dropout": 0.3,
        "max_length": 32,
        "labels": [
            {"name": "joy", "description": "", "examples": []},
            {"name": "weather", "description": "what falls from the sky", "examples": ["rain"]},
            {"name": "animal", "description": "", "examples": []},
        ],
        "thresholds": [0.1, 0.2, 0.3],
    }
    assert versions["text-al"] == text_al.__version__
    assert versions["torch"] == torch.__version__
    assert set(versions) == {"text-al", "torch", "transformers", "scikit-learn"}


def test_the_encoder_of_a_saved_model_loads_in_plain_transformers(finetuned, tmp_path):
    from transformers import AutoModel, AutoTokenizer

    learner = finetuned()
    learner.save(tmp_path / "model")
    encoder, tokenizer = (made.from_pretrained(tmp_path / "model") for made in (AutoModel, AutoTokenizer))
    inputs = tokenizer(["a happy dog"], return_tensors="pt")
    with torch.inference_mode():
        found = encoder(**inputs).last_hidden_state.mean(dim=1)
        expected = learner.model.eval().embed(inputs["input_ids"], inputs["attention_mask"])
    assert found.numpy() == pytest.approx(expected.numpy(), abs=1e-6)


# Training alone


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
    assert set(train(texts, labels, learner="tfidf").thresholds) == {0.5}
    tuned = train(texts[:60], labels[:60], validation=(texts[60:], labels[60:]), learner="tfidf")
    assert 0.5 not in tuned.thresholds


def test_one_seed_gives_one_model(tiny_encoder, data):
    def probs(seed):
        model = train(
            data[0][:20],
            data[1][:20],
            encoder=EncoderSettings(encoder=str(tiny_encoder), max_length=32),
            training=TrainingSettings(max_epochs=1, min_updates=0),
            compute=FP32,
            seed=seed,
        )
        return model.predict_proba(data[0])

    assert np.array_equal(probs(3), probs(3))
    assert not np.array_equal(probs(3), probs(4))


def test_texts_in_memory_are_known_by_their_content():
    one, same, other = TextList(["a", "b"]), TextList(["a", "b"]), TextList(["ab", ""])
    assert one.fingerprint == same.fingerprint
    assert len({texts.fingerprint for texts in (one, other, TextList(["b", "a"]), TextList([]))}) == 4
    assert one.texts(np.array([1, 0, 1])) == ["b", "a", "b"]
    assert TextList(["\ud800"]).fingerprint


def test_real_texts_are_learned_from(shared_data):
    lines = (shared_data / "goemotions" / "train.jsonl").read_text(encoding="utf-8").splitlines()[:300]
    rows = [json.loads(line) for line in lines]
    texts, labels = [row["text"] for row in rows], [row["labels"] for row in rows]
    model = train(texts, labels, learner="tfidf")
    found = model.predict_proba(texts)
    yes = np.array([[name in names for name in model.labels] for names in labels])
    assert found[yes].mean() > 3 * found[~yes].mean()
