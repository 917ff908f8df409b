"""Why texts were chosen: in the record, in the log and the tables, and in the files that people fill in."""

import csv
import io
import json

import numpy as np
import pytest
from loop_examples import LABELS, Learner, Oracle, a_file_run, a_run, finished_run, read_rounds, timeless

from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.errors import TrainingError
from text_al.loop.rounds import Finished, Waiting, advance
from text_al.loop.sub_pools import sub_pool
from text_al.records import QueriedText
from text_al.strategies import RareShare, selection, strategy
from text_al.strategies.base import Strategy
from text_al.tracking.whys import said
from text_al.types import Candidates, LabelRequest, Why


class Placed(Learner):
    """Texts lie on a circle by their row; sure of the second label of every text, and less of the first."""

    def __init__(self):
        super().__init__()
        self.thresholds = np.array([0.5, 0.2])
        self.shown = []

    def look(self, rows, needs, reporter):
        self.shown.append((len(rows), needs))
        logits = np.stack([rows / 10, np.full(len(rows), 9.0)], axis=1).astype(np.float32)
        vectors = self.frozen(rows, reporter) if "embeddings" in needs else None
        return Candidates(rows, logits, 1 / (1 + np.exp(-logits)), self.thresholds, embeddings=vectors)

    def frozen(self, rows, reporter):
        angles = np.asarray(rows) * 2 * np.pi / 40
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_a_request_says_which_labels_are_in_doubt_and_which_labelled_texts_are_like_it(tmp_path):
    run = a_run(tmp_path, learner=Placed(), labelled=range(10, 20), initial_size=10, budget=15)
    assert isinstance(advance(run), Finished)
    request = run.pool.request("round-001")
    for row, why in zip(request.rows, request.whys, strict=True):
        assert [label for label, _ in why.at_stake] == [0, 1]
        assert why.at_stake[0][1] == pytest.approx(1 / (1 + np.exp(-row / 10)), abs=1e-6)
        cosines = np.cos((np.arange(10, 20) - row) * 2 * np.pi / 40)
        said = [cosine for _, cosine in why.nearest]
        assert said == pytest.approx(sorted(cosines)[:-4:-1], abs=1e-5)
        assert said == pytest.approx([cosines[other - 10] for other, _ in why.nearest], abs=1e-5)


def test_the_doubt_is_about_the_threshold_and_not_about_a_half(tmp_path):
    learner = Placed()
    learner.thresholds = np.array([0.999, 0.9999])
    run = a_run(tmp_path, learner=learner, budget=15)
    advance(run)
    assert [why.at_stake[0][0] for why in run.pool.request("round-001").whys] == [1] * 5


def test_the_record_has_it_by_name_and_id_and_survives_the_way_to_disk(tmp_path):
    with RunStore.create(tmp_path / "state.db", {}) as store:
        run = a_run(tmp_path, store=store, learner=Placed(), budget=15)
        advance(run)
        text, request = run.records()[0].queried[0], run.pool.request("round-001")
        assert text.at_stake == {
            LABELS[label]: pytest.approx(p, abs=1e-4) for label, p in request.whys[0].at_stake
        }
        assert [name for name, _ in text.nearest] == [f"id-{row}" for row, _ in request.whys[0].nearest]
    with RunStore.open(tmp_path / "state.db") as store:
        assert QueryPool.open(store).request("round-001") == request


def test_a_text_that_is_asked_about_again_is_not_its_own_nearest(tmp_path):
    from text_al.loop.explaining import explained

    run = a_run(tmp_path, learner=Placed(), labelled=range(10))
    found = explained(run, run.learner, np.array([3]), ((1,),)).whys
    assert {row for row, _ in found[0].nearest[:2]} == {2, 4}
    assert 3 not in {row for row, _ in found[0].nearest}
    assert [label for label, _ in found[0].at_stake] == [1]


def test_a_learner_that_does_not_say_where_texts_lie_has_no_like_texts(tmp_path):
    run = a_run(tmp_path, budget=15)
    advance(run)
    assert {why.nearest for why in run.pool.request("round-001").whys} == {()}
    assert run.pool.request("round-000").whys is None


def test_what_is_said_of_a_text_is_a_sentence_s_end():
    text = QueriedText(7, "a", "b", 0.5, "margin: 0.5, 1 of 9", {"joy": 0.414}, (("t1", 0.987),), 0.25)
    assert said(text) == "; chosen with probability 0.25; in doubt: joy 0.41; like t1 0.99"
    assert said(QueriedText(7, "a", "b", None, "by chance")) == ""


