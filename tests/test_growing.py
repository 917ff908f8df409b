"""Arrays that grow on disk: whole parts survive, half ones do not."""

import errno
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from text_al.data.cache import Cache
from text_al.data.growing import Column, Growing, GrowingInMemory, GrowingOnDisk

COLUMNS = {"ids": Column("int32"), "vectors": Column("float16", (3,))}


def _part(start: int, n: int = 4) -> dict[str, np.ndarray]:
    return {
        "ids": np.arange(start, start + 2 * n, dtype=np.int32),
        "vectors": np.full((n, 3), start, np.float16),
    }


@pytest.fixture(params=["disk", "memory"])
def growing(request: pytest.FixtureRequest, tmp_path: Path) -> Growing:
    if request.param == "memory":
        return GrowingInMemory(COLUMNS)
    return GrowingOnDisk(tmp_path / "arrays", COLUMNS, {"of": "these"})


def test_what_is_appended_is_read_in_order(growing: Growing) -> None:
    growing.append(**_part(0))
    growing.append(**_part(10, n=2))
    growing.finish()
    assert growing.read("ids").tolist() == [*range(8), *range(10, 14)]
    assert growing.read("vectors")[:, 0].tolist() == [0] * 4 + [10] * 2
    assert growing.n_parts == 2
    assert growing.is_whole
    with pytest.raises(ValueError, match="read-only"):
        growing.read("ids")[0] = 1


def test_nothing_appended_reads_as_nothing(growing: Growing) -> None:
    assert growing.read("vectors").shape == (0, 3)


def test_opened_again_it_goes_on_where_it_was(tmp_path: Path) -> None:
    first = GrowingOnDisk(tmp_path, COLUMNS, {"of": "these"})
    first.append(**_part(0))
    again = GrowingOnDisk(tmp_path, COLUMNS, {"of": "these"})
    assert (again.n_parts, again.is_whole) == (1, False)
    again.append(**_part(10))
    assert len(again.read("ids")) == 16


def test_what_a_kill_left_behind_the_journal_is_cut_off(tmp_path: Path) -> None:
    GrowingOnDisk(tmp_path, COLUMNS, {}).append(**_part(0))
    with (tmp_path / "ids.bin").open("ab") as file:
        file.write(b"half a part")
    again = GrowingOnDisk(tmp_path, COLUMNS, {})
    again.append(**_part(10))
    assert again.read("ids").tolist() == [*range(8), *range(10, 18)]


@pytest.mark.parametrize("damage", ["shorter", "no journal", "half a journal", "other"])
def test_what_cannot_be_trusted_starts_anew(tmp_path: Path, damage: str) -> None:
    GrowingOnDisk(tmp_path, COLUMNS, {"of": "these"}).append(**_part(0))
    journal = tmp_path / "journal.json"
    if damage == "shorter":
        os.truncate(tmp_path / "ids.bin", 3)
    elif damage == "no journal":
        journal.unlink()
    elif damage == "half a journal":
        journal.write_text(journal.read_text()[:20])
    again = GrowingOnDisk(tmp_path, COLUMNS, {"of": "others" if damage == "other" else "these"})
    assert again.n_parts == 0
    assert len(again.read("vectors")) == 0


def test_a_part_that_does_not_fit_is_refused_and_nothing_is_added(tmp_path: Path) -> None:
    growing = GrowingOnDisk(tmp_path, COLUMNS, {})
    with pytest.raises(ValueError, match=r"vectors grows by rows of shape \(3,\), but shape \(4, 2\)"):
        growing.append(ids=np.arange(4), vectors=np.zeros((4, 2)))
    with pytest.raises(ValueError, match=r"vectors .* nothing was given"):
        growing.append(ids=np.arange(4))
    assert len(growing.read("ids")) == 0


