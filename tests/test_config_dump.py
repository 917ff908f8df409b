"""A configuration out again: YAML that loads back equal, the JSON schema, and what differs."""

import json

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from text_al.config import RunConfig, config_from_dict, diff, json_schema, load_config, to_yaml
from text_al.config.dump import write_yaml
from text_al.config.schema import Component
from text_al.config.yaml_reader import read_yaml

SMALL = {"name": "small", "data": {"pool": "texts.csv"}}
# fmt: off
TRICKY = [
    "yes", "No", "on", "off", "y", "true", "null", "~", "1e3", "2e-5", ".5", "1_000", "0777", "0o17", "0x1F",
    "12:30", "2020-01-01", "=", "<<", "5", "-", "- a", "a: b", "a #b", "#", "*a", "&a", "!a", "@", "`", "%",
    "|", ">", "'", '"', "a: 'b'", "\n", "a \n b", "a\n", "\u2029\n", "a\x85b",
    "中文", "العربية", "👩‍👩‍👧", "\ufeffx", "\x85", "\u2028", "a\r\nb", "\t", " x ",
    "\x00", "\\n", "{", "[", "?", ":",
]
# fmt: on
TEXTS = st.sampled_from(TRICKY) | st.text(min_size=1, max_size=20)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
POSITIVE = st.floats(min_value=0, exclude_min=True, allow_infinity=False)
SOURCES = (
    TEXTS
    | st.lists(TEXTS, min_size=1, max_size=3)
    | st.fixed_dictionaries({"path": TEXTS}, optional={"sample": st.integers(min_value=1)})
    | st.fixed_dictionaries({"hub": TEXTS, "revision": st.none() | TEXTS})
    | st.fixed_dictionaries({"generated": st.just("tickets"), "part": st.integers(min_value=0)})
)
DESCRIBED = st.fixed_dictionaries(
    {"name": TEXTS, "description": TEXTS, "examples": st.lists(TEXTS, max_size=2)}
)
LABELS = st.lists(
    TEXTS | DESCRIBED, min_size=1, max_size=4, unique_by=lambda x: x if isinstance(x, str) else x["name"]
)
CONFIGS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["a", "yes", "1e3", "0777", "null", "名前", "2020-01-01", "1.5"]),
        "data": st.fixed_dictionaries(
            {"pool": SOURCES, "test": st.none() | SOURCES, "labels": st.none() | TEXTS | LABELS},
            optional={
                "split": st.fixed_dictionaries({"validation": st.integers(min_value=1) | st.just(0.1)})
            },
        ),
        "training": st.fixed_dictionaries(
            {"learning_rate": POSITIVE, "early_stopping": st.none() | st.just({"patience": 7})}
        ),
        "oracle": st.fixed_dictionaries({"type": TEXTS, "args": st.dictionaries(TEXTS, VALUES, max_size=3)}),
    }
)


@given(CONFIGS)
@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_when_a_configuration_is_written_then_it_loads_back_equal(tmp_path, tree):
    config = config_from_dict(tree)
    path = tmp_path / "config.yaml"
    path.write_text(to_yaml(config), encoding="utf-8", newline="")

    assert load_config(path, environ={}).config == config


@pytest.mark.parametrize("text", TRICKY)
def test_when_a_text_is_written_then_readers_of_either_yaml_read_the_same_text(text):
    written = write_yaml({"key": [text]})

    assert read_yaml(written).value == {"key": [text]}
    assert yaml.safe_load(written) == {"key": [text]}


@pytest.mark.parametrize("number", [2e-5, 1e-4, 1e16, 1e300, 5e-324, 0.1, 3.0, -0.0, float("inf")])
def test_when_a_number_is_written_then_readers_of_either_yaml_read_the_same_number(number):
    written = write_yaml({"key": number})

    assert read_yaml(written).value == {"key": number}
    assert yaml.safe_load(written) == {"key": number}


def test_when_a_configuration_is_written_then_people_can_read_it():
    labels = ["yes", "退款", {"name": "bug", "description": "does not work: at all"}]
    written = to_yaml(config_from_dict({"name": "a", "data": {"pool": "x.csv", "labels": labels}}))

    assert written.startswith("name: a\noutput_dir: saved\nseed: 0\n")
    assert "  labels:\n    - 'yes'\n    - 退款\n    - name: bug\n" in written
    assert "&id" not in written