def test_inclusion_probabilities_go_into_request_history_and_record(tmp_path):
    run = a_run(tmp_path, strategy=strategy("random"), budget=15)
    advance(run)
    assert run.pool.request("round-000").inclusion == pytest.approx([10 / 40] * 10)
    assert run.pool.request("round-001").inclusion == pytest.approx([5 / 30] * 5)
    assert run.records()[0].queried[0].inclusion == pytest.approx(5 / 30)
    asked = [event for event in run.pool.events() if event.kind == "labelled" and event.round == 1]
    assert [event.inclusion for event in asked] == pytest.approx([5 / 30] * 5)


def drawing(needs=("probs",)):
    """Chooses uniformly among what it is shown, and says so."""
    return Strategy(
        "drawing",
        "batch",
        lambda c, n, rng: rng.permutation(len(c))[:n],
        frozenset(needs),
        claims=frozenset({"uniform"}),
    )


def test_inclusion_counts_how_likely_a_text_was_to_compete(tmp_path):
    run = a_run(
        tmp_path, strategy=drawing(), sub_pool=sub_pool("random", size=20), budget=15, max_candidates=12
    )
    advance(run)
    assert run.pool.request("round-001").inclusion == pytest.approx([20 / 30 * 12 / 20 * 5 / 12] * 5)


def test_there_is_no_inclusion_among_texts_that_were_not_drawn(tmp_path):
    by = Strategy("highest", "score", lambda c: c.rows.astype(float), frozenset({"probs"}))
    run = a_run(tmp_path, strategy=drawing(), preselect=by, budget=15, max_candidates=12)
    advance(run)
    assert run.pool.request("round-001").inclusion is None


@pytest.mark.parametrize("rare", [True, False])
def test_a_rule_that_needs_embeddings_goes_with_strategies_that_compare_too(tmp_path, rare):
    chooser = strategy("margin" if rare else "cvirs").with_selection(selection("cluster"))
    chooser = RareShare(chooser, LABELS, 0.4) if rare else chooser
    run = a_run(tmp_path, learner=Placed(), strategy=chooser, budget=15)
    assert isinstance(advance(run), Finished)
    assert run.pool.request("round-001").reasons[-1].endswith("by cluster")


def test_a_rule_that_cannot_say_gives_no_inclusion(tmp_path):
    run = a_run(tmp_path, budget=15)
    advance(run)
    assert run.pool.request("round-001").inclusion is None


def test_a_file_to_fill_in_says_it_and_is_read_back_as_ever(tmp_path):
    rows = [
        {"id": f"t{row}", "text": f"text {row} about {'cats' if row % 2 else 'dogs'}"} for row in range(30)
    ]
    outcome, folder = a_file_run(tmp_path, rows)
    assert isinstance(outcome, Waiting)
    first = (folder / "queries" / "round-000.csv").read_text(encoding="utf-8-sig")
    assert first.splitlines()[0] == "id,text,labels,status,rank,score,reason,batch"
    from text_al.assemble.answers import import_files

    cells = list(csv.DictReader(io.StringIO(first)))
    for cell in cells:
        cell["labels"] = "x" if "cats" in cell["text"] else "y"
    table = io.StringIO()
    writer = csv.DictWriter(table, cells[0])
    writer.writeheader()
    writer.writerows(cells)
    (tmp_path / "filled.csv").write_text(table.getvalue(), encoding="utf-8")
    import_files(folder, [tmp_path / "filled.csv"])
    from text_al.assemble import load_config, open_run

    with open_run(load_config(tmp_path / "config.yaml", environ={})) as run:
        assert isinstance(advance(run), Waiting)
        ids = set(run.texts.ids(run.pool.labelled()[0]))
    second = (folder / "queries" / "round-001.csv").read_text(encoding="utf-8-sig")
    asked = list(csv.DictReader(io.StringIO(second)))
    assert second.splitlines()[0] == "id,text,labels,status,rank,score,reason,in_doubt,nearest,batch,shown"
    for cell in asked:
        assert {part.rsplit(" ", 1)[0] for part in cell["in_doubt"].split(", ")} == {"x", "y"}
        assert set(cell["nearest"].split(", ")) <= ids
    lines = (folder / "queries" / "round-001.jsonl").read_text(encoding="utf-8").splitlines()
    items = [json.loads(line) for line in lines[1:]]
    assert [set(item["probs"]) for item in items] == [{"x", "y"}] * 5
    assert [len(item["nearest"]) for item in items] == [3] * 5


def test_a_strategy_that_compares_texts_is_shown_no_more_than_the_limit_and_the_record_says_so(tmp_path):
    learner = Placed()
    compares = Strategy(
        "compares", "batch", lambda c, n, rng: rng.permutation(len(c))[:n], frozenset({"probs"})
    )
    run = a_run(tmp_path, learner=learner, strategy=compares, budget=15, max_candidates=12)
    advance(run)
    assert [n for n, needs in learner.shown] == [12, 5 + 10]  # to choose; to say why, with what is labelled
    assert run.records()[0].texts["query"] == 12
    assert run.records()[0].notes[-1] == (
        "12 of 30 texts, drawn by chance, were shown to compares, which compares texts with each other "
        "(active_learning.max_candidates)"
    )


