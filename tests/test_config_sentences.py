"""Sentences of errors on their own, as other rooms use them for the settings of a function."""

from typing import Literal

import pytest
from pydantic import BaseModel, ValidationError

from text_al.sentences import did_you_mean, problem_sentence, shown


@pytest.mark.parametrize(
    ("word", "known", "sentence"),
    [
        ("margn", ["random", "margin"], "Did you mean 'margin'?"),
        ("MARGIN", ["random", "margin"], "Did you mean 'margin'?"),
        ("multilabel-margin", ["multilabel_margin"], "Did you mean 'multilabel_margin'?"),
        ("xyz", ["random", "margin"], "It must be one of: random, margin."),
        ("xyz", [], "Nothing is known under this kind."),
    ],
)
def test_when_a_word_is_unknown_then_the_nearest_or_all_are_offered(word, known, sentence):
    assert did_you_mean(word, known) == sentence


class Settings(BaseModel, extra="forbid"):
    count: int = 1
    rate: float = 1.0
    flag: bool = True
    kind: Literal["mean", "max"] = "mean"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"count": "many"}, "'many' is text; it must be a whole number."),
        ({"count": 2.5}, "2.5 is a number; it must be a whole number."),
        ({"rate": "fast"}, "'fast' is text; it must be a number."),
        ({"flag": "perhaps"}, "'perhaps' is text; it must be true or false."),
        ({"flag": 7}, "7 is a number; it must be true or false."),
        ({"kind": "maximum"}, "'maximum' is not known. Did you mean 'max'?"),
        ({"kind": None}, "null is not known. It must be one of: mean, max."),
        ({"rat": 1}, "unknown key. Did you mean 'rate'?"),
    ],
)
def test_when_pydantic_coerces_and_still_fails_then_the_sentence_is_plain(settings, sentence):
    with pytest.raises(ValidationError) as error:
        Settings.model_validate(settings)
    (item,) = error.value.errors()

    assert problem_sentence(item, Settings.model_fields) == sentence


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "null"), (True, "true"), (False, "false"), (1, "1"), ("a'b", '"a\'b"'), ([1, "x"], "[1, 'x']")],
)
def test_when_a_value_is_shown_then_it_looks_as_in_yaml(value, text):
    assert shown(value) == text


def test_when_a_value_is_long_then_it_is_cut():
    assert shown("x" * 100, width=20) == "'xxxxxxxxxxxxxxx ..."
