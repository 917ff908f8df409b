"""What a run gives away: models for us and for plain transformers, with a card, and predictions."""

import json

import numpy as np
import pytest
from cli_examples import text_al as text_al
from loop_examples import finished_run, read_rounds, weights, write_jsonl

import text_al as package
from text_al.assemble.exports import export_corpus, export_run_model, has_column, predict_file
from text_al.data.sources import Columns
from text_al.errors import CorpusError, ModelError, PoolError
from text_al.reporting import Silent
from text_al.tracking.card import model_card
from text_al.training.model import TextList


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A TF-IDF run that went to its end."""
    return finished_run(tmp_path_factory.mktemp("tfidf"))


@pytest.fixture(scope="module")
def tuned(tmp_path_factory, tiny_encoder):
    """Makes fine-tuned runs, one for each pooling."""
    made = {}

    def finetuned(pooling):
        if pooling not in made:
            made[pooling] = finished_run(
                tmp_path_factory.mktemp(pooling),
                learner={"type": "finetuned"},
                model={"encoder": str(tiny_encoder), "pooling": pooling, "max_length": 20},
                training={"max_epochs": 1, "min_updates": 4, "evaluations": 2},
                compute={"device": "cpu", "threads": 1},
                active_learning={"budget": 10},
            )
        return made[pooling]

    return finetuned


TEXTS = ["my invoice is wrong", "", "happy dog " * 30]


def test_the_exported_model_is_the_best_one_and_predicts_the_same(run, tmp_path):
    export_run_model(run, tmp_path / "model")
    found, expected = package.load(tmp_path / "model"), package.load(run)
    assert np.array_equal(found.predict_proba(TEXTS), expected.predict_proba(TEXTS))
    assert found.predict(TEXTS) == expected.predict(TEXTS)
    best = {
        name.removeprefix("best/"): held for name, held in weights(run).items() if name.startswith("best/")
    }
    exported = {file.name: file.read_bytes() for file in (tmp_path / "model").iterdir()}
    assert exported.keys() > best.keys()
    about_the_lesson = {"head.safetensors", "text_al.json"}
    assert all(exported[name] == best[name] for name in best.keys() - about_the_lesson)


def test_an_exported_model_does_not_say_which_texts_it_learned_from(run, tmp_path):
    from safetensors.numpy import load_file

    export_run_model(run, tmp_path / "model")
    assert load_file(run / "models" / "best" / "head.safetensors").keys() > {"rows", "targets"}
    assert load_file(tmp_path / "model" / "head.safetensors").keys().isdisjoint({"rows", "targets"})
    assert "round" not in json.loads((tmp_path / "model" / "text_al.json").read_text())


def test_the_card_says_how_good_the_model_is_and_how_that_was_measured(run, tmp_path):
    export_run_model(run, tmp_path / "model")
    card = (tmp_path / "model" / "README.md").read_text(encoding="utf-8")
    records = read_rounds(run)
    best = max(records, key=lambda record: record.metrics["val_macro_f1_tuned"])
    assert card.startswith("---\ntags: [")
    assert f"trained on {best.n_labelled} labelled texts (round {best.round} of {len(records)}" in card
    assert "- kind: tfidf\n" in card
    for name, threshold in best.thresholds.items():
        assert f"| {name} | {threshold:.3f} | {best.per_label_f1[name]:.3f} |" in card
    assert "Thresholds were tuned on the validation set" in card
    assert "\n- versions: text-al " in card
    for note in best.notes:
        assert f"\n- {note}" in card


def test_a_card_without_a_validation_set_says_so_and_keeps_its_table_whole():
    from tracking_examples import a_record

    record = a_record(threshold_rule="0.5", thresholds={"a|b\nc": 0.5}, per_label_f1={}, per_label_set="")
    card = model_card("x", record, [record], {"kind": "tfidf", "versions": {"torch": "2"}})
    assert "There was no validation set" in card
    assert "| a\\|b c | 0.500 |  |\n" in card
    assert "| label | threshold | F1 |\n" in card


def test_what_is_there_already_is_not_overwritten(run, tmp_path):
    (tmp_path / "there").write_text("mine", encoding="utf-8")
    with pytest.raises(ModelError, match="exists already"):
        export_run_model(run, tmp_path / "there")
    with pytest.raises(PoolError, match="exists already"):
        export_corpus(run, tmp_path / "there")
    assert (tmp_path / "there").read_text(encoding="utf-8") == "mine"


def test_a_corpus_that_cannot_be_written_leaves_nothing_behind(run, tmp_path, monkeypatch):
    from text_al.assemble import corpus_rows

    monkeypatch.setattr(corpus_rows, "_decision", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export_corpus(run, tmp_path / "corpus.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_before_the_first_round_there_is_no_model_to_export(tmp_path):
    with pytest.raises(ModelError, match="holds no model"):
        export_run_model(tmp_path, tmp_path / "model")


def test_a_model_that_is_no_runs_is_not_exported_as_one(run, tmp_path):
    with pytest.raises(PoolError, match="there is no run at"):
        export_run_model(run / "models" / "best", tmp_path / "model")


def test_a_model_of_no_round_that_is_kept_is_not_exported(run, tmp_path):
    import shutil

    copy = tmp_path / "run"
    shutil.copytree(run, copy, symlinks=True)
    last = (copy / "models" / "last").resolve()
    last.rename(last.with_name("round-099"))
    (copy / "models" / "best").unlink()
    (copy / "models" / "best").symlink_to("round-099")
    with pytest.raises(ModelError, match="has no finished round yet"):
        export_run_model(copy, tmp_path / "model")


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_a_pooling_of_our_own_has_no_plain_form(tuned, tmp_path, pooling):
    with pytest.raises(
        ModelError, match=f"pools by {pooling}, which plain transformers cannot load; train with"
    ):
        export_run_model(tuned(pooling), tmp_path / "plain", plain=True)
    assert not (tmp_path / "plain").exists()


def test_a_model_without_an_encoder_has_no_plain_form(run, tmp_path):
    with pytest.raises(ModelError, match="pools by tfidf"):
        export_run_model(run, tmp_path / "plain", plain=True)


def test_plain_transformers_load_the_whole_model_and_give_the_same_probabilities(tuned, tmp_path):
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    export_run_model(tuned("pooler"), tmp_path / "plain", plain=True)
    ours = package.load(tuned("pooler"))
    plain = AutoModelForSequenceClassification.from_pretrained(tmp_path / "plain").eval()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "plain")
    with torch.inference_mode():
        logits = plain(**tokenizer(TEXTS, padding=True, truncation=True, return_tensors="pt")).logits
    assert np.allclose(logits.numpy(), ours.learner.exact_logits(TextList(TEXTS), Silent()), atol=1e-5)
    # where the hardware computes in bf16, ours does too
    assert np.allclose(torch.sigmoid(logits).numpy(), ours.predict_proba(TEXTS), atol=5e-3)
    assert tuple(plain.config.id2label.values()) == ours.labels
    assert plain.config.problem_type == "multi_label_classification"
    assert plain.config.thresholds == pytest.approx(ours.thresholds.tolist())
    assert "AutoModel" not in (tmp_path / "plain" / "README.md").read_text(encoding="utf-8")


def test_an_architecture_with_another_head_is_refused_by_what_it_answers(tuned, tmp_path, monkeypatch):
    import torch
    from transformers import AutoModelForSequenceClassification

    made = AutoModelForSequenceClassification.from_config

    def with_another_head(config):
        model = made(config)
        model.classifier = torch.nn.Sequential(torch.nn.Tanh(), model.classifier)
        return model

    monkeypatch.setattr(AutoModelForSequenceClassification, "from_config", with_another_head)
    with pytest.raises(ModelError, match="has another head than a pooler and one linear layer"):
        export_run_model(tuned("pooler"), tmp_path / "plain", plain=True)

    def with_another_activation(config):
        model = made(config)
        model.bert.pooler.activation = torch.nn.Identity()
        return model

    monkeypatch.setattr(AutoModelForSequenceClassification, "from_config", with_another_activation)
    with pytest.raises(ModelError, match="has another head than a pooler and one linear layer"):
        export_run_model(tuned("pooler"), tmp_path / "plain", plain=True)
    assert list(tmp_path.iterdir()) == []


def test_a_fine_tuned_model_exported_as_ours_predicts_the_same(tuned, tmp_path):
    export_run_model(tuned("mean"), tmp_path / "model")
    found, expected = package.load(tmp_path / "model"), package.load(tuned("mean"))
    assert np.array_equal(found.predict_proba(TEXTS), expected.predict_proba(TEXTS))


def predictions(run, path, note=lambda _: None, **columns):
    return list(predict_file(run, str(path), Columns(**{"labels": None, **columns}), note=note))


def test_every_text_of_a_file_is_predicted_in_order(run, tmp_path):
    rows = [{"id": f"n{place}", "text": text} for place, text in enumerate(TEXTS * 700)]
    found = predictions(run, write_jsonl(tmp_path / "new.jsonl", rows))
    assert [line["id"] for line in found] == [row["id"] for row in rows]
    model = package.load(run)
    probs = model.predict_proba(TEXTS)
    for line, row, labels in zip(found, np.tile(probs, (700, 1)), model.predict(TEXTS) * 700, strict=True):
        assert list(line["probs"].values()) == pytest.approx(row.tolist(), abs=5e-5)
        assert line["labels"] == labels
    assert tuple(found[0]["probs"]) == model.labels


def test_columns_may_have_other_names_and_rows_no_ids(run, tmp_path):
    (tmp_path / "new.csv").write_text("body,key\nhello,7\nthere,8\n", encoding="utf-8")
    named = predictions(run, tmp_path / "new.csv", text="body", id="key")
    assert [line["id"] for line in named] == ["7", "8"]
    assert [line["id"] for line in predictions(run, tmp_path / "new.csv", text="body", id=None)] == [
        "row-0",
        "row-1",
    ]


def write(path, rows):
    """The rows as the kind of file that the name says."""
    import pyarrow as pa
    from pyarrow import parquet

    if path.suffix == ".parquet":
        parquet.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".jsonl":
        write_jsonl(path, rows)
    else:
        lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
@pytest.mark.parametrize("text_column", ["text", "body"])
def test_a_column_of_ids_is_found_whatever_the_file(tmp_path, suffix, text_column):
    with_ids = write(tmp_path / f"a{suffix}", [{text_column: "hello", "id": "7"}])
    without = write(tmp_path / f"b{suffix}", [{text_column: "hello", "key": "7"}])
    assert has_column(str(with_ids), "id")
    assert not has_column(str(without), "id")
    assert not has_column(str(tmp_path / f"nothing{suffix}"), "id")


def test_ids_are_used_where_there_are_some_and_can_be_left_out(run, tmp_path, text_al):
    (tmp_path / "new.csv").write_text("id,body\n7,hello\n8,there\n", encoding="utf-8")
    for arguments, ids in (((), ["7", "8"]), (("--id-column", ""), ["row-0", "row-1"])):
        status, out, _ = text_al("predict", run, tmp_path / "new.csv", "--text-column", "body", *arguments)
        assert status == 0
        assert [json.loads(line)["id"] for line in out.splitlines()] == ids


def test_rows_that_are_predicted_once_although_they_stand_twice_are_said(run, tmp_path):
    (tmp_path / "new.csv").write_text("id,text\n1,hello\n1,hello\n2,there\n", encoding="utf-8")
    notes = []
    assert [line["id"] for line in predictions(run, tmp_path / "new.csv", note=notes.append)] == ["1", "2"]
    assert any("repeated word for word and kept once (ids 1)" in note for note in notes)


def test_a_file_that_cannot_be_read_is_named(run, tmp_path):
    with pytest.raises(CorpusError, match=r"there is no file .*nothing\.csv"):
        predictions(run, tmp_path / "nothing.csv")


def test_the_same_by_the_command_line(run, tuned, tmp_path, text_al):
    status, out, _ = text_al("export", run, "--model", tmp_path / "ours", "--corpus", tmp_path / "c.jsonl")
    assert status == 0
    assert out.splitlines() == [
        f"the model is in {tmp_path / 'ours'}; text_al.load('{tmp_path / 'ours'}') reads it",
        f"{tmp_path / 'c.jsonl'}: 25 labelled texts, 0 skipped; see {tmp_path / 'c.jsonl.card.md'}",
    ]
    corpus = [json.loads(line) for line in (tmp_path / "c.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(corpus) == 25
    status, out, _ = text_al("export", tuned("pooler"), "--plain", "--model", tmp_path / "plain")
    assert status == 0
    assert "AutoModelForSequenceClassification.from_pretrained(" in out
    for arguments, words in (
        ((), "say what to write"),
        (("--plain", "--corpus", tmp_path / "d.jsonl"), "--plain is about the model"),
    ):
        status, _, err = text_al("export", run, *arguments)
        assert status == 2
        assert words in err
    status, _, err = text_al("export", run, "--model", tmp_path / "ours")
    assert status == 2
    assert err == f"text-al: {tmp_path / 'ours'} exists already; give a folder that does not\n"
