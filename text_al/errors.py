"""Every error that text_al raises on purpose, as one tree.

TextALError
├── ConfigError          a configuration file, an override or an environment variable
├── CorpusError          a file of texts, labels or splits
├── PoolError            an impossible change of what is labelled
│   └── RunLockedError   another process is advancing this run
├── AnswersError         answers that cannot be taken; nothing was changed
├── OracleError          whoever answers cannot be asked now; what came in is kept
├── StrategyError        a strategy that cannot run on these candidates, or broke its contract
├── TrainingError        a model that cannot be trained or scored
└── ModelError           a saved model that cannot be read
"""

from collections.abc import Sequence
from typing import Any


class TextALError(Exception):
    """The root: catch this to catch all that text_al raises on purpose.

    Example:
        >>> import text_al
        >>> try:
        ...     text_al.load("no such folder")
        ... except text_al.TextALError as error:
        ...     print(type(error).__name__)
        ModelError
    """


class ProblemsError(TextALError):
    """An error that carries all problems found, not only the first.

    Args:
        subject: what cannot be used, for example a file's name.
        problems: one sentence each, with place, value and mend.
    """

    def __init__(self, subject: str, problems: Sequence[str]) -> None:
        self.subject = subject
        self.problems = tuple(problems)
        super().__init__(f"{subject} cannot be used:\n" + "\n".join(f"  {problem}" for problem in problems))


class ConfigError(ProblemsError):
    """A configuration that cannot be used; lists every problem with file, line, value and mend."""


class CorpusError(ProblemsError):
    """Texts, labels or splits that cannot be read as given; lists file, line, id and mend."""


class PoolError(TextALError):
    """A change of the pool that makes no sense, such as labelling a row that does not exist."""


class RunLockedError(PoolError):
    """Another process is advancing this run."""


class AnswersError(ProblemsError):
    """Answers that cannot be taken. Nothing of the file has been taken."""


class OracleError(TextALError):
    """Whoever answers cannot be asked, or not any further. What has come in is kept.

    Args:
        sentence: what happened, and the mend.
        answers: what has come in for the request so far, as `types.Answers`; None where nothing is known.
    """

    def __init__(self, sentence: str, answers: Any = None) -> None:
        self.answers = answers
        super().__init__(sentence)


class StrategyError(TextALError):
    """A strategy that cannot run on these candidates, or returned what its contract forbids."""


class TrainingError(TextALError):
    """A model that cannot be trained or scored with these settings."""


class NothingLearnedError(TrainingError):
    """A model that is asked about texts before it knows anything of their labels."""


class ModelError(TextALError):
    """A saved model that cannot be read."""
