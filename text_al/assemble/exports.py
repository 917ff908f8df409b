"""What a run gives away: its model; and, by their names, its labelled corpus and predictions."""

from pathlib import Path

from text_al.assemble.corpus_export import ExportedCorpus, export_corpus
from text_al.assemble.predictions import has_column, predict_file, predict_lines
from text_al.data.store import RunStore
from text_al.errors import ModelError
from text_al.loop.run import stored_records
from text_al.loop.run_folder import RunFolder
from text_al.tracking.card import model_card
from text_al.training.artifact import read_description
from text_al.training.export import export_model, export_plain
from text_al.training.model import find_model

__all__ = [
    "ExportedCorpus",
    "export_corpus",
    "export_run_model",
    "has_column",
    "predict_file",
    "predict_lines",
]


def export_run_model(run: Path, target: Path, *, plain: bool = False) -> None:
    """Writes the run's best model with a card made from its records.

    Args:
        run: the run's folder.
        target: a folder that does not exist yet.
        plain: for plain transformers, where the architecture has the same head.

    Raises:
        ModelError: there is no model yet, or it has no plain form.
    """
    folder = RunFolder(run)
    model = find_model(run)
    with RunStore.open(folder.state, read_only=True) as store:
        rounds, records = store.rounds(), stored_records(store)
    name = (folder.models / "best").resolve().name
    found = [record for stored, record in zip(rounds, records, strict=True) if stored.model == name]
    if not found:
        raise ModelError(f"{run} has no finished round yet; run it first")
    card = model_card(run.name, found[0], records, read_description(model))
    (export_plain if plain else export_model)(model, target, card)
