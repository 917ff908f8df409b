"""What reading finds out: problems, which forbid a corpus, and notices, which a user should read."""

from collections.abc import Iterable, Sequence

from text_al.errors import CorpusError
from text_al.registry import did_you_mean

LISTED = 20
"""So many problems or ids are named; of the others only the number is said."""
_LONGEST_HINT = 300
_LONGEST_VALUE = 80


class CellError(ValueError):
    """A cell that cannot be read; the message is the sentence for the user, less its place."""


class Findings:
    """Problems and notices about one source, in the order they were found.

    Args:
        subject: what an error says cannot be used.
    """

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.notices: list[str] = []
        self._problems: list[str] = []
        self._n_more = 0

    def problem(self, sentence: str) -> None:
        """Keep a problem; after the first `LISTED` only their number is kept."""
        if len(self._problems) < LISTED:
            self._problems.append(sentence)
        else:
            self._n_more += 1

    def problems_of(self, error: CorpusError) -> None:
        """Keep the problems that an error carries."""
        for sentence in error.problems:
            self.problem(sentence)

    def notice(self, sentence: str) -> None:
        """Keep a notice."""
        self.notices.append(sentence)

    @property
    def problems(self) -> list[str]:
        """One sentence a problem; the last says how many are not listed."""
        return self._problems + ([f"and {self._n_more} more"] if self._n_more else [])

    def raise_problems(self) -> None:
        """Nothing, if there is no problem.

        Raises:
            CorpusError: with all problems found.
        """
        raise_problems([self])


def raise_problems(findings: Iterable[Findings]) -> None:
    """Nothing, if there is no problem in any of them.

    Raises:
        CorpusError: one for all, naming every source that has a problem.
    """
    bad = [finding for finding in findings if finding.problems]
    if bad:
        raise CorpusError("; ".join(finding.subject for finding in bad), [p for f in bad for p in f.problems])


def listed(items: Sequence[str], n_items: int | None = None) -> str:
    """The first items, and how many more there are.

    Args:
        items: all of them, or only the first.
        n_items: how many there are, where only the first are given.
    """
    rest = (len(items) if n_items is None else n_items) - LISTED
    return ", ".join(items[:LISTED]) + (f" and {rest} more" if rest > 0 else "")


def shown(value: object) -> str:
    """A value as an error quotes it: escaped, so that nothing invisible hides, and cut where it is long."""
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}... ({len(text)} characters)"


def suggestion(word: str, known: Sequence[str]) -> str:
    """The nearest known word, or the list of all, unless that is too long to read."""
    hint = did_you_mean(word, known)
    return hint if len(hint) <= _LONGEST_HINT else f"None of the {len(known)} known ones is near."


def missing_column(column: str, existing: Sequence[str], mend: str) -> str:
    """The sentence for a column that is not there."""
    near = did_you_mean(column, existing) if existing else ""
    hint = f" {near}" if near.startswith("Did") else ""
    return (
        f"there is no column {shown(column)} among {listed([shown(name) for name in existing])}.{hint} {mend}"
    )


def plural(number: int, noun: str) -> str:
    """The number with its noun: "1 row", "1,200 rows"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
