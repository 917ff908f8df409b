"""A model's card says by which thresholds and on which texts it was measured."""

import pytest
from tracking_examples import a_record, a_run, without_validation

from text_al.tracking.card import model_card
from text_al.tracking.naming import OUT_OF_FOLD


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("tuned", "Thresholds were tuned on the validation set"),
        ("plug_in", "thresholds are where the probabilities of the pool promise the best F1"),
        ("0.5", "a label is predicted from 0.5 on"),
    ],
)
def test_the_card_says_how_thresholds_were_chosen(rule, words):
    card = model_card("run", a_record(threshold_rule=rule), a_run(), {})
    assert [line for line in card.splitlines() if words in line]


@pytest.mark.parametrize(
    ("name", "title"), [("val", "F1 on val"), ("test", "F1 on test"), ("oof", "F1 out of fold")]
)
def test_the_card_names_the_texts_that_each_label_was_measured_on(name, title):
    assert f"| label | threshold | {title} |" in model_card("run", a_record(per_label_set=name), a_run(), {})


def test_figures_out_of_fold_are_explained_once_and_only_where_they_are():
    records = [without_validation(1, notes=("a text was cut", OUT_OF_FOLD)), without_validation(2)]
    for record in records:
        assert model_card("run", record, records, {}).count(OUT_OF_FOLD) == 1
    assert OUT_OF_FOLD not in model_card("run", a_record(), a_run(), {})
