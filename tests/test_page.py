"""Labelling at the page: a person in a real browser, against a server that imitates the contract."""

import re

import pytest
from page_examples import EMOTIONS
from page_person import NEEDS, visit
from page_stub import PageStub

pytest_plugins = ["page_fixtures"]
pytestmark = NEEDS


@pytest.mark.parametrize("n_labels", [28, 500])
def test_50_of_50_texts_are_labelled_by_keyboard_alone(browser, n_labels):
    with PageStub(n_labels=n_labels, n_texts=50) as stub, visit(browser, stub) as person:
        person.come()
        expected = {}
        for at, item in enumerate(stub.items):
            person.page.wait_for_function(
                "n => document.querySelector('#text .words')?.textContent.endsWith(`(${n})`)", arg=at
            )
            second, wanted = item["ranked"][1][0], stub.labels[(at * 11 + 3) % n_labels]["name"]
            person.press("2")
            if stub.labels[second]["name"] != wanted:
                person.type(wanted).press("Enter")
            expected[item["id"]] = {stub.labels[second]["name"], wanted}
            person.press("Enter")
        person.until_saved(50)
        assert {item["id"]: stub.labels_of(item["id"]) for item in stub.items} == expected
        assert len(stub.log) == 50
        person.page.locator("h2", has_text="The batch is done").wait_for()


def test_nothing_is_ticked_beforehand_and_what_was_seen_is_recorded(person):
    assert person.ticked == []
    assert person.page.locator("#likely [role=checkbox]").count() == 9
    assert "91 %" in person.page.locator("#likely [role=checkbox]").first.text_content()
    person.press("1", "Enter").until_saved(1)
    (answer,) = person.stub.answers()
    assert answer["shown"] == {"mode": "ranked", "labels": person.stub.items[0]["ranked"][:9]}
    assert answer["seconds"] >= 0


def test_blind_texts_show_no_opinion_and_record_none(browser):
    with PageStub(mode="none") as stub, visit(browser, stub) as person:
        person.come()
        assert "%" not in person.page.locator("#work").text_content()
        assert person.page.locator("#likely .label-name").all_text_contents() == EMOTIONS[:9]
        person.press("3", "Enter").until_saved(1)
        assert stub.labels_of("doc-0") == {"anger"}
        assert stub.answers()[0]["shown"] == {"mode": "none", "labels": []}


def test_suggested_labels_that_come_ticked_are_marked_as_suggested(browser):
    with PageStub(mode="checked") as stub, visit(browser, stub) as person:
        person.come()
        assert person.ticked == EMOTIONS[:2]
        assert person.page.locator("#ticked .badge").all_text_contents() == ["suggested", "suggested"]
        assert "not by you" in person.page.locator("#banner").text_content()
        person.press("1", "Enter").until_saved(1)
        assert stub.labels_of("doc-0") == {EMOTIONS[1]}
        assert stub.answers()[0]["shown"]["mode"] == "checked"


def test_only_considered_labels_can_be_ticked(browser):
    with PageStub() as stub, visit(browser, stub) as person:
        stub.items[0]["considered"] = [3, 17]
        stub.items[0]["ranked"] = [[17, 0.8], [3, 0.2]]
        person.come().type("anger").press("Enter")
        assert person.ticked == []
        assert "2 of 28" in person.page.locator("#banner").text_content()
        person.press("Escape", "1", "Enter").until_saved(1)
        assert stub.labels_of("doc-0") == {"joy"}


def test_an_empty_answer_is_asked_about_once(person):
    person.press("Enter")
    assert "Press Enter again" in person.page.locator("#ticked .question").text_content()
    assert person.stub.answers() == []
    person.page.wait_for_timeout(300)  # two strokes within a quarter of a second are one that bounced
    person.press("Enter").until_saved(1)
    answer = person.stub.answers()[0]
    assert (answer["status"], answer["labels"]) == ("labelled", [])


def test_a_key_that_bounces_saves_no_empty_answer(person):
    person.press("Enter", "Enter")
    person.page.wait_for_timeout(100)
    assert person.stub.answers() == []


def test_no_label_applies_has_a_key_and_gives_back_what_it_put_aside(person):
    person.press("1", "0")
    assert person.page.locator("#ticked").text_content().startswith("No label applies")
    person.press("0")
    assert person.ticked == ["admiration"]
    person.press("0", "Enter").until_saved(1)
    assert person.stub.answers()[0]["labels"] == []


@pytest.mark.parametrize(("key", "status"), [(".", "skipped"), (",", "unsure"), ("-", "rejected")])
def test_no_decision_is_an_answer_of_its_own(person, key, status):
    person.press("1", key).until_saved(1)
    answer = person.stub.answers()[0]
    assert (answer["status"], answer["labels"]) == (status, [])


