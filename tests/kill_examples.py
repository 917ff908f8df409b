"""Runs that can be killed cheaply: a process that has imported everything forks one for each command.

A fresh Python needs seconds to import what a run needs, in which a kill proves nothing; a fork begins at
once.
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

KILLED = -signal.SIGKILL


class Forge:
    """Starts `text-al` commands, each in a process of its own; a context manager.

    Args:
        modules: imported once, before any command.
    """

    def __init__(self, *modules):
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
        self._parent = subprocess.Popen(
            [sys.executable, __file__, *modules],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        self._parent.stdout.readline()  # all is imported

    def start(self, *arguments, journal=None):
        """The process id of a command that has just begun.

        Args:
            arguments: after `text-al`.
            journal: a file, with which the command kills itself at the next boundary; see `Boundaries`.
        """
        command = {
            "arguments": [str(argument) for argument in arguments],
            "journal": journal and str(journal),
        }
        self._parent.stdin.write(json.dumps(command) + "\n")
        self._parent.stdin.flush()
        return int(self._parent.stdout.readline())

    def end(self):
        """The exit status of the command that was started last, or -9 where it was killed."""
        return int(self._parent.stdout.readline())

    def run(self, *arguments, journal=None):
        """Starts a command and waits for its end; its exit status."""
        self.start(*arguments, journal=journal)
        return self.end()

    def kill(self, *arguments, after, just_before=lambda: None):
        """Starts a command and kills it so many seconds later, unless it has ended; its exit status."""
        process = self.start(*arguments)
        time.sleep(after)
        just_before()
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        return self.end()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._parent.stdin.close()
        self._parent.wait()
        self._parent.stdout.close()


def moments(seed, longest):
    """Random delays in seconds, from none to the longest, without end."""
    rng = random.Random(seed)
    while True:
        yield rng.uniform(0, longest)


CHANGES = ("replace", "rename", "symlink", "unlink", "rmdir", "mkdir")
"""What `os` can do to a folder; pathlib and shutil do it by these too."""


class Boundaries:
    """Kills its own process before and after each commit and each rename, each once in the life of a journal.

    Args:
        journal: a file with the boundaries at which a process was killed before.
    """

    def __init__(self, journal):
        from text_al.data.store import RunStore

        self._journal = Path(journal)
        self._n_rounds = 0
        self._watch(
            RunStore, "execute", lambda store, sql, values=(): sql == "COMMIT" and "<".join(_callers())
        )
        for name in CHANGES:
            self._watch(os, name, lambda path, *_, **__: str(path).replace(str(os.getpid()), "pid"))
        rounds = RunStore.rounds
        RunStore.rounds = lambda store: self._counted(rounds(store))

    def _counted(self, rounds):
        self._n_rounds = len(rounds)
        return rounds

    def _watch(self, owner, name, where):
        function = getattr(owner, name)

        def watched(*arguments, **settings):
            place = where(*arguments, **settings)
            if place:
                self._reach(f"before {name} {place}")
            done = function(*arguments, **settings)
            if place:
                self._reach(f"after {name} {place}")
            return done

        setattr(owner, name, watched)

    def _reach(self, boundary):
        """Dies here, unless a process has died here before, after as many rounds."""
        line = f"{boundary} after {self._n_rounds} rounds\n"
        with self._journal.open("a+", encoding="utf-8") as journal:
            journal.seek(0)
            if line in journal.readlines():
                return
            journal.write(line)
            journal.flush()
            os.kill(os.getpid(), signal.SIGKILL)


def _callers():
    frame, names = sys._getframe(2), []
    while frame is not None:
        code = frame.f_code
        if any(
            room in code.co_filename for room in ("text_al/loop", "text_al/assemble", "text_al/data/pool")
        ):
            names.append(code.co_name)
        frame = frame.f_back
    return names


def _child(command):
    """Runs one command in a forked process, which ends here."""
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, sys.stdout.fileno())
    if command["journal"]:
        Boundaries(command["journal"])
    sys.argv = ["text-al", *command["arguments"]]
    from text_al.cli import main

    status = 0
    try:
        main()
    except SystemExit as done:
        status = done.code or 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _say(word):
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def _parent(modules):
    for name in modules:
        __import__(name)
    _say("ready")
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            _child(json.loads(line))
        _say(process)
        _, status = os.waitpid(process, 0)
        _say(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    _parent(sys.argv[1:])
