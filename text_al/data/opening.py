"""Opening a file of texts: packed or not, which kind, which encoding; told by its bytes, or by its name."""

import codecs
import gzip
import io
import json
import shutil
import tempfile
from pathlib import Path
from typing import IO, Literal, TextIO, cast

from text_al.data.findings import suggestion
from text_al.errors import CorpusError

Kind = Literal["csv", "tsv", "jsonl", "json", "parquet"]

_KINDS: dict[str, Kind] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_GZIP, _PARQUET, _ZIP = b"\x1f\x8b", b"PAR1", b"PK\x03\x04"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HEAD_BYTES = 1 << 16


def find_files(paths: tuple[str, ...]) -> list[Path]:
    """The files that the paths and patterns name, patterns in sorted order, each file once.

    Raises:
        CorpusError: for every path that names no file, with the nearest one.
    """
    found: dict[Path, None] = {}
    problems = []
    for path in paths:
        files = [Path(path)] if Path(path).is_file() else _matches(path)
        found.update(dict.fromkeys(files))
        if not files:
            problems.append(_no_such_file(path))
    if problems:
        raise CorpusError(", ".join(paths), problems)
    return list(found)


def _matches(pattern: str) -> list[Path]:
    if not any(sign in pattern for sign in "*?"):
        return []
    anchor = Path(pattern).anchor
    return sorted(file for file in Path(anchor).glob(pattern.removeprefix(anchor)) if file.is_file())


def _no_such_file(path: str) -> str:
    if any(sign in path for sign in "*?"):
        return f"no file fits the pattern '{path}'; check the folder and the ending"
    if Path(path).is_dir():
        return f"'{path}' is a folder; name the files in it, for example {path.rstrip('/')}/*.jsonl"
    parent = Path(path).parent
    if not parent.is_dir():
        return f"there is no file '{path}', nor its folder '{parent}'"
    names = sorted(file.name for file in parent.iterdir())
    hint = suggestion(Path(path).name, names) if names else "Its folder is empty."
    return f"there is no file '{path}'. {hint}"


def open_bytes(path: Path) -> IO[bytes]:
    """The file's bytes, unpacked if it begins as gzip does, whatever its name."""
    return cast("IO[bytes]", gzip.open(path, "rb")) if _is_packed(path) else path.open("rb")


def open_seekable(path: Path) -> IO[bytes]:
    """The file's bytes, unpacked into a temporary file where need be, so that a reader can jump in them."""
    if not _is_packed(path):
        return path.open("rb")
    unpacked = tempfile.TemporaryFile()  # noqa: SIM115  the caller closes it
    with open_bytes(path) as stream:
        shutil.copyfileobj(stream, unpacked)
    unpacked.seek(0)
    return unpacked


def _is_packed(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(_GZIP)) == _GZIP


def open_text(path: Path, *, newline: str) -> TextIO:
    r"""The file as text: UTF-8 with or without a byte order mark, or UTF-16 with one.

    Args:
        path: the file, packed or not.
        newline: as in `open`: "" for CSV, "\n" for lines of JSON.

    Raises:
        CorpusError: the file is in UTF-16 and does not say so.
    """
    encoding = _encoding(_head(path), path)
    return io.TextIOWrapper(open_bytes(path), encoding=encoding, newline=newline)


def kind_of(path: Path) -> Kind:
    """Which kind of file it is: by its ending, then by its content.

    Raises:
        CorpusError: the file is empty, or a workbook or archive.
    """
    head = _head(path)
    if not head:
        raise CorpusError(str(path), [f"{path} is empty"])
    if head.startswith(_ZIP):
        sentence = "is an Excel workbook or a zip archive; export it as CSV UTF-8, or unpack it"
        raise CorpusError(str(path), [f"{path} {sentence}"])
    if head.startswith(_PARQUET):
        return "parquet"
    kind = _KINDS.get(_ending(path))
    return kind if kind not in ("json", None) else _kind_of_text(path, kind)


def _ending(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    return next((suffix for suffix in reversed(suffixes) if suffix != ".gz"), "")


def _kind_of_text(path: Path, kind: Kind | None) -> Kind:
    """JSON, or lines of JSON under a name that does not say so, or else CSV."""
    with open_text(path, newline="\n") as stream:
        first = next((line for line in stream if not line.isspace()), "").strip()
    if kind is None and not first.startswith(("{", "[")):
        return "csv"
    try:
        value = json.loads(first)
    except ValueError:
        return "json"
    return "jsonl" if isinstance(value, dict) and not isinstance(value.get("data"), list) else "json"


def _head(path: Path) -> bytes:
    with open_bytes(path) as stream:
        return stream.read(_HEAD_BYTES)


def _encoding(head: bytes, path: Path) -> str:
    if head.startswith(_UTF16):
        return "utf-16"
    if b"\0" in head[:4]:
        sentence = "looks like UTF-16 without a byte order mark; save it as UTF-8"
        raise CorpusError(str(path), [f"{path} {sentence}"])
    return "utf-8-sig"


def bad_byte(path: Path) -> str:
    """The sentence that says where a file stops being what its encoding says."""
    if _head(path).startswith(_UTF16):
        return f"{path} begins as UTF-16 but is broken inside; copy it again, or save it as UTF-8"
    offset = 0
    with open_bytes(path) as stream:
        for number, line in enumerate(stream, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                place = f"{path}, line {number}: byte {offset + error.start} (0x{line[error.start]:02x})"
                mend = "save the file as UTF-8, for example with: iconv -f WINDOWS-1252 -t UTF-8 old > new"
                return f"{place} is not UTF-8; {mend}"
            offset += len(line)
    return f"{path} is not UTF-8; save it as UTF-8"
