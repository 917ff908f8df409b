"""A pretrained encoder by its content: which one it is is known without loading it.

What was computed with an encoder is kept under its fingerprint, and with it a copy of the encoder and what it
says of itself. So a run whose texts were all encoded before never imports torch, and its models are whole
nevertheless: they share the copy's files by hard links, where the file system has them.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from filelock import FileLock

from text_al.data.cache import Cache
from text_al.errors import TrainingError
from text_al.training.encoders import DEMO, DEMO_SHA256, LoadedEncoder, load_encoder, quiet_transformers
from text_al.training.folders import whole_folder
from text_al.training.settings import EncoderSettings

_SAID = "encoder.json"


@dataclass(frozen=True)
class About:
    """What an encoder says of itself: see `LoadedEncoder`; `width` is D."""

    pooling: str
    max_length: int
    width: int
    notes: tuple[str, ...]


class Pretrained:
    """An encoder that is loaded when it is first needed.

    Args:
        settings: which one, and how its tokens become one vector.
        cache: where a copy is kept; without a folder, it stays where it comes from.
        known_as: its name and fingerprint, where it comes from a model's folder that says so.
    """

    def __init__(
        self, settings: EncoderSettings, cache: Cache, *, known_as: tuple[str, str] | None = None
    ) -> None:
        self.settings, self.cache = settings, cache
        self.name = settings.encoder
        if known_as is not None:
            self.name, self.fingerprint = known_as

    @cached_property
    def fingerprint(self) -> str:
        """What decides its vectors: a hash of its files, or the Hub's commit.

        Raises:
            TrainingError: there is no such encoder here.
        """
        if self.settings.encoder == DEMO:
            return DEMO_SHA256
        folder = Path(self.settings.encoder)
        return _hash_of_files(folder) if folder.is_dir() else _commit(self.settings)

    @cached_property
    def loaded(self) -> LoadedEncoder:
        """The encoder itself; weights that its files lack are drawn alike for every run.

        Raises:
            TrainingError: it cannot be loaded.
        """
        from text_al.training.randomness import own_randomness

        with own_randomness("cpu", seed=0):
            return load_encoder(self.settings)

    @cached_property
    def about(self) -> About:
        """What it says of itself, read from the cache if it was there before."""
        if self._copy is None:
            return self._ask()
        self._copy.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{self._copy}.lock"):
            if not self._copy.is_dir():
                with whole_folder(self._copy) as aside:
                    (aside / _SAID).write_text(json.dumps(asdict(self._ask())), encoding="utf-8")
                    self._write(aside)
        said = json.loads((self._copy / _SAID).read_text(encoding="utf-8"))
        return About(**{**said, "notes": tuple(said["notes"])})

    def save(self, folder: Path) -> None:
        """Writes the encoder and its tokenizer into a model's folder, as transformers reads them."""
        self.about  # noqa: B018 - makes the copy where it is not there
        if self._copy is None or not self._copy.is_dir():  # it may have been deleted meanwhile
            self._write(folder)
            return
        for file in sorted(self._copy.iterdir()):
            if file.name != _SAID:
                _link(file, folder / file.name)

    @cached_property
    def _copy(self) -> Path | None:
        if self.cache.folder is None:
            return None
        asked = [self.fingerprint, self.settings.pooling, self.settings.max_length]
        return self.cache.folder / "encoders" / hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:32]

    def _ask(self) -> About:
        loaded = self.loaded
        return About(loaded.pooling, loaded.max_length, int(loaded.encoder.config.hidden_size), loaded.notes)

    def _write(self, folder: Path) -> None:
        with quiet_transformers():
            self.loaded.encoder.save_pretrained(folder)
            self.loaded.tokenizer.save_pretrained(folder)


def reader_of(settings: EncoderSettings, cache: Cache) -> Pretrained | None:
    """The encoder that reads label names; None where the encoder itself does."""
    if settings.label_encoder is None:
        return None
    return Pretrained(EncoderSettings(encoder=settings.label_encoder), cache)


def _hash_of_files(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in _files(folder):
        with file.open("rb") as opened:
            content = hashlib.file_digest(opened, "sha256").hexdigest()
        digest.update(f"{file.relative_to(folder).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    """All in it but hidden files and what documents it, and what sentence-transformers says of pooling."""
    plain = (file for file in sorted(folder.iterdir()) if file.is_file())
    yield from (file for file in plain if not file.name.startswith(".") and file.suffix != ".md")
    yield from folder.glob("1_Pooling/config.json")


def _commit(settings: EncoderSettings) -> str:
    """The Hub's commit that the name and the revision mean here and now."""
    from transformers.utils.hub import cached_file

    found = None
    with suppress(OSError, ValueError):
        found = cached_file(settings.encoder, "config.json", revision=settings.revision)
    if found is None:
        load_encoder(settings)  # says why it cannot be had
        raise TrainingError(f"model.encoder '{settings.encoder}' has no config.json; take another")
    return Path(found).parent.name


def _link(file: Path, target: Path) -> None:
    """One file under two names; a second file where the file system has no such thing."""
    try:
        os.link(file, target)
    except OSError:
        shutil.copyfile(file, target)
