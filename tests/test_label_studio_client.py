"""The connector against a server that answers as Label Studio does, and fails in every way."""

import json
import logging
import socket
from dataclasses import replace

import httpx2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from label_studio_stub import LEGACY, PERSONAL, Stub, jwt, serving

from text_al.data.corpus import Corpus
from text_al.errors import AnswersError, OracleError
from text_al.oracles.base import ORACLES
from text_al.oracles.batches import batch_of
from text_al.oracles.label_studio import Connector, Owner, ServerAwayError, Settings
from text_al.oracles.label_studio.client import Client
from text_al.oracles.label_studio.pulling import pull
from text_al.oracles.label_studio.tokens import Token, read_token
from text_al.registry import SettingsError
from text_al.types import LabelRequest

LABELS = ["joy & <fear>", 'Ärger "quoted"', "a|b,c;d"]
CORPUS = Corpus.from_lists(
    [f"text {row}" for row in range(300)],
    ids=[f"doc/{row}" for row in range(300)],
    label_names=LABELS,
    labels=[None] * 300,
)


def a_request(rows=range(12), name="round-000", **changes):
    rows = tuple(rows)
    return LabelRequest(name, 0, rows, None, ("drawn by chance",) * len(rows), "random", **changes)


def a_scored_request(rows=range(12), name="round-001", **changes):
    rows = tuple(rows)
    probs = tuple((0.9, 0.2, 0.1) for _ in rows)
    scores = tuple(-float(place) for place in range(len(rows)))
    return replace(
        a_request(rows, name), round=1, scores=scores, probs=probs, thresholds=(0.5,) * 3, **changes
    )


class Place:
    """A connector to a stub, without waiting between tries."""

    def __init__(self, stub, url, folder, token=LEGACY):
        self.stub, self.url, self.path, self.token = stub, url, folder / "label_studio.json", token
        self.waits, self.now = [], 0.0
        self.owner = Owner("a-run", "f" * 64)
        self.timeout_seconds = 5.0

    def client(self):
        return Client(
            self.url, Token(self.token), timeout_seconds=self.timeout_seconds, sleep=self.waits.append,
            clock=lambda: self.now, transport=httpx2.HTTPTransport(verify=False),
        )  # fmt: skip

    def connector(self, **changes):
        return Connector(Settings(self.url, **changes), self.owner, self.path, open_client=self.client)

    def push(self, request=None, *, mode="ranked", people=None, **changes):
        batch = batch_of(request or a_request(), CORPUS, mode=mode)
        return self.connector().push(batch, people, **changes)

    def pull(self, **changes):
        return self.connector().pull(CORPUS, **changes)


@pytest.fixture
def place(tmp_path):
    stub = Stub()
    with serving(stub) as url:
        yield Place(stub, url, tmp_path)


def pushed_ids(stub):
    return [task["data"]["text_al_id"] for task in stub.tasks.values()]


# pushing


def test_the_first_push_makes_a_project_with_every_label_a_search_and_a_view_by_rank(place):
    done = place.push()
    (project,) = place.stub.projects.values()
    assert (done.n_new, done.n_there, done.is_new) == (12, 0, True)
    assert project["title"] == "a-run"
    assert project["enable_empty_annotation"] is True
    assert "<Filter " in project["label_config"]
    assert done.project.labels == tuple(LABELS)
    (view,) = place.stub.views.values()
    assert view["data"]["title"] == "round-000"
    assert view["data"]["ordering"] == ["tasks:data.text_al_place"]
    assert done.link == f"{place.url}/projects/1/data?tab=1&labeling=1"
    places = [task["data"]["text_al_place"] for task in place.stub.tasks.values()]
    assert places == sorted(places)


def test_a_second_push_adds_nothing_even_after_all_is_forgotten(place):
    place.push()
    place.path.unlink()
    done = place.push()
    assert (done.n_new, done.n_there, done.is_new) == (0, 12, False)
    assert len(place.stub.projects) == len(place.stub.views) == 1
    assert len(place.stub.tasks) == 12


