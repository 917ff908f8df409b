"""Which texts several people answer, and from which the model's opinion is hidden."""

import numpy as np
import pytest

from text_al.loop.people import People


def test_the_share_is_kept_over_many_requests_also_where_it_is_no_whole_number():
    counts = [sum(one == 3 for one in People(0.13, 3).awaited(50, 7, r) or ()) for r in range(400)]
    assert set(counts) == {6, 7}
    assert np.mean(counts) == pytest.approx(6.5, abs=0.1)


def test_every_place_of_a_request_has_its_turn():
    hits = sum(np.array(People(0.2).awaited(10, 0, r)) == 2 for r in range(300))
    assert hits.min() > 30


def test_overlap_and_blind_texts_are_drawn_independently_and_alike_each_time():
    people = People(0.5, 2, 0.5)
    assert people.awaited(40, 1, 2) == people.awaited(40, 1, 2)
    several, hidden = np.array(people.awaited(4000, 1, 2)) == 2, np.array(people.hidden(4000, 1, 2))
    assert (several & hidden).mean() == pytest.approx(0.25, abs=0.03)


def test_without_a_share_nothing_is_written():
    assert People().awaited(50, 0, 1) is None
    assert People().hidden(50, 0, 1) is None


def test_all_texts_may_be_answered_by_several():
    assert People(1.0, 3).awaited(4, 0, 1) == (3, 3, 3, 3)