def test_when_equal_values_repeat_then_no_alias_is_written():
    shared = ["a"]

    assert write_yaml({"x": shared, "y": shared}) == "x:\n  - a\ny:\n  - a\n"


def sections(schema):
    return [schema, *schema["$defs"].values()]


def test_when_the_schema_is_exported_then_it_is_plain_json_of_its_dialect():
    schema = json_schema()

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["required"] == ["name", "data"]
    assert json.loads(json.dumps(schema)) == schema


def test_when_an_editor_asks_then_every_key_has_its_help_and_every_section_is_closed():
    schema = json_schema()
    for section in sections(schema):
        assert section["description"], section["title"]
        assert section["additionalProperties"] is False, section["title"]
        for name, key in section["properties"].items():
            helped = [form for form in objects(key, schema["$defs"]) if form.get("description")]
            assert helped, f"{section['title']}.{name}"


def test_when_a_component_has_settings_then_the_schema_leaves_them_open():
    args = json_schema()["$defs"]["Component"]["properties"]["args"]

    assert args["type"] == "object"
    assert args["additionalProperties"] is True


def test_when_a_value_is_one_of_a_few_then_the_schema_lists_them():
    definitions = json_schema()["$defs"]

    assert definitions["Compute"]["properties"]["device"]["enum"] == ["auto", "cpu", "cuda", "mps"]
    assert "val_macro_f1_tuned" in definitions["Goal"]["properties"]["metric"]["enum"]
    metrics = definitions["EarlyStopping"]["properties"]["metric"]["enum"]
    assert metrics
    assert all(metric.startswith("val_") for metric in metrics)


def test_when_a_full_configuration_is_written_then_the_schema_knows_every_key_of_it():
    schema = json_schema()
    tree = config_from_dict(
        SMALL | {"data": {"pool": {"hub": "a"}, "test": ["t"], "labels": [{"name": "a"}]}}
    ).model_dump()

    assert list(unknown_keys(tree, schema, schema["$defs"], "")) == []


def unknown_keys(value, schema, definitions, key):
    """Keys of a value that no form of its schema has; the least of JSON schema that this takes."""
    forms = list(objects(schema, definitions))
    if isinstance(value, list):
        for item in value:
            items = [form["items"] for form in forms if "items" in form]
            yield from unknown_keys(item, {"anyOf": items}, definitions, key)
    if not isinstance(value, dict):
        return
    known = [form for form in forms if value.keys() <= form.get("properties", {}).keys()]
    if not known and not any(form.get("additionalProperties") is True for form in forms):
        yield key
    for name, inner in value.items() if known else ():
        yield from unknown_keys(inner, known[0]["properties"][name], definitions, f"{key}.{name}")


def objects(schema, definitions):
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    yield schema
    for inner in [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]:
        yield from objects(inner, definitions)


def test_when_nothing_differs_then_the_difference_is_empty():
    assert diff(config_from_dict(SMALL), config_from_dict(SMALL)) == []


def test_when_settings_differ_then_each_key_is_named_with_both_values_in_the_order_of_the_schema():
    old = config_from_dict(SMALL | {"oracle": {"type": "mine", "args": {"a": 1, "b": 2}}})
    new = config_from_dict(
        SMALL
        | {
            "seed": 3,
            "data": {"pool": {"path": "texts.csv", "sample": 5}, "labels": ["x"]},
            "oracle": {"type": "mine", "args": {"a": 1, "b": 3}},
            "learner": {"type": "tfidf", "args": {"c": None}},
            "training": {"early_stopping": None},
        }
    )

    assert diff(old, new) == [
        ("seed", 0, 3),
        ("data.pool", "texts.csv", {"path": "texts.csv", "sample": 5}),
        ("data.labels", None, ["x"]),
        ("learner.type", "finetuned", "tfidf"),
        ("learner.args", {}, {"c": None}),
        ("training.early_stopping", old.training.early_stopping.model_dump(), None),
        ("oracle.args.b", 2, 3),
    ]


def test_when_components_are_alike_then_they_are_equal():
    assert Component(type="a", args={"x": 1}) == Component(type="a", args={"x": 1})
    assert isinstance(config_from_dict(SMALL), RunConfig)
