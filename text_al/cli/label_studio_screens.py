"""What `text-al label-studio` prints: short, and at the end what to do next."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from text_al.cli.screens import imported

if TYPE_CHECKING:
    from text_al.assemble.label_studio import Taken
    from text_al.oracles.label_studio import Pushed
    from text_al.oracles.label_studio.standing import Standing

_SHOWN = 5


def pushed(done: Sequence["Pushed"], run: Path) -> str:
    """The end of `text-al label-studio push`.

    Args:
        done: a batch each.
        run: as it was named on the command line: a configuration, or a run's folder.
    """
    if not done:
        return f"The run waits for nothing.\n\n{_next([_run(run)])}"
    if done[0].is_rehearsal:
        return f"{went(done)}\n\n{_next([_label_studio('push', run)])}"
    return f"{went(done)}\n\n{_next([*_links(done), _label_studio('pull', run)])}"


def went(done: Sequence["Pushed"]) -> str:
    """What was pushed, or would be."""
    first = done[0]
    if first.project is None:
        lines = [f"A project would be made at {first.url}."]
    else:
        made = " (made now)" if first.is_new else ""
        lines = [f"{first.url}: project {first.project.id} '{first.project.title}'{made}"]
    verb = "would be pushed" if first.is_rehearsal else "pushed"
    return "\n".join(
        [*lines, *(f"{one.batch}: {_texts(one.n_new)} {verb}, {one.n_there:,} there already" for one in done)]
    )


def pulled(done: "Taken", run: Path) -> str:
    """The end of `text-al label-studio pull`."""
    steps = [_label_studio("status", run)] if done.imported.n_missing else [_run(run)]
    return f"{came(done)}\n\n{_next(steps)}"


def came(done: "Taken") -> str:
    """What was taken."""
    lines = [f"{note}." for note in done.pulled.notes]
    if done.pulled.n_foreign:
        lines.append(f"{done.pulled.n_foreign} tasks that text-al did not push are left out.")
    return "\n".join([*lines, imported(done.imported)])


def is_news(done: "Taken") -> bool:
    """Whether anything was taken that was not known."""
    change = done.imported.change
    return bool(change.new + change.changed + change.extended + change.skipped)


def status(found: "Standing", run: Path) -> str:
    """`text-al label-studio status`."""
    project = found.look.project
    if project is None:
        head = f"{found.look.url}: no project of this run yet"
        return f"{head}\n\n{_next([_label_studio('push', run)])}"
    head = f"{found.look.url}: project {project.id} '{project.title}'"
    if not found.batch:
        return f"{head}\nThe run waits for nothing.\n\n{_next([_run(run)])}"
    n_open = found.n_there - found.n_labelled - found.n_skipped
    counts = f"{found.n_labelled:,} labelled, {found.n_skipped:,} skipped, {n_open:,} open"
    lines = [
        head,
        f"{found.batch}: {found.n_there:,} of {_texts(found.n_texts)} there; {counts}",
        f"to pull: {found.n_news:,} annotations, new or edited; the run waits for {_texts(found.n_missing)}",
        *_oddities(found),
    ]
    return "\n".join(lines) + f"\n\n{_next(_steps(found, run))}"


def _oddities(found: "Standing") -> list[str]:
    lines = []
    if found.gone:
        lines.append(
            f"no longer there, though taken: the annotations of {_listed(found.gone)}; what was taken holds"
        )
    if found.twice:
        lines.append(f"there more than once: {_listed(found.twice)}; delete the spare tasks")
    return lines


def _steps(found: "Standing", run: Path) -> list[str]:
    if found.n_there < found.n_texts or not found.look.link:
        return [_label_studio("push", run)]
    label = [f"label at {found.look.link}"] if found.n_there > found.n_labelled + found.n_skipped else []
    return [*label, _label_studio("pull", run)]


def _links(done: Sequence["Pushed"]) -> list[str]:
    return [f"label at {one.link}" for one in done if one.link]


def _listed(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return ", ".join(map(repr, ids[:_SHOWN])) + more


def _label_studio(what: str, run: Path) -> str:
    return shlex.join(["text-al", "label-studio", what, str(run)])


def _run(run: Path) -> str:
    return shlex.join(
        ["text-al", "run", str(run if run.suffix in {".yaml", ".yml"} else run / "config.yaml")]
    )


def _next(steps: Sequence[str]) -> str:
    return "\n  ".join(["Next:", *steps])


def _texts(count: int) -> str:
    return "1 text" if count == 1 else f"{count:,} texts"
