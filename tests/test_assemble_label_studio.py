"""A run, its Label Studio server, and the commands between them."""

import json
import threading

import pytest
from label_studio_stub import LEGACY, Stub, serving
from loop_examples import a_file_run, decisions
from typer.testing import CliRunner

import text_al.oracles.label_studio
from text_al.assemble import load_config, open_run
from text_al.assemble.label_studio import RunLink
from text_al.cli.label_studio_commands import label_studio_app
from text_al.data.lock import RunLock
from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.errors import AnswersError, OracleError, PoolError, RunLockedError
from text_al.loop.rounds import Waiting, advance
from text_al.registry import SettingsError

ROWS = [
    {"id": f"t{place:02}", "text": f"text {place} {'red' if place % 2 else 'blue'}"} for place in range(40)
]


class Bench:
    """A run that waits for ten texts, and a server."""

    def __init__(self, config, stub, url):
        self.config, self.stub, self.url = config, stub, url
        self.folder = config.parent / "saved" / "run"

    def command(self, name, *options):
        found = CliRunner().invoke(label_studio_app, [name, str(self.config), *options])
        if found.exception is not None:
            raise found.exception
        return found.output

    def advance(self):
        with open_run(load_config(self.config, environ={})) as run:
            return advance(run)

    def answer(self, *places, person=1):
        """The right answer to tasks, by number."""
        for place in places:
            text = self.stub.tasks[place]["data"]["text"]
            self.stub.annotate(place, ["x"] if "red" in text else ["x", "y"], person=person)

    def counts(self):
        with RunStore.open(self.folder / "state.db", read_only=True) as store:
            return QueryPool.open(store).counts()

    def pool(self):
        return RunStore.open(self.folder / "state.db")


@pytest.fixture
def stub():
    return Stub()


@pytest.fixture
def url(stub, monkeypatch):
    monkeypatch.setenv("LABEL_STUDIO_TOKEN", LEGACY)
    with serving(stub) as url:
        yield url


@pytest.fixture
def bench(tmp_path, stub, url):
    oracle = {"type": "label_studio", "args": {"url": url}}
    config = a_file_run(tmp_path, ROWS, run_it=False, oracle=oracle, active_learning={"budget": 15})
    bench = Bench(config, stub, url)
    assert isinstance(bench.advance(), Waiting)
    return bench


def test_a_run_pushes_its_batch_and_goes_on_with_what_comes_back(bench):
    assert len(bench.stub.tasks) == 10
    bench.answer(*range(1, 11))
    assert bench.advance().request.id == "round-001"  # it collects by itself
    assert len(bench.stub.tasks) == 15
    bench.answer(*range(11, 16))
    assert bench.advance().reason == "the budget of 15 texts is spent"
    assert {event.annotator for event in decisions(bench.folder) if event.kind == "labelled"} == {
        "label-studio:1"
    }


def test_a_push_ends_with_the_link_and_the_next_command(bench):
    assert bench.command("push").splitlines() == [
        f"{bench.url}: project 1 'run'",
        "round-000: 0 texts pushed, 10 there already",
        "",
        "Next:",
        f"  label at {bench.url}/projects/1/data?tab=1&labeling=1",
        f"  text-al label-studio pull {bench.config}",
    ]


def test_a_rehearsal_pushes_nothing(bench):
    bench.stub.tasks.clear()
    n_posted = bench.stub.count("POST", "/")
    assert "round-000: 10 texts would be pushed, 0 there already" in bench.command("push", "--dry-run")
    assert bench.stub.count("POST", "/") == n_posted


def test_what_was_pulled_is_known_the_next_time(bench):
    bench.answer(1, 2)
    bench.stub.annotate(3, [], skip=True)
    assert bench.command("pull").splitlines() == [
        "Answers: 2 new, 1 skipped. 7 texts wait for labels.",
        "",
        "Next:",
        f"  text-al label-studio status {bench.config}",
    ]
    kept = decisions(bench.folder)
    assert "3 known already. 7 texts wait" in bench.command("pull")
    (bench.folder / "label_studio.json").unlink()
    assert "3 known already. 7 texts wait" in bench.command("pull")
    assert decisions(bench.folder) == kept


def test_the_last_answer_says_run_again(bench):
    bench.answer(*range(1, 11))
    out = bench.command("pull")
    assert "Answers: 10 new. Nothing waits: run again." in out
    assert out.splitlines()[-1] == f"  text-al run {bench.config}"
    assert bench.command("push").splitlines()[0] == "The run waits for nothing."


def test_an_answer_that_was_taken_back_here_is_not_taken_from_there_again(bench):
    bench.answer(1)
    bench.command("pull")
    with bench.pool() as store:
        pool = QueryPool.open(store)
        row = next(event.row for event in pool.events() if event.kind == "labelled")
        pool.withdraw(row, "label-studio:1", round=0, source="page")
    (bench.folder / "label_studio.json").unlink()
    assert "1 known already. 10 texts wait" in bench.command("pull")
    bench.stub.annotate(1, ["y"], key=1)
    assert "9 texts wait" in bench.command("pull")


