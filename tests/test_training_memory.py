"""Freed memory stays with the process where the C library can be told so, and nothing happens elsewhere."""

import platform
import sys
from types import SimpleNamespace

import pytest

from text_al.training import memory
from text_al.training.memory import keep_freed_memory


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only GNU's C library can be told")
def test_a_large_piece_that_was_freed_is_had_again_without_being_cleared():
    import subprocess

    code = """
import resource, sys
from text_al.training.memory import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()
import ctypes
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    piece = libc.malloc(ctypes.c_size_t(48 << 20))
    ctypes.memset(piece, 1, 48 << 20)
    libc.free(ctypes.c_void_p(piece))
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
    kept, given_back = (
        int(subprocess.run([sys.executable, "-c", code, how], capture_output=True, check=True).stdout)
        for how in ("keep", "give back")
    )
    assert kept < given_back / 5


@pytest.mark.parametrize("found", [SimpleNamespace(), None])
def test_other_c_libraries_are_left_alone(found, monkeypatch):
    def load(name):
        if found is None:
            raise OSError("no such library")
        return found

    monkeypatch.setattr(memory.ctypes, "CDLL", load)
    assert not keep_freed_memory()


def test_other_systems_are_left_alone(monkeypatch):
    monkeypatch.setattr(memory.sys, "platform", "darwin")
    assert not keep_freed_memory()
