"""What the page takes care of: nothing is lost, nothing hostile acts, everything can be read and reached."""

import itertools
from pathlib import Path

import pytest
from page_person import NEEDS, visit
from page_stub import PageStub

pytest_plugins = ["page_fixtures"]
pytestmark = NEEDS


def test_answers_given_while_the_server_is_down_arrive_later_once_each_and_in_order(browser):
    with PageStub() as stub, visit(browser, stub, faults=True) as person:
        person.come().press("1", "Enter").until_saved(1)
        person.page.wait_for_load_state("networkidle")
        stub.stop()
        person.press("2", "Enter", "3", "Enter").until(
            lambda: person.saving.startswith("NOT SAVED – 2 answers")
        )
        assert person.page.title().startswith("NOT SAVED")
        assert person.page.locator("#saving").get_attribute("aria-live") == "polite"
        stub.start()
        person.until_saved(3)
        assert [answer["id"] for answer in stub.log] == ["doc-0", "doc-1", "doc-2"]
        person.press("1", "Enter").until_saved(4)


def test_unsent_answers_survive_a_reload(browser):
    with PageStub() as stub, visit(browser, stub, faults=True) as person:
        person.come()
        stub.deaf = True
        person.press("1", "Enter", "2", "Enter").until(lambda: "2 answers" in person.saving)
        asked = []
        person.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
        person.page.reload()
        assert asked == ["beforeunload"]
        person.page.wait_for_selector("#text .words")
        assert person.text.endswith("(2)")
        stub.deaf = False
        person.until_saved(2)
        assert [answer["id"] for answer in stub.log] == ["doc-0", "doc-1"]


def test_an_answer_whose_reply_was_lost_is_not_given_twice(browser):
    with PageStub() as stub, visit(browser, stub, faults=True) as person:
        stub.lose_replies = 1
        person.come().press("1", "Enter", "2", "Enter").until_saved(2)
        assert [answer["id"] for answer in stub.log] == ["doc-0", "doc-1"]


def test_a_refused_answer_is_shown_and_holds_up_no_other(browser):
    with PageStub() as stub, visit(browser, stub, faults=True) as person:
        stub.refuse = {"doc-0"}
        person.come().press("1", "Enter", "2", "Enter").until_saved(1)
        alert = person.page.locator(".alert")
        assert "withdrawn from the corpus" in alert.text_content()
        assert "admiration" in alert.text_content()
        alert.get_by_role("button", name="Dismiss").click()
        assert person.page.locator(".alert").count() == 0


def test_a_draft_survives_a_reload_and_is_its_annotators_alone(person):
    person.press("1").type("joy").press("Enter", "+").type("odd one").press("Enter")
    person.page.reload()
    person.page.wait_for_selector("#text .words")
    assert person.ticked == ["admiration", "joy"]
    assert person.page.locator("#note").input_value() == "odd one"
    assert "draft" in person.page.locator("#banner").text_content()
    person.page.locator("#who").click()
    person.page.get_by_label("Your name").fill("ben")
    person.press("Enter").until(lambda: person.page.locator("#who bdi").text_content() == "ben")
    person.page.wait_for_selector("#text .words")
    assert person.ticked == []
    person.press("2", "Enter").until_saved(1)
    assert person.stub.answers()[0]["annotator"] == "ben"


HOSTILE = (
    "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    "<b>bold</b> \u202eesrever\u202c &lt;i&gt; {{7*7}} javascript:alert(1)"
)


def test_hostile_texts_labels_and_guidelines_do_nothing(browser):
    labels = [{"name": HOSTILE, "description": HOSTILE, "examples": [HOSTILE]}, *PageStub().labels]
    with (
        PageStub(
            texts=[HOSTILE], labels=labels, guidelines=f"# {HOSTILE}\n\n**{HOSTILE}**\n\n- {HOSTILE}"
        ) as stub,
        visit(browser, stub) as person,
    ):
        stub.items[0]["nearest"][0]["text"] = stub.items[0]["reason"] = HOSTILE
        person.come().press("1", "=", "s").press("Enter")
        assert person.text == HOSTILE
        assert (
            person.page.locator(
                "main img, main script, main b, aside img, aside script, aside b, a[href^=javascript]"
            ).count()
            == 0
        )
        assert "owned" not in person.page.title()
        assert (
            person.page.locator("#ticked bdi").first.evaluate("node => getComputedStyle(node).unicodeBidi")
            == "isolate"
        )


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("هذا يوم جميل Café.", "rtl"),
        ("שלום לכולם", "rtl"),
        ("今天天气很好。", "ltr"),
        ("Fine, thanks שלום", "ltr"),
    ],
)
def test_a_text_runs_in_its_own_direction(browser, text, direction):
    with PageStub(texts=[text]) as stub, visit(browser, stub) as person:
        person.come()
        words = person.page.locator("#text .words")
        assert words.evaluate("node => getComputedStyle(node).direction") == direction
        frame, inner = person.page.locator("#text").bounding_box(), words.bounding_box()
        gap_left, gap_right = (
            inner["x"] - frame["x"],
            frame["x"] + frame["width"] - inner["x"] - inner["width"],
        )
        assert (gap_right <= gap_left) if direction == "rtl" else (gap_left <= gap_right)


