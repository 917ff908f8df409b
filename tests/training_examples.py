"""Texts, targets and tiny models that the tests of `training` share."""

import numpy as np
import torch
from transformers import AutoModel

from text_al.reporting import Silent
from text_al.training.classifier import MultilabelClassifier
from text_al.training.device import Hardware
from text_al.training.encoders import quiet_transformers
from text_al.training.forward import Padded
from text_al.training.linear_head import LinearHead
from text_al.training.model import TextList
from text_al.training.scoring import Work, score
from text_al.training.settings import TrainingSettings
from text_al.training.tokens import Tokens, TokenSet
from text_al.training.trainer import Trainer
from text_al.types import Label, LabelledTexts

FILLERS = "a and bad cat good in is it mat not of on really sat so the very was with"
KEYWORDS = ("happy", "rain", "dog")
LABELS = [Label("joy"), Label("weather", "what falls from the sky", ("rain",)), Label("animal")]


def keyword_data(n, seed=0):
    """n texts of 3 to 12 words, and targets (n, 3): whether each keyword is in the text."""
    rng = np.random.default_rng(seed)
    targets = (rng.random((n, len(KEYWORDS))) < 0.4).astype(np.int8)
    texts = []
    for row in targets:
        words = list(rng.choice(FILLERS.split(), size=rng.integers(3, 10)))
        words += [word for word, yes in zip(KEYWORDS, row, strict=True) if yes]
        texts.append(" ".join(rng.permutation(words)))
    return texts, targets


def labelled(n, seed):
    """A validation set of keyword texts."""
    texts, targets = keyword_data(n, seed)
    return LabelledTexts(TextList(texts), targets)


class Listener(Silent):
    """A reporter that remembers what it hears."""

    def __init__(self):
        self.stages, self.done, self.losses, self.evaluations = [], {}, [], []

    def stage(self, name, total=None):
        self.stages.append((name, total))
        self.done[name] = 0

    def advance(self, amount=1):
        self.done[self.stages[-1][0]] += amount

    def train_loss(self, global_step, loss, learning_rate):
        self.losses.append((global_step, loss, learning_rate))

    def evaluation(self, record):
        self.evaluations.append(record)


CPU = Hardware("cpu", bf16=False, score_tokens=256)


def random_tokens(n, seed=0, longest=20):
    """n texts of random known ids between [CLS] and [SEP]."""
    rng = np.random.default_rng(seed)
    texts = [[2, *rng.integers(5, 50, size=size), 3] for size in rng.integers(1, longest - 1, size=n)]
    offsets = np.cumsum([0, *(len(text) for text in texts)])
    return Tokens(np.concatenate(texts).astype(np.int32), offsets, 0)


def random_set(n, n_labels=3, seed=0):
    """n texts with random targets."""
    targets = (np.random.default_rng([seed, 1]).random((n, n_labels)) < 0.4).astype(np.int8)
    return TokenSet(random_tokens(n, seed), np.arange(n), targets)


def learnable_set(n, n_labels=3, seed=0):
    """n texts; label i is yes where id 5 + i is in the text, which it is in about two of five."""
    found = random_set(n, n_labels, seed)
    ids = found.tokens.ids
    ids[(ids >= 5) & (ids < 5 + n_labels)] = 49
    for row, targets in enumerate(found.targets):
        start, end = found.tokens.offsets[row : row + 2]
        places = np.arange(start + 1, end - 1)[: targets.sum()]
        ids[places] = 5 + np.flatnonzero(targets)[: len(places)]
        found.targets[row] = [np.isin(5 + label, ids[start:end]) for label in range(n_labels)]
    return found


def tiny_model(folder, n_labels=3, *, pooling="mean", dropout=0.0, head_seed=0):
    """The tiny encoder with this dropout everywhere, and a head that is not zero."""
    with quiet_transformers():
        encoder = AutoModel.from_pretrained(
            folder, hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout
        )
    model = MultilabelClassifier(encoder, n_labels, pooling=pooling, dropout=dropout)
    rng = np.random.default_rng(head_seed)
    width = model.head.in_features
    model.set_head(LinearHead(rng.normal(size=(n_labels, width)) / width**0.5, rng.normal(size=n_labels)))
    return model


def uncalibrated(learner, logits):
    """The logits of a learner as they were before they were calibrated."""
    calibration = learner._lesson.calibration
    return (logits - calibration.shifts) / calibration.slope


def weights_of(model):
    """A copy of all weights by name."""
    return {name: weight.detach().clone() for name, weight in model.state_dict().items()}


def same(one, other):
    """Whether two sets of weights are equal to the bit."""
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


SHORT = TrainingSettings(
    max_epochs=2, min_updates=0, batch_size=4, learning_rate=1e-3, head_learning_rate=1e-2, evaluations=2,
    early_stopping=None,
)  # fmt: skip


def fitted(
    folder, train, validation=None, settings=SHORT, *, seed=0, round_number=1, dropout=0.1, hardware=CPU,
    reporter=None, global_step=0,
):  # fmt: skip
    """The model after a fit, and what the fit says."""
    model = tiny_model(folder, train.targets.shape[1], dropout=dropout)
    work = padded_work(model, hardware)
    trainer = Trainer(model, settings, hardware=hardware, work=work, pad_id=0, seed=seed)
    found = trainer.fit(
        train, validation, round_number=round_number, global_step=global_step, reporter=reporter or Silent()
    )
    return model, found


def padded_work(model, hardware=CPU):
    """The plain way of scoring."""
    return Work(Padded(model, hardware=hardware, pad_id=0), hardware.score_tokens)


def logits_of(model, data):
    """(n, L) of a set, in fp32."""
    return score(padded_work(model), model.fitted_head(), data.tokens, data.rows, reporter=Silent()).logits
