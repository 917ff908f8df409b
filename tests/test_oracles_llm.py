"""A language model as annotator: what it is asked, what its answers become, and what is kept of them."""

import json
from datetime import datetime, timedelta

import pytest
from llm_stub import (
    LABELS,
    NAMES,
    Texts,
    completion,
    corpus_of,
    decided,
    error,
    labels,
    oracle,
    request,
    serving,
    text_in,
    texts_in,
)

from text_al.circumstances import is_machine
from text_al.data.pool import QueryPool
from text_al.errors import OracleError
from text_al.formats.interchange import read_decisions
from text_al.oracles.base import ORACLES
from text_al.oracles.llm import suggestions
from text_al.oracles.llm.journal import Kept
from text_al.oracles.llm.standing import standings
from text_al.registry import SettingsError
from text_al.types import Label


def by_text(answers):
    """Replies that depend on the text alone, in whatever order requests come."""
    return lambda body, _: answers[text_in(body)]


def test_labels_none_and_several_become_answers_in_the_order_of_the_rows(tmp_path):
    said = {"text 0": labels("anger"), "text 1": labels(), "text 2": labels(NAMES[2], "joy")}
    with serving(by_text(said)) as stub:
        asked = request(3, rows=(2, 0, 1))
        answers = oracle(stub.url, tmp_path, corpus_of(3), n_parallel=3).collect(asked)
    assert answers.request_id == asked.id
    assert decided(answers) == [
        (2, "labelled", (1, 0, 1)),
        (0, "labelled", (0, 1, 0)),
        (1, "labelled", (0, 0, 0)),
    ]
    assert stub.paths == ["/v1/chat/completions"] * 3


def test_an_answer_tells_who_decided_when_how_long_it_took_and_where_the_reply_is(tmp_path):
    with serving(labels("joy", ref="chatcmpl-77")) as stub:
        made = oracle(stub.url, tmp_path, corpus_of(1), model="org/some-model:7b")
        (answer,) = made.collect(request(1)).answers
    assert answer.annotator == made.annotator
    assert answer.annotator.startswith("llm:org/some-model:7b@")
    assert is_machine(answer.annotator)
    assert answer.source == "llm"
    assert answer.how.ref == "chatcmpl-77"
    assert answer.how.seconds > 0
    assert datetime.fromisoformat(answer.at).utcoffset() == timedelta(0)


def test_the_schema_names_the_labels_and_forbids_all_else(tmp_path):
    with serving(labels()) as stub:
        oracle(stub.url, tmp_path, corpus_of(1)).collect(request(1))
    (body,) = stub.requests
    assert body["response_format"]["type"] == "json_schema"
    assert body["response_format"]["json_schema"]["strict"] is True
    assert body["response_format"]["json_schema"]["schema"] == {
        "type": "object",
        "properties": {"labels": {"type": "array", "items": {"type": "string", "enum": list(NAMES)}}},
        "required": ["labels"],
        "additionalProperties": False,
    }
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("stub", 0.0, 50)


def test_asking_alone_sends_nothing(tmp_path):
    with serving(labels()) as stub:
        oracle(stub.url, tmp_path, corpus_of(1)).ask(request(1))
        assert stub.requests == []
    assert not list(tmp_path.iterdir())


def test_what_is_decided_is_never_asked_again_not_even_by_another_process(tmp_path):
    with serving(labels("joy")) as stub:
        first = oracle(stub.url, tmp_path, corpus_of(4), n_parallel=2).collect(request(4))
        again = oracle(stub.url, tmp_path, corpus_of(4)).collect(request(4))
        assert len(stub.requests) == 4
    assert again == first
    offline = oracle("http://127.0.0.1:9/v1", tmp_path, corpus_of(4)).collect(request(4))
    assert offline == first


def test_a_pool_takes_its_answers_twice_without_a_second_event(tmp_path):
    pool, asked = QueryPool.in_memory(3, list(NAMES)), request(3)
    pool.mark_pending(asked)
    with serving(by_text({"text 0": labels("joy"), "text 1": labels(), "text 2": completion("no")})) as stub:
        made = oracle(stub.url, tmp_path, corpus_of(3))
        histories = []
        for _ in range(2):
            pool.label(made.collect(asked), round=3)
            histories.append(list(pool.events()))
    assert histories[0] == histories[1]
    assert (pool.counts().labelled, pool.counts().skipped, pool.counts().pending) == (2, 1, 0)


