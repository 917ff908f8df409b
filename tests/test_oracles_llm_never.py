"""A model that never decides stops the run, skips no text, and is asked again when a setting is mended."""

from dataclasses import replace

import pytest
from llm_stub import completion, corpus_of, error, labels, oracle, request, serving, text_in

from text_al.errors import OracleError
from text_al.oracles.base import ORACLES
from text_al.oracles.llm.journal import Kept
from text_al.oracles.llm.standing import standings
from text_al.types import Label

CUT = completion('{"lab', finish="length")


def never(url, folder, *, n=5, **settings):
    """The error of an oracle that gets no decision."""
    with pytest.raises(OracleError, match=f"none of the {n} texts of round-003 got a decision") as found:
        oracle(url, folder, corpus_of(n), **settings).collect(request(n))
    return found.value


def test_it_stops_says_what_to_look_at_and_gives_no_skips(tmp_path):
    with serving(CUT) as stub:
        stopped = never(stub.url, tmp_path)
    assert stopped.answers.answers == ()
    said = str(stopped)
    assert "The last reply: the answer was cut off; raise oracle.max_tokens." in said
    assert "oracle.max_tokens (50)" in said
    assert "the prompt (labels, guidelines)" in said
    assert str(tmp_path / "llm" / "round-003.jsonl") in said


def test_the_reason_is_that_of_the_last_reply(tmp_path):
    replies = [*[completion("hm")] * 9, completion("", refusal="no, thanks")]
    with serving(replies) as stub:
        assert "The last reply: the model refused: no, thanks." in str(never(stub.url, tmp_path))


def test_with_the_same_settings_it_stops_again_and_pays_for_nothing(tmp_path):
    with serving(CUT) as stub:
        first = never(stub.url, tmp_path)
        n_paid = len(stub.requests)
        assert str(never(stub.url, tmp_path)) == str(first)
        assert len(stub.requests) == n_paid == 10


OTHERS = (Label("joy", "is very glad"), Label("anger"))


@pytest.mark.parametrize(
    "mend",
    [
        {"max_tokens": 500},
        {"model": "another"},
        {"guidelines": "Be brief."},
        {"labels": OTHERS},
        {"n_attempts": 3},
        {"max_labels": 2},
        {"sent": "another endpoint, temperature or extra"},
    ],
    ids=lambda mend: next(iter(mend)),
)
def test_after_a_mend_the_same_texts_are_asked_about_again_and_decided(tmp_path, mend):
    with serving(CUT) as stub:
        never(stub.url, tmp_path)
        n_before, stub.answer = len(stub.requests), lambda body, number: labels("joy")
        corpus = corpus_of(5, mend["labels"]) if "labels" in mend else corpus_of(5)
        settings = {name: value for name, value in mend.items() if name != "labels"}
        answers = oracle(stub.url, tmp_path, corpus, **settings).collect(request(5))
        assert len(stub.requests) - n_before == 5
    assert [answer.status for answer in answers.answers] == ["labelled"] * 5


def test_a_mend_that_does_not_help_stops_after_as_many_attempts_again(tmp_path):
    with serving(CUT) as stub:
        never(stub.url, tmp_path)
        never(stub.url, tmp_path, max_tokens=60)
        assert len(stub.requests) == 20


def test_one_decision_of_five_is_enough_to_skip_the_others(tmp_path):
    with serving(lambda body, _: labels() if text_in(body) == "text 4" else CUT) as stub:
        answers = oracle(stub.url, tmp_path, corpus_of(5)).collect(request(5))
    assert [answer.status for answer in answers.answers] == ["skipped"] * 4 + ["labelled"]


def test_four_texts_may_all_be_hard(tmp_path):
    with serving(CUT) as stub:
        answers = oracle(stub.url, tmp_path, corpus_of(4)).collect(request(4))
    assert [answer.status for answer in answers.answers] == ["skipped"] * 4


def test_an_error_halfway_gives_no_skips_where_nothing_is_decided_yet(tmp_path):
    def answer(body, number):
        return CUT if number < 3 else error(404, "gone")

    with serving(answer) as stub:
        with pytest.raises(OracleError) as found:
            oracle(stub.url, tmp_path, corpus_of(9), n_attempts=1).collect(request(9))
        assert found.value.answers.answers == ()
        stub.answer = lambda body, number: labels("joy")
        answers = oracle(stub.url, tmp_path, corpus_of(9), n_attempts=1).collect(request(9))
    assert [answer.status for answer in answers.answers] == ["skipped"] * 3 + ["labelled"] * 6


def test_a_decision_under_other_settings_holds_and_what_was_in_vain_does_not_count():
    decision = Kept(("a",), ("joy",), "llm:m@1", "", content='{"labels": ["joy"]}', settings="old")
    vain = replace(decision, ids=("b",), content="hm")
    found = standings([vain, decision, replace(vain, settings="new")], "new")
    assert (found["a"].labels, found["b"].n_attempts) == (("joy",), 1)


def test_a_temperature_an_extra_key_or_another_endpoint_is_another_setting(tmp_path):
    def settings_with(**changes):
        settings = {"base_url": "http://127.0.0.1:9/v1", "model": "m", **changes}
        known = {"folder": tmp_path, "corpus": corpus_of(1), "guidelines": "", "mode": "ranked", "seed": 0}
        return ORACLES.entry("llm").build(settings, **known).settings

    changes = [{}, {"temperature": 0.5}, {"extra": {"a": 1}}, {"base_url": "http://127.0.0.1:8/v1"}]
    assert len({settings_with(**change) for change in changes}) == 4
    assert settings_with(n_parallel=7, n_retries=0, max_tokens_total=9) == settings_with()


def test_where_it_never_suggests_anything_people_are_told_before_they_begin(tmp_path):
    known = {"folder": tmp_path, "corpus": corpus_of(5), "guidelines": "", "mode": "ranked", "seed": 0}
    with serving(CUT) as stub:
        settings = {"base_url": stub.url, "model": "m", "answers": "suggest"}
        with pytest.raises(OracleError, match="none of the 5 texts of round-003 got a decision"):
            ORACLES.entry("llm").build(settings, **known).ask(request(5))
        assert not list(tmp_path.glob("*.*"))
        stub.answer = lambda body, number: labels("joy")
        ORACLES.entry("llm").build({**settings, "max_tokens": 2000}, **known).ask(request(5))
    assert len((tmp_path / "round-003.suggestions.jsonl").read_text().splitlines()) == 5
