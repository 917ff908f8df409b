"""The fixtures of the labelling page's tests, as a plugin: a browser, and somebody at the page."""

import pytest
from page_person import CHROMIUM, FLAGS, visit
from page_stub import PageStub


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def person(browser):
    with PageStub() as stub, visit(browser, stub) as somebody:
        yield somebody.come()
