"""What commands print: every screen ends with what to type next."""

import shlex
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from text_al.tracking.table import footnote, stage_table, summary_table

if TYPE_CHECKING:
    from text_al.assemble.answers import Imported
    from text_al.assemble.queries import Written
    from text_al.assemble.status import Status
    from text_al.loop.rounds import Finished, Waiting
    from text_al.loop.run import Run
    from text_al.records import RoundRecord


_BUDGET = "active_learning.budget="
_WIDTH = 100


def outcome(reached: "Waiting | Finished", run: "Run", arguments: Sequence[str]) -> str:
    """The end of `text-al run`.

    Args:
        reached: where the run stands.
        run: the run.
        arguments: those of this command, the configuration first: the next one needs them too.
    """
    from text_al.loop.rounds import Waiting

    records = run.records()
    parts = [_table(records)] if records else []
    if isinstance(reached, Waiting):
        parts += _waiting(reached, run, shlex.join(arguments))
    else:
        parts += _finished(reached, run, arguments, has_model=bool(records))
    return "\n\n".join(parts)


def _table(records: Sequence["RoundRecord"]) -> str:
    """The table of the rounds, and what must be known to read it."""
    return "\n".join([summary_table(records), *textwrap.wrap(footnote(records), _WIDTH)])


def _waiting(reached: "Waiting", run: "Run", arguments: str) -> list[str]:
    queries = run.folder.queries / reached.request.id
    if not queries.with_name(f"{queries.name}.csv").exists():
        return _waiting_elsewhere(reached, run, arguments)
    folder = shlex.quote(str(run.folder.path))
    filled = shlex.join([str(run.folder.path), f"{queries}.csv"])
    waiting = f"{_texts(reached.n_missing)} for labels: {queries}.csv (or .jsonl)"
    steps = [
        "fill in `labels` (names joined by |); `status`: labelled for a text with none, or skipped",
        f"text-al import {filled}",
        f"text-al run {arguments}",
    ]
    numbered = [f"{number}. {step}" for number, step in enumerate(steps, start=1)]
    others = [f"or on a page: text-al label {arguments}", f"or as a spreadsheet: text-al query {folder}"]
    return [f"{waiting}\nlabels: {_first(run.pool.labels)}", _next([*numbered, *others])]


def _waiting_elsewhere(reached: "Waiting", run: "Run", arguments: str) -> list[str]:
    """Where nobody is to fill in a CSV file: another kind of file, or Label Studio."""
    folder = shlex.quote(str(run.folder.path))
    written = sorted(run.folder.queries.glob(f"{reached.request.id}.*"))
    files = [str(path) for path in written if ".suggestions." not in path.name]
    where = ", ".join(files) or reached.request.id
    waiting = f"{_texts(reached.n_missing)} for labels: {where}"
    first = f"text-al query {folder} --format xlsx, and text-al import {folder} FILE"
    if files:
        first = f"label them there, then: text-al import {folder} {shlex.quote(files[0])}"
    steps = [first, f"or on a page: text-al label {arguments}", f"text-al run {arguments}"]
    if (run.folder.path / "label_studio.json").exists():
        steps = [
            f"text-al label-studio status {folder}",
            f"text-al label-studio sync {folder} --every 60",
            f"text-al run {arguments}",
        ]
    return [f"{waiting}\nlabels: {_first(run.pool.labels)}", _next(steps)]


def _finished(reached: "Finished", run: "Run", arguments: Sequence[str], *, has_model: bool) -> list[str]:
    reason = f"Finished: {reached.reason}."
    if not has_model:
        return [reason]
    folder = run.folder.path
    left = f"The curve: {folder / 'learning_curve.png'}. The best model: {folder / 'models' / 'best'}."
    if run.validation is None:
        left += "\nIt is the last round's: without a validation set, the rounds' models cannot be compared."
    others = [argument for argument in arguments if not argument.startswith(_BUDGET)]
    steps = [
        shlex.join(["tensorboard", "--logdir", str(folder.parent)]),
        f"echo 'a text of yours' | {shlex.join(['text-al', 'predict', str(folder), '-'])}",
        shlex.join(["text-al", "run", *others, f"{_BUDGET}{2 * run.plan.stop.budget}"]),
    ]
    return [f"{reason}\n{left}", _next(steps)]


