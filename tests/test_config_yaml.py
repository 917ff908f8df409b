"""The YAML reader: YAML 1.2 core, the line of every key, and a sentence for every slip."""

import math

import pytest
import yaml

from text_al.config.yaml_reader import YamlSyntaxError, read_yaml
from text_al.config.yaml_syntax import syntax_problem


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("2e-5", 2e-5),
        ("1E3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("-.5e+3", -500.0),
        ("+5", 5),
        ("-3", -3),
        ("0777", 777),
        ("0o17", 15),
        ("0x1F", 31),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("true", True),
        ("True", True),
        ("TRUE", True),
        ("false", False),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("!!str 5", "5"),
        ("!!float 5", 5.0),
    ],
)
def test_when_a_word_is_in_the_core_schema_then_it_has_its_type(word, value):
    read = read_yaml(f"key: {word}\n").value["key"]

    assert read == value
    assert type(read) is type(value)


def test_when_a_word_is_nan_then_it_is_a_number():
    assert math.isnan(read_yaml("key: .nan").value["key"])


@pytest.mark.parametrize(
    "word",
    [
        "yes", "No", "on", "OFF", "y", "n", "tRue", "nUll", "1_000", "12:30", "1:30:00", "0b11", "2020-01-01",
        "2020-01-01T10:00:00Z", "1e", "e5", "1.2.3", "=", "<<", "5 apples", "١٢", "中文", "5}",
    ],
)  # fmt: skip
def test_when_a_word_is_not_in_the_core_schema_then_it_is_text(word):
    assert read_yaml(f"key: {word}\n").value == {"key": word}


def test_when_keys_are_nested_then_each_has_its_line():
    document = read_yaml("a: 1\n\nb:\n  c: x\n  d:\n    - 1\n    - e: 2\nf: |\n  long\n  text\ng: 1\n")

    assert document.lines == {
        "a": 1, "b": 3, "b.c": 4, "b.d": 5, "b.d.0": 6, "b.d.1": 7, "b.d.1.e": 7, "f": 8, "g": 11,
    }  # fmt: skip


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_when_lines_end_as_on_another_system_then_values_and_lines_are_the_same(line_end):
    document = read_yaml(line_end.join(["a: x", "b:", "  c: y", ""]))

    assert document.value == {"a": "x", "b": {"c": "y"}}
    assert document.lines == {"a": 1, "b": 2, "b.c": 3}


def test_when_a_value_is_an_alias_then_it_is_a_copy():
    value = read_yaml("a: &x [1]\nb: *x\n").value

    value["a"].append(2)

    assert value["b"] == [1]


def test_when_sections_are_merged_then_own_keys_win_and_each_key_has_the_line_it_was_written_in():
    document = read_yaml("a: &a {x: 1, y: 1}\nb: &b\n  y: 2\n  z: 2\nc:\n  <<: [*a, *b]\n  x: 3\n")

    assert document.value["c"] == {"x": 3, "y": 1, "z": 2}
    assert {key: line for key, line in document.lines.items() if key.startswith("c")} == {
        "c": 5, "c.x": 7, "c.y": 1, "c.z": 4,
    }  # fmt: skip
    assert document.problems == []


def test_when_a_key_stands_twice_then_both_lines_are_named_and_the_first_is_kept():
    document = read_yaml("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\na: 2\n")

    assert document.value == {"a": 1, "b": {"c": 1, "d": 2}}
    assert document.problems == [
        (5, "b.c", "is set twice, in lines 3 and 5; remove one of the two."),
        (6, "a", "is set twice, in lines 1 and 6; remove one of the two."),
    ]