def test_the_limit_may_take_the_best_by_a_strategy_that_scores_each_text(tmp_path):
    needs = frozenset({"probs"})
    taken = []

    def compares(candidates, n, rng):
        taken.extend(candidates.rows.tolist())
        return np.arange(n)

    by = Strategy("highest", "score", lambda c: c.rows.astype(float), needs)
    chooser = Strategy("compares", "batch", compares, needs)
    run = a_run(tmp_path, strategy=chooser, preselect=by, budget=15, max_candidates=12)
    advance(run)
    open_rows = sorted(set(range(40)) - set(run.pool.request("round-000").rows))
    assert taken == open_rows[-12:]
    assert (
        run.records()[0].notes[-1].startswith("12 of 30 texts, the best by highest, were shown to compares")
    )
    assert run.records()[0].texts["score"] == 30 + 12


def test_one_that_scores_each_text_by_itself_or_asks_for_nothing_sees_all(tmp_path):
    for name in ("margin", "random"):
        run = a_run(tmp_path / name, strategy=strategy(name), budget=15, max_candidates=12)
        advance(run)
        assert run.records()[0].texts["query"] == 30
        assert not [note for note in run.records()[0].notes if "max_candidates" in note]


def test_the_limited_choice_is_the_same_again(tmp_path):
    compares = Strategy("compares", "batch", lambda c, n, rng: np.arange(n), frozenset({"probs"}))
    runs = [a_run(tmp_path / n, strategy=compares, budget=15, max_candidates=9) for n in "ab"]
    for run in runs:
        advance(run)
    assert runs[0].pool.request("round-001").rows == runs[1].pool.request("round-001").rows


class Spread:
    """A first batch by where texts lie; keeps what it was shown."""

    name, needs = "spread", frozenset({"embeddings", "labelled_embeddings"})

    def __init__(self):
        self.seen = []

    def choose(self, candidates, n, rng):
        self.seen.append(candidates)
        return strategy("random").choose(candidates, n, rng)


def test_the_first_batch_may_go_by_where_texts_lie_before_any_fit(tmp_path):
    learner, spread = Placed(), Spread()
    run = a_run(tmp_path, learner=learner, initial=spread, labelled=[3], initial_size=5, max_candidates=20)
    advance(run)
    seen = spread.seen[0]
    assert len(seen) == 20
    assert seen.embeddings == pytest.approx(learner.frozen(seen.rows, None))
    assert seen.labelled.embeddings == pytest.approx(learner.frozen([3], None))
    assert seen.labelled.targets.tolist() == [[0, 1]]
    assert any("max_candidates" in str(told) for told in run.follower.told)


def test_the_first_batch_cannot_go_by_vectors_that_a_learner_does_not_have(tmp_path):
    run = a_run(tmp_path, initial=Spread())
    with pytest.raises(TrainingError, match="initial: spread needs to know where texts lie"):
        advance(run)


def test_a_selection_rule_that_needs_embeddings_is_given_those_it_asks_for(tmp_path, monkeypatch):
    from text_al.strategies.selection import SELECTIONS

    monkeypatch.setattr(SELECTIONS, "_entries", dict(SELECTIONS._entries))

    @SELECTIONS.register("looks", needs=["embeddings"])
    def looks(scores, n, rng, *, _embeddings):
        best = np.argsort(-scores, kind="stable")[: n + 2]
        assert _embeddings(best).shape == (n + 2, 2)
        return best[:n]

    learner = Placed()
    rule = strategy("margin").with_selection(selection("looks"))
    run = a_run(tmp_path, learner=learner, strategy=rule, budget=15)
    advance(run)
    assert (7, frozenset({"embeddings"})) in learner.shown
    assert run.pool.request("round-001").reasons[0].endswith("1 of 30 by looks")


def test_a_round_of_before_there_were_reasons_to_show_is_read(tmp_path):
    from text_al.tracking.records import from_json

    folder = finished_run(tmp_path)
    old = timeless(read_rounds(folder)[0])
    for text in old["queried"]:
        del text["at_stake"], text["nearest"], text["inclusion"]
    assert from_json(old).queried[0].nearest == ()


def test_a_request_of_whys_that_do_not_fit_its_rows_is_refused():
    from text_al.errors import PoolError

    pool = QueryPool.in_memory(9, ["a"])
    with pytest.raises(PoolError, match="whys"):
        pool.mark_pending(LabelRequest("r", 1, (1, 2), None, ("", ""), "margin", whys=(Why(),)))


def test_the_oracle_that_answers_by_itself_takes_no_notice(tmp_path):
    run = a_run(tmp_path, learner=Placed(), oracle=Oracle(skips=[0]), budget=15)
    assert isinstance(advance(run), Finished)
