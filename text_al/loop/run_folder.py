"""Where a run keeps its files, and which of its models stay."""

import shutil
from pathlib import Path


class RunFolder:
    """The paths of one run.

    Args:
        path: saved/<name>.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.state = path / "state.db"
        self.config = path / "config.yaml"
        self.corpus = path / "corpus"
        self.models = path / "models"
        self.queries = path / "queries"
        self.scores = path / "scores"

    def model(self, round_number: int) -> Path:
        """The folder of a round's model."""
        return self.models / f"round-{round_number:03d}"

    def has_model(self, name: str) -> bool:
        """Whether the model's folder of this name is still there."""
        return (self.models / name).is_dir()

    def sweep(self) -> None:
        """Removes files that a killed process was writing aside; only for who holds the run's lock."""
        for aside in self.path.glob(".*.tmp"):
            aside.unlink()

    def keep_models(self, best: str, last: str) -> None:
        """Points models/best and models/last at these folders; other rounds' go, half-written ones too.

        The links are replaced in one step each; the store says which models count, so a link that a kill
        left behind is put right here the next time. What a user has put beside them stays.

        Args:
            best: the name of the best round's folder.
            last: the name of the last round's folder.
        """
        for name, target in (("best", best), ("last", last)):
            _point(self.models / name, target)
        for pattern in ("round-*", ".round-*"):
            for folder in sorted(self.models.glob(pattern)):
                if folder.name not in (best, last):
                    _remove(folder)


def _point(link: Path, target: str) -> None:
    if link.is_symlink() and link.readlink() == Path(target):
        return
    aside = link.with_name(f".{link.name}.new")
    aside.unlink(missing_ok=True)
    aside.symlink_to(target, target_is_directory=True)
    aside.replace(link)


def _remove(folder: Path) -> None:
    """Removes it in two steps, so that a kill in between leaves nothing that looks like a model."""
    if not folder.name.startswith("."):
        folder = folder.replace(folder.with_name(f".{folder.name}.gone"))
    shutil.rmtree(folder)
