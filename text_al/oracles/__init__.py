"""Whoever answers: hidden labels in a simulation, or people through files.

Importing the package registers the oracles that come with text_al.
"""

from text_al.oracles import files, simulated
from text_al.oracles.base import ORACLES, Oracle, TextsToLabel
from text_al.oracles.files import FileOracle
from text_al.oracles.importing import import_answers
from text_al.oracles.simulated import SimulatedOracle

__all__ = [
    "ORACLES",
    "FileOracle",
    "Oracle",
    "SimulatedOracle",
    "TextsToLabel",
    "files",
    "import_answers",
    "simulated",
]
