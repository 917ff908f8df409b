"""A comparison's file becomes cells, or one error that says what to mend, and where."""

import json
from pathlib import Path

import pytest
from grid_examples import cells, loaded, tree

from text_al.config.schema import Data
from text_al.errors import ConfigError
from text_al.experiments.cells import cells_of
from text_al.experiments.comparison_file import load_comparison, merged, to_yaml
from text_al.experiments.prepared import located, prepared, ready
from text_al.experiments.workers import cores, n_workers

BENCH = Path("configs/bench")


def refused(folder, *overrides, **changes):
    with pytest.raises(ConfigError) as error:
        cells(folder, *overrides, **changes)
    return str(error.value)


def test_every_data_set_meets_every_learner_strategy_and_seed_and_chance_twice(tmp_path):
    found = cells(tmp_path)
    assert list(found) == [
        f"tickets/tfidf/{strategy}/seed-{seed:02d}"
        for seed in (0, 1)
        for strategy in ("random", "random_2", "margin", "badge", "full_data")
    ]
    config = found["tickets/tfidf/badge/seed-01"].config
    assert config.active_learning.strategy.type == "badge"
    assert (config.seed, config.data.seed, config.active_learning.budget) == (1, 1, 20)
    assert config.compute.threads == 1
    assert config.compute.cache == str(tmp_path / "saved" / ".cache")


def test_cells_of_one_seed_differ_in_nothing_but_how_they_query(tmp_path):
    found = cells(tmp_path)
    trees = [
        found[f"tickets/tfidf/{name}/seed-01"].config.model_dump()
        for name in ("random", "random_2", "margin", "badge")
    ]
    for one in trees:
        del one["output_dir"], one["active_learning"]["strategy"]
    assert all(one == trees[0] for one in trees)


def test_without_resampling_all_seeds_share_the_texts(tmp_path):
    found = cells(tmp_path, resample=False)
    assert {cell.config.data.seed for cell in found.values()} == {0}


def test_a_data_set_may_keep_to_some_learners(tmp_path):
    both = {"tfidf": {"learner": {"type": "tfidf"}}, "knn": {"learner": {"type": "knn"}}}
    data = tree(tmp_path)["data"]["tickets"]
    found = cells(tmp_path, learners=both, data={"a": data, "b": {**data, "learners": ["knn"]}})
    assert {cell.setting for cell in found.values()} == {"a/tfidf", "a/knn", "b/knn"}
    said = refused(tmp_path, data={"a": {**data, "learners": ["knm", "tfidf"]}}, learners=both)
    assert "data.a.learners: no learner is called 'knm'. Did you mean 'knn'?" in said


