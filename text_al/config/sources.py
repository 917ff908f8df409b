"""Where texts come from: a file, a Hub data set or the generator; the keys present say which."""

import difflib
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from text_al.config.section import Count, CountOrZero, Section, Text
from text_al.sentences import shown

Paths = Annotated[list[Text], Field(min_length=1)]


class FileSource(Section):
    """Texts in files: CSV, TSV, JSONL, JSON or Parquet, each also gzipped."""

    path: Annotated[
        Annotated[Text, Tag("<text>")] | Annotated[Paths, Tag("<list>")],
        Discriminator(lambda value: "<list>" if isinstance(value, list) else "<text>"),
    ]
    """A file, a list of files, or a pattern such as data/part-*.jsonl."""
    sample: Count | None = None
    """Take so many rows at random (seeded by data.seed); null takes all."""


class HubSource(Section):
    """A data set on the Hugging Face Hub."""

    hub: Text
    """Its name, for example google-research-datasets/go_emotions."""
    config: str | None = None
    """Its configuration, where it has several."""
    split: str = "train"
    """Its split."""
    revision: str | None = None
    """A commit or tag, to be exact."""
    sample: Count | None = None
    """Take so many rows at random (seeded by data.seed); null takes all."""


class GeneratedSource(Section):
    """A synthetic corpus made by a seeded generator that comes with text_al."""

    generated: Literal["tickets"]
    """The generator's name."""
    size: Count = 4000
    """How many texts it makes."""
    part: CountOrZero = 0
    """Different parts share no text: 0 for the pool, 1 for validation, 2 for test."""
    sample: Count | None = None
    """Take so many rows at random (seeded by data.seed); null takes all."""


_FORMS: dict[str, type[Section]] = {"path": FileSource, "hub": HubSource, "generated": GeneratedSource}
_WHAT = "a source is a path, a list of paths, or one of {path: ...}, {hub: ...} and {generated: ...}"


def _form(value: Any) -> str:
    if isinstance(value, list):
        return "<list>"
    for key, section in _FORMS.items():
        if isinstance(value, section) or (isinstance(value, Mapping) and key in value):
            return f"<{key}>"
    return "<text>"


def _one_form(value: Any) -> Any:
    """Refuses what is no source at all in one sentence, before pydantic tries the forms in turn."""
    if isinstance(value, Mapping):
        _one_form_key([str(key) for key in value])
    elif not isinstance(value, str | list | Section):
        # pydantic collects a ValueError, not a TypeError.
        raise ValueError(f"{shown(value)} is no source; {_WHAT}.")  # noqa: TRY004
    return value


def _one_form_key(keys: list[str]) -> None:
    given = [form for form in _FORMS if form in keys]
    if len(given) > 1:
        raise ValueError(f"has {' and '.join(given)} together; keep one of them.")
    if not given:
        near = [(key, form) for form in _FORMS for key in difflib.get_close_matches(form, keys, n=1)]
        hint = f" Did you mean '{near[0][1]}' by '{near[0][0]}'?" if near else ""
        raise ValueError(f"does not say where the texts are; {_WHAT}.{hint}")


Source = Annotated[
    Annotated[Text, Tag("<text>")]
    | Annotated[Paths, Tag("<list>")]
    | Annotated[FileSource, Tag("<path>")]
    | Annotated[HubSource, Tag("<hub>")]
    | Annotated[GeneratedSource, Tag("<generated>")],
    Discriminator(_form),
    BeforeValidator(_one_form),
]
