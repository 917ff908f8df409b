"""The connector against a real Label Studio server: how to run it stands in label_studio_server.py."""

import json
from pathlib import Path

import pytest
from label_studio_server import ADMIN, LEGACY_TOKEN, WHY_SKIPPED, LabelStudio, program
from loop_examples import decisions, write_config, write_jsonl
from typer.testing import CliRunner

import text_al.oracles.label_studio  # noqa: F401 - registers the oracle
from text_al.assemble import load_config, open_run
from text_al.assemble.labels import add_label
from text_al.cli.label_studio_commands import label_studio_app
from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.errors import AnswersError, OracleError
from text_al.loop.rounds import advance
from text_al.types import Label

pytestmark = [pytest.mark.external, pytest.mark.skipif(program() is None, reason=WHY_SKIPPED)]

LABELS = ["joy & <fear>", 'Ärger "quoted"', "a|b,c;d", "none of it 🙂"]
RED, BLUE = LABELS[0], LABELS[1]
VARIABLE = "TEXT_AL_TEST_TOKEN"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = LabelStudio(tmp_path_factory.mktemp("label_studio"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def anna(server):
    person = server.person(ADMIN)
    yield person
    person.close()


@pytest.fixture(scope="module")
def ben(server, anna):
    person = server.person("ben@example.org", is_new=True)
    yield person
    person.close()


@pytest.fixture(scope="module")
def personal_token(anna):
    return anna.personal_token()


def make_config(folder, server, name, *, n=160, size=50, mode="ranked", **args):
    rows = [
        {"id": f"doc/{row:03}", "text": f"text {row} is {'red' if row % 2 else 'blue'}, <b>&amp;</b>"}
        for row in range(n)
    ]
    return write_config(
        folder,
        name=name,
        data={
            "pool": str(write_jsonl(folder / "pool.jsonl", rows)),
            "validation": None,
            "labels": LABELS,
            "columns": {"labels": None},
        },
        oracle={"type": "label_studio", "args": {"url": server.url, "token_env": VARIABLE, **args}},
        annotation={"suggestions": mode, "blind_share": 0.0},
        active_learning={"initial_size": size, "query_size": size, "budget": 3 * size},
    )


def advance_run(config):
    with open_run(load_config(config, environ={})) as run:
        return advance(run)


def folder_of(config):
    checked = load_config(config, environ={})
    return Path(checked.output_dir) / checked.name


def counts(config):
    with RunStore.open(folder_of(config) / "state.db", read_only=True) as store:
        return QueryPool.open(store).counts()


def command(*arguments):
    """The output of `text-al label-studio`."""
    found = CliRunner().invoke(label_studio_app, [str(argument) for argument in arguments])
    if found.exception is not None:
        raise found.exception
    return found.output


def tasks_of(person, config, batch):
    """The batch's tasks on the server, in the order of its view."""
    project = json.loads((folder_of(config) / "label_studio.json").read_text(encoding="utf-8"))["project"]
    tasks = person.ask("GET", "/api/tasks/", project=project, page_size=500, fields="all")["tasks"]
    own = [task for task in tasks if task["data"]["text_al_batch"] == batch]
    return sorted(own, key=lambda task: task["data"]["text_al_rank"])


def right(task):
    return [RED] if "red" in task["data"]["text"] else [BLUE, LABELS[3]]


def test_two_people_label_a_batch_the_model_learns_and_the_next_batch_goes_out(
    server, anna, ben, personal_token, tmp_path, monkeypatch
):
    monkeypatch.setenv(VARIABLE, personal_token)
    config = make_config(tmp_path, server, "two-people")
    assert advance_run(config).n_missing == 50
    tasks = tasks_of(anna, config, "round-000")
    assert [task["data"]["text_al_rank"] for task in tasks] == list(range(50))

    # twice in a row changes nothing
    assert "0 texts pushed, 50 there already" in command("push", config)
    advance_run(config)
    assert [task["id"] for task in tasks_of(anna, config, "round-000")] == [task["id"] for task in tasks]
    (folder_of(config) / "label_studio.json").unlink()  # and forgetting it all loses nothing
    assert "0 texts pushed, 50 there already" in command("push", config)
    projects = anna.ask("GET", "/api/projects/")["results"]
    assert [one["title"] for one in projects].count("two-people") == 1

    # the page asks for the next task in the view's order; the best text comes first
    project = tasks[0]["project"]
    (view,) = anna.ask("GET", "/api/dm/views/", project=project)
    wish = {"ordering": view["data"]["ordering"], "filters": view["data"]["filters"]}
    first = ben.ask("POST", "/api/dm/actions/", wish, id="next_task", project=project, tabID=view["id"])
    assert first["id"] == tasks[0]["id"]

    # labels, an empty answer, a skip, by two people; one is edited before it is pulled
    for task in tasks[:20]:
        anna.choose(task["id"], right(task))
    for task in tasks[20:38]:
        ben.choose(task["id"], right(task))
    anna.choose(tasks[38]["id"], [])
    ben.choose(tasks[39]["id"], [], skip=True)
    edited = anna.choose(tasks[40]["id"], [LABELS[2]])
    anna.edit(edited, [RED, LABELS[2]])
    out = command("status", config)
    assert "round-000: 50 of 50 texts there; 40 labelled, 1 skipped, 9 open" in out
    assert "to pull: 41 annotations" in out
    assert counts(config).labelled == 0
    assert "Answers: 40 new, 1 skipped. 9 texts wait for labels." in command("pull", config)
    kept = decisions(folder_of(config))
    assert "9 texts wait for labels" in command("pull", config)
    assert decisions(folder_of(config)) == kept

    by_id = {}
    with RunStore.open(folder_of(config) / "state.db", read_only=True) as store:
        for event in QueryPool.open(store).events():
            if event.kind in ("labelled", "skipped"):
                by_id[event.row] = event
    rows = [int(task["data"]["text_al_id"][-3:]) for task in tasks]
    assert by_id[rows[0]].annotator == f"label-studio:{anna.id}"
    assert by_id[rows[25]].annotator == f"label-studio:{ben.id}"
    assert by_id[rows[38]].targets == (0, 0, 0, 0)
    assert by_id[rows[39]].kind == "skipped"
    assert by_id[rows[40]].targets == (1, 0, 1, 0)
    assert by_id[rows[0]].how.seconds == 2.5
    assert by_id[rows[0]].source == f"{server.url}/projects/{project}"

    # an edit after the pull is a correction, and one that was deleted is told
    anna.edit(edited, [])
    assert "Answers: 1 decided anew" in command("pull", config)
    anna.delete(edited)
    assert f"no longer there, though taken: the annotations of 'doc/{rows[40]:03}'" in command(
        "status", config
    )
    assert counts(config).labelled == 40
    for task in tasks[41:]:
        ben.choose(task["id"], right(task))
    assert "Nothing waits: run again." in command("sync", config)

    # the model learns, and its batch goes out, with its opinion as a line of text
    assert advance_run(config).request.id == "round-001"
    batch = tasks_of(anna, config, "round-001")
    assert len(batch) == 50
    assert all("%" in task["data"]["text_al_suggestions"] for task in batch)
    assert not any(task["predictions"] for task in batch)
    views = anna.ask("GET", "/api/dm/views/", project=project)
    assert [view["data"]["title"] for view in views] == ["round-000", "round-001"]

    # a correction of the former batch is taken while the next one waits
    late = next(one for one in tasks_of(anna, config, "round-000") if one["annotations"])
    anna.edit(late["annotations"][0]["id"], [LABELS[2]])
    assert "Answers: 1 decided anew" in command("pull", config)
    assert counts(config).pending == 50


@pytest.fixture
def waiting(server, anna, tmp_path, monkeypatch):
    """A run that waits for 8 texts, under the legacy token."""
    monkeypatch.setenv(VARIABLE, LEGACY_TOKEN)
    config = make_config(
        tmp_path, server, f"run-{tmp_path.name[-20:]}", n=40, size=8, mode="checked", timeout_seconds=1.0
    )
    advance_run(config)
    return config


def test_predictions_are_ticked_under_their_version_and_go_once(waiting, anna, ben):
    for task in tasks_of(anna, waiting, "round-000"):
        ben.choose(task["id"], right(task))
    assert "8 new" in command("pull", waiting)
    advance_run(waiting)
    command("push", waiting)
    batch = tasks_of(anna, waiting, "round-001")
    assert [len(task["predictions"]) for task in batch] == [1] * 8
    assert {task["predictions"][0]["model_version"] for task in batch} == {"round-001"}
    assert anna.ask("GET", f"/api/projects/{batch[0]['project']}/")["model_version"] == "round-001"
    ben.choose(batch[0]["id"], [RED])
    command("pull", waiting)
    last = decisions(folder_of(waiting))[-1]
    assert (last.how.shown.mode, last.how.shown.model) == ("checked", "round-001")


def test_a_label_that_is_added_can_be_chosen_on_the_server(waiting, anna):
    add_label(folder_of(waiting), Label("new & <b>"), n_backfill=0)
    command("push", waiting)
    task = tasks_of(anna, waiting, "round-000")[0]
    project = anna.ask("GET", f"/api/projects/{task['project']}/")
    assert project["parsed_label_config"]["labels"]["labels"] == [*LABELS, "new & <b>"]
    anna.choose(task["id"], ["new & <b>", RED])
    assert "1 new" in command("pull", waiting)


def test_a_label_that_the_run_does_not_have_is_named_and_nothing_is_taken(waiting, anna):
    tasks = tasks_of(anna, waiting, "round-000")
    anna.choose(tasks[0]["id"], ["surprise"])  # the server takes it
    anna.choose(tasks[1]["id"], [RED])
    with pytest.raises(AnswersError, match=f"task {tasks[0]['id']}, id .* no label is called 'surprise'"):
        command("pull", waiting)
    assert counts(waiting).labelled == 0


def test_a_server_that_is_slow_or_down_is_named_and_loses_nothing(waiting, server, anna):
    anna.choose(tasks_of(anna, waiting, "round-000")[0]["id"], [RED])
    server.freeze()
    try:
        with pytest.raises(
            OracleError, match="did not answer within 1 s, in each of 4 tries; nothing is lost"
        ):
            command("pull", waiting)
    finally:
        server.thaw()
    server.stop()
    with pytest.raises(OracleError, match="it cannot be reached"):
        advance_run(waiting)
    with pytest.raises(OracleError, match="it cannot be reached"):
        command("push", waiting)
    server.start()
    assert "0 texts pushed, 8 there already" in command("push", waiting)
    assert "1 new. 7 texts wait" in command("pull", waiting)


def test_refused_tokens_are_told_apart(waiting, anna, monkeypatch):
    monkeypatch.setenv(VARIABLE, "f" * 40)
    with pytest.raises(OracleError, match=r"does not take the token \(Invalid token\.\)"):
        command("pull", waiting)
    anna.ask("POST", "/api/jwt/settings", {"api_tokens_enabled": True, "legacy_api_tokens_enabled": False})
    monkeypatch.setenv(VARIABLE, LEGACY_TOKEN)
    with pytest.raises(OracleError, match="takes no legacy tokens any more"):
        command("pull", waiting)
    anna.ask("POST", "/api/jwt/settings", {"api_tokens_enabled": True, "legacy_api_tokens_enabled": True})
    assert counts(waiting).pending == 8
