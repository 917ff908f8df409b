"""A real `text-al label`, killed and stopped at any moment, loses nothing and ends like an unbroken run."""

import json
import signal
import threading
import time

import httpx2
import pytest
from app_examples import ANNA, BEN, ForgedPage, LabelProcess, ticket_config, tickets
from cli_examples import text_al as text_al
from kill_examples import KILLED, Forge, moments
from loop_examples import decisions, read_rounds, timeless

from text_al.assemble import load_config, open_run
from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.loop.rounds import Finished, advance

MODULES = (
    "app_examples", "text_al.assemble.runs", "text_al.app.opening", "text_al.app.server",
    "sklearn.linear_model", "sklearn.feature_extraction.text", "scipy.optimize", "safetensors.numpy",
    "matplotlib.figure", "matplotlib.font_manager", "matplotlib.backends.backend_agg",
)  # fmt: skip


@pytest.fixture(scope="module")
def forge():
    with Forge(*MODULES) as made:
        yield made


def run_of(config):
    return config.parent / "saved" / "run"


def labelled(run):
    """What each row was labelled with, in the order of the decisions."""
    return [(event.row, event.targets) for event in decisions(run) if event.kind == "labelled"]


def answers(run, annotator):
    """The rows that somebody decided on, in order."""
    with RunStore.open(run / "state.db", read_only=True) as store:
        return [event.row for event in QueryPool.open(store).events() if event.annotator == annotator]


def decide(names):
    """The labels beside the text, by index, as a person who knows them would answer."""
    hidden = {row["id"]: [names.index(label) for label in row["labels"]] for row in tickets()}
    return lambda item: hidden[item["id"]]


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """The folder of a run that the labels beside its texts answered."""
    config, _ = ticket_config(tmp_path_factory.mktemp("simulated") / "a", asks_people=False)
    with open_run(load_config(config, environ={})) as run:
        assert isinstance(advance(run), Finished)
    return run_of(config)


def records(run):
    """The rounds, but for what only people are told, and for how often a run was begun."""
    found = []
    for record in read_rounds(run):
        plain = timeless(record)
        found.append({key: value for key, value in plain.items() if key not in ("notes", "hardware")})
    return found


def test_killed_between_answers_again_and_again_a_run_ends_as_the_simulated_one(forge, tmp_path, simulated):
    config, names = ticket_config(tmp_path / "b", asks_people=True)
    run, right, kills, seen = run_of(config), decide(names), 0, []
    server, ports, phase = ForgedPage(forge, config, run), set(), ""
    while phase != "finished":
        page = server.page()
        ports.add(page.port)
        while (phase := page.wait_for_any("labelling", "finished")) == "labelling":
            before = [one["id"] for one in page.get("mine", annotator=ANNA)["answers"]]
            assert before == seen[::-1], "an answer was lost, or is in another order"
            item = page.next()
            assert item["id"] not in seen
            page.answer(item, right(item))
            seen.append(item["id"])
            if len(seen) in (4, 10, 12, 20):
                break
        page.close()
        if phase == "finished":
            assert server.end(signal.SIGINT) == 0
        else:
            assert server.end() == KILLED
            kills += 1
    assert (kills, len(ports), len(seen)) == (4, 1, 20)
    assert labelled(run) == labelled(simulated)
    assert records(run) == records(simulated)


def answer_until_it_dies(page, right):
    """Answers what comes; ids that were said to be saved, and whether the run came to its end."""
    saved = []
    try:
        while page.wait_for_any("labelling", "finished") == "labelling":
            item = page.next()
            if item is not None:
                page.answer(item, right(item))
                saved.append(item["id"])
    except httpx2.TransportError:
        return saved, False
    return saved, True


