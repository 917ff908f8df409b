"""The run's database: whole or not at all, in memory as on disk, and clear about what is wrong with it."""

import os
import sqlite3
import subprocess
import sys
from contextlib import suppress

import pytest

from text_al.data.lock import RunLock, is_locked
from text_al.data.store import RunStore, StoredRound
from text_al.errors import PoolError, RunLockedError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state.db"


def test_what_is_kept_is_there_when_opened_again(path):
    with RunStore.create(path, {"seed": "7"}) as store:
        store.set_meta("fingerprint", "abc")
        store.set_meta("fingerprint", "abcd")
        store.put_round(1, "trained", '{"f1": 0.1}', "round-001")
        store.put_round(1, "done", '{"f1": 0.2}', "round-001")
        store.put_round(2, "trained", "{}", "")
    with RunStore.open(path) as store:
        assert (store.meta("seed"), store.meta("fingerprint"), store.meta("other")) == ("7", "abcd", None)
        assert store.rounds() == [
            StoredRound(1, "done", '{"f1": 0.2}', "round-001"),
            StoredRound(2, "trained", "{}", ""),
        ]


def test_the_file_is_safe_against_power_cuts_and_checks_its_references(path):
    with RunStore.create(path, {}) as store:
        assert store.fetch("PRAGMA journal_mode") == [("wal",)]
        assert store.fetch("PRAGMA synchronous") == [(2,)]
        assert store.fetch("PRAGMA foreign_keys") == [(1,)]
        assert store.fetch("PRAGMA busy_timeout") == [(30_000,)]
        with pytest.raises(PoolError, match="FOREIGN KEY"):
            store.execute("INSERT INTO state VALUES (1, 'pending', 99)")


def test_when_a_transaction_fails_nothing_of_it_is_kept_and_no_callback_runs():
    store, heard = RunStore.in_memory(), []
    with suppress(ZeroDivisionError), store.transaction():
        store.set_meta("a", "1")
        store.on_commit(lambda: heard.append("a"))
        raise ZeroDivisionError
    assert store.meta("a") is None
    with store.transaction():
        store.set_meta("b", "2")
    with pytest.raises(ZeroDivisionError), store.transaction():
        raise ZeroDivisionError
    assert heard == []


def test_when_transactions_are_nested_the_outer_one_decides():
    store, heard = RunStore.in_memory(), []
    with suppress(ZeroDivisionError), store.transaction():
        with store.transaction():
            store.set_meta("a", "1")
            store.on_commit(lambda: heard.append("a"))
        raise ZeroDivisionError
    assert (store.meta("a"), heard) == (None, [])


def test_when_an_inner_transaction_fails_and_the_outer_goes_on_only_the_inner_is_undone():
    store, heard = RunStore.in_memory(), []
    with store.transaction():
        store.set_meta("outer", "1")
        store.on_commit(lambda: heard.append("outer"))
        with suppress(ZeroDivisionError), store.transaction():
            store.set_meta("inner", "1")
            store.on_commit(lambda: heard.append("inner"))
            raise ZeroDivisionError
        assert heard == []
    assert (store.meta("outer"), store.meta("inner"), heard) == ("1", None, ["outer"])


def test_a_callback_sees_what_was_committed_and_runs_at_once_outside_of_a_transaction(path):
    seen = []
    with RunStore.create(path, {}) as store, RunStore.open(path, read_only=True) as other:
        with store.transaction():
            store.set_meta("a", "1")
            store.on_commit(lambda: seen.append(other.meta("a")))
            assert other.meta("a") is None
        store.on_commit(lambda: seen.append("at once"))
    assert seen == ["1", "at once"]


def test_a_run_can_be_looked_at_while_it_is_advanced_but_not_changed(path):
    with RunStore.create(path, {"a": "1"}) as store, RunStore.open(path, read_only=True) as looker:
        with store.transaction():
            store.set_meta("a", "2")
            assert looker.meta("a") == "1"
        assert looker.meta("a") == "2"
        with pytest.raises(PoolError, match="look at only"):
            looker.set_meta("a", "3")


def test_events_can_neither_be_erased_nor_changed():
    store = RunStore.in_memory()
    store.execute(
        "INSERT INTO events (row, kind, round, request, annotator, source, at, purpose, comment) "
        "VALUES (1, 'skipped', 0, '', 'anna', '', '2026', 'train', '')"
    )
    for sql in ("DELETE FROM events", "UPDATE events SET row = 2"):
        with pytest.raises(PoolError, match="an event is never"):
            store.execute(sql)


def test_when_the_file_exists_create_refuses_and_leaves_it(path):
    RunStore.create(path, {"a": "1"}).close()
    with pytest.raises(PoolError, match="exists already"):
        RunStore.create(path, {"a": "2"})
    with RunStore.open(path) as store:
        assert store.meta("a") == "1"


