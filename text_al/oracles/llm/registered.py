"""The settings of `oracle: {type: llm}`."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from text_al.circumstances import SuggestionMode
from text_al.oracles.base import ORACLES, Oracle, TextsToLabel
from text_al.oracles.files import KINDS, file
from text_al.oracles.llm.access import read_key
from text_al.oracles.llm.budget import Budget
from text_al.oracles.llm.client import Client, Endpoint
from text_al.oracles.llm.dialect import Dialect
from text_al.oracles.llm.journal import Journal, short_hash
from text_al.oracles.llm.oracle import LLMOracle, Manner
from text_al.oracles.llm.suggesting import SuggestingOracle
from text_al.oracles.variables import checked_variable
from text_al.registry import SettingsError

_URL = re.compile(r"https?://[^\s/?#@]+(/[^\s?#@]*)?")


def _checked_url(url: str) -> str:
    """The address, which is not repeated where it cannot be used: it may hold a password."""
    if not _URL.fullmatch(url):
        raise ValueError("must be http:// or https://, a host and a path, without a password, ? or #")
    return url


def _checked_key_env(name: str) -> str:
    return name and checked_variable(name)


# Checked with the rest of the configuration, before it is written anywhere.
Url = Annotated[str, AfterValidator(_checked_url)]
KeyEnv = Annotated[str, AfterValidator(_checked_key_env)]
Whole = Annotated[int, Field(ge=1)]
Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


@ORACLES.register("llm")
def llm(
    *,
    base_url: Url,
    model: Annotated[str, Field(min_length=1)],
    api_key_env: KeyEnv = "",
    api_key_file: str = "",
    answers: Literal["decide", "suggest"] = "decide",
    formats: Annotated[tuple[str, ...], Field(min_length=1)] = KINDS,
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0,
    max_tokens: Whole = 1000,
    extra: dict[str, Any] | None = None,
    texts_per_request: Whole = 1,
    max_labels_in_prompt: Whole = 100,
    n_parallel: Annotated[int, Field(ge=1, le=64)] = 4,
    n_attempts: Whole = 2,
    n_retries: Annotated[int, Field(ge=0, le=20)] = 5,
    timeout_seconds: Seconds = 60.0,
    max_wait_seconds: Seconds = 60.0,
    price_in: Price = 0.0,
    price_out: Price = 0.0,
    max_cost: Price | None = None,
    max_tokens_total: Whole | None = None,
    _folder: Path,
    _corpus: TextsToLabel,
    _guidelines: str,
    _mode: SuggestionMode,
    _seed: int,
) -> Oracle:
    """A language model answers, through any endpoint that speaks OpenAI's chat completions.

    Texts are sent to the endpoint. Answers are by "llm:MODEL@HASH", the hash of the prompt.
    Cost: of each text the prompt with all its labels, unless the endpoint keeps it; see max_cost.

    Args:
        base_url: up to where /chat/completions follows, for example http://localhost:8000/v1.
        model: the model's name at the endpoint.
        api_key_env: the environment variable that holds the key; "" for none. Never the key itself.
        api_key_file: or the file that holds it; "" for none.
        answers: "decide", or "suggest": people decide, and see what the model would have answered.
        formats: with "suggest", in which formats each batch is written for people; as in oracle file.
        temperature: 0 for the likeliest answer; left out where the endpoint does not take it.
        max_tokens: most tokens of an answer; models that think before they answer need more.
        extra: further keys of the request's body, for example {reasoning_effort: low}.
        texts_per_request: texts that go out together; cheaper, and often somewhat worse.
        max_labels_in_prompt: of more labels, a text is asked about those that the classifier finds likeliest.
        n_parallel: requests under way at once.
        n_attempts: how often a text is asked about until it is skipped for want of a decision.
        n_retries: how often a request that failed is sent again, with growing pauses.
        timeout_seconds: of silence, until a request counts as failed.
        max_wait_seconds: longest pause before it is sent again, whatever the endpoint asks for.
        price_in: of a million tokens read; 0 where unknown.
        price_out: of a million tokens written; 0 where unknown.
        max_cost: most that the run may cost, in the currency of the prices; null for no limit.
        max_tokens_total: most tokens that the run may take, read and written; null for no limit.
        _folder: where files for people, replies and suggestions go.
        _corpus: the pool's texts, ids and labels.
        _guidelines: what annotators are told.
        _mode: what people see of a model.
        _seed: the run's seed.
    """
    _check(max_cost, price_in + price_out, env=api_key_env, file=api_key_file)
    endpoint = Endpoint(base_url, timeout_seconds, n_retries, max_wait_seconds)
    dialect = Dialect(model, max_tokens, temperature, tuple((extra or {}).items()))
    oracle = LLMOracle(
        lambda: Client(endpoint, dialect, read_key(api_key_env, api_key_file), seed=_seed),
        _corpus,
        Journal(_folder / "llm"),
        manner=Manner(
            model,
            max_tokens,
            n_parallel,
            n_attempts,
            texts_per_request,
            max_labels_in_prompt,
            sent=short_hash(base_url, dialect),
        ),
        budget=Budget(price_in, price_out, max_cost, max_tokens_total),
        guidelines=_guidelines,
    )
    if answers == "decide":
        return oracle
    people = file(formats=formats, _folder=_folder, _corpus=_corpus, _guidelines=_guidelines, _mode=_mode)
    return SuggestingOracle(oracle, people, _folder, mode=_mode)


def _check(max_cost: float | None, prices: float, *, env: str, file: str) -> None:
    """What the settings must be together; no sentence repeats what may hold a key."""
    problems = []
    if max_cost is not None and not prices:
        problems.append(("max_cost", "needs price_in and price_out, else nothing seems to cost anything"))
    if env and file:
        problems.append(("api_key_file", "the key is named twice; keep api_key_env or api_key_file"))
    if problems:
        raise SettingsError("oracle llm", problems)