def _next(steps: Sequence[str]) -> str:
    return "\n  ".join(["Next:", *steps])


def released(count: int) -> str:
    """After `--release`."""
    return f"{count} texts wait no longer; those that nobody answered are back in the pool."


def imported(done: "Imported") -> str:
    """The end of `text-al import`."""
    change = done.change
    counts = {
        "new": change.new,
        "about other labels": change.extended,
        "decided anew": change.changed,
        "skipped": change.skipped,
        "known already": change.repeated,
        "not asked for, taken all the same": change.unasked,
    }
    said = ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "no answers in it"
    left = f"{_texts(done.n_missing)} for labels." if done.n_missing else "Nothing waits: run again."
    if done.n_for_others:
        left += (
            f"\n{done.n_for_others} of them have an answer, and wait for another person's; "
            "files that do not say who answered count as one person: --annotator NAME says it."
        )
    return "\n".join([*_files(done), f"Answers: {said}. {left}"])


def _files(done: "Imported") -> list[str]:
    """What each file was taken for, and what it said."""
    lines = []
    for one in done.files:
        count = "1 decision" if len(one.answers) == 1 else f"{len(one.answers):,} decisions"
        lines += [f"{one.name} ({one.kind}): {count}", *(f"  {note}" for note in one.notes)]
    return lines


def written(done: "Written", run: Path) -> str:
    """The end of `text-al query`.

    Args:
        done: what was written.
        run: as it was named on the command line: a configuration, or a run's folder.
    """
    names = "\n".join(f"  {path}" for path in done.files)
    config = run if run.suffix in {".yaml", ".yml"} else run / "config.yaml"
    steps = [
        "label them there, and save",
        shlex.join(["text-al", "import", str(run), str(done.files[0])]),
        shlex.join(["text-al", "run", str(config)]),
    ]
    numbered = [f"{number}. {step}" for number, step in enumerate(steps, start=1)]
    missing = f"{done.n_missing} without an answer yet"
    return f"{done.request_id}: {done.n_texts} texts, {missing}\n{names}\n\n{_next(numbered)}"


def of_page(n: int) -> list[str]:
    """What is to know of answers that the labelling page kept while the model was training."""
    return (
        [f"not in the run yet: {n} of the page's answers; the next run, label or import takes them"]
        if n
        else []
    )


def status(found: "Status") -> str:
    """`text-al status`."""
    counts = found.counts
    texts = (
        f"texts: {counts.labelled} labelled, {counts.pending} waiting for an answer, "
        f"{counts.skipped} skipped, {counts.open} open, {counts.excluded} excluded (nothing to read)"
    )
    lines = [f"{found.folder}: {found.state}", texts, f"labels: {_first(found.labels)}"]
    lines += of_page(found.n_of_page)
    if found.request_id:
        file = found.folder / "queries" / f"{found.request_id}.csv"
        lines.append(f"waiting for: {file if file.exists() else found.request_id}")
    if found.records:
        lines += ["", _table(found.records), "", stage_table(found.profiled)]
        if found.profiled.hardware:
            lines.append(f"trained on: {found.profiled.hardware}")
    return "\n".join(lines)


def _texts(count: int) -> str:
    return "1 text waits" if count == 1 else f"{count:,} texts wait"


def _first(labels: Sequence[str], most: int = 12) -> str:
    """The first label names, and how many there are."""
    more = ", ..." if len(labels) > most else ""
    return f"{', '.join(labels[:most])}{more} ({len(labels)})"