def test_all_problems_are_told_at_once_each_with_its_line(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text(
        "name: x\n"
        "base: {seed: 3, active_learning: {initial_size: 20, budget: 10}}\n"
        "data:\n"
        "  a: {data: {pool: x.jsonl, tset: y.jsonl}}\n"
        "learners:\n"
        "  tfidf: {lerner: {type: tfidf}}\n"
        "strategies:\n"
        "  badge: {strategy: {type: bage}}\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as error:
        cells_of(load_comparison(path, ["base.learner={type: tfif}"]))
    too_small = "budget is 10, but initial_size is already 20; raise or lower one."
    assert error.value.problems == (
        f"{path}:2: base.seed: is decided by the comparison for each of its runs; remove it.",
        f"{path}:2: base.active_learning.budget: {too_small}",
        f"{path}:4: data.a.data.tset: unknown key. Did you mean 'test'?",
        f"{path}:6: learners.tfidf.lerner: unknown key. Did you mean 'learner'?",
        f"{path}:8: strategies.badge.strategy.type: no strategy is called 'bage'. Did you mean 'badge'?",
        "command line: base.learner.type: no learner is called 'tfif'. Did you mean 'tfidf'?",
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sedes": 3}, "sedes: unknown key. Did you mean 'seeds'?"),
        ({"name": "a/b"}, "'a/b' is no folder's name"),
        ({"data": {"a b": {}}}, "'a b' is no folder's name"),
        ({"strategies": {"random_2": {}}}, "'random_2' is there by itself"),
        ({"strategies": {}}, "strategies: is empty"),
        ({"workers": 0}, "workers: 0 cannot be used"),
        ({"workers": "all"}, "workers: 'all' is not known"),
        ({"data": {"a": {"config": "gone.yaml"}}}, "gone.yaml: cannot be read"),
        ({"data": {"a": {"opaque_labels": "yes"}}}, "data.a.opaque_labels: 'yes' is text; write true"),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path, changes, said):
    assert said in refused(tmp_path, **changes)


def test_what_is_written_down_reads_back_equal(tmp_path):
    first = loaded(tmp_path).comparison
    (tmp_path / "again.yaml").write_text(to_yaml(first), encoding="utf-8")
    assert load_comparison(tmp_path / "again.yaml").comparison == first


@pytest.mark.parametrize(
    ("under", "over", "both"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}}, {"a": {"b": 1, "c": 3}}),
        (
            {"learner": {"type": "x", "args": {"c": 1}}},
            {"learner": {"type": "y"}},
            {"learner": {"type": "y"}},
        ),
        ({"pool": {"hub": "x"}}, {"pool": {"sample": 3}}, {"pool": {"hub": "x", "sample": 3}}),
        ({"pool": "x.jsonl"}, {"pool": {"sample": 3}}, {"pool": {"path": "x.jsonl", "sample": 3}}),
        ({"pool": {"hub": "x", "sample": 3}}, {"pool": {"path": "y"}}, {"pool": {"path": "y"}}),
        ({"test": "x"}, {"test": None}, {"test": None}),
    ],
)  # fmt: skip
def test_a_part_laid_over_another_says_only_what_changes(under, over, both):
    assert merged(under, over) == both


def test_a_data_set_may_name_the_configuration_of_a_run(tmp_path):
    run = {"name": "x", "data": {"pool": "a.jsonl"}, "model": {"max_length": 32}, "learner": {"type": "knn"}}
    (tmp_path / "run.yaml").write_text(json.dumps(run), encoding="utf-8")
    data = {"x": {"config": "run.yaml", "data": {"pool": {"sample": 5}}}}
    config = cells(tmp_path, data=data)["x/tfidf/random/seed-00"].config
    assert config.model.max_length == 32
    assert config.data.pool.model_dump() == {"path": "a.jsonl", "sample": 5}
    assert config.learner.type == "tfidf"


def test_a_folder_with_copies_takes_the_place_of_files_and_of_the_hub():
    sources = {
        "pool": {"hub": "someone/something", "split": "train", "sample": 5},
        "validation": ["data/x/a.jsonl", "data/x/b.jsonl"],
        "test": {"path": "data/x/test.csv"},
    }
    found = located(Data.model_validate(sources), Path("copies/x"))
    assert found.pool.model_dump() == {"path": "copies/x/train.jsonl", "sample": 5}
    assert found.validation.path == ["copies/x/a.jsonl", "copies/x/b.jsonl"]
    assert found.test.path == "copies/x/test.csv"
    generated = Data.model_validate({"pool": {"generated": "tickets"}})
    assert located(generated, Path("copies/x")) == generated