def test_the_last_answer_can_be_taken_back_and_given_again(person):
    first = person.text
    person.press("1", "Enter", "2", "Enter").until_saved(2)
    person.press("ArrowLeft", "ArrowLeft")
    assert (person.text, person.ticked) == (first, ["admiration"])
    person.until(lambda: person.stub.kept == {}, "both to be taken back")
    person.press("3", "Enter").until(lambda: len(person.stub.kept) == 1)
    assert person.stub.labels_of("doc-0") == {"admiration", "anger"}


def test_after_a_reload_the_last_answer_can_still_be_taken_back(person):
    person.press("1", "Enter").until_saved(1)
    person.page.reload()
    person.page.wait_for_selector("#text .words")
    person.press("ArrowLeft")
    person.page.wait_for_function("() => document.querySelector('#text .words').textContent.endsWith('(0)')")
    assert person.ticked == ["admiration"]
    person.until(lambda: person.stub.kept == {})


def test_backspace_unticks_the_label_ticked_last(person):
    person.press("1", "3", "Backspace")
    assert person.ticked == ["admiration"]


@pytest.mark.parametrize(
    ("typed", "best"),
    [
        ("app", "approval"),  # begins the name
        ("proval", "approval"),  # the shortest of those that hold it
        ("service desk", "customerService_desk"),  # begins its words
        ("csd", "customerService_desk"),  # their initials
        ("CAFE", "Café"),  # without case and accents
        ("404", "error 404"),
        ("wrath", "anger"),  # only in its description
        ("agr", "anger"),  # letters in order
        ("生气", "生气"),
        ("zzz", None),
    ],
)
def test_search_finds_the_best_match_first(person, typed, best):
    names = ["disapproval", "approval", "customerService_desk", "Café", "anger", "生气", "error 404"]
    found = person.page.evaluate(
        """async ([names, typed]) => {
            const { indexOf, search } = await import("/static/labels.js");
            const meaning = (name) => (name === "anger" ? "Wrath and fury" : "");
            const labels = names.map((name) => ({ name, description: meaning(name), examples: [] }));
            return search(indexOf(labels), typed).map((place) => names[place]);
        }""",
        [names, typed],
    )
    assert (found[0] if found else None) == best


def test_digits_and_signs_search_after_a_slash(browser):
    labels = [{"name": name, "description": "", "examples": []} for name in ("404", "1010", "-", "other")]
    with PageStub(labels=labels) as stub, visit(browser, stub) as person:
        person.come().type("/1010").press("Enter").type("/-").press("Enter", "Enter").until_saved(1)
        assert stub.labels_of("doc-0") == {"1010", "-"}


def test_arrows_choose_another_match(person):
    person.type("dis").press("ArrowDown", "Enter")
    assert person.ticked == ["disapproval"]
    assert person.page.locator("#search").input_value() == ""


def test_the_best_match_says_what_it_means(person):
    person.type("grat")
    assert "The writer shows gratitude." in person.page.locator("#about").text_content()


def test_everything_works_by_mouse(person):
    person.page.locator("#every [data-label='17']").click()
    person.page.locator("#likely [role=checkbox]").nth(1).click()
    person.page.get_by_role("button", name="Untick joy").click()
    person.page.get_by_role("button", name="Save and next").click()
    person.until_saved(1)
    assert person.stub.labels_of("doc-0") == {"amusement"}
    assert person.page.evaluate("document.activeElement.id") == "search"


def test_guidelines_are_rendered_as_elements(person):
    body = person.page.locator(".part-guidelines .body")
    assert body.locator("h3").all_text_contents()[0] == "What to tick"
    assert body.locator("strong").text_content() == "writer"
    assert body.locator("ul li").count() == 3
    assert body.locator("ol li").count() == 2
    assert body.locator("code").text_content() == "neutral"


def test_similar_texts_come_on_request_with_shared_words_marked(person):
    assert person.page.locator(".part-similar mark").count() == 0
    person.press("=")
    marked = person.page.locator(".part-similar .card").first.locator("mark").all_text_contents()
    assert [word.lower() for word in marked] == ["thank", "this", "helped"]


def test_a_batch_ends_in_a_grace_period_that_undo_stops(browser):
    with PageStub(n_texts=2) as stub, visit(browser, stub) as person:
        person.come().press("1", "Enter", "1", "Enter")
        person.page.wait_for_selector("#countdown")
        assert re.search(r"Training starts in \d s", person.page.locator("#countdown").text_content())
        person.press("ArrowLeft")
        person.page.wait_for_selector("#text .words")
        person.until(lambda: len(stub.kept) == 1)
        assert person.text.endswith("(1)")
        person.press("Enter")
        person.page.wait_for_selector("#countdown")
        person.press("Enter").until(lambda: stub.train_calls == 1)


