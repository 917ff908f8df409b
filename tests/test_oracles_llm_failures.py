"""An endpoint that fails: what is tried again, what is no decision, and what stops with a clear sentence."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from llm_stub import Reply, completion, corpus_of, decided, error, labels, oracle, request, serving, text_in

from text_al.errors import OracleError
from text_al.oracles.waiting import seconds_to_wait

SCHEMA = "'response_format.type' of json_schema is not supported"


def collected(folder, answer, *, n=1, **settings):
    """What an endpoint's answers become, and what it was asked."""
    with serving(answer) as stub:
        return oracle(stub.url, folder, corpus_of(n), **settings).collect(request(n)), stub


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 529])
def test_a_busy_or_broken_endpoint_is_asked_again_after_growing_pauses(tmp_path, status):
    sleeps = []
    replies = [error(status, "try later"), error(status, "try later"), labels("joy")]
    answers, stub = collected(tmp_path, replies, sleeps=sleeps)
    assert decided(answers) == [(0, "labelled", (1, 0, 0))]
    assert len(stub.requests) == 3
    assert 0.5 <= sleeps[0] < 1 <= sleeps[1] < 2


def test_the_endpoint_says_how_long_to_wait(tmp_path):
    sleeps = []
    collected(tmp_path, [error(429, "slow down", Retry_After="7"), labels("joy")], sleeps=sleeps)
    assert 7 <= sleeps[0] < 8


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [
        ("", 1.0, 2.0),
        ("3", 3.0, 4.0),
        ("0", 0.0, 1.0),
        ("-5", 0.0, 1.0),
        ("86400", 10.0, 10.0),
        ("inf", 10.0, 10.0),
        ("nan", 0.0, 10.0),
        ("soon", 1.0, 2.0),
        (format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True), 10.0, 10.0),
        (format_datetime(datetime.now(UTC) - timedelta(hours=2), usegmt=True), 0.0, 1.0),
    ],
)
@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_a_pause_is_what_the_endpoint_asks_for_within_limits(asked, least, most, share):
    assert least <= seconds_to_wait(asked, 1, share=share, longest=10.0) <= most


def test_pauses_stay_within_the_limit_however_often_it_fails():
    assert seconds_to_wait("", 60, share=0.99, longest=10.0) <= 10


def test_an_endpoint_that_does_not_answer_in_time_is_asked_again(tmp_path):
    replies = [Reply(hold=True), labels("joy")]
    answers, stub = collected(tmp_path, replies, timeout_seconds=0.2)
    assert decided(answers) == [(0, "labelled", (1, 0, 0))]
    assert len(stub.requests) == 2


def test_an_endpoint_that_never_answers_stops_the_run_and_counts_against_no_text(tmp_path):
    with serving(Reply(hold=True)) as stub:
        made = oracle(stub.url, tmp_path, corpus_of(4), timeout_seconds=0.1, n_retries=0)
        with pytest.raises(OracleError, match=r"did not answer within 0\.1 s.* run again") as found:
            made.collect(request(4))
        assert found.value.answers.answers == ()
        assert len(stub.requests) in (3, 4)  # the fourth may have gone out already
        stub.answer = lambda body, number: labels("joy")
        assert len(oracle(stub.url, tmp_path, corpus_of(4)).collect(request(4)).answers) == 4


def test_an_endpoint_that_is_not_there_is_named_with_what_to_do(tmp_path):
    sleeps = []
    made = oracle("http://127.0.0.1:9/v1", tmp_path, corpus_of(2), sleeps=sleeps)
    with pytest.raises(
        OracleError, match=r"http://127\.0\.0\.1:9/v1: it cannot be reached.*in each of 3 tries"
    ):
        made.collect(request(2))
    assert len(sleeps) == 2


def test_an_endpoint_that_goes_down_halfway_loses_nothing_of_what_it_answered(tmp_path):
    def answer(body, number):
        return labels("joy") if number < 3 else error(503, "down for maintenance")

    with serving(answer) as stub:
        with pytest.raises(OracleError, match="down for maintenance") as found:
            oracle(stub.url, tmp_path, corpus_of(9), n_parallel=3).collect(request(9))
        assert len(found.value.answers.answers) == 3
        stub.answer = lambda body, number: labels("joy")
        n_before = len(stub.requests)
        assert len(oracle(stub.url, tmp_path, corpus_of(9)).collect(request(9)).answers) == 9
        assert len(stub.requests) - n_before == 6


def test_a_text_on_which_the_endpoint_breaks_is_skipped_and_the_others_are_answered(tmp_path):
    def answer(body, number):
        return error(500, "CUDA assert") if text_in(body) == "text 1" else labels("joy")

    answers, stub = collected(tmp_path, answer, n=4)
    assert [answer.status for answer in answers.answers] == ["labelled", "skipped", "labelled", "labelled"]
    assert answers.answers[1].comment == (
        "no decision in 2 attempts: it answers HTTP 500: CUDA assert, in each of 3 tries"
    )
    assert len(stub.requests) == 3 + 2 * 3


