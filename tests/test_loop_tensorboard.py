"""TensorBoard over several processes: every point is there once, whatever was cut short in between."""

import pytest
from loop_examples import finished_run, read_rounds, write_jsonl
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from text_al.assemble import runs
from text_al.training.tfidf import Tfidf

WITH_TENSORBOARD = {"tracking": {"tensorboard": True}}


def points(run):
    """Tag to its points as (step, value)."""
    events = EventAccumulator(str(run / "tensorboard"), size_guidance={"scalars": 0}).Reload()
    return {
        tag: [(point.step, point.value) for point in events.Scalars(tag)]
        for tag in events.Tags()["scalars"]
        if not tag.startswith("time/")
    }


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    return points(finished_run(tmp_path_factory.mktemp("unbroken"), **WITH_TENSORBOARD))


def test_the_points_are_those_of_the_records(unbroken, tmp_path):
    records = read_rounds(finished_run(tmp_path))
    assert unbroken["learning_curve/val_macro_f1_tuned"] == [
        (record.n_labelled, pytest.approx(record.metrics["val_macro_f1_tuned"])) for record in records
    ]
    assert [step for step, _ in unbroken["train/loss"]] == [record.global_step for record in records]


def test_when_a_finished_run_goes_on_then_no_point_is_there_twice(unbroken, tmp_path):
    finished_run(tmp_path, active_learning={"budget": 15}, **WITH_TENSORBOARD)
    assert points(finished_run(tmp_path, **WITH_TENSORBOARD)) == unbroken


def test_when_a_fit_is_cut_short_then_its_points_are_there_once(unbroken, tmp_path, monkeypatch):
    fit, power = Tfidf.fit, iter([True, True, False])

    def fails(self, *arguments, **settings):
        report = fit(self, *arguments, **settings)
        if not next(power, True):
            raise KeyboardInterrupt
        return report

    monkeypatch.setattr(Tfidf, "fit", fails)
    with pytest.raises(KeyboardInterrupt):
        finished_run(tmp_path, **WITH_TENSORBOARD)
    assert points(finished_run(tmp_path, **WITH_TENSORBOARD)) == unbroken


def test_the_settings_that_tell_runs_apart_are_in_the_table_of_hparams(tmp_path, monkeypatch):
    given = {}
    tracker = runs.Tracker
    monkeypatch.setattr(
        runs, "Tracker", lambda *a, hparams, **s: given.update(hparams) or tracker(*a, hparams=hparams, **s)
    )
    finished_run(tmp_path)
    assert given == {
        "strategy": "multilabel_margin", "selection": "best", "learner": "tfidf", "seed": 0,
        "initial_size": 10, "query_size": 5, "budget": 25,
    }  # fmt: skip


def test_when_a_round_has_to_choose_again_then_its_points_are_there_once(tmp_path):
    rows = [{"id": f"t{n}", "text": f"text {n}", "labels": ["x"] if n % 3 else None} for n in range(30)]
    changes = {
        "data": {"pool": str(write_jsonl(tmp_path / "pool.jsonl", rows)), "validation": None},
        "active_learning": {"strategy": {"type": "random"}, "query_size": 1, "budget": 15},
        **WITH_TENSORBOARD,
    }
    run = finished_run(tmp_path, **changes)
    assert read_rounds(run)[-1].n_skipped > 0
    written = points(run)
    for tag, found in written.items():
        assert len({step for step, _ in found}) == len(found), tag
    finished_run(tmp_path, **changes)
    assert points(run) == written
