"""Agreement is read from all that annotators of a run said, and shown so that one knows what to settle."""

import math

import numpy as np
import pytest
from labelled_run_examples import LabelledRun
from sklearn.metrics import cohen_kappa_score

from text_al.assemble.agreement import read_agreement
from text_al.circumstances import Circumstances
from text_al.cli.agreement_screens import agreement
from text_al.errors import PoolError
from text_al.metrics.agreement import exact_agreement, krippendorff_alpha
from text_al.tracking.agreement import Dispute

NAMES = ("joy", "anger", "fear")
SETTLES = Circumstances(settles=True)


@pytest.fixture
def run(tmp_path):
    with LabelledRun(tmp_path / "run", NAMES, n=40) as made:
        yield made


def say_all(run, who, answers):
    """An annotator's answers (n, L) about the first rows; those that are -1 all over are none."""
    with run.store.transaction():
        for row, targets in enumerate(answers):
            if (targets != -1).any():
                known = [name for name, target in zip(NAMES, targets, strict=True) if target != -1]
                yes = [name for name, target in zip(NAMES, targets, strict=True) if target == 1]
                run.say(row, who, yes, considered=known)


def crowd(seed=0, n=30, n_annotators=3):
    rng = np.random.default_rng(seed)
    truth = rng.random((n, 3)) < 0.4
    answers = np.stack([truth ^ (rng.random(truth.shape) < 0.2) for _ in range(n_annotators)]).astype(np.int8)
    answers[rng.random(answers.shape) < 0.05] = -1
    answers[rng.random(answers.shape[:2]) < 0.3] = -1
    return answers


def test_figures_are_those_of_the_answers_that_people_gave(run):
    answers = crowd()
    for who, own in zip(("anna", "ben", "carla"), answers, strict=True):
        say_all(run, who, own)
    found = read_agreement(run.path)
    assert found.people.alpha == pytest.approx(krippendorff_alpha(answers))
    assert found.people.same == pytest.approx(exact_agreement(answers))
    assert found.people.low < found.people.alpha < found.people.high
    assert [line.name for line in found.labels] == list(NAMES)
    assert list(found.n_answers) == sorted(found.n_answers, key=found.n_answers.get, reverse=True)
    pair = next(pair for pair in found.pairs if (pair.first, pair.second) == ("anna", "carla"))
    both = (answers[0, :, 1] != -1) & (answers[2, :, 1] != -1)
    expected = cohen_kappa_score(answers[0, both, 1], answers[2, both, 1])
    assert pair.kappas["anger"] == pytest.approx(expected)
    assert found == read_agreement(run.path)


def test_a_program_is_compared_with_people_and_never_counted_among_them(run):
    answers = crowd(n_annotators=2)
    for who, own in zip(("anna", "ben"), answers, strict=True):
        say_all(run, who, own)
    alone = read_agreement(run.path)
    for row in range(10):
        run.say(row, "llm:x", ["fear"])
    found = read_agreement(run.path)
    assert (found.people, found.labels, found.pairs) == (alone.people, alone.labels, alone.pairs)
    assert found.disputes == alone.disputes
    assert found.n_answers["llm:x"] == 10
    assert found.machines["llm:x"].n_texts > 0


def test_a_program_is_held_against_what_most_people_say(run):
    for row, (anna, ben, carla, machine) in enumerate(
        [("joy", "joy", "fear", "joy"), ("", "", "", ""), ("fear", "", "", "fear")]
    ):
        for who, label in (("anna", anna), ("ben", ben), ("carla", carla), ("llm:x", machine)):
            run.say(row, who, [label] if label else [])
    held = read_agreement(run.path).machines["llm:x"]
    assert held.same == pytest.approx(2 / 3)


def test_texts_that_people_differ_about_are_listed_with_what_each_said(run):
    run.say(2, "anna", ["joy", "fear"])
    run.say(2, "ben", [])
    run.say(5, "anna", ["joy"])
    run.say(5, "ben", ["anger"])
    run.say(5, "carla", ["joy"], how=SETTLES)
    first, second = read_agreement(run.path).disputes
    assert first == Dispute(
        "id-2", "text 2", {"anna": ("joy", "fear"), "ben": ()}, ("joy", "fear"), settled=False
    )
    assert (second.id, second.settled) == ("id-5", True)
    assert "carla" not in second.said


def test_settling_is_no_agreement(run):
    for row in range(5):
        run.say(row, "anna", ["joy"])
        run.say(row, "ben", ["anger"] if row % 2 else ["joy"])
    before = read_agreement(run.path)
    for row in (1, 3):
        run.say(row, "ben", ["joy"], how=SETTLES)
    after = read_agreement(run.path)
    assert repr((after.people, after.labels)) == repr((before.people, before.labels))  # nan is not nan
    assert after.n_answers == before.n_answers == {"anna": 5, "ben": 5}


def test_where_everybody_is_alone_nothing_is_measured_and_the_screen_says_what_to_do(run):
    run.say(0, "anna", ["joy"])
    run.say(1, "ben", [])
    found = read_agreement(run.path)
    assert math.isnan(found.people.alpha)
    screen = agreement(found)
    assert "no text was decided on by two people" in screen
    assert "annotation.overlap" in screen


def test_a_run_without_answers_has_a_screen_too(run):
    assert "no text was decided on by two people" in agreement(read_agreement(run.path))


def test_the_screen_shows_figures_the_worst_labels_first_and_what_waits_to_be_settled(run):
    for row in range(12):
        run.say(row, "anna", ["joy", "fear"] if row % 3 else [])
        run.say(row, "ben", ["joy", "fear"] if row % 4 else [])
        run.say(row, "carla", ["joy"] if row % 3 else [])
    run.say(0, "llm:x", [])
    run.say(3, "carla", ["joy"], how=SETTLES)
    screen = agreement(read_agreement(run.path))
    lines = screen.splitlines()
    assert "3 people, 12 texts with answers of two or more of them" in lines[0]
    assert lines[1].startswith("alpha 0.")
    table = [line.split()[0] for line in lines if line.startswith(("joy ", "fear ", "anger "))]
    assert table == ["fear", "joy", "anger"]
    assert any(line.startswith("llm:x") and " program " in line for line in lines)
    found = read_agreement(run.path)
    assert f"People differ about {len(found.disputes)} texts; 1 of them settled." in screen
    assert "  id-1 (differ about fear): text 1" in lines
    assert "    carla: joy" in lines
    assert lines[-1] == f"  text-al query {run.path} --disagreements"
    assert max(map(len, lines[2:-1])) <= 100


def test_a_hostile_text_cannot_steer_the_terminal(tmp_path):
    with LabelledRun(tmp_path / "run", NAMES, texts=["\x1b[2J gone \u202e back", "x"]) as run:
        run.say(0, "anna", ["joy"])
        run.say(0, "be\x1bn", [])
    screen = agreement(read_agreement(run.path))
    assert "\x1b" not in screen
    assert "\u202e" not in screen


def test_where_there_is_no_run_it_says_so(tmp_path):
    with pytest.raises(PoolError, match="there is no run at"):
        read_agreement(tmp_path)
