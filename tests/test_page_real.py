"""A person's whole path in a real browser with the real server, from the first text to the next batch."""

import re
import time
from contextlib import contextmanager

import numpy as np
import pytest
from app_examples import LabelProcess
from loop_examples import decisions, write_config, write_jsonl
from page_person import NEEDS, visit

from text_al.data.pool import QueryPool
from text_al.data.store import RunStore

pytest_plugins = ["page_fixtures"]
pytestmark = [*NEEDS, pytest.mark.slow]

HOSTILE = "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script> \u202eevil"
BATCH, NEXT = 50, 6


class Served:
    """A `text-al label` that may be killed and begun again; what a person at its page needs to know."""

    def __init__(self, config):
        self.config, self.problems = config, []
        self.run = config.parent / "saved" / "run"
        self.start()

    def start(self):
        self.process = LabelProcess(self.config, "--grace", "1")
        page = self.process.page()
        self.url = f"{page.address}/?token={page.token}"
        page.http.close()

    def kill(self):
        self.process.kill()

    def answers(self):
        return [event for event in decisions(self.run) if event.kind in ("labelled", "skipped")]

    def labels_of(self, row):
        with RunStore.open(self.run / "state.db", read_only=True) as store:
            pool = QueryPool.open(store)
            rows, targets = pool.labelled()
        held = dict(zip(rows.tolist(), targets.tolist(), strict=True))
        return {name for name, target in zip(pool.labels, held[row], strict=True) if target == 1}


def names_of(n_labels):
    """Label names, none of which is found by the name of another."""
    return [f"topic {number:03d}" for number in range(n_labels)]


def rows_of(n_labels):
    """Texts that say what labels they have; the third is hostile."""
    rng, names = np.random.default_rng(n_labels), names_of(n_labels)
    rows = []
    for place in range(90):
        chosen = sorted(rng.choice(n_labels, size=place % 3, replace=False).tolist())
        words = " and ".join(names[label] for label in chosen) or "nothing"
        rows.append({"id": f"t{place:02}", "text": f"case {place:02} is about {words} {HOSTILE}"})
    return rows


@contextmanager
def serving(folder, n_labels):
    data = {
        "pool": str(write_jsonl(folder / "pool.jsonl", rows_of(n_labels))),
        "validation": None,
        "labels": names_of(n_labels),
        "columns": {"labels": None},
    }
    active = {"initial_size": BATCH, "query_size": NEXT, "budget": BATCH + NEXT}
    config = write_config(
        folder,
        data=data,
        active_learning=active,
        oracle={"type": "file"},
        annotation={"overlap": {"share": 0.04, "annotators": 2}},
    )
    served = Served(config)
    try:
        yield served
    finally:
        served.kill()


def label_text(person):
    """Labels the text on the screen by keyboard, as it says itself; its place in the pool."""
    words = person.text
    place, about = re.search(r"case (\d\d) is about (.*?) <img", words).groups()
    wanted = set(re.findall(r"topic \d{3}", about))
    for name in sorted(wanted):
        person.type(name).press("Enter")
    person.press(*(["Enter"] if wanted else ["0", "Enter"]))
    person.until(lambda: not is_shown(person, place), "the next text")
    return int(place), wanted


def is_shown(person, place):
    shown = person.page.locator("#text .words")
    return shown.count() > 0 and shown.is_visible() and f"case {place} " in shown.text_content()


@pytest.mark.parametrize("n_labels", [28, 500])
def test_a_person_labels_a_batch_by_keyboard_though_the_server_is_killed_and_the_next_one_appears(
    browser, tmp_path, n_labels
):
    with serving(tmp_path, n_labels) as served, visit(browser, served, faults=True) as anna:
        anna.come("anna")
        said = {}
        for count in range(1, BATCH + 1):
            if count == 21:
                served.kill()
                served.start()  # the page goes on by itself: same address, same cookie
            place, wanted = label_text(anna)
            said[place] = wanted
            if count == 10:
                anna.press("ArrowLeft")  # undo: the text comes back, its labels still ticked
                anna.until(lambda at=place: is_shown(anna, f"{at:02}"), "the text that was taken back")
                assert set(anna.ticked) == wanted
                anna.press("Enter")  # "no label applies" is still said too
                anna.until(lambda at=place: not is_shown(anna, f"{at:02}"), "the next text")
        anna.until(lambda: len({event.row for event in served.answers()}) == BATCH, "50 answers on disk", 30)
        assert {row: served.labels_of(row) for row in said} == said
        assert len(said) == BATCH
        assert anna.page.title() != "broken"
        assert [event.how.word for event in served.answers()].count("withdrawn") == 1
        with visit(browser, served) as ben:  # two texts wait for a second opinion
            ben.come("ben")
            second = {label_text(ben)[0]}
            ben.press(".")  # a skip is an answer too
            ben.until(lambda: sum(event.annotator == "ben" for event in served.answers()) == 2, "two answers")
        by_ben = [event for event in served.answers() if event.annotator == "ben"]
        assert {event.row for event in by_ben} - second
        assert [event.kind for event in by_ben].count("skipped") == 1
        anna.until(lambda: f"1 of {NEXT}" in anna.page.locator("header").text_content(), "the next batch", 60)
        began = time.monotonic()
        label_text(anna)
        assert time.monotonic() - began < 60
        anna.until(lambda: any(event.round == 1 for event in served.answers()), "its first answer")
        assert served.answers()[-1].how.shown.mode == "ranked"
