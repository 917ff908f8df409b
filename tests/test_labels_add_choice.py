"""Which labelled texts are asked about a label that came later."""

import numpy as np

from text_al.loop.backfill_choice import drawn_by_chance, likely_and_confusable
from text_al.types import Candidates

NAMES = ("refund", "parcel", "complaint")
NEW = 2


def candidates(logits):
    logits = np.asarray(logits, dtype=np.float32)
    rows = np.arange(100, 100 + len(logits))
    return Candidates(rows, logits, 1 / (1 + np.exp(-logits)), np.full(len(NAMES), 0.5))


def worked_by_hand():
    """Eight texts: by their names, complaint goes with refund, and against parcel."""
    new = np.array([4.0, 3.0, 2.0, 1.0, -1.0, -2.0, -3.0, -4.0])
    targets = np.full((8, 3), -1, dtype=np.int8)
    targets[:, :2] = [[0, 0], [1, 0], [0, 1], [1, 1], [0, 0], [0, 1], [1, 0], [1, -1]]
    return candidates(np.stack([2 * new + 1, -new, new], axis=1)), targets


def test_likely_and_confusable_texts_take_turns():
    seen, targets = worked_by_hand()
    chosen = likely_and_confusable(seen, targets, NAMES, NEW, 6)
    # likely: 0, 1, 2; of the rest those with refund by likelihood: 3, 6, 7, before those with parcel alone
    assert chosen.rows.tolist() == [100, 103, 101, 106, 102, 107]
    assert np.allclose(chosen.scores, seen.probs[[0, 3, 1, 6, 2, 7], NEW])
    confusable = "may be taken for 'complaint': it has 'refund', which is like it"
    assert chosen.reasons == ("likely 'complaint' by its name", confusable) * 3


def test_when_the_alike_label_is_used_up_then_come_the_others_and_texts_without_any_last():
    seen, targets = worked_by_hand()
    chosen = likely_and_confusable(seen, targets, NAMES, NEW, 8)
    assert chosen.rows.tolist() == [100, 106, 101, 107, 102, 105, 103, 104]
    assert chosen.reasons[-3] == "may be taken for 'complaint': it has 'parcel', which is like it"
    assert chosen.reasons[-1] == "likely 'complaint' by its name"


def test_more_than_there_are_takes_all_once_and_an_odd_number_one_more_likely():
    seen, targets = worked_by_hand()
    assert sorted(likely_and_confusable(seen, targets, NAMES, NEW, 50).rows) == list(range(100, 108))
    assert likely_and_confusable(seen, targets, NAMES, NEW, 3).rows.tolist() == [100, 103, 101]
    assert likely_and_confusable(seen, targets, NAMES, NEW, 1).rows.tolist() == [100]


def test_the_order_of_the_texts_does_not_matter():
    rng = np.random.default_rng(0)
    seen, targets = candidates(rng.normal(size=(40, 3))), rng.integers(0, 2, size=(40, 3), dtype=np.int8)
    targets[:, NEW] = -1
    order = rng.permutation(40)
    turned = Candidates(seen.rows[order], seen.logits[order], seen.probs[order], seen.thresholds)
    expected = likely_and_confusable(seen, targets, NAMES, NEW, 11)
    found = likely_and_confusable(turned, targets[order], NAMES, NEW, 11)
    assert (found.rows.tolist(), found.reasons) == (expected.rows.tolist(), expected.reasons)


def test_texts_that_all_look_alike_give_no_error():
    seen, targets = candidates(np.zeros((4, 3))), np.array([[1, 0, -1]] * 4, dtype=np.int8)
    assert sorted(likely_and_confusable(seen, targets, NAMES, NEW, 4).rows) == [100, 101, 102, 103]


def test_by_chance_each_text_is_drawn_once_and_its_reason_says_so():
    rows = np.arange(10, 30)
    drawn = drawn_by_chance(rows, "complaint", 5, np.random.default_rng(0))
    assert len(set(drawn.rows.tolist()) & set(rows.tolist())) == 5
    assert drawn.reasons == ("drawn by chance for 'complaint'",) * 5
    assert sorted(drawn_by_chance(rows, "x", 50, np.random.default_rng(0)).rows) == rows.tolist()