def test_colours_follow_the_system_until_somebody_chooses(browser):
    with PageStub() as stub, visit(browser, stub, color_scheme="dark") as person:
        person.come()
        ground = "getComputedStyle(document.body).backgroundColor"
        assert person.page.evaluate(ground) == "rgb(18, 19, 23)"
        person.page.locator("#theme").click()
        assert person.page.evaluate(ground) == "rgb(247, 247, 245)"
        person.page.reload()
        assert person.page.evaluate(ground) == "rgb(247, 247, 245)"


CONTRAST = Path(__file__).with_name("page_contrast.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_words_have_enough_contrast(browser, scheme):
    with PageStub() as stub, visit(browser, stub, color_scheme=scheme, reduced_motion="reduce") as person:
        stub.change(disagreements=1)
        person.come().press("2", "=", "Enter").until_saved(1)
        person.press("2", ".", "1").page.locator(".part-mine summary").click()
        person.page.wait_for_selector(".answer")
        assert person.page.evaluate(CONTRAST) == []
        person.type("dis")
        assert person.page.evaluate(CONTRAST) == []
        person.press("Escape", "Backspace", "Enter")
        assert person.page.evaluate(CONTRAST) == []
        person.press("?")
        assert person.page.evaluate(CONTRAST) == []


def test_every_control_has_a_name_and_every_image_words(person):
    person.press("1", "=")
    nameless = person.page.evaluate(
        """() => {
            const controls = "button, input, textarea, [role=option], summary, svg[role=img]";
            const said = (node) => node.getAttribute("aria-label") || node.getAttribute("aria-labelledby");
            return [...document.querySelectorAll(controls)]
                .filter((node) => node.checkVisibility())
                .filter((node) => !(said(node) || node.labels?.length || node.textContent.trim()))
                .map((node) => node.outerHTML);
        }"""
    )
    assert nameless == []
    assert person.page.evaluate("document.documentElement.lang") == "en"
    headings = person.page.evaluate(
        "() => [...document.querySelectorAll('h1,h2,h3,h4')].map((node) => +node.tagName[1])"
    )
    assert headings[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(headings))


def test_the_focus_is_seen_wherever_tab_takes_it_and_500_labels_are_one_stop(browser):
    with PageStub(n_labels=500) as stub, visit(browser, stub) as person:
        person.come()
        stops = []
        for _ in range(40):
            person.press("Tab")
            stops.append(
                person.page.evaluate(
                    """() => { const node = document.activeElement; const style = getComputedStyle(node);
                    return [node.tagName + "#" + node.id + "." + node.className,
                            style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2]; }"""
                )
            )
        names = [name for name, _ in stops]
        assert [name for name, seen in stops if not seen and not name.startswith("BODY")] == []
        first_round = names[: names.index("BODY#.")] if "BODY#." in names else names
        assert sum(".chip" in name for name in first_round) == 1
        assert sum(".likely-label" in name for name in first_round) <= 1


def test_arrows_and_space_tick_chips_without_a_mouse(person):
    person.page.locator("#every [tabindex='0']").focus()
    person.press("ArrowRight", "ArrowRight", "Space")
    assert person.ticked == ["anger"]
    person.press("Enter").until_saved(1)
    assert person.stub.labels_of("doc-0") == {"anger"}


@pytest.mark.parametrize("width", [360, 720])
def test_a_narrow_page_has_no_sideways_scroll_and_keeps_saving_in_reach(browser, width):
    touch = {"viewport": {"width": width, "height": 640}, "has_touch": True}
    long_word = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 3
    with PageStub(texts=[long_word, "two"], n_labels=500) as stub, visit(browser, stub, **touch) as person:
        person.come()
        fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert person.page.evaluate(fits)
        person.page.locator("#likely [role=checkbox]").first.tap()
        assert person.page.locator("#save").is_visible()
        box = person.page.locator("#save").bounding_box()
        assert box["y"] + box["height"] <= 640
        person.page.locator("#save").tap()
        person.until_saved(1)
        assert person.page.evaluate(fits)
        person.page.locator("#none").tap()
        person.page.locator("#save").tap()
        person.page.wait_for_selector(".state-grace")
        assert person.page.evaluate(fits)


def test_nothing_moves_from_text_to_text(person):
    places = """() => ["ticked", "likely", "search", "every", "actions"].map((id) => {
        const box = document.getElementById(id).getBoundingClientRect(); return [id, box.x, box.y]; })"""
    before = person.page.evaluate(places)
    person.press("1", "2", "3").type("x")
    assert person.page.evaluate(places) == before
    person.press("Escape", "Enter").until_saved(1)
    assert person.page.evaluate(places) == before
