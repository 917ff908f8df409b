"""A whole run with a language model as annotator."""

import json

import numpy as np
import pytest
from llm_stub import completion, error, labels, serving, text_in

import text_al
import text_al.oracles.llm
from text_al.assemble.answers import import_files
from text_al.circumstances import is_machine
from text_al.errors import ConfigError, OracleError
from text_al.types import label_names

CHANGES = [
    "learner={type: tfidf}",
    "tracking.progress=none",
    "active_learning.initial_size=30",
    "active_learning.query_size=10",
    "active_learning.budget=50",
]


def run_of(folder, name, *changes):
    config = text_al.load_config(
        "configs/quickstart.yaml", [*CHANGES, f"output_dir={folder}", f"name={name}", *changes]
    )
    return text_al.open_run(config)


def decisions(run):
    return [(event.row, event.targets) for event in run.pool.events() if event.kind == "labelled"]


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """Decisions of a run with hidden labels; its texts in a file of their own; and text to label names."""
    folder = tmp_path_factory.mktemp("simulated")
    with run_of(folder, "simulated", "data.pool.size=120") as run:
        text_al.advance(run)
        rows, names = np.arange(len(run.texts)), label_names(run.texts.labels)
        texts, ids = run.texts.texts(rows), run.texts.ids(rows)
        known = {}
        for text, row in zip(texts, run.texts.targets(rows), strict=True):
            known.setdefault(text, [name for name, target in zip(names, row, strict=True) if target == 1])
        found = decisions(run)
    lines = (json.dumps({"id": name, "text": text}) for name, text in zip(ids, texts, strict=True))
    (folder / "pool.jsonl").write_text("\n".join(lines))
    return found, [f"data.pool={folder / 'pool.jsonl'}", f"data.labels={json.dumps(names)}"], known


def oracle_at(url, **more):
    args = {"base_url": url, "model": "m", "max_wait_seconds": 0.001, **more}
    return f"oracle={json.dumps({'type': 'llm', 'args': args})}"


def test_a_run_over_a_troubled_endpoint_ends_as_with_hidden_labels_and_says_who_decided(tmp_path, simulated):
    found, data, known = simulated

    def answer(body, number):
        if number % 7 == 3:
            return error(429, "slow down", Retry_After="0")
        return completion("hm") if number % 11 == 5 else labels(*known[text_in(body)])

    with serving(answer) as stub, run_of(tmp_path, "llm", *data, oracle_at(stub.url, n_attempts=5)) as run:
        outcome = text_al.advance(run)
        assert isinstance(outcome, text_al.Finished)
        assert decisions(run) == found
        deciders = {event.annotator for event in run.pool.events() if event.kind == "labelled"}
    (annotator,) = deciders
    assert is_machine(annotator)


def test_a_run_that_stops_at_its_budget_goes_on_with_a_larger_one_and_ends_the_same(tmp_path, simulated):
    found, data, known = simulated
    with serving(lambda body, _: labels(*known[text_in(body)])) as stub:
        with (
            run_of(tmp_path, "llm", *data, oracle_at(stub.url, max_tokens_total=4000)) as run,
            pytest.raises(OracleError, match="max_tokens_total"),
        ):
            text_al.advance(run)
        n_before = len(stub.requests)
        assert 0 < n_before < 50
        with run_of(tmp_path, "llm", *data, oracle_at(stub.url, max_tokens_total=400_000)) as run:
            assert len(decisions(run)) == n_before  # what was paid for is in
            assert isinstance(text_al.advance(run), text_al.Finished)
            assert sorted(decisions(run)) == sorted(found)
        assert len(stub.requests) == 50


def test_a_run_whose_model_never_decides_stops_with_all_texts_open_and_goes_on_once_mended(
    tmp_path, simulated
):
    found, data, known = simulated
    with serving(completion('{"lab', finish="length")) as stub:
        with (
            run_of(tmp_path, "llm", *data, oracle_at(stub.url)) as run,
            pytest.raises(OracleError, match=r"none of the 30 texts of round-000 got a decision"),
        ):
            text_al.advance(run)
        assert len(stub.requests) == 60
        stub.answer = lambda body, _: labels(*known[text_in(body)])
        with run_of(tmp_path, "llm", *data, oracle_at(stub.url, max_tokens=2000)) as run:
            assert (run.pool.counts().skipped, run.pool.counts().pending) == (0, 30)
            assert isinstance(text_al.advance(run), text_al.Finished)
            assert decisions(run) == found


def test_where_it_suggests_two_people_decide_and_its_suggestion_is_nobody(tmp_path, simulated):
    _, data, known = simulated
    several = 'annotation={"overlap": {"share": 1.0, "annotators": 2}}'

    def step(url):
        with run_of(tmp_path, "llm", *data, several, oracle_at(url, answers="suggest")) as run:
            outcome = text_al.advance(run)
            return outcome, run.folder.path

    with serving(lambda body, _: labels(*known[text_in(body)])) as stub:
        outcome, folder = step(stub.url)
        assert (outcome.request.id, outcome.n_missing) == ("round-000", 30)
        assert outcome.request.people == (2,) * 30
        suggested = folder / "queries" / "round-000.suggestions.jsonl"
        lines = [json.loads(line) for line in suggested.read_text().splitlines()]
        assert import_files(folder, [suggested]).n_missing == 30
        for name, n_missing in (("anna", 30), ("anna", 30), ("ben", 0)):
            said = [{**line, "status": "labelled", "annotator": name} for line in lines]
            path = tmp_path / f"{name}.jsonl"
            path.write_text("\n".join(map(json.dumps, said)))
            assert import_files(folder, [path]).n_missing == n_missing
            assert len(stub.requests) == 30  # once a text, however many people
        outcome, _ = step(stub.url)
    assert outcome.request.round == 1
    with run_of(tmp_path, "llm", *data, several, oracle_at(stub.url, answers="suggest")) as run:
        who = {event.annotator for event in run.pool.events() if event.kind == "labelled"}
    assert who == {"anna", "ben"}


def test_people_may_overlap_only_where_they_decide():
    several = 'annotation={"overlap": {"annotators": 2}}'
    at = "http://127.0.0.1:9/v1"
    config = text_al.load_config("configs/quickstart.yaml", [several, oracle_at(at, answers="suggest")])
    assert config.annotation.overlap.annotators == 2
    for answers in ({}, {"answers": "decide"}):
        with pytest.raises(ConfigError, match="overlap asks 2 annotators, but oracle llm is one"):
            text_al.load_config("configs/quickstart.yaml", [several, oracle_at(at, **answers)])