def test_a_text_that_is_too_long_for_the_model_is_skipped_at_once(tmp_path):
    def answer(body, number):
        too_long = text_in(body) == "text 1"
        return error(400, "maximum context length is 4096 tokens") if too_long else labels("joy")

    answers, stub = collected(tmp_path, answer, n=3)
    assert [answer.status for answer in answers.answers] == ["labelled", "skipped", "labelled"]
    assert "maximum context length" in answers.answers[1].comment
    assert len(stub.requests) == 4


def test_many_texts_in_a_row_may_be_too_long_where_others_are_answered(tmp_path):
    def answer(body, number):
        return labels("joy") if text_in(body) == "text 0" else error(413, "too large")

    answers, _ = collected(tmp_path, answer, n=6)
    assert [answer.status for answer in answers.answers] == ["labelled"] + ["skipped"] * 5


@pytest.mark.parametrize("n_before", [0, 4])
def test_an_endpoint_that_takes_no_text_at_all_is_set_up_wrongly_and_skips_none(tmp_path, n_before):
    with serving(labels("joy")) as stub:
        if n_before:
            oracle(stub.url, tmp_path, corpus_of(n_before)).collect(request(n_before, name="round-000"))
        stub.answer = lambda body, number: error(400, "max_tokens is too large for the context length")
        for _ in range(3):
            with pytest.raises(OracleError, match="max_tokens is too large"):
                oracle(stub.url, tmp_path, corpus_of(4)).collect(request(4))
        stub.answer = lambda body, number: labels("joy")
        answers = oracle(stub.url, tmp_path, corpus_of(4)).collect(request(4))
    assert {answer.status for answer in answers.answers} == {"labelled"}


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (completion("I think it is joy."), "the answer is no JSON: 'I think it is joy.'"),
        (completion('{"labels": ["joy"'), "the answer is no JSON"),
        (completion('{"labels": ["jo', finish="length"), "the answer was cut off; raise oracle.max_tokens"),
        (labels("joy", finish="length"), "the answer was cut off"),
        (labels("joy", finish="content_filter"), "the endpoint's filter held the answer back"),
        (completion(None, refusal="I cannot help with that."), "the model refused: I cannot help with that."),
        (completion(""), "the answer is empty"),
        (completion(None), "the answer is empty"),
        (labels("joy", "glee"), "the answer names 'glee', which is none of the labels asked about"),
        (labels("Joy"), "the answer names 'Joy'"),
        (completion('{"label": "joy"}'), "the answer has no list of labels"),
        (completion('{"labels": "joy"}'), "the answer has no list of labels"),
        (completion('{"labels": [1]}'), "the answer has no list of labels"),
        (completion('{"labels": ["joy"], "labels": []}'), "the answer says the same thing twice"),
        (completion("null"), "the answer has no list of labels"),
        (Reply({"id": "x", "choices": []}), "the answer is empty"),
        (Reply({"choices": [{"message": None}]}), "the answer is empty"),
    ],
)
def test_what_is_no_clear_answer_is_no_decision_and_never_an_empty_one(tmp_path, reply, why):
    def answer(body, number):
        return reply if text_in(body) == "text 1" else labels()

    answers, stub = collected(tmp_path, answer, n=3)
    assert decided(answers) == [
        (0, "labelled", (0, 0, 0)),
        (1, "skipped", None),
        (2, "labelled", (0, 0, 0)),
    ]
    assert answers.answers[1].comment.startswith(f"no decision in 2 attempts: {why}")
    assert [text_in(body) for body in stub.requests].count("text 1") == 2


def test_a_second_attempt_that_is_clear_decides(tmp_path):
    answers, _ = collected(tmp_path, [completion("hm"), labels("joy")])
    assert decided(answers) == [(0, "labelled", (1, 0, 0))]


def test_attempts_count_over_restarts(tmp_path):
    with serving([completion("hm"), error(404, "gone"), completion("hm"), labels("joy")]) as stub:
        with pytest.raises(OracleError):
            oracle(stub.url, tmp_path, corpus_of(1)).collect(request(1))
        (answer,) = oracle(stub.url, tmp_path, corpus_of(1)).collect(request(1)).answers
        assert (answer.status, len(stub.requests)) == ("skipped", 3)
        (answer,) = oracle(stub.url, tmp_path, corpus_of(1), n_attempts=3).collect(request(1)).answers
    assert answer.status == "labelled"


@pytest.mark.parametrize("status", [400, 404, 422, 500])
def test_an_endpoint_without_schemas_is_asked_for_json_and_without_that_in_words(tmp_path, status):
    def answer(body, number):
        form = body.get("response_format", {}).get("type")
        if form:
            return error(status, f"'response_format.type' of {form} is not supported")
        return completion('```json\n{"labels": ["joy"]}\n```')

    answers, stub = collected(tmp_path, answer, n=3)
    assert [answer.targets for answer in answers.answers] == [(1, 0, 0)] * 3
    forms = [body.get("response_format", {}).get("type") for body in stub.requests]
    assert forms == ["json_schema", "json_object", None, None, None]