def test_when_keys_are_no_text_then_each_is_refused():
    document = read_yaml("1: a\ntrue: b\n~: c\n[x]: d\n? {y: 1}\n: e\n2.5: f\n'1': kept\nyes: kept\n")

    assert document.value == {"1": "kept", "yes": "kept"}
    assert document.problems == [
        (1, "", "the key 1 is read as a number; put it in quotes."),
        (2, "", "the key true is read as true or false; put it in quotes."),
        (3, "", "the key ~ is read as nothing; put it in quotes."),
        (4, "", "a key is read as a list; put it in quotes."),
        (5, "", "a key is read as a section; put it in quotes."),
        (7, "", "the key 2.5 is read as a number; put it in quotes."),
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "a: !!python/object/apply:os.getcwd []",
            "the tag !!python/object/apply:os.getcwd is not known here",
        ),
        ("a: !mine x", "the tag !mine is not known here"),
        ("a: !!set {x}", "the tag !!set is not known here"),
        ("a: !!timestamp 2020-01-01", "the tag !!timestamp is not known here"),
        ("a: !!int five", "'five' is not a number."),
        ("a: !!bool yes", "'yes' is not true or false."),
        ("a: &x [*x]", "an alias contains itself"),
        ("a: &x {<<: *x}", "an alias contains itself"),
        ("a: {<<: 5}", "<< merges sections"),
    ],
)
def test_when_a_value_cannot_be_read_then_the_sentence_says_why(text, sentence):
    (problem,) = read_yaml(text).problems

    assert problem[0] == 1
    assert sentence in problem[2]


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("a:\n\tb: 1\n", 2, "a tab stands where only spaces may; replace it by spaces."),
        ("a: 1\nb:\t2\n", 2, "a tab stands where only spaces may; replace it by spaces."),
        ("a: 1\nb c\nd: 2\n", 2, "a key has no ': ' after it"),
        ("a: b: c\n", 1, "a ':' is out of place"),
        ("a:\n  b: 1\n   c: 2\n", 3, "a ':' is out of place: check the indent"),
        ("a:\n    b: 1\n  c: 2\n", 3, "the indent fits no line above"),
        (" a: 1\nb: 2\n", 2, "the indent fits no line above"),
        ("a: 1\nb: 'x\nc: 2\n", 2, "a quote opened in line 2 is never closed"),
        ("a: 'don't'\n", 1, "something follows a closed quote"),
        ("a: [1, 2\nb: 3\n", 2, "a bracket opened in line 1 is not closed; add ]"),
        ("a: {b: 1\nc: 2\n", 2, "a bracket opened in line 1 is not closed; add }"),
        ("a: ]\n", 1, "] is out of place"),
        ("a: 1\n- b\n", 2, "a list item is out of place"),
        ("a: - b\n", 1, "a list begins on its own line"),
        ("a: @x\n", 1, "a plain text cannot begin with @; put the text in quotes."),
        ("a: %x\n", 1, "a plain text cannot begin with %; put the text in quotes."),
        ("a: *.csv\n", 1, "* begins an alias"),
        ("a: & b\n", 1, "& begins an anchor"),
        ("a: *x\n", 1, "*x names an anchor that is not there"),
        ("a: &x 1\nb: &x 2\n", 2, "the anchor &x is defined twice"),
        ("a: 1\n---\nb: 2\n", 2, "a second document begins here"),
        ('a: "C:\\data"\n', 1, "\\d is no escape in double quotes"),
        ("a: 1\nb: \x07\n", 2, "holds the invisible character U+0007; remove it."),
        ("a: > x\n", 1, "is no YAML: while scanning a block scalar"),
        ("a: " + "[" * 5000, 1, "is nested too deeply to be a configuration."),
    ],
)
def test_when_the_syntax_is_wrong_then_one_sentence_names_line_and_mend(text, line, sentence):
    with pytest.raises(YamlSyntaxError) as error:
        read_yaml(text)

    assert error.value.line == line
    assert sentence in error.value.sentence
    assert "\n" not in error.value.sentence


def test_when_aliases_multiply_without_end_then_the_document_is_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]

    with pytest.raises(YamlSyntaxError, match="holds over 200,000 values"):
        read_yaml("\n".join(lines))


def test_when_a_key_is_a_list_that_claims_to_be_text_then_it_is_refused():
    document = read_yaml("!!str [a]: 1\n")

    assert document.value == {}
    assert document.problems == [(1, "", "a key is read as !!str; put it in quotes.")]


def test_when_the_parser_says_something_new_then_its_words_are_given():
    assert syntax_problem(yaml.YAMLError("strange"), "") == (1, "is no YAML: strange.")


@pytest.mark.parametrize("text", ["", "\n\n", "# a comment alone\n", "---\n"])
def test_when_there_is_nothing_then_the_value_is_null(text):
    assert read_yaml(text).value is None