def test_a_project_that_people_gave_another_title_is_found_again(place):
    place.push()
    place.stub.projects[1]["title"] = "our corpus"
    place.path.unlink()
    assert place.push().project.title == "our corpus"


def test_a_project_of_another_run_with_this_title_is_left_alone(place):
    place.push()
    place.owner = Owner("a-run", "e" * 64)
    with pytest.raises(OracleError, match="'a-run' already, and it is not this run's"):
        place.push()
    assert len(place.stub.tasks) == 12


def test_a_text_in_two_batches_has_a_task_in_each(place):
    place.push(a_request(range(6)))
    place.push(a_request(range(3, 9), "round-001"))
    assert pushed_ids(place.stub).count("doc/4") == 2
    assert len(place.stub.views) == 2


def test_a_dry_run_says_what_would_be_done_and_changes_nothing(place):
    done = place.push(dry_run=True)
    assert (done.n_new, done.project, done.is_rehearsal) == (12, None, True)
    place.push(a_request(range(4)))
    before = len(place.stub.requests)
    done = place.push(a_request(range(6)), dry_run=True)
    assert (done.n_new, done.n_there) == (2, 4)
    assert {method for method, *_ in place.stub.requests[before:]} == {"GET"}
    assert len(place.stub.tasks) == 4


@pytest.mark.parametrize(("mode", "n_predictions"), [("none", 0), ("ranked", 0), ("checked", 1)])
def test_only_the_mode_that_ticks_sends_predictions(place, mode, n_predictions):
    place.push(a_scored_request(), mode=mode)
    for task in place.stub.tasks.values():
        assert len(task["predictions"]) == n_predictions
        assert bool(task["data"]["text_al_suggestions"]) == (mode != "none")
    if mode == "checked":
        (prediction,) = place.stub.tasks[1]["predictions"]
        assert prediction["model_version"] == "round-001"
        assert prediction["result"][0]["value"] == {"choices": [LABELS[0]]}
    assert place.stub.projects[1]["model_version"] == ("round-001" if mode == "checked" else "")


def test_a_blind_text_and_one_for_an_audit_show_nothing_of_the_model(place):
    place.push(a_scored_request(range(2), blind=(True, False)), mode="checked")
    place.push(a_scored_request(range(2, 4), "round-002", purpose="audit"), mode="checked")
    shown = [bool(task["data"]["text_al_suggestions"]) for task in place.stub.tasks.values()]
    assert shown == [False, True, False, False]
    assert [len(task["predictions"]) for task in place.stub.tasks.values()] == [0, 1, 0, 0]


def test_texts_that_several_people_label_say_so_on_the_server(place):
    place.push(people={"doc/3": 2})
    assert [task["overlap"] for task in place.stub.tasks.values()] == [1, 1, 1, 2, *[1] * 8]
    before = place.stub.count("PATCH", "/api/tasks/")
    place.push(people={"doc/3": 2})
    assert place.stub.count("PATCH", "/api/tasks/") == before


def test_a_large_batch_goes_in_parts_and_is_found_over_several_pages(place):
    place.push(a_request(range(250)))
    assert place.stub.count("POST", "/api/projects/1/import") == 3
    assert place.push(a_request(range(250))).n_there == 250
    assert len(place.stub.tasks) == 250


def test_a_new_label_reaches_a_config_that_is_as_it_was_written(place):
    place.push()
    batch = batch_of(a_request(), CORPUS)
    more = replace(batch, labels=(*batch.labels, replace(batch.labels[0], name="new")))
    assert place.connector().push(more).project.labels == (*LABELS, "new")


def test_a_config_that_people_changed_stays_theirs_unless_it_lacks_a_label(place):
    place.push()
    config = place.stub.projects[1]["label_config"].replace("</View>", "<TextArea name='note'/></View>")
    place.stub.projects[1]["label_config"] = config
    place.push()
    assert place.stub.projects[1]["label_config"] == config
    batch = batch_of(a_request(), CORPUS)
    more = replace(batch, labels=(*batch.labels, replace(batch.labels[0], name="new")))
    with pytest.raises(
        OracleError, match=r"lacks 'new'\. People changed it, so it is left alone; add <Choice"
    ):
        place.connector().push(more)