def test_a_reply_torn_off_by_a_kill_is_asked_for_again_and_the_others_hold(tmp_path):
    with serving(labels("joy")) as stub:
        made = oracle(stub.url, tmp_path, corpus_of(2))
        first = made.collect(request(2))
        (path,) = (tmp_path / "llm").iterdir()
        path.write_bytes(path.read_bytes()[:-20])
        again = oracle(stub.url, tmp_path, corpus_of(2)).collect(request(2))
        assert len(stub.requests) == 3
    assert decided(again) == decided(first)
    assert len([json.loads(line) for line in path.read_text().splitlines()]) == 2


def test_a_reply_is_flushed_to_the_disk_before_the_next_goes_out(tmp_path, monkeypatch):
    import os

    flushed, on_disk = [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda number: flushed.append(on_disk(number)))
    n_flushed = []

    def answer(body, number):
        n_flushed.append(len(flushed))
        return labels("joy")

    with serving(answer) as stub:
        oracle(stub.url, tmp_path, corpus_of(4)).collect(request(4))
    assert n_flushed == [0, 1, 2, 3]


def test_the_first_decision_on_a_text_holds():
    said = ("hm", '{"labels": ["joy"]}', '{"labels": []}', "hm")
    replies = [Kept(("a",), NAMES, "llm:m@1", "", content=content) for content in said]
    standing = standings(replies)["a"]
    assert (standing.labels, standing.kept, standing.n_attempts) == (("joy",), replies[1], 1)


def test_a_line_of_the_journal_that_somebody_broke_is_named(tmp_path):
    with serving(labels("joy")) as stub:
        oracle(stub.url, tmp_path, corpus_of(2)).collect(request(2))
    (path,) = (tmp_path / "llm").iterdir()
    path.write_bytes(path.read_bytes().replace(b'"ids"', b'"idz"', 1))
    with pytest.raises(OracleError, match=r"round-003\.jsonl, line 1: "):
        oracle(stub.url, tmp_path, corpus_of(2)).collect(request(2))


def test_whatever_the_request_is_called_its_file_stays_in_the_folder(tmp_path):
    with serving(labels("joy")) as stub:
        for name in ("../../out", "/etc/x", "..", "a b", "a/b", "a_b", ""):
            made = oracle(stub.url, tmp_path / "run", corpus_of(1))
            assert len(made.collect(request(1, name=name)).answers) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert len(list((tmp_path / "run" / "llm").iterdir())) == 7


def test_only_the_labels_asked_about_stand_in_the_prompt_and_are_answered(tmp_path):
    asked = request(2, considered=((0, 2), (1,)))
    said = {"text 0": labels("joy"), "text 1": labels()}
    with serving(by_text(said)) as stub:
        answers = oracle(stub.url, tmp_path, corpus_of(2)).collect(asked)
    assert decided(answers) == [(0, "labelled", (1, -1, 0)), (1, "labelled", (-1, 0, -1))]
    assert [answer.considered for answer in answers.answers] == [(0, 2), (1,)]
    assert "joy" not in stub.requests[1]["messages"][0]["content"]


def test_a_label_that_was_not_asked_about_is_no_decision(tmp_path):
    with serving(labels("anger")) as stub:
        (answer,) = oracle(stub.url, tmp_path, corpus_of(1)).collect(request(1, considered=((0, 2),))).answers
    assert (answer.status, answer.considered) == ("skipped", (0, 2))
    assert "'anger', which is none of the labels asked about" in answer.comment


def test_of_many_labels_a_text_is_asked_about_the_likeliest_and_nothing_is_said_of_the_others(tmp_path):
    many = tuple(Label(f"L{place}") for place in range(5))
    probs = ((0.1, 0.9, 0.2, 0.8), (0.5, 0.1, 0.1, 0.4))  # the last label came later
    asked = request(2, probs=probs)
    with serving(labels("L4")) as stub:
        answers = oracle(stub.url, tmp_path, corpus_of(2, many), max_labels=3).collect(asked)
    assert [answer.considered for answer in answers.answers] == [(1, 3, 4), (0, 3, 4)]
    assert decided(answers) == [(0, "labelled", (-1, 0, -1, 0, 1)), (1, "labelled", (0, -1, -1, 0, 1))]


@pytest.mark.parametrize("more", [{"purpose": "audit"}, {"blind": (True,)}, {"probs": None}])
def test_a_text_that_measures_the_model_is_asked_about_every_label(tmp_path, more):
    many = tuple(Label(f"L{place}") for place in range(5))
    asked = request(1, **({"probs": ((0.1, 0.9, 0.2, 0.8, 0.3),)} | more))
    with serving(labels("L2")) as stub:
        (answer,) = oracle(stub.url, tmp_path, corpus_of(1, many), max_labels=2).collect(asked).answers
    assert answer.targets == (0, 0, 1, 0, 0)


