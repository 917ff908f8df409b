"""Excel workbooks: a row a text, a column a label to mark with x, and a status; what reading needs is hidden.

A row is decided where its status says so, or where a label is marked; "done" without a mark means that no
label applies. Rows may be sorted, left out, or filled in by several people in copies.
"""

from text_al.formats.content import Content, Format
from text_al.formats.xlsx_reading import OLD, read_xlsx
from text_al.formats.xlsx_writing import write_batch_xlsx

_ZIP = b"PK\x03\x04"


def _is_workbook(content: Content) -> bool:
    """Whether it looks like one, of whatever kind: the reader says what is wrong with other zip files."""
    return content.data.startswith((_ZIP, OLD))


XLSX = Format(
    name="xlsx",
    title="Excel workbook",
    suffix=".xlsx",
    recognises=_is_workbook,
    read=read_xlsx,
    write=write_batch_xlsx,
)
"""The format, to be registered."""
