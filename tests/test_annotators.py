"""One rule says what may be an annotator's name."""

import pytest

from text_al.annotators import annotator_name


@pytest.mark.parametrize(
    ("written", "name"),
    [(" anna ", "anna"), ("Zoe\u0308", "Zoë"), ("\u00a0王 小明\n", "王 小明"), ("llm:x@1", "llm:x@1")],
)
def test_a_name_is_kept_without_blanks_around_it_and_in_one_spelling(written, name):
    assert annotator_name(written) == name


@pytest.mark.parametrize("name", ["", "  \n"])
def test_nobody_has_no_name(name):
    with pytest.raises(ValueError, match="must not be empty"):
        annotator_name(name)


@pytest.mark.parametrize(
    "unseen",
    [*"\u200b\u200c\u200d\u2060\ufeff\u00ad\u202e\u2028\u2029\x00\x7f\u3164\u115f\u1160\uffa0\ufe0f"],
)
def test_what_nobody_can_see_is_refused_with_its_code(unseen):
    with pytest.raises(ValueError, match=f"U\\+{ord(unseen):04X}"):
        annotator_name(f"an{unseen}na")