def many_reply(body, number, *, change=lambda listed: listed):
    """Each text's own number as a label, joy for odd ones."""
    found = [text for _, text in texts_in(body)]
    if len(found) == 1:
        return labels("joy") if int(found[0][-1]) % 2 else labels()
    listed = [
        {"id": place, "labels": ["joy"] if int(text[-1]) % 2 else []} for place, text in enumerate(found, 1)
    ]
    return completion(json.dumps({"texts": change(listed)}))


def test_several_texts_of_one_request_get_each_their_own_answer(tmp_path):
    with serving(many_reply) as stub:
        answers = oracle(stub.url, tmp_path, corpus_of(5), texts_per_request=2).collect(request(5))
    assert [len(texts_in(body)) for body in stub.requests] == [2, 2, 1]
    assert [answer.targets[0] for answer in answers.answers] == [0, 1, 0, 1, 0]
    schema = stub.requests[0]["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["texts"]["items"]["properties"]["id"]["enum"] == [1, 2]


@pytest.mark.parametrize(
    ("change", "n_lost"),
    [
        (lambda listed: listed[1:], 1),
        (lambda listed: [*listed, listed[0]], 1),
        (lambda listed: [{**listed[0], "labels": ["glee"]}, *listed[1:]], 1),
        (lambda listed: [{**listed[0], "id": "1"}, *listed[1:]], 3),
        (lambda listed: [{**one, "id": one["id"] - 1} for one in listed], 3),
        (lambda listed: {"1": listed}, 3),
    ],
    ids=["missing", "twice", "unknown label", "id as text", "counted from 0", "another form"],
)
def test_a_text_without_a_decision_in_a_batch_goes_out_alone_and_the_others_keep_theirs(
    tmp_path, change, n_lost
):
    with serving(lambda body, number: many_reply(body, number, change=change)) as stub:
        answers = oracle(stub.url, tmp_path, corpus_of(3), texts_per_request=3).collect(request(3))
    assert [answer.targets for answer in answers.answers] == [(0, 0, 0), (1, 0, 0), (0, 0, 0)]
    assert [len(texts_in(body)) for body in stub.requests] == [3] + [1] * n_lost


def test_texts_that_are_asked_about_different_labels_do_not_share_a_request(tmp_path):
    asked = request(4, considered=((0, 1), (0, 1), (2,), (0, 1)))
    with serving(many_reply) as stub:
        oracle(stub.url, tmp_path, corpus_of(4), texts_per_request=4, n_attempts=1).collect(asked)
    assert [len(texts_in(body)) for body in stub.requests] == [2, 1, 1]


def test_so_many_requests_as_are_allowed_are_under_way_at_once_after_the_first(tmp_path):
    from threading import Barrier

    barrier = Barrier(3, timeout=20)

    def answer(body, number):
        if number:
            barrier.wait()  # passes only when three are there
        return labels("joy")

    with serving(answer) as stub:
        answers = oracle(stub.url, tmp_path, corpus_of(7), n_parallel=3).collect(request(7))
    assert stub.most_at_once == 3
    assert len(answers.answers) == 7


def built(folder, url="http://127.0.0.1:9/v1", mode="ranked", corpus=None, **settings):
    entry = ORACLES.entry("llm")
    known = {"folder": folder, "corpus": corpus or corpus_of(3), "guidelines": "", "mode": mode, "seed": 0}
    return entry.build({"base_url": url, "model": "stub", **settings}, **known)


def test_the_registered_oracle_answers_as_its_settings_say(tmp_path):
    with serving(labels("joy")) as stub:
        settings = {"max_tokens": 7, "temperature": 0.5, "extra": {"reasoning_effort": "low", "model": "x"}}
        answers = built(tmp_path, stub.url, **settings).collect(request(3))
    assert [answer.targets for answer in answers.answers] == [(1, 0, 0)] * 3
    body = stub.requests[0]
    assert (body["max_tokens"], body["temperature"], body["reasoning_effort"]) == (7, 0.5, "low")
    assert body["model"] == "stub"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"base_url": "localhost:8000/v1"}, "base_url: must be http"),
        ({"base_url": "https://me:hunter2@example.org/v1"}, "base_url: must be http"),
        ({"base_url": "https://example.org/v1?key=hunter2"}, "base_url: must be http"),
        ({"max_cost": 5}, "max_cost: needs price_in and price_out"),
        ({"api_key_env": "A", "api_key_file": "b"}, "api_key_file: the key is named twice"),
        ({"api_key": "hunter2"}, "api_key: unknown key. Did you mean 'api_key_env'?"),
        ({"n_parallel": 0}, "n_parallel"),
        ({"answers": "decides"}, "answers"),
    ],
)
def test_settings_that_do_not_fit_are_explained_without_repeating_a_key(tmp_path, settings, said):
    with pytest.raises(SettingsError) as found:
        built(tmp_path, **settings)
    assert said in str(found.value)
    assert "hunter2" not in str(found.value)


