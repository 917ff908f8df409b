"""A folder is there whole or not at all."""

import os

import pytest

from text_al.training.folders import whole_folder


def write(folder, content):
    with whole_folder(folder) as aside:
        (aside / "weights").write_text(content)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_appears_when_it_is_whole(tmp_path):
    with whole_folder(tmp_path / "models" / "best") as aside:
        (aside / "weights").write_text("new")
        assert not (tmp_path / "models" / "best").exists()
    assert (tmp_path / "models" / "best" / "weights").read_text() == "new"
    assert names(tmp_path / "models") == ["best"]


def test_it_replaces_the_old_one_with_all_its_files(tmp_path):
    write(tmp_path / "best", "old")
    (tmp_path / "best" / "leftover").touch()
    write(tmp_path / "best", "new")
    assert (tmp_path / "best" / "weights").read_text() == "new"
    assert names(tmp_path / "best") == ["weights"]
    assert names(tmp_path) == ["best"]


def interrupted(folder):
    with whole_folder(folder) as aside:
        (aside / "weights").write_text("half")
        raise KeyboardInterrupt


@pytest.mark.parametrize("there_before", [True, False])
def test_when_interrupted_the_old_one_stays(tmp_path, there_before):
    if there_before:
        write(tmp_path / "best", "old")
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path / "best")
    assert names(tmp_path) == (["best"] if there_before else [])
    if there_before:
        assert (tmp_path / "best" / "weights").read_text() == "old"


def test_the_old_one_is_whole_until_the_new_one_is_in_its_place(tmp_path, monkeypatch):
    write(tmp_path / "best", "old")
    seen = []
    rename = type(tmp_path).rename

    def spy(self, target):
        seen.append(sorted(path.read_text() for path in tmp_path.glob("*/weights")))
        return rename(self, target)

    monkeypatch.setattr(type(tmp_path), "rename", spy)
    write(tmp_path / "best", "new")
    assert seen
    assert all("old" in contents for contents in seen)


def test_what_a_killed_process_left_behind_is_no_hindrance(tmp_path):
    for state in ("partial", "old"):
        (tmp_path / f".best.{state}").mkdir()
        (tmp_path / f".best.{state}" / "rubbish").touch()
    write(tmp_path / "best", "new")
    assert names(tmp_path) == ["best"]
    assert names(tmp_path / "best") == ["weights"]


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_files_get_the_permissions_that_the_umask_gives(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        with whole_folder(tmp_path / "best") as aside:
            (aside / "weights").touch()
            (aside / "weights").chmod(0o600)
    finally:
        assert os.umask(before) == umask
    assert (tmp_path / "best" / "weights").stat().st_mode & 0o777 == mode
