"""What makes no sense in requests and answers, as sentences; nothing is changed here."""

from collections import Counter
from collections.abc import Iterator, Sequence

from text_al.types import Answer, LabelRequest


def request_problems(request: LabelRequest, n_rows: int, n_labels: int) -> list[str]:
    """What is wrong with a request in itself."""
    if not request.rows:
        return ["it has no rows"]
    problems = [f"row {row} is named twice" for row, times in Counter(request.rows).items() if times > 1]
    problems += [_outside(row, n_rows) for row in request.rows if not 0 <= row < n_rows]
    for name in ("scores", "reasons", "inclusion", "considered", "whys"):
        values = getattr(request, name)
        if values is not None and len(values) != len(request.rows):
            problems.append(f"it has {len(request.rows)} rows, but {len(values)} {name}")
    for row, labels in zip(request.rows, request.considered or (), strict=False):
        problems += [f"row {row} is asked about {problem}" for problem in _label_problems(labels, n_labels)]
    return problems


def answer_problems(answers: Sequence[Answer], n_rows: int, n_labels: int) -> list[str]:
    """What is wrong with answers in themselves, one sentence each."""
    return [
        f"answer {place}, row {answer.row}: {problem}"
        for place, answer in enumerate(answers, start=1)
        for problem in _problems(answer, n_rows, n_labels)
    ]


def _problems(answer: Answer, n_rows: int, n_labels: int) -> Iterator[str]:
    status: str = answer.status  # a caller without a type checker may give anything
    if not 0 <= answer.row < n_rows:
        yield _outside(answer.row, n_rows)
    if status == "skipped":
        if answer.targets is not None:
            yield "a skip has no targets; leave them out, or make it 'labelled'"
    elif status != "labelled":
        yield f"the status {status!r} is not known; it must be 'labelled' or 'skipped'"
    else:
        yield from _target_problems(answer.targets, n_labels)
    if answer.considered is not None:
        yield from (f"it is about {problem}" for problem in _label_problems(answer.considered, n_labels))


def _target_problems(targets: Sequence[int] | None, n_labels: int) -> Iterator[str]:
    if targets is None:
        yield "it is labelled, but has no targets; all zeros would mean labelled with nothing"
    elif len(targets) != n_labels:
        yield f"it has {len(targets)} targets, but there are {n_labels} labels"
    elif wrong := [target for target in targets if target not in (1, 0, -1)]:
        yield f"the target {wrong[0]!r} must be 1 (yes), 0 (no) or -1 (not known)"
    elif all(target == -1 for target in targets):
        yield "it is labelled, but all its targets are -1 (not known); skip it instead"


def _label_problems(labels: Sequence[int], n_labels: int) -> Iterator[str]:
    if not labels:
        yield "no label; name one or more, or leave considered out for all"
    if list(labels) != sorted(set(labels)):
        yield f"the labels {list(labels)}; name each once, in ascending order"
    for label in labels:
        if not 0 <= label < n_labels:
            yield f"label {label}, but the labels are 0 to {n_labels - 1}"


def _outside(row: object, n_rows: int) -> str:
    return f"there is no row {row}; the pool's rows are 0 to {n_rows - 1}"