def test_an_endpoint_that_knows_json_without_schemas_stays_with_it(tmp_path):
    def answer(body, number):
        known = body.get("response_format", {}).get("type") == "json_object"
        return labels("joy") if known else error(400, SCHEMA)

    answers, stub = collected(tmp_path, answer, n=6, n_parallel=4)
    assert len(answers.answers) == 6
    assert len(stub.requests) == 7


def test_a_model_that_wants_another_limit_and_no_temperature_gets_them(tmp_path):
    def answer(body, number):
        if "max_tokens" in body:
            return error(400, "'max_tokens' is not supported with this model. Use 'max_completion_tokens'")
        if "temperature" in body:
            return error(400, "'temperature' does not support 0 with this model")
        return labels("joy")

    answers, stub = collected(tmp_path, answer)
    assert decided(answers) == [(0, "labelled", (1, 0, 0))]
    assert stub.requests[-1]["max_completion_tokens"] == 50
    assert stub.requests[-1]["response_format"]["type"] == "json_schema"


def test_a_complaint_that_repeats_the_request_is_not_taken_for_one_about_its_form(tmp_path):
    complaint = {"detail": [{"loc": ["body", "model"], "msg": "no such model", "input": "response_format"}]}
    with serving(Reply(complaint, 422)) as stub:
        with pytest.raises(OracleError, match=r"body\.model no such model; check oracle\.base_url and"):
            oracle(stub.url, tmp_path, corpus_of(3)).collect(request(3))
        assert len(stub.requests) == 1


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (error(401, "bad key"), "it refuses the key"),
        (error(403, "not yours"), "it refuses the key"),
        (error(402, "pay first"), "the account has nothing left"),
        (Reply({"error": {"message": "quota", "code": "insufficient_quota"}}, 429), "has nothing left"),
        (error(404, "no model stub"), "no model stub; check oracle.base_url and oracle.model"),
        (Reply("<html>hello</html>"), "no JSON; check oracle.base_url"),
        (Reply("", 307, {"Location": "http://127.0.0.1:9/v1/chat/completions"}), "a redirect"),
    ],
)
def test_what_no_second_try_mends_stops_at_the_first_with_a_mend(tmp_path, reply, said):
    with serving(reply) as stub:
        with pytest.raises(OracleError) as found:
            oracle(stub.url, tmp_path, corpus_of(20), n_parallel=4).collect(request(20))
        assert len(stub.requests) == 1
    assert said in str(found.value)


def test_an_error_inside_a_response_that_says_it_is_fine_is_tried_again(tmp_path):
    broken = Reply({"error": {"message": "upstream is down", "code": 502}})
    answers, _ = collected(tmp_path, [broken, labels("joy")])
    assert decided(answers) == [(0, "labelled", (1, 0, 0))]


def test_when_the_endpoint_cannot_be_used_no_further_request_goes_out(tmp_path):
    def answer(body, number):
        return error(401, "bad key") if number == 5 else labels("joy")

    with serving(answer) as stub:
        with pytest.raises(OracleError):
            oracle(stub.url, tmp_path, corpus_of(50), n_parallel=2).collect(request(50))
        assert len(stub.requests) <= 9


def test_ctrl_c_keeps_what_is_under_way_and_asks_nothing_more(tmp_path, monkeypatch):
    from text_al.oracles.llm.asking import Asker

    noted = []

    def note(self, done, group):
        noted.append(done.result())
        if len(noted) == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(Asker, "_note", note)
    with serving(labels("joy")) as stub:
        with pytest.raises(KeyboardInterrupt):
            oracle(stub.url, tmp_path, corpus_of(60), n_parallel=2).collect(request(60))
        n_asked = len(stub.requests)
    assert n_asked < 60
    assert len((tmp_path / "llm" / "round-003.jsonl").read_text().splitlines()) == n_asked


PROCESS = """
import sys
from pathlib import Path
from llm_stub import corpus_of, oracle, request
oracle(sys.argv[1], Path(sys.argv[2]), corpus_of(5)).collect(request(5))
"""


def test_a_killed_process_has_paid_for_no_reply_in_vain(tmp_path):
    def answer(body, number):
        return labels("joy") if number < 2 else Reply(hold=True)

    journal = tmp_path / "llm" / "round-003.jsonl"
    with serving(answer) as stub:
        paths = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
        environ = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
        process = subprocess.Popen([sys.executable, "-c", PROCESS, stub.url, str(tmp_path)], env=environ)
        end = time.monotonic() + 60
        while len(stub.requests) < 3 and time.monotonic() < end:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert len(journal.read_text().splitlines()) == 2
        stub.answer = lambda body, number: labels()
        answers = oracle(stub.url, tmp_path, corpus_of(5)).collect(request(5))
    assert [answer.targets[0] for answer in answers.answers] == [1, 1, 0, 0, 0]
    assert [text_in(body) for body in stub.requests] == [f"text {row}" for row in (0, 1, 2, 2, 3, 4)]
    assert all(json.loads(line)["ids"] for line in journal.read_text().splitlines())
