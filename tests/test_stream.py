"""Streams: the share asked about, drift, the budget, going on from a state, and the script in the docs."""

import json
import re
import subprocess
import sys
from bisect import bisect_left
from pathlib import Path

import numpy as np
import pytest

import text_al
from text_al.errors import StrategyError
from text_al.seeds import generator
from text_al.strategies.base import Strategy
from text_al.strategies.stream import (
    FixedUncertainty,
    RandomVariableUncertainty,
    Seen,
    StreamQuery,
    VariableUncertainty,
)
from text_al.strategies.stream.budget import Budget
from text_al.strategies.stream.recent import Recent
from text_al.testing import example_candidates
from text_al.types import Candidates

DOCS = Path(__file__).parents[1] / "docs" / "streams.md"
AS_PUBLISHED = {"rule": VariableUncertainty(step=0.01, steps="equal"), "slack": 0.0, "window": 100}
VARIABLE = [VariableUncertainty(), RandomVariableUncertainty(), RandomVariableUncertainty(delta=0.25)]
LOGIT = Strategy("logit", "score", lambda candidates: candidates.logits[:, 0], frozenset({"probs"}))


def rng(seed=0):
    return np.random.default_rng(seed)


def stream(**settings):
    return StreamQuery(LOGIT, **settings)


def of_scores(scores):
    logits = np.asarray(scores, dtype=np.float64)[:, None]
    return Candidates(np.arange(len(logits)), logits, np.full_like(logits, 0.5), np.full(1, 0.5))


def decided(stream, scores, size=1000):
    parts = [scores[start : start + size] for start in range(0, len(scores), size)]
    return np.concatenate([stream.decide(of_scores(part)) for part in parts])


def places(scores):
    """The share of scores above each, among all."""
    return 1 - (np.argsort(np.argsort(scores)) + 0.5) / len(scores)


DISTRIBUTIONS = {
    "normal": lambda n: rng(1).normal(size=n),
    "margins, far below 0 and skewed": lambda n: -1e4 * rng(1).random(n) ** 4,
    "all equal": np.zeros,
    "many equal": lambda n: rng(1).integers(0, 3, size=n).astype(float),
    "one in twenty far above the others": lambda n: np.where(rng(1).random(n) < 0.05, 1e6, rng(2).random(n)),
}


@pytest.mark.parametrize("rule", VARIABLE, ids=repr)
@pytest.mark.parametrize("name", DISTRIBUTIONS)
@pytest.mark.parametrize("share", [0.05, 0.3])
def test_of_a_stream_that_does_not_change_the_given_share_is_asked_about(rule, name, share):
    asked = decided(stream(rule=rule, share=share), DISTRIBUTIONS[name](5000))
    assert abs(asked.mean() / share - 1) < 0.1
    assert abs(asked[-2000:].mean() / share - 1) < 0.15


def test_the_least_sure_are_asked_about():
    scores = rng(3).normal(size=5000)
    asked = decided(stream(share=0.1), scores)
    assert places(scores)[asked].mean() < 0.06  # 0.05 is the best there is


def test_steps_by_share_buy_more_doubt_for_the_same_questions_than_those_published():
    scores = rng(3).normal(size=5000)
    published = decided(stream(share=0.1, **AS_PUBLISHED), scores)
    assert abs(published.mean() / 0.1 - 1) < 0.1
    assert places(scores)[published].mean() > 0.2


def test_a_trembling_threshold_asks_about_some_texts_that_the_model_is_sure_of():
    scores = rng(3).normal(size=5000)
    steady = places(scores)[decided(stream(share=0.1), scores)]
    trembling = places(scores)[decided(stream(share=0.1, rule=RandomVariableUncertainty()), scores)]
    assert (trembling > 0.2).sum() > 10 * (steady > 0.2).sum()
    assert trembling.mean() < 0.15


