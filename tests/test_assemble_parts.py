"""Sections of a configuration become the plain values that each room understands, none lost on the way."""

from dataclasses import fields

import pytest

from text_al.assemble import parts
from text_al.config.load import config_from_dict
from text_al.data.sources import Columns, FileSource, GeneratedSource, HubSource, Split
from text_al.loop.stopping import Goal, StopRules
from text_al.training.settings import EarlyStoppingSettings
from text_al.types import Label


def config(**sections):
    return config_from_dict({"name": "a", "data": {"pool": "x.csv"}, **sections})


@pytest.mark.parametrize(
    ("section", "source"),
    [
        ("x.csv", FileSource(("x.csv",))),
        (["x.csv", "y/*.csv"], FileSource(("x.csv", "y/*.csv"))),
        ({"path": "x.csv", "sample": 7}, FileSource(("x.csv",), 7)),
        ({"path": ["x.csv", "y.csv"]}, FileSource(("x.csv", "y.csv"))),
        (
            {"hub": "a/b", "config": "c", "split": "s", "revision": "r", "sample": 3},
            HubSource("a/b", "c", "s", "r", 3),
        ),
        ({"generated": "tickets", "size": 9, "part": 2, "sample": 5}, GeneratedSource("tickets", 9, 2, 5)),
    ],
)
def test_every_kind_of_source_is_handed_on(section, source):
    assert parts.sources_of(config(data={"pool": section, "test": section}).data) == {
        "pool": source,
        "test": source,
    }


def test_columns_and_splits_are_handed_on():
    data = config(
        data={
            "pool": "x.csv",
            "columns": {
                "text": "t",
                "id": None,
                "labels": None,
                "label_columns": ["a", "b"],
                "separator": ",",
            },
            "split": {"validation": 0.2, "test": 10},
        }
    ).data
    assert parts.columns_of(data.columns) == Columns(
        text="t", id=None, labels=None, label_columns=("a", "b"), separator=","
    )
    assert parts.split_of(data.split) == Split(0.2, 10)
    assert parts.columns_of(config().data.columns) == Columns()


def test_labels_are_names_or_names_with_what_they_mean():
    described = {"name": "b", "description": "about b", "examples": ["e"]}
    data = config(data={"pool": "x.csv", "labels": ["a", described]}).data
    assert parts.labels_of(data) == [Label("a"), Label("b", "about b", ("e",))]
    assert parts.labels_of(config().data) is None


def test_the_plan_has_every_number_of_the_configuration():
    stop = {
        "goal": {"metric": "val_loss", "value": 0.1}, "max_rounds": 4, "patience": 3,
        "metric": "val_micro_f1_tuned", "min_gain": 0.01,
    }  # fmt: skip
    plan = parts.plan_of(
        config(
            seed=5,
            data={"pool": "x.csv", "validation": "v.csv"},
            active_learning={"initial_size": 7, "query_size": 8, "budget": 99, "stop": stop},
            evaluation={"absent_labels": "leave_out"},
            training={"start": "warm", "early_stopping": {"metric": "val_loss"}},
        )
    )
    assert plan.stop == StopRules(99, Goal("val_loss", 0.1), 4, 3, "val_micro_f1_tuned", 0.01)
    assert (plan.seed, plan.initial_size, plan.query_size, plan.absent_labels) == (5, 7, 8, "leave_out")
    assert (plan.best_metric, plan.warm_start) == ("val_loss", True)
    plain = parts.plan_of(config(training={"early_stopping": None}))
    assert (plain.best_metric, plain.warm_start, plain.stop.goal) == ("val_macro_f1_tuned", False, None)


def test_the_settings_of_the_learner_are_handed_on_and_have_the_same_defaults():
    changed = {
        "max_epochs": 3,
        "loss": {"type": "focal", "args": {"gamma": 1.0}},
        "start": "warm",
        "head_c": 0.5,
    }
    settings = parts.training_of(config(training=changed).training)
    assert (settings.max_epochs, settings.loss, settings.start, settings.head_c) == (3, "focal", "warm", 0.5)
    assert settings.loss_args == {"gamma": 1.0}
    assert settings.early_stopping == EarlyStoppingSettings()
    assert parts.training_of(config(training={"early_stopping": None}).training).early_stopping is None
    for made, section in (
        (parts.training_of(config().training), config().training),
        (parts.encoder_of(config().model), config().model),
        (parts.compute_of(config().compute), config().compute),
    ):
        assert made == type(made)()
        assert {field.name for field in fields(made)} - {"loss_args"} == set(type(section).model_fields) - {
            "cache"
        }