# pulling


def test_what_people_chose_comes_back_with_who_when_and_where_it_is_kept(place):
    place.push()
    place.stub.annotate(1, [LABELS[2], LABELS[0]], person=7)
    place.stub.annotate(2, [])
    place.stub.annotate(3, [], skip=True)
    (answers,) = place.pull().answers
    assert answers.request_id == "round-000"
    first, empty, skipped = answers.answers
    assert (first.row, first.targets, first.annotator) == (0, (1, 0, 1), "label-studio:7")
    assert (first.how.seconds, first.how.ref.split("@")[0]) == (2.5, "annotation/1")
    assert first.at.startswith("2026-11-20T12:00:0")
    assert first.source == f"{place.url}/projects/1"
    assert (empty.status, empty.targets) == ("labelled", (0, 0, 0))
    assert (skipped.status, skipped.targets) == ("skipped", None)


def test_what_was_shown_comes_back_with_the_answer(place):
    place.push(a_scored_request(range(1)), mode="checked")
    place.stub.annotate(1, [LABELS[0]])
    ((answer,),) = [part.answers for part in place.pull().answers]
    assert (answer.how.shown.mode, answer.how.shown.model) == ("checked", "round-001")
    assert dict(answer.how.shown.labels) == dict(zip(LABELS, (0.9, 0.2, 0.1), strict=True))


def test_only_what_changed_since_the_last_pull_is_asked_for_and_an_edit_comes_again(place):
    place.push(a_request(range(12)))
    place.stub.tick(1000)
    key = place.stub.annotate(1, [LABELS[0]])
    first = place.pull()
    place.connector().remember(first)
    place.stub.tick(1000)
    place.stub.annotate(5, [LABELS[1]])
    place.stub.annotate(1, [], key=key)
    (part,) = place.pull().answers
    assert [(answer.row, answer.targets) for answer in part.answers] == [(4, (0, 1, 0)), (0, (0, 0, 0))]
    _, _, _, _ = place.stub.requests[-1]
    assert len(place.pull().answers) == 1  # nothing was remembered, so nothing is lost


def test_a_change_that_becomes_visible_late_is_not_missed(place):
    place.push()
    place.stub.annotate(1, [LABELS[0]])
    late = place.stub.tick()
    place.stub.annotate(2, [LABELS[0]])
    place.connector().remember(place.pull())
    place.stub.annotate(3, [LABELS[0]])
    place.stub.tasks[3]["updated_at"] = late
    (part,) = place.pull().answers
    assert 2 in [answer.row for answer in part.answers]


def test_unknown_labels_ids_and_texts_are_all_named_and_nothing_is_taken(place):
    place.push()
    place.stub.annotate(1, ["surprise"])
    place.stub.annotate(2, [LABELS[0]])
    place.stub.annotate(3, [LABELS[0]])
    place.stub.tasks[2]["data"]["text_al_id"] = "doc/999"
    place.stub.tasks[3]["annotations"][0]["completed_by"] = True
    with pytest.raises(AnswersError) as error:
        place.pull()
    assert error.value.subject == f"what people chose in {place.url}/projects/1"
    said = "\n".join(error.value.problems)
    assert "task 1, id 'doc/0': no label is called 'surprise'." in said
    assert "task 2: no text has the id 'doc/999'" in said
    assert "task 3: annotation 3: completed_by must be a user's number, not True" in said


def test_both_answers_about_a_text_of_two_batches_count(place):
    place.push(a_request(range(1), considered=((0,),)))
    place.push(a_request(range(1), "round-001", considered=((1, 2),)))
    place.stub.annotate(1, [LABELS[0]])
    place.stub.annotate(2, [LABELS[2]])
    parts = place.pull().answers
    assert [(part.request_id, part.answers[0].targets) for part in parts] == [
        ("round-000", (1, -1, -1)),
        ("round-001", (-1, 0, 1)),
    ]


