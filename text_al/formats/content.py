"""A file that came back, as bytes, as text or as JSON objects; what it is decides who reads it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from text_al.errors import AnswersError
from text_al.formats.batch import Batch
from text_al.formats.entries import Entry

_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")  # what Excel calls Unicode text


class Content:
    """A file that came back.

    Args:
        path: the file.

    Raises:
        AnswersError: it cannot be read, or is empty.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.data = path.read_bytes()
        except OSError as error:
            raise AnswersError(str(path), [f"it cannot be read: {error.strerror}"]) from error
        if not self.data.strip():
            raise AnswersError(str(path), ["it is empty"])

    @cached_property
    def text(self) -> str:
        """The file as text.

        Raises:
            AnswersError: it is not UTF-8, nor marked as UTF-16.
        """
        try:
            content = self.data.decode("utf-16" if self.data.startswith(_UTF_16_MARKS) else "utf-8-sig")
        except UnicodeDecodeError as error:
            raise AnswersError(
                str(self.path), [f"it is not UTF-8 ({error}); save it as 'CSV UTF-8'"]
            ) from error
        if not content.strip():
            raise AnswersError(str(self.path), ["it is empty"])
        return content

    @cached_property
    def first(self) -> dict[str, Any]:
        """The first JSON object of the file, one of many lines or of an array; {} where there is none."""
        if self.data[:4] in (b"PK\x03\x04", b"PAR1"):
            return {}
        head = self.text.lstrip()
        try:
            if head.startswith("{"):
                found = json.loads(head.split("\n", 1)[0])
            elif head.startswith("["):
                found = next(iter(json.loads(head)), {})
            else:
                return {}
        except (ValueError, RecursionError):
            return self._first_of_many_lines(head)
        return found if isinstance(found, dict) else {}

    def _first_of_many_lines(self, head: str) -> dict[str, Any]:
        """An object that is written over several lines."""
        try:
            found, _ = json.JSONDecoder().raw_decode(head)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def records(self, unit: str) -> tuple[list[tuple[int, dict[str, Any]]], list[str]]:
        """The JSON objects of the file, an array or one a line, numbered from 1; and what is wrong with it.

        Args:
            unit: what an object is called in sentences about an array; in JSON Lines it is a "line".
        """
        if self.text.lstrip().startswith("["):
            return self._array(unit)
        objects: list[tuple[int, dict[str, Any]]] = []
        problems: list[str] = []
        for number, line in enumerate(self.text.split("\n"), start=1):  # texts may hold other line ends
            if not line.strip():
                continue
            try:
                found = json.loads(line)
            except (ValueError, RecursionError) as error:
                problems.append(f"line {number}: it is not JSON ({error}); write one object a line")
                continue
            if isinstance(found, dict):
                objects.append((number, found))
            else:
                problems.append(f"line {number}: it is not an object; write one object a line")
        return objects, problems

    def _array(self, unit: str) -> tuple[list[tuple[int, dict[str, Any]]], list[str]]:
        try:
            found = json.loads(self.text)
        except (ValueError, RecursionError) as error:
            return [], [f"it is not JSON ({error}); was it cut short?"]
        objects = [(number, one) for number, one in enumerate(found, start=1) if isinstance(one, dict)]
        others = [number for number, one in enumerate(found, start=1) if not isinstance(one, dict)]
        return objects, [f"{unit} {number}: it is not an object" for number in others]

    def unit(self, name: str) -> str:
        """What `records` counts: `name` in an array, else lines."""
        return name if self.text.lstrip().startswith("[") else "line"


@dataclass(frozen=True)
class Reading:
    """What stands in a file.

    Attributes:
        unit: what the entries' numbers count: "line", "row", "task" or "record".
        entries: in the order of the file.
        problems: what is wrong with it otherwise, a sentence each, beginning with unit and number.
        notes: what a user should know, though nothing is wrong, a sentence each.
    """

    unit: str
    entries: list[Entry]
    problems: list[str]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Format:
    """A kind of file: how it is told from others, read, and written.

    Attributes:
        name: as on the command line, for example "xlsx".
        title: as in sentences, for example "Excel workbook".
        suffix: what a written file's name ends with, for example ".xlsx".
        recognises: whether a file is of this kind, by what stands in it.
        read: what stands in it, given the names of the labels there are.
        write: writes a batch to be filled in.
    """

    name: str
    title: str
    suffix: str
    recognises: Callable[[Content], bool]
    read: Callable[[Content, Sequence[str]], Reading]
    write: Callable[[Path, Batch], None]
