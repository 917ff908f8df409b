"""PyYAML's syntax errors as one sentence each that says what to do."""

import re

import yaml

_QUOTED = "put the text in quotes"
# The first pattern that PyYAML's words match wins. {0} is the pattern's group, {start} the line it began in.
_SENTENCES: tuple[tuple[str, str], ...] = (
    (r"found character '\\t'", "a tab stands where only spaces may; replace it by spaces."),
    (
        r"found character '(.)' that cannot start",
        f"a plain text cannot begin with {{0}}; {_QUOTED}.",
    ),
    (
        r"while scanning an alias.*expected alphabetic",
        f"* begins an alias; to mean the character itself, {_QUOTED}.",
    ),
    (
        r"while scanning an anchor.*expected alphabetic",
        f"& begins an anchor; to mean the character itself, {_QUOTED}.",
    ),
    (
        r"found undefined alias '(.*)'",
        f"*{{0}} names an anchor that is not there; {_QUOTED}, or define &{{0}}.",
    ),
    (r"found duplicate anchor '?(.*?)'?;", "the anchor &{0} is defined twice; rename one."),
    (
        r"mapping values are not allowed",
        f"a ':' is out of place: check the indent and the space after the ':' above, or {_QUOTED}.",
    ),
    (
        r"could not find expected ':'",
        "a key has no ': ' after it; add it, or indent the line as text above it.",
    ),
    (r"quoted scalar.*unexpected end", "a quote opened in line {start} is never closed; close it."),
    (
        r"unknown escape character '(.*)'",
        "\\{0} is no escape in double quotes; use single quotes, or double the backslash.",
    ),
    (
        r"expected ',' or '(.)'",
        "a bracket opened in line {start} is not closed; add {0}, or a comma between items.",
    ),
    (r"but found '\[?-", "a list item is out of place; check the indent."),
    (
        r"expected <block end>, but found '<scalar>'",
        f"something follows a closed quote; {_QUOTED} as a whole.",
    ),
    (
        r"expected <block end>|expected '<document start>'",
        "the indent fits no line above; line up the section's keys.",
    ),
    (r"another document", "a second document begins here; keep one and remove the '---'."),
    (
        r"sequence entries are not allowed",
        f"a list begins on its own line, each item as '- item'; or {_QUOTED}.",
    ),
    (r"expected the node content, but found '(.)'", f"{{0}} is out of place; remove it, or {_QUOTED}."),
)


def syntax_problem(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    """The line, from 1, and a sentence for the user."""
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return line, f"holds the invisible character U+{ord(text[error.position]):04X}; remove it."
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return 1, f"is no YAML: {error}."
    words = f"{error.context or ''}: {error.problem}"
    start = (error.context_mark or error.problem_mark).line + 1
    # A missing ':' or closing quote is noticed too late; the mark of the context is the line itself.
    is_late = "could not find expected ':'" in words or "unexpected end" in words
    return start if is_late else error.problem_mark.line + 1, _sentence(words, start)


def _sentence(words: str, start: int) -> str:
    for pattern, sentence in _SENTENCES:
        found = re.search(pattern, words)
        if found is not None:
            return sentence.format(*found.groups(), start=start)
    return f"is no YAML: {words.removeprefix(': ')}; check indent, colons and quotes."