def test_suggestions_are_kept_for_people_and_decide_nothing(tmp_path):
    asked = request(3)
    said = {"text 0": labels("joy"), "text 1": labels(), "text 2": completion("no idea")}
    with serving(by_text(said)) as stub:
        made = built(tmp_path, stub.url, answers="suggest", formats=["jsonl"])
        made.ask(asked)
        n_requests = len(stub.requests)
        made.ask(asked)
        assert made.collect(asked).answers == ()
        assert len(stub.requests) == n_requests == 4  # one text is asked about twice
    found = suggestions(tmp_path, asked.id)
    assert {text_id: one.labels for text_id, one in found.items()} == {"../0": ("joy",), "../1": ()}
    assert found["../0"].annotator.startswith("llm:stub@")
    assert found["../0"].considered == NAMES
    assert (tmp_path / "round-003.jsonl").exists()


def test_a_file_of_suggestions_that_is_imported_decides_nothing(tmp_path):
    with serving(labels("joy")) as stub:
        built(tmp_path, stub.url, answers="suggest").ask(request(3))
    assert read_decisions(tmp_path / "round-003.suggestions.jsonl", NAMES) == []


def test_people_are_shown_no_suggestion_where_it_is_hidden_and_it_costs_nothing(tmp_path):
    with serving(labels("joy")) as stub:
        built(tmp_path, stub.url, answers="suggest").ask(request(3, blind=(True, False, True)))
        assert list(suggestions(tmp_path, "round-003")) == ["../1"]
        built(tmp_path, stub.url, answers="suggest").ask(request(3, name="audit", purpose="audit"))
        built(tmp_path, stub.url, answers="suggest", mode="none").ask(request(3, name="none"))
        assert len(stub.requests) == 1
    assert (tmp_path / "none.jsonl").exists()


def test_people_go_on_while_the_endpoint_is_down_once_the_suggestions_are_there(tmp_path):
    with serving(labels("joy")) as stub:
        stub.answer = lambda body, number: completion("hm") if number else labels("joy")
        built(tmp_path, stub.url, answers="suggest").ask(request(3))
    made = built(tmp_path, answers="suggest", n_attempts=9)
    made.ask(request(3))
    assert made.collect(request(3)).answers == ()


def test_no_suggestions_are_nothing_and_a_broken_file_of_them_is_named(tmp_path):
    assert suggestions(tmp_path, "round-009") == {}
    (tmp_path / "round-009.suggestions.jsonl").write_text('{"id": "a"}\n')
    with pytest.raises(OracleError, match=r"round-009\.suggestions\.jsonl: it is not as text_al wrote it"):
        suggestions(tmp_path, "round-009")


def test_an_error_halfway_carries_what_came_in_before_it(tmp_path):
    with serving([labels("joy"), labels(), error(404, "the model is gone")]) as stub:
        made = oracle(stub.url, tmp_path, corpus_of(5))
        with pytest.raises(OracleError, match="the model is gone") as found:
            made.collect(request(5))
    assert decided(found.value.answers) == [(0, "labelled", (1, 0, 0)), (1, "labelled", (0, 0, 0))]


def test_texts_in_any_script_arrive_as_they_are(tmp_path):
    texts = ("三\n行", "שלום", "e\u0301 \U0001f642 \u2028 \x85 \t", "", "<b>&amp;</b>")
    with serving(labels()) as stub:
        oracle(stub.url, tmp_path, Texts(*texts)).collect(request(5))
    assert [text_in(body) for body in stub.requests] == list(texts)


def test_labels_come_with_their_meaning_and_examples_and_the_guidelines_with_them(tmp_path):
    with serving(labels()) as stub:
        oracle(stub.url, tmp_path, corpus_of(1), guidelines="When in doubt, leave it out.").collect(
            request(1)
        )
    told = stub.requests[0]["messages"][0]["content"]
    assert '- "joy": is glad (for example: "hooray")' in told
    assert '- "anger"\n' in told
    assert json.dumps(LABELS[2].name) in told
    assert "When in doubt, leave it out." in told