def test_when_a_creation_was_killed_half_way_the_next_one_succeeds(path):
    path.with_name("state.db.new").write_bytes(b"half a file")
    path.with_name("state.db.new-wal").write_bytes(b"half a log")
    RunStore.create(path, {"a": "1"}).close()
    assert [file.name for file in path.parent.iterdir()] == ["state.db"]


def test_when_there_is_no_run_the_message_names_the_folder_and_nothing_is_made(path):
    with pytest.raises(PoolError, match=f"no run at {path.parent}"):
        RunStore.open(path)
    assert not path.exists()


def test_when_the_folder_is_missing_the_message_says_so(tmp_path):
    with pytest.raises(PoolError, match="its folder must be there"):
        RunStore.create(tmp_path / "none" / "state.db", {})


def test_when_the_file_is_no_database_the_message_names_it_and_the_mend(path):
    path.write_text("id,text\n1,hello\n" * 100, encoding="utf-8")
    with pytest.raises(PoolError, match=r"state\.db.*not a database.*restore it from a copy"):
        RunStore.open(path)


def test_when_the_database_is_another_programs_it_is_refused(path):
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE something (x)")
    connection.close()
    with pytest.raises(PoolError, match="not one of a text_al run"):
        RunStore.open(path)


def test_when_the_schema_is_of_another_version_both_versions_are_named(path):
    with RunStore.create(path, {}) as store:
        store.execute("PRAGMA user_version = 99")
    with pytest.raises(PoolError, match="schema 99, but this version of text_al reads schema 3"):
        RunStore.open(path)


def test_when_the_middle_of_the_file_is_overwritten_it_is_called_damaged(path):
    with RunStore.create(path, {}) as store, store.transaction():
        for number in range(3000):
            store.set_meta(f"key {number}", "value" * 10)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * 20_000)
    with pytest.raises(PoolError, match=r"state\.db.*restore it from a copy"):
        RunStore.open(path)


def test_when_a_word_in_the_file_is_changed_it_is_called_damaged(path):
    with RunStore.create(path, {}) as store, store.transaction():
        for number in range(3000):
            store.put_round(number, "done", "record" * 10, "")
    page = bytearray(path.read_bytes())
    place = page.rindex(b"donerecord")
    page[place : place + 4] = b"dime"
    path.write_bytes(page)
    with pytest.raises(PoolError, match=r"state\.db is damaged \(.*\); restore it from a copy"):
        RunStore.open(path)


def test_when_the_disk_is_full_nothing_of_the_transaction_is_kept_and_the_message_says_what_to_do(path):
    with RunStore.create(path, {}) as store:
        store.execute(f"PRAGMA max_page_count = {store.fetch('PRAGMA page_count')[0][0] + 2}")
        with pytest.raises(PoolError, match="full; make room on the disk"):
            keep_much(store)
        assert store.meta("small") is None
        store.set_meta("small", "2")
        assert store.meta("small") == "2"


def keep_much(store):
    with store.transaction():
        store.set_meta("small", "1")
        store.set_meta("large", "x" * 100_000)


def test_when_sqlite_has_undone_the_transaction_itself_the_error_is_the_first_one():
    store = RunStore.in_memory()
    with pytest.raises(ZeroDivisionError), store.transaction():
        raise_after(store.execute("ROLLBACK"))
    store.set_meta("a", "1")
    assert store.meta("a") == "1"


def raise_after(_):
    raise ZeroDivisionError


def test_when_the_store_is_closed_a_change_is_an_error(path):
    store = RunStore.create(path, {})
    store.close()
    store.close()
    with pytest.raises(PoolError, match="closed"):
        store.set_meta("a", "1")


HOLD = """
import sys, time
from text_al.data.lock import RunLock
with RunLock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_two_processes_cannot_hold_the_lock_and_a_killed_one_frees_it(path):
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    try:
        assert not is_locked(path)
        assert holder.stdout.readline() == "held\n"
        assert is_locked(path)
        with pytest.raises(RunLockedError, match=rf"{path.parent}.*process {holder.pid}"), RunLock(path):
            pass
    finally:
        holder.kill()
        holder.communicate()
    assert not is_locked(path)
    with RunLock(path):
        assert path.with_name("state.db.pid").read_text() == str(os.getpid())


def test_the_lock_excludes_a_second_holder_in_one_process_and_can_be_taken_again(path):
    for _ in range(2):
        with RunLock(path), pytest.raises(RunLockedError), RunLock(path):
            pass
    assert not path.with_name("state.db.pid").exists()


def test_when_the_holder_is_not_known_the_message_leaves_it_out(path):
    with RunLock(path):
        path.with_name("state.db.pid").unlink()
        with pytest.raises(RunLockedError, match="by another process; wait"), RunLock(path):
            pass