def test_killed_at_random_moments_only_whole_parts_count(tmp_path: Path) -> None:
    script = textwrap.dedent(
        f"""
        import numpy as np, pathlib
        from text_al.data.growing import Column, GrowingOnDisk
        columns = {{"a": Column("int64"), "b": Column("int64")}}
        growing = GrowingOnDisk(pathlib.Path({str(tmp_path)!r}), columns, {{}})
        while True:
            n = growing.n_parts
            growing.append(a=np.full(1000, n), b=np.full(10, n))
        """
    )
    rng = np.random.default_rng(0)
    for _ in range(6):
        with subprocess.Popen([sys.executable, "-c", script]) as process:
            time.sleep(float(rng.uniform(0.2, 0.6)))
            process.send_signal(signal.SIGKILL)
    growing = GrowingOnDisk(tmp_path, {"a": Column("int64"), "b": Column("int64")}, {})
    assert growing.n_parts > 0
    assert growing.read("a").tolist() == np.repeat(np.arange(growing.n_parts), 1000).tolist()
    assert growing.read("b").tolist() == np.repeat(np.arange(growing.n_parts), 10).tolist()


class TestCache:
    def test_what_is_there_is_not_made_again(self, tmp_path: Path) -> None:
        made: list[int] = []

        def make(n_parts: int) -> list[dict[str, np.ndarray]]:
            made.append(n_parts)
            return [_part(start) for start in (0, 10, 20)[n_parts:]]

        first = Cache(tmp_path).arrays("things", {"of": "a"}, COLUMNS, make)
        again = Cache(tmp_path).arrays("things", {"of": "a"}, COLUMNS, make)
        assert made == [0]
        assert first["ids"].tolist() == again["ids"].tolist()
        Cache(tmp_path).arrays("things", {"of": "b"}, COLUMNS, make)
        assert made == [0, 0]

    def test_what_was_cut_short_goes_on(self, tmp_path: Path) -> None:
        def broken(n_parts: int) -> object:
            yield _part(0)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            Cache(tmp_path).arrays("things", {}, COLUMNS, broken)
        rest = Cache(tmp_path).arrays("things", {}, COLUMNS, lambda n_parts: [_part(10 * n_parts)])
        assert rest["ids"].tolist() == [*range(8), *range(10, 18)]

    def test_without_a_folder_nothing_is_written(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        found = Cache().arrays("things", {}, COLUMNS, lambda _: [_part(0)])
        assert len(found["ids"]) == 8
        assert not list(tmp_path.iterdir())

    def test_the_journal_says_what_the_arrays_are_of(self, tmp_path: Path) -> None:
        Cache(tmp_path).arrays("things", {"texts": "abc"}, COLUMNS, lambda _: [])
        (journal,) = tmp_path.rglob("journal.json")
        assert json.loads(journal.read_text())["about"]["of"] == {"texts": "abc"}

    def test_a_folder_that_cannot_be_written_is_named_with_what_to_do(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(OSError, match=r"compute\.cache .*/file/things"):
            Cache(tmp_path / "file").arrays("things", {}, COLUMNS, lambda _: [_part(0)])

    def test_a_disk_that_is_full_is_named_and_whole_parts_stay(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        def parts(n_parts: int) -> Iterator[dict[str, np.ndarray]]:
            yield _part(10 * n_parts)
            if n_parts == 0:
                monkeypatch.setattr(os, "fsync", full)
                yield _part(10)

        with pytest.raises(OSError, match=rf"No space left on device; .* compute\.cache .*{tmp_path}"):
            Cache(tmp_path).arrays("things", {}, COLUMNS, parts)
        monkeypatch.undo()
        found = Cache(tmp_path).arrays("things", {}, COLUMNS, parts)
        assert found["ids"].tolist() == [*range(8), *range(10, 18)]

    def test_an_error_of_whoever_makes_the_arrays_is_not_laid_to_the_cache(self, tmp_path: Path) -> None:
        def broken(_: int) -> Iterator[dict[str, np.ndarray]]:
            raise FileNotFoundError("the texts are gone")
            yield

        with pytest.raises(FileNotFoundError, match=r"^the texts are gone$"):
            Cache(tmp_path).arrays("things", {}, COLUMNS, broken)
