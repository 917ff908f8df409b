"""A request as whoever answers it may see it: with what a model thinks, or blind."""

import pytest

from text_al.oracles.batches import SETTLING, batch_of
from text_al.oracles.suggestions import Suggestion
from text_al.types import Label, LabelRequest, Why


class Texts:
    """Four texts in memory."""

    labels = (Label("joy"), Label("anger"), Label("fear"))

    def ids(self, rows):
        return [f"t{row}" for row in rows]

    def texts(self, rows):
        return [f"text {row}" for row in rows]


def request(**changes):
    values = {
        "rows": (2, 0),
        "scores": (-0.1, -0.2),
        "reasons": ("least sure of anger", "likeliest for joy"),
        "strategy": "margin",
        "whys": (Why(((1, 0.4),), ((3, 0.9),)), Why(((0, 0.6),), ((3, 0.8),))),
        "probs": ((0.2, 0.4, 0.1), (0.6, 0.3, 0.5)),
        "thresholds": (0.5, 0.3, 0.6),
    }
    return LabelRequest("round-003", 3, **{**values, **changes})


SUGGESTED = {"t2": Suggestion("t2", ("fear",), "llm:m@1", "2026-01-01T12:00Z", ("joy", "anger", "fear"))}


def test_what_the_model_thinks_stands_beside_each_text_the_likeliest_first():
    batch = batch_of(request(), Texts(), suggested=SUGGESTED)
    first, second = batch.items
    assert list(first.probs.items()) == [("anger", 0.4), ("joy", 0.2), ("fear", 0.1)]
    assert (first.suggested, second.suggested) == (("anger",), ("joy", "anger"))
    assert (first.nearest, first.opinions) == (("t3",), {"llm:m@1": ("fear",)})
    assert first.reason == "least sure of anger; llm:m@1 suggests fear"
    assert batch.shown(first).labels[0] == ("anger", 0.4)
    assert batch.shown(first).others == (("llm:m@1", ("fear",)),)


@pytest.mark.parametrize(
    ("changes", "mode"),
    [({"blind": (True, False)}, "ranked"), ({"purpose": "audit"}, "checked"), ({}, "none")],
)
def test_a_blind_text_shows_nothing_of_it_in_no_place(changes, mode):
    batch = batch_of(request(**changes), Texts(), mode=mode, suggested=SUGGESTED)
    item = batch.items[0]
    assert (item.probs, item.suggested, item.nearest, item.opinions, item.score) == ({}, None, (), {}, None)
    assert not {"anger", "joy", "fear"} & set(item.reason.split())
    assert batch.shown(item).mode == "none"
    if "blind" in changes:
        assert batch.items[1].probs


def test_only_labels_that_are_asked_about_are_shown():
    item = batch_of(request(considered=((0, 2), (1,))), Texts()).items[0]
    assert (item.considered, list(item.probs), item.suggested) == (("joy", "fear"), ["joy", "fear"], ())


def test_a_label_that_came_after_the_model_has_no_probability():
    item = batch_of(request(probs=((0.2, 0.4), (0.6, 0.3)), thresholds=(0.5, 0.3)), Texts()).items[0]
    assert (list(item.probs), item.suggested) == (["anger", "joy"], ("anger",))


def test_texts_in_dispute_say_what_it_is_about():
    disputed = request(strategy=SETTLING, reasons=("in dispute: joy", "in dispute: fear"))
    assert batch_of(disputed, Texts(), mode="none").items[0].reason == "in dispute: joy"