def test_the_next_batch_appears_after_training_and_the_end_after_the_last(browser):
    with PageStub(n_texts=1) as stub, visit(browser, stub) as person:
        person.come().press("1", "Enter")
        person.page.wait_for_selector("#countdown")
        stub.change(
            phase="training",
            starts_in=None,
            progress={"stage": "training", "done": 120, "total": 300, "text": "epoch 2 of 4"},
        )
        person.page.wait_for_selector("#meter")
        person.until(lambda: person.page.locator("#meter").get_attribute("aria-valuenow") == "40")
        assert person.page.locator("#stage").text_content() == "Training: epoch 2 of 4 (120 of 300)"
        stub.next_batch("round-004", ["A new text (0)"])
        person.page.wait_for_selector("#text .words")
        assert person.text == "A new text (0)"
        person.press("1", "Enter").until_saved(2)
        assert stub.answers()[-1]["request"] == "round-004"
        stub.change(phase="finished", starts_in=None, outcome="Finished: the budget of 1,000 texts is spent.")
        person.page.wait_for_selector(".outcome")
        curve = person.page.locator(".state .curve")
        assert "0.515 after 200 labelled texts" in curve.locator("desc").text_content()
        assert curve.locator("tbody tr").count() == 4


def test_an_error_of_the_run_is_shown_as_its_sentence(browser):
    with PageStub(n_texts=1) as stub, visit(browser, stub) as person:
        stub.change(phase="failed", error="training.batch_size is 4096; lower it.")
        person.come()
        assert person.page.locator(".error").text_content() == "training.batch_size is 4096; lower it."


def test_an_own_answer_can_be_corrected_while_the_model_trains(browser):
    with PageStub(n_texts=1) as stub, visit(browser, stub) as person:
        person.come().press("1", "Enter").until_saved(1)
        stub.change(phase="training", starts_in=None)
        person.page.get_by_role("button", name="Look through your answers").click()
        person.page.locator(".answer").click()
        person.page.wait_for_selector("#text .words")
        assert person.ticked == ["admiration"]
        assert stub.opened == [("doc-0", "round-003")]
        person.press("1", "2", "Enter").until_saved(2)
        assert stub.labels_of("doc-0") == {"amusement"}
        assert person.page.get_by_role("heading", name="The model is learning").is_visible()


def test_disagreements_are_settled_label_by_label(browser):
    said = [
        {"annotator": "anna", "labels": [15, 4], "considered": None, "status": "labelled"},
        {"annotator": "ben", "labels": [15, 18], "considered": None, "status": "labelled"},
        {"annotator": "cleo", "labels": [18], "considered": [18], "status": "labelled"},
    ]
    with PageStub() as stub, visit(browser, stub) as person:
        stub.disagreements = [{**stub.items[0], "id": "old-9", "request": "round-002", "said": said}]
        stub.disagreements[0]["considered"] = [4, 18]
        stub.change(disagreements=1)
        person.come().page.get_by_role("button", name="Settle 1 disagreement").click()
        person.page.wait_for_selector(".said")
        assert person.page.locator(".said tbody th").all_text_contents() == ["approval", "love"]
        assert person.page.locator(".said tbody tr").first.locator("td").all_text_contents() == [
            "✓ yes",
            "– no",
            "not asked",
        ]
        assert person.page.locator(".agreed").text_content() == "All say: gratitude"
        assert person.ticked == []
        person.press("2", "Enter").until_saved(1)
        assert stub.answers()[0]["settles"] is True
        assert stub.answers()[0]["considered"] == [4, 18]
        assert stub.labels_of("old-9") == {"love"}
        assert person.text.endswith("(0)")


def test_who_cannot_settle_a_text_leaves_it_to_others(browser):
    said = [
        {"annotator": who, "labels": labels, "considered": None, "status": "labelled"}
        for who, labels in (("anna", [4]), ("ben", []))
    ]
    with PageStub() as stub, visit(browser, stub) as person:
        old = {**stub.items[0], "id": "old-9", "request": "round-002", "said": said, "considered": [4]}
        stub.disagreements = [old]
        stub.change(disagreements=1)
        person.come().page.get_by_role("button", name="Settle 1 disagreement").click()
        person.page.wait_for_selector(".said")
        person.press(".")
        person.until(lambda: "Left to others" in person.page.locator("#toast").text_content())
        assert person.text.endswith("(0)")
        assert stub.log == []


def test_two_people_label_the_same_batch(browser):
    with PageStub(n_texts=2) as stub, visit(browser, stub) as anna, visit(browser, stub) as ben:
        anna.come("anna").press("1", "Enter").until_saved(1)
        ben.come("ben").press("2", "Enter").until_saved(2)
        assert stub.labels_of("doc-0", "anna") == {"admiration"}
        assert stub.labels_of("doc-0", "ben") == {"amusement"}


def test_a_name_of_a_program_is_no_name_of_a_person(browser):
    with PageStub() as stub, visit(browser, stub) as person:
        person.page.goto(stub.url)
        person.page.get_by_label("Your name").fill("llm:gpt")
        person.press("Enter")
        assert "programs" in person.page.locator(".problem").text_content()


def test_the_help_page_closes_with_escape_and_the_keys_work_again(person):
    person.press("?")
    assert person.page.locator("dialog").is_visible()
    person.press("1", "Escape", "2")
    assert person.ticked == ["amusement"]
