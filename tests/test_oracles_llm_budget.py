"""What replies cost is counted, over restarts too, and a budget is never gone beyond."""

import json
from threading import Barrier

import pytest
from llm_stub import completion, corpus_of, labels, oracle, request, serving

from text_al.errors import OracleError
from text_al.oracles.llm.budget import Budget, Usage, estimated_tokens
from text_al.oracles.llm.journal import Journal

PRICES = {"price_in": 1000.0, "price_out": 10_000.0}
"""So that the stub's 100 tokens read and 10 written cost 0.1 each."""
COST = 0.2


def spent(folder):
    return Journal(folder / "llm").spent()


def test_tokens_and_cost_of_all_replies_are_counted(tmp_path):
    with serving(labels("joy")) as stub:
        made = oracle(stub.url, tmp_path, corpus_of(4), budget=Budget(**PRICES), n_parallel=2)
        made.collect(request(4))
        made.collect(request(2, name="round-004"))
    assert spent(tmp_path).cost == pytest.approx(6 * COST)
    assert (spent(tmp_path).tokens_in, spent(tmp_path).tokens_out, spent(tmp_path).n_replies) == (600, 60, 6)


def test_replies_without_a_decision_cost_too(tmp_path):
    with serving(completion("hm")) as stub:
        oracle(stub.url, tmp_path, corpus_of(1), budget=Budget(**PRICES)).collect(request(1))
    assert spent(tmp_path).cost == pytest.approx(2 * COST)


def test_tokens_that_the_endpoint_does_not_count_are_estimated_and_marked_so(tmp_path):
    with serving(labels("joy", usage=None)) as stub:
        oracle(stub.url, tmp_path, corpus_of(1)).collect(request(1))
    (line,) = (tmp_path / "llm" / "round-003.jsonl").read_text().splitlines()
    sent = sum(len(message["content"]) for message in stub.requests[0]["messages"])
    assert json.loads(line)["estimated"] is True
    assert json.loads(line)["tokens_in"] == pytest.approx(sent / 4, abs=2)
    assert spent(tmp_path).n_estimated == 1
    assert str(spent(tmp_path)).startswith("about ")


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("abc", 1), ("abcde", 2), ("三三三三", 3)])
def test_a_token_is_about_four_bytes(text, tokens):
    assert estimated_tokens(text) == tokens


def test_at_the_end_of_the_budget_it_stops_and_says_what_was_spent_and_what_to_raise(tmp_path):
    # Held for a request: about 350 tokens read and 50 written, which is less than 1; taken by it: 0.2.
    with serving(labels("joy")) as stub:
        made = oracle(stub.url, tmp_path, corpus_of(9), budget=Budget(**PRICES, max_cost=1.5))
        with pytest.raises(OracleError) as found:
            made.collect(request(9))
        n_answered = len(stub.requests)
        assert spent(tmp_path).cost == pytest.approx(n_answered * COST)
        assert 0 < spent(tmp_path).cost <= 1.5
        said = str(found.value)
        assert f"{9 - n_answered} of the 9 texts of round-003 are not asked" in said
        assert "oracle.max_cost (1.5)" in said
        assert f"cost {n_answered * COST:.4f} in {n_answered} replies" in said
        assert len(found.value.answers.answers) == n_answered
        with pytest.raises(OracleError):  # another process
            oracle(stub.url, tmp_path, corpus_of(9), budget=Budget(**PRICES, max_cost=1.5)).collect(
                request(9)
            )
        assert len(stub.requests) == n_answered
        richer = oracle(stub.url, tmp_path, corpus_of(9), budget=Budget(**PRICES, max_cost=20))
        assert len(richer.collect(request(9)).answers) == 9
        assert len(stub.requests) == 9


def test_tokens_have_a_limit_of_their_own(tmp_path):
    with serving(labels("joy")) as stub:
        made = oracle(stub.url, tmp_path, corpus_of(9), budget=Budget(max_tokens_total=1000))
        with pytest.raises(OracleError, match=r"oracle\.max_tokens_total \(1,000\)"):
            made.collect(request(9))
    assert 0 < spent(tmp_path).tokens <= 1000


def test_requests_that_are_under_way_together_do_not_go_beyond_it_together(tmp_path):
    # About 180 tokens are guessed; the first reply tells that they are 300.
    with serving(labels("joy", usage=(300, 50))) as stub:
        budget = Budget(max_tokens_total=2500)
        made = oracle(stub.url, tmp_path, corpus_of(40), budget=budget, n_parallel=8)
        with pytest.raises(OracleError):
            made.collect(request(40))
    assert 5 * 350 <= spent(tmp_path).tokens <= 2500


def test_nothing_is_asked_and_no_budget_needed_where_all_is_decided(tmp_path):
    with serving(labels("joy")) as stub:
        oracle(stub.url, tmp_path, corpus_of(2)).collect(request(2))
        made = oracle(stub.url, tmp_path, corpus_of(2), budget=Budget(max_tokens_total=1))
        assert len(made.collect(request(2)).answers) == 2


def test_a_reply_that_is_paid_for_is_kept_while_another_stops_the_run(tmp_path):
    together = Barrier(2, timeout=20)

    def answer(body, number):
        if number:
            together.wait()
        return labels("joy") if number != 1 else completion("x", usage=(10**9, 0))

    with serving(answer) as stub:
        made = oracle(stub.url, tmp_path, corpus_of(3), budget=Budget(max_tokens_total=10**6), n_parallel=2)
        with pytest.raises(OracleError):
            made.collect(request(3))
    assert spent(tmp_path).n_replies == 3


def test_usages_add_up():
    one = Usage(1, 2, 0.5, 1, 1)
    assert one + one == Usage(2, 4, 1.0, 2, 2)
    assert one.tokens == 3