def test_tasks_that_people_made_themselves_are_left_out_and_counted(place):
    place.push(a_request(range(1)))
    place.stub.imported(1, [{"data": {"text": "by hand"}}])
    place.stub.annotate(2, [LABELS[0]])
    pulled = place.pull()
    assert (pulled.answers, pulled.n_foreign) == ((), 1)


def test_before_a_push_there_is_nothing_to_pull_from(place):
    with pytest.raises(OracleError, match="no project of this run; nothing was pushed yet"):
        place.pull()


def test_a_batch_can_be_pulled_alone(place):
    place.push(a_request(range(2)))
    place.push(a_request(range(2, 4), "round-001"))
    for task in range(1, 5):
        place.stub.annotate(task, [LABELS[0]])
    assert [part.request_id for part in place.pull(batch_id="round-001").answers] == ["round-001"]
    assert [part.request_id for part in place.pull().answers] == ["round-000", "round-001"]


# a server in trouble


@pytest.mark.parametrize("fault", [429, 500, 502, 503, "away"])
@pytest.mark.parametrize("path", ["/api/projects/", "/api/tasks/", "/api/dm/views/"])
def test_a_passing_trouble_while_looking_is_sat_out(place, fault, path):
    place.push(a_request(range(3)))
    place.stub.faults = [("GET", path, fault)] * 2
    assert place.push().n_there == 3
    assert not place.stub.faults
    assert place.waits


@pytest.mark.parametrize("fault", ["late", "hang", 500, 502, 503, 504, 429, "away"])
def test_no_text_goes_twice_however_an_import_fails(place, fault):
    place.timeout_seconds = 0.3
    place.stub.faults = [("POST", "/api/projects/1/import", fault)]
    place.push(a_request(range(250)))
    assert sorted(pushed_ids(place.stub)) == sorted(f"doc/{row}" for row in range(250))


@pytest.mark.parametrize("fault", ["late", "hang", 502])
@pytest.mark.parametrize("path", ["/api/projects/", "/api/dm/views/"])
def test_no_project_and_no_view_is_made_twice(place, fault, path):
    place.timeout_seconds = 0.3
    place.stub.faults = [("POST", path, fault)]
    assert place.push().link.endswith("/projects/1/data?tab=1&labeling=1")
    assert len(place.stub.projects) == len(place.stub.views) == 1
    assert len(place.stub.tasks) == 12


def test_an_import_that_never_works_says_what_is_missing_and_the_next_push_goes_on(place):
    place.stub.faults = [("POST", "/api/projects/1/import", 500)] * 5
    with pytest.raises(ServerAwayError, match="12 texts of round-000 are not there yet: push again later"):
        place.push()
    assert place.push().n_new == 12


def test_a_server_that_is_down_is_named_with_what_to_do(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    place = Place(Stub(), url, tmp_path)
    with pytest.raises(ServerAwayError) as error:
        place.push()
    assert str(error.value).startswith(f"Label Studio at {url}: it cannot be reached (")
    assert str(error.value).endswith("in each of 4 tries; nothing is lost, try again later")
    assert place.waits == sorted(place.waits)


def test_a_slow_server_is_given_up_after_some_tries(place):
    place.push(a_request(range(1)))
    place.timeout_seconds = 0.1
    place.stub.faults = [("GET", "/api/", "hang")] * 4
    with pytest.raises(ServerAwayError, match=r"did not answer within 0\.1 s, in each of 4 tries"):
        place.pull()


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("page", "it answers with a page, not with JSON; check the url, and any proxy before it"),
        ("empty", "what it gives at /api/projects/ is no list of results; check the url"),
        ("moved", "it redirects to https://elsewhere.example.org, which is not followed"),
        (403, "the token's user may not do this (busy); use one who may change the project"),
        (413, "the texts are too large for it"),
        (400, "it answers HTTP 400 (busy)"),
    ],
)
def test_what_cannot_be_sat_out_is_said_at_once(place, fault, sentence):
    place.stub.faults = [("GET", "/api/projects/", fault)]
    with pytest.raises(OracleError) as error:
        place.push()
    assert sentence in str(error.value)
    assert len(place.stub.requests) == 1


