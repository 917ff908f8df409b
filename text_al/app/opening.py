"""From a configuration to a page: who answers, under which settings, and what the page needs beside them."""

from functools import partial
from importlib.util import find_spec
from pathlib import Path

from text_al.app.desk import Desk
from text_al.app.fields import annotator_name
from text_al.app.refusals import Refusal
from text_al.app.views import GRACE_SECONDS, Manner
from text_al.assemble import parts
from text_al.assemble.runs import open_run, run_folder
from text_al.config import RunConfig
from text_al.errors import ConfigError, TextALError

_NEEDED = ("starlette", "uvicorn")


def check_extra() -> None:
    """Looks whether the libraries of the page are installed.

    Raises:
        TextALError: they are not; says what to install.
    """
    if any(find_spec(module) is None for module in _NEEDED):
        needs = " and ".join(_NEEDED)
        raise TextALError(f"the page needs {needs}, which come with an extra: pip install 'text-al[app]'")


def desk_of(
    config: RunConfig,
    *,
    annotator: str = "",
    accept_changes: bool = False,
    grace_seconds: float = GRACE_SECONDS,
) -> Desk:
    """The desk of this configuration's run, to be started.

    Args:
        config: of the run.
        annotator: the name that the page proposes.
        accept_changes: go on with a run although settings changed that alter results.
        grace_seconds: between a batch's last answer and its training.

    Raises:
        ConfigError: no people are asked in this run, or the guidelines cannot be read.
        TextALError: nobody can have this name.
    """
    _check_people(config)
    section = config.annotation
    manner = Manner(
        name=config.name,
        guidelines=parts.guidelines_of(section),
        mode=section.suggestions,
        resolution=parts.resolution_of(section),
        annotator=_checked(annotator),
        grace_seconds=grace_seconds,
    )
    return Desk(partial(open_run, config, accept_changes=accept_changes), manner)


def remembered_in(config: RunConfig) -> Path:
    """The file with what the next server of this run needs of the last one."""
    return run_folder(config).path / "page.json"


def _check_people(config: RunConfig) -> None:
    kind = config.oracle.type
    decides = kind == "llm" and config.oracle.args.get("answers", "decide") != "suggest"
    if kind == "simulated" or decides:
        other = ", or answers: suggest to see beside each text what the model would say" if decides else ""
        sentence = f"oracle: '{kind}' answers by itself; for people at the page, set oracle: {{type: file}}"
        raise ConfigError(config.name, [sentence + other])


def _checked(annotator: str) -> str:
    try:
        return annotator_name(annotator) if annotator else ""
    except Refusal as refusal:
        raise TextALError(f"--annotator: {refusal.sentence}") from None
