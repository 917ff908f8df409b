"""The run's folder: which models stay, what a kill leaves behind, and what is a user's own."""

import math

import pytest
from loop_examples import Learner, a_run, macro_f1

from text_al.loop.fitting import tidy_models
from text_al.loop.rounds import advance
from text_al.loop.run_folder import RunFolder


def models(folder):
    return sorted(entry.name for entry in (folder / "models").iterdir())


def target(folder, name):
    return (folder / "models" / name).resolve().name


def make(folder, *names):
    for name in names:
        (folder / name).mkdir(parents=True)
        (folder / name / "weights.json").write_text("1", encoding="utf-8")


@pytest.mark.parametrize(
    ("found", "metric", "best"),
    [
        ([4, 7, 5, 6], "val_macro_f1_tuned", "round-002"),
        ([4, 7, 7, 6], "val_macro_f1_tuned", "round-002"),
        ([4, 5, 6, 7], "val_macro_f1_tuned", "round-004"),
        ([4, 7, 5, 6], "val_loss", "round-002"),
        ([9, 7, 5, 6], "val_loss", "round-001"),
        ([9, 7, 5, 6], "test_macro_f1_tuned", "round-004"),
    ],
)
def test_the_best_and_the_last_model_stay_and_no_other(tmp_path, found, metric, best):
    advance(a_run(tmp_path, learner=Learner(found), best_metric=metric))
    assert target(tmp_path, "best") == best
    assert target(tmp_path, "last") == "round-004"
    assert models(tmp_path) == sorted({"best", "last", best, "round-004"})


def test_a_round_whose_metric_is_no_number_is_never_the_best(tmp_path):
    run = a_run(tmp_path, learner=Learner([3, 5, 4, 4]))
    advance(run)
    records = run.records()
    records[0].metrics["val_macro_f1_tuned"] = math.nan
    run.records = lambda: records
    make(tmp_path / "models", "round-001")
    tidy_models(run)
    assert target(tmp_path, "best") == "round-002"


def test_when_the_best_model_is_gone_then_the_best_of_those_left_takes_its_place(tmp_path):
    run = a_run(tmp_path, learner=Learner([4, 7, 5, 6]))
    advance(run)
    (tmp_path / "models" / "round-002").rename(tmp_path / "taken away")
    tidy_models(run)
    assert target(tmp_path, "best") == "round-004"
    assert run.records()[1].metrics["val_macro_f1_tuned"] == pytest.approx(macro_f1(7))


def test_what_a_kill_left_half_written_goes_and_what_a_user_put_there_stays(tmp_path):
    folder = RunFolder(tmp_path)
    make(folder.models, "round-001", "round-002", "round-003", ".round-003.partial", ".round-002.old")
    make(folder.models, ".round-000.gone", "my copy")
    (folder.models / "notes.txt").write_text("mine", encoding="utf-8")
    folder.keep_models("round-001", "round-002")
    assert models(tmp_path) == ["best", "last", "my copy", "notes.txt", "round-001", "round-002"]


def test_a_model_that_is_half_removed_looks_like_none(tmp_path, monkeypatch):
    folder = RunFolder(tmp_path)
    make(folder.models, "round-001", "round-002")

    def dies(path):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("shutil.rmtree", dies)
        with pytest.raises(KeyboardInterrupt):
            folder.keep_models("round-002", "round-002")
    assert not folder.has_model("round-001")
    folder.keep_models("round-002", "round-002")
    assert models(tmp_path) == ["best", "last", "round-002"]


def test_links_that_a_kill_left_behind_are_put_right(tmp_path):
    folder = RunFolder(tmp_path)
    make(folder.models, "round-001", "round-002")
    folder.keep_models("round-001", "round-001")
    make(folder.models, "round-002")
    (folder.models / ".best.new").symlink_to("round-001")
    (folder.models / ".last.new").symlink_to("nowhere")
    folder.keep_models("round-002", "round-002")
    assert models(tmp_path) == ["best", "last", "round-002"]
    assert target(tmp_path, "best") == target(tmp_path, "last") == "round-002"


def test_files_that_a_killed_process_wrote_aside_are_swept_away_and_no_others(tmp_path):
    folder = RunFolder(tmp_path)
    for name in (".config.yaml.4711.tmp", ".rounds.jsonl.12.tmp", "config.yaml", ".hidden", "x.tmp"):
        (tmp_path / name).write_text("", encoding="utf-8")
    folder.sweep()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [".hidden", "config.yaml", "x.tmp"]