def test_the_servers_own_words_about_a_wrong_field_are_passed_on(place):
    with pytest.raises(OracleError, match="title: Ensure this field has at least 3 characters"):
        place.connector(project="ab").push(batch_of(a_request(), CORPUS))


def test_a_run_with_a_short_name_gets_a_title_the_server_takes(place):
    place.owner = Owner("ab", "f" * 64)
    assert place.push().project.title == "text_al ab"


def test_a_file_that_remembers_nonsense_is_as_good_as_none(place):
    place.push()
    for content in (
        "",
        "[]",
        '{"url": 1}',
        json.dumps({"url": place.url, "project": 1, "config": "", "seen": "x"}),
    ):
        place.path.write_text(content, encoding="utf-8")
        assert place.push().n_there == 12


def test_what_is_remembered_of_one_server_is_not_told_another(place, tmp_path):
    place.push()
    place.stub.annotate(1, [LABELS[0]])
    place.connector().remember(place.pull())
    other = Stub()
    with serving(other) as url:
        elsewhere = Place(other, url, tmp_path)
        assert elsewhere.push().n_new == 12
        other.annotate(1, [LABELS[1]])
        assert len(elsewhere.pull().answers) == 1


# tokens


def test_a_personal_token_is_exchanged_ahead_of_time_and_never_sent_elsewhere(place):
    place.token = PERSONAL
    place.push()
    assert place.stub.count("POST", "/api/token/refresh/") == 1
    for _, path, headers, body in place.stub.requests:
        if path != "/api/token/refresh/":
            assert PERSONAL not in json.dumps([headers, body])
            assert headers["Authorization"].startswith("Bearer ")
    with place.client() as client:
        client.get("/api/projects/")
        place.now += 250  # of 300 seconds
        client.get("/api/projects/")
    assert place.stub.count("POST", "/api/token/refresh/") == 3


def test_an_access_token_that_is_refused_is_bought_anew_once(place):
    place.token = PERSONAL
    with place.client() as client:
        client.get("/api/projects/")
        place.stub.bought.clear()
        assert client.get("/api/projects/")["count"] == 0
    assert place.stub.count("POST", "/api/token/refresh/") == 2
    place.stub.faults = [("GET", "/api/projects/", 401)] * 2
    with (
        place.client() as client,
        pytest.raises(OracleError, match="does not take the personal access token"),
    ):
        client.get("/api/projects/")


def test_a_server_that_is_busy_while_a_token_is_exchanged_is_sat_out(place):
    place.token = PERSONAL
    place.stub.faults = [("POST", "/api/token/refresh/", 503), ("POST", "/api/token/refresh/", "away")]
    assert place.push().n_new == 12


@pytest.mark.parametrize(
    ("token", "takes_legacy", "sentence"),
    [
        (LEGACY, False, "it takes no legacy tokens any more (Authentication token no longer valid"),
        ("f" * 40, True, "it does not take the token (Invalid token.)"),
        (jwt(token_type="refresh", user_id="2"), True, "does not take the personal access token (Token is"),
    ],
)
def test_a_refused_token_is_told_by_its_kind_and_not_repeated(place, token, takes_legacy, sentence):
    place.token, place.stub.takes_legacy = token, takes_legacy
    with pytest.raises(OracleError) as error:
        place.push()
    assert sentence in str(error.value)
    assert "Account & Settings" in str(error.value)
    assert token not in str(error.value)


@pytest.mark.parametrize("token", [LEGACY, PERSONAL])
def test_no_token_is_logged_shown_or_kept(place, token, caplog):
    caplog.set_level(logging.DEBUG)
    place.token = token
    place.push()
    place.stub.faults = [("GET", "/api/projects/", 403)]
    with pytest.raises(OracleError) as error, place.client() as client:
        client.get("/api/projects/")
    secrets = [token, *place.stub.bought]
    seen = [caplog.text, str(error.value), repr(Token(token)), place.path.read_text(encoding="utf-8")]
    seen += [repr(vars(client)), repr(vars(client._access))]
    assert not any(secret in text for secret in secrets for text in seen)