def a_set(folder, rows):
    lines = [json.dumps({"id": f"i{place}", **row}) for place, row in enumerate(rows)]
    (folder / "pool.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return {"data": {"pool": str(folder / "pool.jsonl"), "columns": {"empty": "nothing"}}}


ROWS = [
    {"text": "a\u2028b", "labels": ["y"]},
    {"text": " ", "labels": ["x"]},
    {"text": "partly", "labels": {"x": 1, "y": -1}},
    {"text": "nothing", "labels": []},
    {"text": "nobody", "labels": None},
]


def test_prepared_texts_are_those_of_the_source_to_the_last_mark(tmp_path):
    from text_al.assemble.texts import corpora_of
    from text_al.loop.run_folder import RunFolder

    cell = cells(tmp_path, data={"x": a_set(tmp_path, ROWS)})["x/tfidf/random/seed-00"]
    texts = prepared(cell, tmp_path / "comparison", None)
    assert (texts.n_pool, texts.n_usable) == (5, 4)
    direct = corpora_of(cell.config, RunFolder(tmp_path / "one"), is_new=True)
    config = ready(cell, texts)
    assert (
        corpora_of(config, RunFolder(tmp_path / "two"), is_new=True).pool.fingerprint
        == direct.pool.fingerprint
    )


def test_opaque_labels_change_names_and_nothing_else(tmp_path):
    import numpy as np

    from text_al.assemble.texts import corpora_of
    from text_al.loop.run_folder import RunFolder

    found = {}
    for name, opaque in (("plain", False), ("opaque", True)):
        data = {"x": {**a_set(tmp_path, ROWS), "opaque_labels": opaque}}
        cell = cells(tmp_path, data=data)["x/tfidf/random/seed-00"]
        config = ready(cell, prepared(cell, tmp_path / name, None))
        found[name] = corpora_of(config, RunFolder(tmp_path / f"run-{name}"), is_new=True).pool
    assert [label.name for label in found["opaque"].labels] == ["x000", "x001"]
    rows = np.arange(5)
    assert found["opaque"].targets(rows).tolist() == found["plain"].targets(rows).tolist()
    assert found["opaque"].texts(rows) == found["plain"].texts(rows)


def test_other_words_on_a_data_set_make_other_texts(tmp_path):
    def ids(sample):
        pool = {
            "path": a_set(tmp_path, [{"text": f"t{n}", "labels": ["x"]} for n in range(9)])["data"]["pool"]
        }
        data = {"x": {"data": {"pool": {**pool, "sample": sample}}}}
        cell = cells(tmp_path, data=data)["x/tfidf/random/seed-00"]
        texts = prepared(cell, tmp_path / "comparison", None)
        return len(Path(texts.data["pool"]).read_text(encoding="utf-8").splitlines())

    assert (ids(4), ids(6), ids(6)) == (4, 6, 6)


def test_the_full_data_line_has_one_batch_of_all_that_can_be_read(tmp_path):
    cell = cells(tmp_path, data={"x": a_set(tmp_path, ROWS)})["x/tfidf/full_data/seed-00"]
    section = ready(cell, prepared(cell, tmp_path / "comparison", None)).active_learning
    assert (section.initial_size, section.budget) == (4, 4)


@pytest.mark.parametrize(
    ("second", "first", "expected"),
    [("max 100000", None, 8), ("250000 100000", None, 2), ("50000 100000", None, 1), (None, "300000", 3),
     (None, "-1", 8), (None, None, 8), ("nonsense", None, 8)],
)  # fmt: skip
def test_workers_are_no_more_than_the_cores_that_may_be_used(tmp_path, monkeypatch, second, first, expected):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)), raising=False)
    if second is not None:
        (tmp_path / "cpu.max").write_text(f"{second}\n")
    if first is not None:
        (tmp_path / "cpu.cfs_quota_us").write_text(f"{first}\n")
        (tmp_path / "cpu.cfs_period_us").write_text("100000\n")
    assert cores((tmp_path / "cpu.max", tmp_path / "cpu.cfs_quota_us")) == expected


def test_threads_take_cores_from_workers(tmp_path, monkeypatch):
    monkeypatch.setattr("text_al.experiments.workers.cores", lambda: 8)
    counts = [n_workers(loaded(tmp_path, workers="auto", threads=n).comparison) for n in (1, 3, 16)]
    assert counts == [8, 2, 1]
    assert n_workers(loaded(tmp_path, workers=3).comparison) == 3


@pytest.mark.parametrize("path", sorted(BENCH.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_comparison_can_be_used(path):
    found = cells_of(load_comparison(path))
    strategies = {cell.strategy for cell in found}
    assert {"random", "random_2", "full_data"} <= strategies
    assert len({cell.id for cell in found}) == len(found)
    assert load_comparison(path).comparison.name == path.stem
