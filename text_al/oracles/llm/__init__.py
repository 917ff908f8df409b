"""A language model as annotator, through any endpoint that speaks OpenAI's chat completions.

Importing the package registers `oracle: {type: llm}`; nothing is read or sent before something is asked.
"""

from text_al.oracles.llm.oracle import LLMOracle
from text_al.oracles.llm.registered import llm
from text_al.oracles.llm.suggesting import SuggestingOracle
from text_al.oracles.suggestions import Suggestion, suggestions

__all__ = ["LLMOracle", "SuggestingOracle", "Suggestion", "llm", "suggestions"]