DRIFTS = {
    "jumps up": lambda n: rng(4).normal(size=n) + 3 * (np.arange(n) >= n // 2),
    "jumps down": lambda n: rng(4).normal(size=n) - 3 * (np.arange(n) >= n // 2),
    "rises slowly": lambda n: rng(4).normal(size=n) + np.linspace(0, 10, n),
    "falls slowly": lambda n: rng(4).normal(size=n) - np.linspace(0, 10, n),
    "narrows to a thousandth": lambda n: rng(4).normal(size=n) * np.where(np.arange(n) < n // 2, 1, 1e-3),
}


@pytest.mark.parametrize("rule", VARIABLE, ids=repr)
@pytest.mark.parametrize("name", DRIFTS)
def test_when_the_scores_drift_the_share_and_the_choice_recover(rule, name):
    scores = DRIFTS[name](8000)
    asked = decided(stream(rule=rule, share=0.1), scores)
    assert abs(asked[:4000].mean() / 0.1 - 1) < 0.1
    assert abs(asked[4500:].mean() / 0.1 - 1) < 0.1
    assert places(scores[7000:])[asked[7000:]].mean() < 0.15


HARD = {
    "always higher": np.arange,
    "always lower": lambda n: -np.arange(n),
    "all equal": np.zeros,
    "bursts": lambda n: np.where(np.arange(n) % 700 < 200, 10, 0) + rng().random(n),
}


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("settings", [{}, {"rule": FixedUncertainty(-1e9)}, AS_PUBLISHED], ids=repr)
def test_whatever_comes_no_run_of_texts_is_asked_about_more_than_the_budget_says(name, settings):
    asking = stream(share=0.1, **settings)
    window, slack = settings.get("window", 500), settings.get("slack", 0.2)
    asked, spent = [], []
    for score in HARD[name](1500):
        asked.append(bool(asking.decide(of_scores([score]))[0]))
        spent.append(asking.spent)
    assert max(spent) <= 0.1 * (1 + slack) + 1 / window
    sums = np.concatenate([[0], np.cumsum(asked)])
    for length in (1, 50, 100, 500, 1000, 1500):
        most = (sums[length:] - sums[:-length]).max()
        assert most <= (0.1 * (1 + slack) + 1 / window) * (length + window)


def test_a_burst_is_cut_by_the_budget_and_not_by_luck():
    asked = decided(stream(share=0.1, rule=FixedUncertainty(0.0)), np.ones(1000))
    assert asked[:64].all()  # from nothing spent, 500 texts of memory hold 60 questions and some
    assert 0.1 * 1.2 * 0.97 < asked[500:].mean() < 0.1 * 1.2 * 1.03


def test_the_budget_is_worked_out_as_published():
    budget = Budget(share=0.5, window=4, slack=0.0)
    used, found = 0.0, []
    for asked in (True, True, False, True):
        used = budget.after(used, asked=asked)
        found.append(used)
    assert found == [1, 1.75, 1.3125, 1.984375]
    assert budget.allows(1.984375)
    assert not budget.allows(2.0)


def test_the_published_steps_are_followed_as_published():
    scores, theta, used, expected, latest = rng(5).normal(size=400).tolist(), 0.2, 0.0, [], []
    for number, score in enumerate(scores):
        above = len(latest) - bisect_left(latest, score)
        place = (above + generator(0, number, "stream").random()) / (len(latest) + 1)
        asks = False
        if used / 100 < 0.2:
            asks = place < theta
            theta *= 0.99 if asks else 1.01
        used = used * 99 / 100 + asks
        expected.append(asks)
        latest = sorted([*latest, score])
    published = stream(share=0.2, memory=1000, **AS_PUBLISHED)
    assert decided(published, scores).tolist() == expected
    assert published.theta == pytest.approx(theta)


def test_steps_by_share_stay_where_they_are_once_the_share_is_asked_about():
    rule, theta = VariableUncertainty(step=0.1), 0.3
    for asked in [True, *[False] * 4] * 3:
        theta = rule.moved(theta, 0.2, asked=asked)
    assert theta == pytest.approx(0.3)
    assert rule.moved(0.3, 0.2, asked=True) == pytest.approx(0.3 * np.exp(-0.08))


def test_a_fixed_threshold_stands_on_the_score_and_never_moves():
    rule = FixedUncertainty(-0.5)
    assert [rule.asks(Seen(score, 0.99, rng()), -0.5) for score in (-0.4, -0.5, -0.6)] == [True, True, False]
    asking = stream(share=1.0, rule=rule)
    assert asking.decide(of_scores([-1, -0.1, -0.7, -0.5])).tolist() == [False, True, False, True]
    assert asking.theta == -0.5


def test_a_place_is_the_share_of_remembered_scores_above():
    recent = Recent(4, [9.0, 1.0, 2.0, 2.0, 3.0])
    assert recent.scores() == [1, 2, 2, 3]
    assert [recent.place(score, 0.5) for score in (4, 2.5, 0)] == [0.1, 0.3, 0.9]
    assert [recent.place(2, chance) for chance in (0.0, 0.5)] == [0.2, 0.5]
    assert Recent(3).place(7, 0.25) == 0.25


def test_a_share_of_1_asks_about_everything():
    assert decided(stream(share=1.0), rng().normal(size=1500)).all()


def test_it_makes_no_difference_in_what_parts_texts_come():
    scores = rng(6).normal(size=1200)
    whole = decided(stream(rule=RandomVariableUncertainty()), scores, size=1200)
    assert decided(stream(rule=RandomVariableUncertainty()), scores, size=1).tolist() == whole.tolist()
    assert decided(stream(rule=RandomVariableUncertainty()), scores, size=77).tolist() == whole.tolist()
    assert len(stream().decide(of_scores([]))) == 0


def test_another_seed_gives_other_chance():
    scores = rng(6).normal(size=1200)
    first, second = (decided(stream(rule=RandomVariableUncertainty(), seed=seed), scores) for seed in (0, 1))
    assert first.tolist() != second.tolist()


@pytest.mark.parametrize("rule", [*VARIABLE, FixedUncertainty(0.4)], ids=repr)
@pytest.mark.parametrize("stop", [0, 1, 333, 900])
def test_a_stream_that_was_stopped_and_saved_goes_on_as_one_that_was_not(rule, stop):
    scores = np.round(rng(7).normal(size=1200), 2)
    unbroken = stream(rule=rule, memory=200)
    expected = decided(unbroken, scores)
    before, after = stream(rule=rule, memory=200), stream(rule=rule, memory=200)
    first = decided(before, scores[:stop]) if stop else np.empty(0, dtype=bool)
    after.restore(json.loads(json.dumps(before.state())))
    assert [*first, *decided(after, scores[stop:])] == expected.tolist()
    assert after.state() == unbroken.state()
    assert (after.n_seen, after.n_asked) == (1200, expected.sum())


def test_the_state_of_another_stream_is_refused_and_what_differs_is_named():
    asking = stream(share=0.1, seed=3)
    other = StreamQuery("multilabel_margin", share=0.2, seed=3).state()
    with pytest.raises(
        StrategyError, match=r"score is logit, there multilabel_margin; budget is .*share=0\.1"
    ):
        asking.restore(other)
    with pytest.raises(StrategyError, match="not whole"):
        asking.restore({**asking.state(), "theta": "much"})
    with pytest.raises(StrategyError, match="not whole"):
        asking.restore({key: value for key, value in asking.state().items() if key != "recent"})
    with pytest.raises(StrategyError, match="no state of a stream"):
        asking.restore({})
    assert asking.state() == stream(share=0.1, seed=3).state()


def test_numbers_that_are_not_finite_are_refused_and_nothing_is_decided():
    asking = stream()
    with pytest.raises(StrategyError, match="not finite"):
        asking.decide(of_scores([0.1, np.nan]))
    assert asking.n_seen == 0


def test_a_score_must_be_of_each_text_alone_and_of_probabilities():
    relative = Strategy("ranks", "score", len, frozenset({"probs"}), claims=frozenset({"relative"}))
    for score in (relative, "random"):
        with pytest.raises(StrategyError, match="a stream needs a score of each text alone"):
            StreamQuery(score)
    with pytest.raises(StrategyError, match="pair_margin needs labelled; a stream has probabilities only"):
        StreamQuery("pair_margin")
    with pytest.raises(StrategyError, match="random gives no scores, as it chooses texts together"):
        StreamQuery("random")


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"share": 0.0}, "share is 0.0"),
        ({"share": 1.1}, "share is 1.1"),
        ({"window": 0}, "window is 0"),
        ({"slack": -0.1}, "slack is -0.1"),
        ({"memory": 0}, "memory is 0"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(settings, named):
    with pytest.raises(ValueError, match=named):
        stream(**settings)


def test_a_rule_refuses_steps_and_deltas_that_make_no_sense():
    for step in (0, 1):
        with pytest.raises(ValueError, match=f"step is {step}"):
            VariableUncertainty(step=step)
    with pytest.raises(ValueError, match="delta is -1"):
        RandomVariableUncertainty(delta=-1)


def test_it_takes_candidates_as_every_strategy_does():
    candidates = example_candidates(300, 4)
    asking = StreamQuery("multilabel_margin", share=0.1)
    asked = asking.decide(candidates)
    assert (asked.shape, asked.dtype) == ((300,), np.bool_)
    assert 15 <= asking.n_asked <= 45


def blocks():
    return re.findall(
        r"^```python\n(.*?)^```", DOCS.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )


@pytest.mark.parametrize("code", [block for block in blocks() if "sys.argv" not in block])
def test_the_short_examples_of_the_docs_run(code):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_script_of_the_docs_asks_about_a_share_and_goes_on_after_a_stop(tmp_path):
    (code,) = [block for block in blocks() if "sys.argv" in block]
    script, model = tmp_path / "ask.py", tmp_path / "model"
    script.write_text(code, encoding="utf-8")
    topics = {"invoice": "billing", "parcel": "shipping", "café": "food"}
    texts = [
        f"the {word} of day {i} is {mood}" for i in range(8) for word in topics for mood in ("late", "fine")
    ]
    labels = [[topics[text.split()[1]]] for text in texts]
    text_al.train(texts, labels, learner="tfidf").save(model)
    words = [*topics, "weather", "dog"]
    drawn = rng(8).choice(words, (1000, 2)).tolist()
    lines = [
        json.dumps({"id": i, "text": " and ".join(two)}, ensure_ascii=False) + "\n"
        for i, two in enumerate(drawn)
    ]

    def asked(lines, state):
        done = subprocess.run(
            [sys.executable, str(script), str(model), "0.1", str(tmp_path / state)],
            input="".join(lines),
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines(keepends=True)

    half = asked(lines[:500], "state.json")
    found = half + asked(lines[500:], "state.json")
    assert 80 <= len(found) <= 120
    probs = text_al.load(model).predict_proba([json.loads(line)["text"] for line in lines])
    seen = Candidates(np.arange(1000), np.log(probs / (1 - probs)), probs, np.full(3, 0.5))
    unbroken = StreamQuery("multilabel_margin", share=0.1).decide(seen)
    assert found == [line for line, yes in zip(lines, unbroken, strict=True) if yes]
    assert json.loads((tmp_path / "state.json").read_text(encoding="utf-8"))["n_seen"] == 1000