def test_a_token_that_the_server_repeats_is_hidden(place):
    with place.client() as client:
        assert LEGACY not in str(client._error(f"no user has {LEGACY}"))


def test_a_token_comes_from_a_file_or_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("A_TOKEN", f" {LEGACY}\n")
    assert read_token("A_TOKEN", "").header("Token") == f"Token {LEGACY}"
    file = tmp_path / "token"
    file.write_text(f"{PERSONAL}\n", encoding="utf-8")
    assert read_token("A_TOKEN", str(file)).is_personal


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is empty"),
        ("two words", "holds spaces"),
        (None, "cannot be read"),
        (b"\xff\xfe\x00", "not text"),
    ],
)
def test_a_token_file_that_holds_none_is_named(tmp_path, content, sentence):
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(OracleError) as error:
        read_token("", str(file))
    assert sentence in str(error.value)
    assert str(file) in str(error.value)


def test_a_variable_that_is_not_set_is_named_with_the_mend(monkeypatch):
    monkeypatch.delenv("A_TOKEN", raising=False)
    with pytest.raises(OracleError, match="environment variable A_TOKEN is not set; set it to the token, or"):
        read_token("A_TOKEN", "")


# settings


@pytest.mark.parametrize("secret", [LEGACY, PERSONAL, "http://anna:secret@127.0.0.1"])
@pytest.mark.parametrize("setting", ["url", "token_env"])
def test_a_secret_in_the_wrong_place_is_refused_and_not_repeated(setting, secret):
    with pytest.raises(SettingsError) as error:
        ORACLES.entry("label_studio").check({setting: secret})
    assert secret not in str(error.value)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("url", ["localhost:8080", "ftp://x", "http://", "http://x:y", "http://x/?a=b", ""])
def test_what_is_no_address_is_refused(url):
    with pytest.raises(SettingsError, match="write it as in https://labels"):
        ORACLES.entry("label_studio").check({"url": url})


def test_an_address_below_a_path_is_kept_and_its_last_slash_is_not():
    found = ORACLES.entry("label_studio").check({"url": "https://x.example.org/labels/"})
    assert found["url"] == "https://x.example.org/labels"


def test_the_oracle_asks_once_and_collects_what_came(place, tmp_path, monkeypatch):
    monkeypatch.setenv("LABEL_STUDIO_TOKEN", LEGACY)
    oracle = ORACLES.entry("label_studio").build(
        {"url": place.url}, folder=tmp_path / "queries", corpus=CORPUS, name="a-run", guidelines="Be kind."
    )
    request = a_request(range(3))
    oracle.ask(request)
    oracle.ask(request)
    assert len(place.stub.tasks) == 3
    assert "Be kind." in place.stub.projects[1]["label_config"]
    assert oracle.collect(request).answers == ()
    place.stub.annotate(2, [LABELS[1]])
    assert [answer.row for answer in oracle.collect(request).answers] == [1]
    assert oracle.collect(request) == oracle.collect(request)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    chosen=st.lists(
        st.tuples(st.lists(st.sampled_from(LABELS), unique=True), st.booleans()), min_size=1, max_size=6
    )
)
def test_every_choice_comes_back_as_it_was_made(place, chosen):
    place.stub.tasks.clear()
    place.stub.projects.clear()
    place.path.unlink(missing_ok=True)
    place.push(a_request(range(len(chosen))))
    for task, (labels, skip) in enumerate(chosen, start=1):
        place.stub.annotate(task, [] if skip else labels, skip=skip)
    with place.client() as client:
        (part,) = pull(client, place.push(a_request(range(len(chosen)))).project, CORPUS).answers
    for answer, (labels, skip) in zip(part.answers, chosen, strict=True):
        expected = None if skip else tuple(int(name in labels) for name in LABELS)
        assert answer.targets == expected
    assert [answer.row for answer in part.answers] == list(np.arange(len(chosen)))