def test_a_correction_of_a_former_batch_is_taken_while_another_waits(bench):
    bench.answer(*range(1, 11))
    bench.command("pull")
    bench.advance()
    bench.stub.annotate(4, [], key=4)
    assert "1 decided anew" in bench.command("sync")
    assert bench.counts().pending == 5


def test_a_wrong_label_is_named_changes_nothing_and_is_asked_for_again(bench):
    bench.answer(1, 2)
    key = bench.stub.annotate(3, ["z"])
    with pytest.raises(
        AnswersError, match=r"task 3, id 't..': no label is called 'z'\. It must be one of: x, y"
    ):
        bench.command("pull")
    assert bench.counts().labelled == 0
    bench.stub.annotate(3, [], key=key)
    assert "3 new" in bench.command("pull")


def test_a_pull_that_cannot_be_stored_comes_again(bench):
    bench.answer(1)
    with RunLock(bench.folder / "state.db"), pytest.raises(RunLockedError):
        bench.command("pull")
    assert "1 new" in bench.command("pull")


def test_status_tells_what_is_there_what_is_to_come_and_what_is_gone(bench):
    bench.answer(1, 2)
    bench.command("pull")
    bench.stub.annotate(2, [], key=2)
    bench.stub.annotate(3, [], skip=True)
    bench.stub.tasks[1]["annotations"].clear()
    bench.stub.imported(1, [bench.stub.tasks[5]])
    lost, spare = (bench.stub.tasks[place]["data"]["text_al_id"] for place in (1, 5))
    out = bench.command("status").splitlines()
    assert out[1:5] == [
        "round-000: 10 of 10 texts there; 1 labelled, 1 skipped, 8 open",
        "to pull: 2 annotations, new or edited; the run waits for 8 texts",
        f"no longer there, though taken: the annotations of {lost!r}; what was taken holds",
        f"there more than once: {spare!r}; delete the spare tasks",
    ]
    kept = decisions(bench.folder)
    bench.command("status")
    assert decisions(bench.folder) == kept


def test_sync_goes_on_until_all_is_answered(bench):
    def people():
        bench.answer(*range(4, 11))

    bench.answer(1, 2, 3)
    threading.Timer(0.5, people).start()
    out = bench.command("sync", "--every", "0.1").splitlines()
    assert out[1] == "round-000: 0 texts pushed, 10 there already"
    assert out[2] == "Answers: 3 new. 7 texts wait for labels."
    assert "Nothing waits: run again." in out[-4]
    assert out[-1] == f"  text-al run {bench.config}"


def test_polling_sits_out_a_server_that_is_away(bench, monkeypatch):
    bench.answer(*range(1, 10))
    calls = []
    real = RunLink.pull

    def pull(link):
        calls.append(len(calls))
        if len(calls) == 2:
            raise text_al.oracles.label_studio.ServerAwayError("it is away")
        if len(calls) == 3:
            bench.answer(10)
        return real(link)

    monkeypatch.setattr(RunLink, "pull", pull)
    out = bench.command("sync", "--every", "0.01")
    assert "it is away (asking again every 0.01 s)" in out
    assert "Nothing waits: run again." in out


def test_a_run_that_people_label_in_files_can_go_to_a_server_too(tmp_path, stub, url):
    _, folder = a_file_run(tmp_path, ROWS)
    bench = Bench(folder, stub, url)
    bench.folder = folder
    assert "10 texts pushed" in bench.command("push", "--url", url)
    bench.answer(1)
    assert "1 new" in bench.command("pull", "--url", url)
    with pytest.raises(OracleError, match="'file'; say where Label Studio is, with --url"):
        bench.command("pull")


def test_options_go_before_the_configuration(bench, tmp_path):
    file = tmp_path / "token"
    file.write_text("f" * 40, encoding="utf-8")
    with pytest.raises(OracleError, match="does not take the token"):
        bench.command("pull", "--token-file", str(file))
    with pytest.raises(OracleError, match="variable NO_SUCH_TOKEN is not set"):
        bench.command("pull", "--token-env", "NO_SUCH_TOKEN")
    with pytest.raises(SettingsError, match="the url holds a name or a password") as error:
        bench.command("pull", "--url", "http://anna:hush@127.0.0.1")
    assert "hush" not in str(error.value)


def test_a_run_that_has_not_begun_is_named(tmp_path, stub, url):
    oracle = {"type": "label_studio", "args": {"url": url}}
    config = a_file_run(tmp_path, ROWS, run_it=False, oracle=oracle)
    for name in ("push", "pull", "status", "sync"):
        with pytest.raises(PoolError, match="there is no run"):
            Bench(config, stub, url).command(name)
    assert not stub.requests


def test_the_configuration_in_the_runs_folder_names_the_server_too(bench):
    bench.answer(1)
    link = RunLink(bench.folder)
    assert link.pull().imported.change.new == 1
    assert json.loads((bench.folder / "label_studio.json").read_text(encoding="utf-8"))["url"] == bench.url
