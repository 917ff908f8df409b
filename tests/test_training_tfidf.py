"""TF-IDF with a convex head: which n-grams it counts, and what it says before it can."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from training_examples import LABELS, keyword_data, uncalibrated

from text_al.errors import ModelError, TrainingError
from text_al.metrics import sigmoid
from text_al.registry import SettingsError
from text_al.reporting import Silent
from text_al.training.learners import LEARNERS
from text_al.training.lesson import HeadSettings
from text_al.training.model import TextList, load
from text_al.training.tfidf import Tfidf

TEXTS, TARGETS = keyword_data(60)
ROWS = np.arange(40)


def fit(learner, targets=TARGETS):
    return learner.fit(ROWS, targets[ROWS], None, round_number=1, global_step=0, reporter=Silent())


@pytest.mark.parametrize(
    ("analyzer", "shape"),
    [
        ("word", {"ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b"}),
        ("char", {"analyzer": "char", "ngram_range": (1, 3)}),
    ],
)
def test_it_equals_scikit_learn(analyzer, shape):
    learner = Tfidf(TextList(TEXTS), LABELS, analyzer=analyzer, settings=HeadSettings(c=3.0))
    fit(learner)
    features = TfidfVectorizer(sublinear_tf=True, **shape).fit_transform(TEXTS)
    found = sigmoid(uncalibrated(learner, learner.look(np.arange(60), frozenset(), Silent()).logits))
    for label in range(3):
        model = LogisticRegression(C=3.0, tol=1e-10, max_iter=10_000).fit(features[:40], TARGETS[:40, label])
        assert found[:, label] == pytest.approx(model.predict_proba(features)[:, 1], abs=1e-3)


@pytest.mark.parametrize(
    ("texts", "analyzer"),
    [
        (["the cat sat on the mat", "a dog"], "word"),
        (["病人发烧三天，咳嗽。", "高血压 患者，服药五年", "没有明显的症状"], "char"),
        (["今天下雨，不开心"] * 90 + ["an English sentence in between"] * 10, "char"),
        (["ein deutscher Satz"] * 90 + ["一句中文"] * 10, "word"),
        ([""], "word"),
        ([], "word"),
    ],
)
def test_words_or_characters_are_chosen_by_the_spaces(texts, analyzer):
    assert Tfidf(TextList(texts), LABELS).featuriser.analyzer == analyzer


def test_the_choice_looks_over_the_whole_of_a_large_pool():
    texts = ["an English sentence at the beginning"] * 1500 + [
        "后面都是没有空格的中文句子，很长很长。" * 9
    ] * 1500
    assert Tfidf(TextList(texts), LABELS).featuriser.analyzer == "char"


def test_characters_learn_a_language_without_spaces():
    texts = ["今天很开心", "下雨了", "开心的狗", "不下雨", "真开心", "雨很大"] * 10
    targets = np.array([["开心" in text] for text in texts], dtype=np.int8)
    learner = Tfidf(TextList(texts), LABELS[:1])
    fit(learner, targets)
    found = learner.logits(TextList(["开心吗", "雨停了"]), Silent())
    assert found[0, 0] > 0 > found[1, 0]


def test_near_texts_have_near_vectors():
    texts = ["the cat is happy", "the cat is so happy", "rain on the mat", "rain on a mat", "", "dog"] * 3
    found = Tfidf(TextList(texts), LABELS).frozen(np.arange(6), Silent())
    likeness = found @ found.T
    assert likeness[0, 1] > 0.4 > likeness[0, 2]
    assert likeness[2, 3] > 0.4
    assert (found[4] == 0).all()
    assert np.delete(np.diag(likeness), 4) == pytest.approx(1.0)


def test_vectors_keep_the_inner_products_that_128_numbers_can(monkeypatch):
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice([f"w{n}" for n in range(400)], size=8)) for _ in range(300)]
    learner = Tfidf(TextList(texts), LABELS)
    found = learner.frozen(np.arange(300), Silent())
    assert found.shape == (300, 128)
    assert found.dtype == np.float32
    features = TfidfVectorizer(
        sublinear_tf=True, ngram_range=(1, 2), token_pattern=r"(?u)\b\w+\b"
    ).fit_transform(texts)
    axes = np.linalg.svd(features.toarray(), full_matrices=False)[2][:128]
    expected = features @ axes.T
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert np.abs(found @ found.T - expected @ expected.T).mean() < 0.05


def test_no_more_features_than_asked_are_kept():
    learner = Tfidf(TextList(TEXTS), LABELS, max_features=5)
    fit(learner)
    assert learner.head.weights.shape == (3, 5)


def test_a_thousand_labels_are_fitted():
    targets = (np.random.default_rng(0).random((60, 1000)) < 0.1).astype(np.int8)
    learner = Tfidf(TextList(TEXTS), [SimpleNamespace(name=str(n)) for n in range(1000)])
    fit(learner, targets)
    probs = sigmoid(uncalibrated(learner, learner.logits(TextList(TEXTS), Silent())))
    known = targets[:40].any(axis=0)
    assert probs[:40][targets[:40] == 1].mean() > 3 * probs[:40][:, known].mean()


@pytest.mark.parametrize("texts", [["", "  "], ["", "..."]])
def test_when_no_text_has_a_word_it_says_so(texts):
    learner = Tfidf(TextList(texts), LABELS, analyzer="word")
    with pytest.raises(TrainingError, match="no word n-gram"):
        learner.fit(
            np.arange(2),
            np.array([[1, 0, 0], [0, 0, 1]]),
            None,
            round_number=1,
            global_step=0,
            reporter=Silent(),
        )


def test_before_a_fit_it_says_what_to_do_first(tmp_path):
    learner = Tfidf(TextList(TEXTS), LABELS)
    for ask in (
        lambda: learner.look(np.arange(2), frozenset(), Silent()),
        lambda: learner.logits(TextList(["a"]), Silent()),
        lambda: learner.save(tmp_path / "model"),
    ):
        with pytest.raises(TrainingError, match="before its first fit"):
            ask()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("change", [{"analyzer": "char"}, {"max_features": 7}])
def test_a_head_for_other_n_grams_is_refused_but_loads_by_itself(tmp_path, change):
    learner = Tfidf(TextList(TEXTS), LABELS, analyzer="word")
    fit(learner)
    learner.save(tmp_path / "model")
    ((name, value),) = change.items()
    other = Tfidf(TextList(TEXTS), LABELS, **{"analyzer": "word", **change})
    with pytest.raises(ModelError, match=f"holds a head for {name} .*, not for {name} {value!r}; undo"):
        other.restore(tmp_path / "model")
    found = load(tmp_path / "model").learner
    assert found.logits(TextList(TEXTS), Silent()) == pytest.approx(learner.logits(TextList(TEXTS), Silent()))


def test_its_folder_can_be_read_without_it(tmp_path):
    learner = Tfidf(TextList(TEXTS), LABELS)
    fit(learner)
    learner.save(tmp_path / "model")
    said = json.loads((tmp_path / "model" / "text_al.json").read_text(encoding="utf-8"))
    assert (said["kind"], said["analyzer"]) == ("tfidf", "word")
    words = json.loads((tmp_path / "model" / "vocabulary.json").read_text(encoding="utf-8"))
    assert "happy" in words
    assert len(words) == learner.head.weights.shape[1]


@pytest.mark.parametrize("settings", [{"c": 0}, {"max_features": 0}, {"analyzer": "letters"}, {"C": 1.0}])
def test_settings_out_of_range_or_unknown_are_refused(settings):
    with pytest.raises(SettingsError, match=next(iter(settings))):
        LEARNERS.entry("tfidf").check(settings)


def test_what_yaml_may_set_is_its_own_settings_only():
    assert LEARNERS.entry("tfidf").setting_names == (
        "analyzer", "max_features", "c", "class_weight", "committee", "self_training", "label_correlation",
    )  # fmt: skip
    assert LEARNERS.entry("finetuned").setting_names == ()
