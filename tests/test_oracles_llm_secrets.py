"""A key is read from the environment or a file, is sent to its endpoint, and appears nowhere else."""

import json
import logging
import traceback

import pytest
from llm_stub import SECRET, Reply, corpus_of, error, labels, oracle, request, serving

import text_al
from text_al.errors import ConfigError, OracleError
from text_al.oracles.base import ORACLES
from text_al.oracles.llm.access import Key, read_key
from text_al.oracles.llm.client import Client, Endpoint
from text_al.oracles.llm.dialect import Dialect
from text_al.oracles.variables import is_variable


def built(folder, url, **settings):
    known = {"folder": folder, "corpus": corpus_of(2), "guidelines": "", "mode": "ranked", "seed": 0}
    fast = {"max_wait_seconds": 0.001, "n_retries": 1}
    return ORACLES.entry("llm").build({"base_url": url, "model": "stub", **fast, **settings}, **known)


def told(error_info):
    """All that a traceback of the error shows."""
    return "".join(traceback.format_exception(error_info.value))


def test_a_key_from_the_environment_is_sent_to_the_endpoint(tmp_path, monkeypatch):
    monkeypatch.setenv("LLM_TEST_KEY", SECRET)
    with serving(labels("joy")) as stub:
        built(tmp_path, stub.url, api_key_env="LLM_TEST_KEY").collect(request(2))
    assert [headers["Authorization"] for headers in stub.headers] == [f"Bearer {SECRET}"] * 2


def test_a_key_from_a_file_is_sent_without_its_line_end(tmp_path):
    (tmp_path / "key").write_text(f"{SECRET}\n")
    with serving(labels("joy")) as stub:
        built(tmp_path, stub.url, api_key_file=str(tmp_path / "key")).collect(request(2))
    assert stub.headers[0]["Authorization"] == f"Bearer {SECRET}"


def test_without_a_key_none_is_sent(tmp_path):
    with serving(labels("joy")) as stub:
        built(tmp_path, stub.url).collect(request(2))
    assert "Authorization" not in stub.headers[0]


