"""A run that finds out by itself whether to fine-tune, from no label to its end, without validation."""

import numpy as np
import pytest
from loop_examples import finished_run, read_rounds

import text_al
from text_al.loop.rounds import advance
from text_al.metrics import sigmoid
from text_al.training.artifact import read_description


@pytest.fixture
def settings(tiny_encoder):
    return {
        "learner": {"type": "auto"},
        "model": {"encoder": str(tiny_encoder), "max_length": 32},
        "training": {"max_epochs": 1, "min_updates": 8, "evaluations": 1, "cross_fit": 2},
        "data": {"pool": {"generated": "tickets", "size": 60}, "validation": None},
        "active_learning": {"initial_size": 10, "query_size": 10, "budget": 30},
        "compute": {"device": "cpu", "threads": 1},
    }


@pytest.mark.parametrize("initial", ["random", "label_names"])
def test_it_runs_from_no_label_to_the_end(settings, tmp_path, initial):
    settings["active_learning"]["initial"] = {"type": initial}
    folder = finished_run(tmp_path, **settings)
    rounds = read_rounds(folder)
    assert [record.n_labelled for record in rounds] == [10, 20, 30]
    for record in rounds:
        assert record.threshold_rule == "plug_in"
        assert 0 < record.metrics["oof_macro_f1_plug_in"] <= 1
        assert sum("learner auto takes the" in note for note in record.notes) == 1
    assert "too few texts" in " ".join(rounds[0].notes)
    for record in rounds[1:]:
        assert any("average precision out of fold: linear 0." in note for note in record.notes)
        assert record.seconds["cross_fit"] > 0


def test_the_model_at_the_end_is_of_the_kind_that_was_taken_last_and_loads_alone(settings, tmp_path):
    folder = finished_run(tmp_path, **settings)
    last = read_rounds(folder)[-1]
    kind = read_description(folder / "models" / "last")["kind"]
    assert kind == ("finetuned" if any("fine-tuned model" in note for note in last.notes) else "linear")
    model = text_al.load(folder / "models" / "last")
    assert model.thresholds.tolist() == list(last.thresholds.values())
    with text_al.open_run(text_al.load_config(folder / "config.yaml", environ={})) as run:
        advance(run)
        rows = np.arange(60)
        seen = run.learner_of(last.round).look(rows, frozenset({"probs"}), run.follower)
        found = sigmoid(model.learner.logits(run.texts, run.follower))
    assert found == pytest.approx(seen.probs, abs=0.02)