def test_killed_at_any_moment_no_answer_that_was_said_to_be_saved_is_lost(forge, tmp_path, simulated):
    config, names = ticket_config(tmp_path / "b", asks_people=True)
    run, right, delays, said = run_of(config), decide(names), moments(seed=5, longest=0.25), []
    server, struck, is_done = ForgedPage(forge, config, run), 0, False
    while not is_done:
        page = server.page()
        killer = threading.Timer(next(delays), server.kill)
        killer.start()
        saved, is_done = answer_until_it_dies(page, right)
        killer.join()
        page.close()
        struck += server.ended() == KILLED
        said += saved
        assert len(answers(run, ANNA)) - len(said) in (0, 1), "a kill may come before the reply"
        said = answers(run, ANNA)
    assert struck >= 4
    assert labelled(run) == labelled(simulated)
    assert records(run) == records(simulated)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_when_it_is_asked_to(tmp_path, number):
    config, _ = ticket_config(tmp_path / "b", asks_people=True)
    process = LabelProcess(config, "--annotator", "Zoë")
    page = process.page()
    page.wait_for("labelling")
    assert page.get("project")["default_annotator"] == "Zoë"
    page.answer(page.next(), [0], "Zoë")
    secret = json.loads((run_of(config) / "page.json").read_text("utf-8"))["secret"]
    page.close()
    status, shown = process.stop(number)
    assert (status, shown.strip()) == (
        0, "text-al: stopped; every answer is saved. The same command goes on.",
    )  # fmt: skip
    assert len(answers(run_of(config), "Zoë")) == 1
    log = (run_of(config) / "info.log").read_text("utf-8")
    assert page.token not in log + shown
    assert secret not in log + shown


def test_a_browser_that_was_left_open_goes_on_after_a_kill(tmp_path):
    config, _ = ticket_config(tmp_path / "b", asks_people=True)
    process = LabelProcess(config)
    page = process.page()
    page.wait_for("labelling")
    held = page.next()
    process.kill()
    again = LabelProcess(config)
    other = again.page()
    assert other.token != page.token
    other.wait_for("labelling")
    assert page.http.get("/", params={"token": page.token}).status_code == 403
    page.answer(held, [1])
    assert page.state()["request"]["n_done"] == 1
    assert page.next(BEN)["id"] != held["id"]
    for one in (page, other):
        one.close()
    assert again.stop()[0] == 0


def test_a_second_page_of_the_same_run_is_refused_with_a_sentence(tmp_path, text_al):
    config, _ = ticket_config(tmp_path / "b", asks_people=True)
    process = LabelProcess(config)
    page = process.page()
    status, _, shown = text_al("label", config)
    assert status == 2
    assert "is being advanced by another process" in shown
    status, _, shown = text_al("label", config, "--port", page.port)
    assert status == 2
    assert f"port {page.port}: Address already in use" in shown
    page.wait_for("labelling")
    page.close()
    assert process.stop()[0] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["oracle.type=simulated"], "set oracle: {type: file}"),
        (["--host", "0.0.0.0"], "--expose"),
        (["--annotator", "llm:x"], "--annotator: the name 'llm:x' is kept for programs"),
        (["annotation.guidelines=nowhere.md"], "annotation.guidelines: nowhere.md"),
    ],
)
def test_what_cannot_be_a_page_is_said_before_anything_begins(tmp_path, text_al, arguments, words):
    config, _ = ticket_config(tmp_path / "b", asks_people=True)
    status, _, shown = text_al("label", config, *arguments)
    assert status == 2
    assert words in " ".join(shown.replace("│", " ").split())
    assert not run_of(config).exists()


def test_without_its_libraries_the_command_says_what_to_install(tmp_path, text_al, monkeypatch):
    config, _ = ticket_config(tmp_path / "b", asks_people=True)
    monkeypatch.setattr("text_al.app.opening.find_spec", lambda name: None)
    status, _, shown = text_al("label", config)
    assert status == 2
    assert "pip install 'text-al[app]'" in shown


def test_the_browser_is_given_a_link_that_works_once(tmp_path, monkeypatch):
    config, _ = ticket_config(tmp_path / "b", asks_people=True)
    told, script = tmp_path / "told", tmp_path / "browser"
    script.write_text(f'#!/bin/sh\necho "$1" > {told}.new && mv {told}.new {told}\n', encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(script))
    monkeypatch.setenv("DISPLAY", ":0")
    process = LabelProcess(config, browser=True)
    page = process.page()
    deadline = time.monotonic() + 20
    while not told.exists():
        assert time.monotonic() < deadline
        time.sleep(0.005)
    address = told.read_text("utf-8").strip()
    assert page.token not in address
    with httpx2.Client(trust_env=False) as browser:
        assert browser.get(address).status_code == 303
        assert browser.get(page.address).status_code == 200
    with httpx2.Client(trust_env=False) as other:
        assert other.get(address).status_code == 403
        assert other.get(f"{page.address}/?token={page.token}").status_code == 303
    page.close()
    assert process.stop()[0] == 0