def test_no_log_file_or_object_shows_the_key(tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("LLM_TEST_KEY", SECRET)
    with serving(labels("joy")) as stub:
        made = built(tmp_path, stub.url, api_key_env="LLM_TEST_KEY")
        made.collect(request(2))
    assert "round-003" in caplog.text  # something was logged
    client = Client(Endpoint(stub.url, 1.0, 0, 1.0), Dialect("stub", 5), Key(SECRET))
    client.close()
    shown = [caplog.text, *(repr(vars(thing)) + repr(thing) for thing in (made, client))]
    shown += [path.read_text() for path in tmp_path.rglob("*.jsonl")]
    assert not any(SECRET in one for one in shown)


@pytest.mark.parametrize(
    "reply",
    [
        error(401, f"Incorrect API key provided: {SECRET}."),
        error(403, f"{SECRET} may not"),
        error(404, f"nothing for {SECRET}"),
        error(503, f"no room for {SECRET}"),
        error(500, f"crashed on {SECRET}"),
        error(400, f"{SECRET}: context length exceeded"),
        Reply({"error": {"message": f"upstream refuses {SECRET}"}}),
    ],
)
def test_no_error_repeats_the_key_not_even_when_the_endpoint_does(tmp_path, monkeypatch, caplog, reply):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("LLM_TEST_KEY", SECRET)
    with serving(reply) as stub, pytest.raises(OracleError) as found:
        built(tmp_path, stub.url, api_key_env="LLM_TEST_KEY").collect(request(2))
    assert stub.headers[0]["Authorization"] == f"Bearer {SECRET}"
    assert SECRET not in told(found) + caplog.text
    assert not any(SECRET in path.read_text() for path in tmp_path.rglob("*.jsonl"))


@pytest.mark.parametrize("failure", ["ConnectError", "LocalProtocolError", "ReadError"])
def test_no_error_of_the_network_repeats_the_key(tmp_path, failure):
    import httpx2

    def broken(sent):
        raise getattr(httpx2, failure)(f"Illegal header value b'{sent.headers['authorization']}'")

    client = Client(
        Endpoint("http://127.0.0.1:9/v1", 1.0, 0, 1.0),
        Dialect("stub", 5),
        Key(SECRET),
        transport=httpx2.MockTransport(broken),
    )
    with pytest.raises(OracleError) as found:
        client.complete([{"role": "user", "content": "x"}], {}, draw="x")
    client.close()
    assert "Illegal header value b'Bearer [key]'" in str(found.value)
    assert SECRET not in str(found.value)


def test_a_redirect_takes_neither_key_nor_text_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("LLM_TEST_KEY", SECRET)
    with serving(labels("joy")) as elsewhere:
        moved = Reply("", 308, {"Location": f"{elsewhere.url}/chat/completions?key={SECRET}"})
        with serving(moved) as stub, pytest.raises(OracleError, match="redirect") as found:
            built(tmp_path, stub.url, api_key_env="LLM_TEST_KEY").collect(request(2))
        assert elsewhere.requests == []
    assert SECRET not in told(found)


@pytest.mark.parametrize("value", [None, "", "  \n"])
def test_a_variable_that_is_not_set_is_named_before_anything_is_sent(tmp_path, monkeypatch, value):
    monkeypatch.delenv("LLM_TEST_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("LLM_TEST_KEY", value)
    with serving(labels("joy")) as stub:
        made = built(tmp_path, stub.url, api_key_env="LLM_TEST_KEY")
        with pytest.raises(OracleError, match="the environment variable LLM_TEST_KEY is not set"):
            made.collect(request(2))
        assert stub.requests == []


KEYS = [
    SECRET,
    "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",
    "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",
    "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
    "AKIA9OSF0DNN7EXA1PLE",
    "d41d8cd98f00b204e9800998ecf8427e",
    "a.b.c",
]


@pytest.mark.parametrize("key", KEYS)
def test_a_key_in_the_configuration_in_place_of_its_variable_is_refused_and_not_repeated(key):
    args = {"base_url": "http://127.0.0.1:9/v1", "model": "m", "api_key_env": key}
    oracle_of = f"oracle={json.dumps({'type': 'llm', 'args': args})}"
    with pytest.raises(ConfigError, match=r"oracle\.args\.api_key_env: this is no name of an env") as found:
        text_al.load_config("configs/quickstart.yaml", [oracle_of])
    assert key not in told(found)


def test_a_password_in_the_address_is_refused_with_the_configuration_and_not_repeated():
    args = {"base_url": "https://me:hunter2@example.org/v1", "model": "m"}
    oracle_of = f"oracle={json.dumps({'type': 'llm', 'args': args})}"
    with pytest.raises(ConfigError, match=r"oracle\.args\.base_url: must be http") as found:
        text_al.load_config("configs/quickstart.yaml", [oracle_of])
    assert "hunter2" not in told(found)


@pytest.mark.parametrize(
    "name",
    ["", "OPENAI_API_KEY", "my_key", "_K2", "OpenaiKey", "AZURE_EASTUS2_DEPLOYMENT_KEY", "K" * 61],
)
def test_the_names_of_variables_that_people_use_are_taken(name):
    assert ORACLES.entry("llm").check({"base_url": "http://h/v1", "model": "m", "api_key_env": name})
    assert is_variable(name) or not name


def test_a_key_written_in_place_of_its_variable_is_not_repeated():
    with pytest.raises(OracleError, match="holds its name, never the key itself") as found:
        read_key(SECRET, "")
    assert SECRET not in told(found)


@pytest.mark.parametrize("content", [f"{SECRET}\n{SECRET}", f"{SECRET} x", f"{SECRET}é"])
def test_what_cannot_be_a_key_is_refused_without_being_repeated(tmp_path, content):
    (tmp_path / "key").write_text(content)
    with pytest.raises(OracleError, match="no key, as it holds spaces or letters beyond ASCII") as found:
        read_key("", str(tmp_path / "key"))
    assert SECRET not in told(found)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(OracleError, match=r"absent cannot be read: No such file"):
        read_key("", str(tmp_path / "absent"))
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(OracleError, match=r"empty is empty; write the key there"):
        read_key("", str(tmp_path / "empty"))
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(OracleError, match=r"binary cannot be read: it is not text"):
        read_key("", str(tmp_path / "binary"))


def test_an_oracle_is_made_without_its_key_so_that_a_run_can_be_looked_at(tmp_path, monkeypatch):
    monkeypatch.delenv("LLM_TEST_KEY", raising=False)
    with serving(labels("joy")) as stub:
        oracle(stub.url, tmp_path, corpus_of(2)).collect(request(2))
    made = built(tmp_path, "http://127.0.0.1:9/v1", api_key_env="LLM_TEST_KEY")
    assert made.annotator.startswith("llm:stub@")
    assert len(made.collect(request(2)).answers) == 2
