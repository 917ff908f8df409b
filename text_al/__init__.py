"""Active learning for multilabel text: few labels in, a trained classifier and its learning curve out.

Importing it imports neither torch nor transformers; each public name is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from text_al.version import __version__ as __version__

if TYPE_CHECKING:
    from text_al.assemble import load_config as load_config
    from text_al.assemble import open_run as open_run
    from text_al.data.pool import QueryPool as QueryPool
    from text_al.errors import TextALError as TextALError
    from text_al.loop.rounds import Finished as Finished
    from text_al.loop.rounds import Waiting as Waiting
    from text_al.loop.rounds import advance as advance
    from text_al.strategies import strategy as strategy
    from text_al.training.model import Model as Model
    from text_al.training.model import load as load
    from text_al.training.train import train as train
    from text_al.types import Answer as Answer
    from text_al.types import Answers as Answers
    from text_al.types import Candidates as Candidates
    from text_al.types import LabelRequest as LabelRequest

_HOMES = {
    "Answer": "text_al.types",
    "Answers": "text_al.types",
    "Candidates": "text_al.types",
    "Finished": "text_al.loop.rounds",
    "LabelRequest": "text_al.types",
    "Model": "text_al.training.model",
    "QueryPool": "text_al.data.pool",
    "TextALError": "text_al.errors",
    "Waiting": "text_al.loop.rounds",
    "advance": "text_al.loop.rounds",
    "load": "text_al.training.model",
    "load_config": "text_al.assemble",
    "open_run": "text_al.assemble",
    "strategy": "text_al.strategies",
    "train": "text_al.training.train",
}

__all__ = [*_HOMES, "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'text_al' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
