"""torch.compile on demand: the same model under the same names, and a clear word where it cannot be had."""

import numpy as np
import pytest
import torch
from training_examples import CPU, random_tokens, same, tiny_model, weights_of

from text_al.errors import TrainingError
from text_al.training.compiling import compile_encoder
from text_al.training.forward import Padded


def test_where_there_is_no_compiler_it_says_what_is_missing(tiny_encoder, monkeypatch):
    def refuse(function, **_):
        def call(*_):
            raise RuntimeError("InvalidCxxCompiler: No working C++ compiler found\nmore")

        return call

    monkeypatch.setattr(torch, "compile", refuse)
    with pytest.raises(
        TrainingError, match=r"compute.compile is true, .*No working C\+\+ compiler found\)\. On"
    ):
        compile_encoder(tiny_model(tiny_encoder))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # torch's compiler uses what torch itself calls old
def test_compiled_the_model_gives_the_same_under_the_same_names(tiny_encoder):
    model, tokens = tiny_model(tiny_encoder), random_tokens(12)
    before, rows = weights_of(model), np.arange(12)
    wanted = Padded(model, hardware=CPU, pad_id=0)(tokens, rows)
    compile_encoder(model)
    assert same(weights_of(model), before)
    for part in (rows, rows[:5], rows[3:]):  # other shapes
        found = Padded(model, hardware=CPU, pad_id=0)(tokens, part)
        assert found == pytest.approx(wanted[part], abs=1e-5)
    assert torch._dynamo.utils.counters["frames"]["ok"] > 0
