"""Whoever answers: hidden labels in a simulation, people through files, or a language model.

Importing the package registers the oracles that come with text_al.
"""

from text_al.oracles import files, label_studio, llm, simulated
from text_al.oracles.base import ORACLES, Oracle, TextsToLabel
from text_al.oracles.files import FileOracle
from text_al.oracles.importing import FromFile, import_answers, read_answers
from text_al.oracles.simulated import SimulatedOracle

__all__ = [
    "ORACLES",
    "FileOracle",
    "FromFile",
    "Oracle",
    "SimulatedOracle",
    "TextsToLabel",
    "files",
    "import_answers",
    "label_studio",
    "llm",
    "read_answers",
    "simulated",
]
