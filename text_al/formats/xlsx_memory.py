"""What a workbook remembers, on a hidden sheet, of the batch and of what was shown of each text.

A row holds a key, and the beginning of its value as JSON, which goes on in the cells behind it where one
cell is too small. The keys are those of the header of JSON Lines, and "item" for each text.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from text_al.circumstances import shown_plain
from text_al.formats.batch import Batch, BatchItem
from text_al.formats.cells import displayed, seen
from text_al.formats.objects import header_of
from text_al.formats.xlsx_cells import escaped, put_text

SHEET = "_text_al"
_CHUNK = 30_000  # characters, fewer than a cell holds
_ITEM = "item"


@dataclass(frozen=True)
class Memory:
    """What was noted when a workbook was written.

    Attributes:
        header: of the batch: format, batch, labels, n, model, mode, settles, ...; {} where it is lost.
        items: a text's id to what reading needs of it: considered, shown, settles, and altered where its
            cell does not hold the text as it is.
    """

    header: Mapping[str, Any] = field(default_factory=dict)
    items: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def write_memory(book: Any, batch: Batch) -> None:
    """Add the hidden sheet to a workbook."""
    sheet = book.create_sheet(SHEET)
    sheet.sheet_state = "hidden"
    header = header_of(replace(batch, guidelines=""))  # they have a sheet of their own
    header |= {"model": batch.model, "mode": batch.mode, "settles": batch.settles}
    rows = [*header.items(), *((_ITEM, _note(item, batch)) for item in batch.items)]
    for number, (key, value) in enumerate(rows, start=1):
        for place, text in enumerate([key, *_chunks(value)], start=1):
            put_text(sheet.cell(number, place), text)


def read_memory(rows: Iterable[Sequence[Any]]) -> Memory:
    """What the hidden sheet says, by its cells' values; nothing where there is none.

    Raises:
        ValueError, KeyError, AttributeError: somebody changed it.
    """
    header: dict[str, Any] = {}
    items: dict[str, Mapping[str, Any]] = {}
    for key, *chunks in rows:
        found = json.loads("".join(str(chunk) for chunk in chunks if chunk is not None))
        if key == _ITEM:
            items[found.pop("id")] = found
        else:
            header[str(key)] = found
    return Memory(header, items)


def _note(item: BatchItem, batch: Batch) -> dict[str, Any]:
    shown = seen(batch, item)
    return {
        "id": item.id,
        **({} if item.considered is None else {"considered": list(item.considered)}),
        **({} if shown is None else {"shown": shown_plain(shown)}),
        **({"settles": True} if batch.settles else {}),
        **({} if escaped(displayed(item.text)) == item.text else {"altered": True}),
    }


def _chunks(value: Any) -> Iterator[str]:
    plain = json.dumps(value)  # in ASCII, so that no cell's limit counts otherwise
    plain = plain.replace("_x", "\\u005fx")  # LibreOffice writes such escapes otherwise than it reads them
    for begin in range(0, len(plain), _CHUNK):
        yield plain[begin : begin + _CHUNK]
