"""What several test files share: a tiny encoder, and the place of the real data."""

import os

# Before torch or transformers are imported: tests reach no network, and where other programs run too, two
# spinning threads are several times slower than one.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no defect.
settings.register_profile("text_al", deadline=None)
settings.load_profile("text_al")

WORDS_IT_KNOWS = (
    "a and angry bad cat dog good happy in is it mat not of on rain really sad so sun the very was"
)
CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,!?"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory):
    """The folder of a random BERT with its tokenizer: 2 layers, 32 wide, at most 64 tokens, with a pooler."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    from text_al.training.encoders import quiet_transformers

    folder = tmp_path_factory.mktemp("encoder") / "tiny"
    entries = [
        *SPECIAL,
        *WORDS_IT_KNOWS.split(),
        *CHARACTERS,
        *(f"##{character}" for character in CHARACTERS),
    ]
    vocabulary = {entry: place for place, entry in enumerate(dict.fromkeys(entries))}
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.2,  # of a model so narrow, the usual 0.02 makes all texts nearly alike
    )
    with torch.random.fork_rng(), quiet_transformers():
        torch.manual_seed(0)
        BertModel(config).save_pretrained(folder)
        BertTokenizerFast(vocab=vocabulary, model_max_length=64).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def shared_data():
    """The folder with the real data sets, beside the repository."""
    folder = Path(__file__).parents[1].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there: the real data sets are kept beside the repository")
    return folder


@pytest.fixture
def spied(monkeypatch):
    """All that the updates of a test saw, in order."""
    from text_al.training.steps import Stepper

    seen, update = [], Stepper.update

    def spy(self, batch, factor, *, seed):
        seen.append(update(self, batch, factor, seed=seed))
        return seen[-1]

    monkeypatch.setattr(Stepper, "update", spy)
    return seen


@pytest.fixture(autouse=True)
def _strategies_as_they_were():
    """What a test registers is gone after it, so that lists of all strategies hold those of the package."""
    from text_al.strategies import SELECTIONS, STRATEGIES

    kept = [(registry, dict(registry._entries)) for registry in (STRATEGIES, SELECTIONS)]
    yield
    for registry, entries in kept:
        registry._entries.clear()
        registry._entries.update(entries)
