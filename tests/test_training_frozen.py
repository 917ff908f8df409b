"""A frozen encoder runs once over each text: what it gives, what is kept, and what is told apart."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from training_examples import CPU, Listener, keyword_data

from text_al.data.cache import Cache
from text_al.errors import TrainingError
from text_al.reporting import Silent
from text_al.training import frozen
from text_al.training.classifier import MultilabelClassifier
from text_al.training.encoders import load_encoder
from text_al.training.encoding import Encoding
from text_al.training.forward import Padded
from text_al.training.frozen import FrozenEncoder
from text_al.training.model import TextList
from text_al.training.pretrained import Pretrained
from text_al.training.settings import ComputeSettings, EncoderSettings
from text_al.training.tokens import tokenise

TEXTS = keyword_data(50)[0]
FP32 = ComputeSettings(device="cpu", precision="fp32")


def encoder(folder, cache=None, *, compute=FP32, **settings):
    cache = cache or Cache()
    settings = EncoderSettings(encoder=str(folder), **{"max_length": 32, **settings})
    return FrozenEncoder(Pretrained(settings, cache), compute, cache)


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


@pytest.fixture
def loads(monkeypatch):
    """Whether encoders were loaded, and how many texts were encoded."""
    seen, make, parts = {"loaded": 0, "encoded": 0}, Encoding.__init__, Encoding.parts

    def made(self, *arguments):
        seen["loaded"] += 1
        make(self, *arguments)

    def counted(self, *arguments, **settings):
        for vectors, n_cut in parts(self, *arguments, **settings):
            seen["encoded"] += len(vectors)
            yield vectors, n_cut

    monkeypatch.setattr(Encoding, "__init__", made)
    monkeypatch.setattr(Encoding, "parts", counted)
    return seen


@pytest.mark.parametrize("pooling", ["mean", "cls", "pooler"])
@pytest.mark.parametrize("part", [7, 1000])
def test_vectors_are_the_encoders_pooled_ones_of_unit_length(tiny_encoder, cache, monkeypatch, pooling, part):
    monkeypatch.setattr(frozen, "PART", part)
    found = encoder(tiny_encoder, cache, pooling=pooling).vectors(TextList(TEXTS), Silent())
    loaded = load_encoder(EncoderSettings(encoder=str(tiny_encoder), pooling=pooling, max_length=32))
    model = MultilabelClassifier(loaded.encoder, 1, pooling=pooling)
    tokens = tokenise(TextList(TEXTS), loaded.tokenizer, 32, Silent())
    expected = Padded(model, hardware=CPU, pad_id=loaded.pad_id)(tokens, np.arange(50))
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert found.dtype == np.float16
    assert found == pytest.approx(expected, abs=1e-3)
    assert np.linalg.norm(found.astype(float), axis=1) == pytest.approx(1.0, abs=1e-3)
    assert np.linalg.norm(expected - expected.mean(axis=0), axis=1).min() > 0.05  # else any order would do


def test_in_memory_and_on_disk_are_the_same_to_the_bit(tiny_encoder, cache):
    one, other = (encoder(tiny_encoder, where).vectors(TextList(TEXTS), Silent()) for where in (None, cache))
    assert np.array_equal(one, other)
    assert isinstance(other, np.memmap)
    for array in (one, other):
        assert not array.flags.writeable


def test_texts_that_were_encoded_once_need_no_encoder(tiny_encoder, cache, loads):
    first = encoder(tiny_encoder, cache).vectors(TextList(TEXTS), Silent())
    listener = Listener()
    again = encoder(tiny_encoder, cache).vectors(TextList(TEXTS), listener)
    assert np.array_equal(first, again)
    assert loads == {"loaded": 1, "encoded": 50}
    assert listener.stages == []


def test_they_do_not_even_import_torch(tiny_encoder, cache):
    encoder(tiny_encoder, cache).vectors(TextList(TEXTS), Silent())
    code = f"""
import sys
from pathlib import Path
from text_al.data.cache import Cache
from text_al.reporting import Silent
from text_al.training.frozen import FrozenEncoder
from text_al.training.model import TextList
from text_al.training.pretrained import Pretrained
from text_al.training.settings import ComputeSettings, EncoderSettings
cache = Cache(Path({str(cache.folder)!r}))
pretrained = Pretrained(EncoderSettings(encoder={str(tiny_encoder)!r}, max_length=32), cache)
found = FrozenEncoder(pretrained, ComputeSettings(device="cpu", precision="fp32"), cache)
print(found.vectors(TextList({TEXTS!r}), Silent()).shape)
Path({str(cache.folder)!r}, "model").mkdir()
pretrained.save(Path({str(cache.folder)!r}, "model"))
print([name for name in ("torch", "transformers") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["(50, 32)", "[]"]


@pytest.mark.parametrize(
    "change",
    ["texts", "order", "weights", "tokenizer", "pooling", "max_length", "precision"],
)
def test_whatever_decides_a_vector_makes_other_vectors(tiny_encoder, cache, loads, tmp_path, change):
    folder, texts, settings, compute = tmp_path / "other", TEXTS, {}, FP32
    shutil.copytree(tiny_encoder, folder)
    encoder(folder, cache).vectors(TextList(TEXTS), Silent())
    match change:
        case "texts":
            texts = [*TEXTS[:-1], "another"]
        case "order":
            texts = TEXTS[::-1]
        case "weights":
            with (folder / "model.safetensors").open("r+b") as file:
                file.seek(-1, os.SEEK_END)
                last = file.read(1)[0]
                file.seek(-1, os.SEEK_END)
                file.write(bytes([last ^ 1]))
        case "tokenizer":
            said = (folder / "tokenizer.json").read_text(encoding="utf-8")
            (folder / "tokenizer.json").write_text(
                said.replace('"lowercase": true', '"lowercase": false'), encoding="utf-8"
            )
        case "pooling":
            settings = {"pooling": "cls"}
        case "max_length":
            settings = {"max_length": 8}
        case "precision":
            compute = ComputeSettings(device="cpu", precision="auto")
    encoder(folder, cache, compute=compute, **settings).vectors(TextList(texts), Silent())
    assert loads == {"loaded": 2, "encoded": 100}


def test_a_copy_of_the_encoder_in_another_folder_is_the_same_encoder(tiny_encoder, cache, loads, tmp_path):
    shutil.copytree(tiny_encoder, tmp_path / "copy")
    (tmp_path / "copy" / "README.md").write_text("what it is")
    for folder in (tiny_encoder, tmp_path / "copy"):
        encoder(folder, cache).vectors(TextList(TEXTS), Silent())
    assert loads["encoded"] == 50


def test_an_encoding_that_was_killed_goes_on_where_it_was(tiny_encoder, cache, loads, monkeypatch):
    monkeypatch.setattr(frozen, "PART", 8)
    whole = encoder(tiny_encoder).vectors(TextList(TEXTS), Silent())

    class Killed(Silent):
        def __init__(self):
            self.stages = []

        def stage(self, name, total=None):
            self.stages.append(name)

        def advance(self, amount=1):
            if self.stages[-1] == "encode" and loads["encoded"] >= 50 + 24:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encoder(tiny_encoder, cache).vectors(TextList(TEXTS), Killed())
    assert loads["encoded"] == 50 + 24
    listener = Listener()
    assert np.array_equal(encoder(tiny_encoder, cache).vectors(TextList(TEXTS), listener), whole)
    assert loads["encoded"] == 50 + 50
    assert listener.done["encode"] == 50


def test_no_texts_have_no_vectors(tiny_encoder, cache):
    for where in (None, cache):
        assert encoder(tiny_encoder, where).vectors(TextList([]), Silent()).shape == (0, 32)


def test_it_says_what_a_user_should_know_also_from_the_cache(tiny_encoder, cache):
    texts = TextList(["a cat", "a dog " * 20, "rain " * 20])
    for _ in range(2):
        notes = encoder(tiny_encoder, cache, max_length=100).notes(texts, Silent())
        assert any("max_length is 64" in note for note in notes)
        assert not any("are cut" in note for note in notes)
        notes = encoder(tiny_encoder, cache, max_length=12).notes(texts, Silent())
        assert [note for note in notes if "cut" in note] == [
            "2 of the pool's 3 texts are cut at 12 tokens; raise model.max_length to read more"
        ]


def test_weights_that_the_files_lack_are_the_same_for_every_run(tiny_encoder, tmp_path):
    from safetensors.numpy import load_file, save_file

    shutil.copytree(tiny_encoder, tmp_path / "part")
    weights = load_file(tiny_encoder / "model.safetensors")
    del weights["encoder.layer.1.output.dense.weight"]
    save_file(weights, tmp_path / "part" / "model.safetensors", {"format": "pt"})
    one, other = (encoder(tmp_path / "part").vectors(TextList(TEXTS), Silent()) for _ in range(2))
    assert np.array_equal(one, other)


def test_an_encoder_that_is_not_there_is_said_to_be_missing(cache):
    for where in (None, cache):
        with pytest.raises(TrainingError, match=r"'no/such' cannot be loaded"):
            encoder("no/such", where).vectors(TextList(TEXTS), Silent())


def test_the_copy_in_the_cache_is_what_models_link_to(tiny_encoder, cache, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        encoder(tiny_encoder, cache).pretrained.save(tmp_path / name)
    one, two = (tmp_path / name / "model.safetensors" for name in ("one", "two"))
    assert one.samefile(two)
    assert not (tmp_path / "one" / "encoder.json").exists()
    shutil.rmtree(cache.folder)
    found = encoder(tmp_path / "two").vectors(TextList(TEXTS), Silent())
    assert np.array_equal(found, encoder(tiny_encoder).vectors(TextList(TEXTS), Silent()))


def test_when_the_cache_is_deleted_meanwhile_then_models_are_whole_nevertheless(
    tiny_encoder, cache, tmp_path
):
    found = encoder(tiny_encoder, cache)
    vectors = found.vectors(TextList(TEXTS), Silent())
    shutil.rmtree(cache.folder)
    (tmp_path / "model").mkdir()
    found.pretrained.save(tmp_path / "model")
    assert np.array_equal(encoder(tmp_path / "model").vectors(TextList(TEXTS), Silent()), vectors)


def test_where_files_cannot_be_linked_they_are_copied(tiny_encoder, cache, tmp_path, monkeypatch):
    def cannot(*_):
        raise OSError("no such thing here")

    monkeypatch.setattr(os, "link", cannot)
    (tmp_path / "model").mkdir()
    encoder(tiny_encoder, cache).pretrained.save(tmp_path / "model")
    said = json.loads((tmp_path / "model" / "config.json").read_text(encoding="utf-8"))
    assert said["hidden_size"] == 32
    assert (tmp_path / "model" / "model.safetensors").stat().st_nlink == 1


WORKER = """
import os, sys
from pathlib import Path
import numpy as np
from text_al.data.cache import Cache
from text_al.reporting import Silent
from text_al.training import frozen
from text_al.training.model import TextList
from text_al.training.pretrained import Pretrained
from text_al.training.processes import join_world, leave_world, rank
from text_al.training.settings import ComputeSettings, EncoderSettings
folder, out, where = sys.argv[1:]
frozen.PART = 8
join_world("cpu")
texts = TextList(Path(out, "texts.txt").read_text().splitlines())
cache = Cache(None if where == "memory" else Path(where))
for attempt in range(2):
    pretrained = Pretrained(EncoderSettings(encoder=folder, max_length=32), cache)
    found = frozen.FrozenEncoder(pretrained, ComputeSettings(device="cpu", precision="fp32"), cache)
    np.save(Path(out, f"{rank()}-{attempt}.npy"), found.vectors(texts, Silent()))
leave_world()
"""


@pytest.mark.slow
@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("in_memory", [False, True])
def test_two_processes_encode_as_one(tiny_encoder, cache, tmp_path, monkeypatch, begun, in_memory):
    if begun and not in_memory:
        monkeypatch.setattr(frozen, "PART", 8)
        parts = Encoding.parts
        monkeypatch.setattr(
            Encoding,
            "parts",
            lambda *a, **k: (part for part, _ in zip(parts(*a, **k), range(2), strict=False)),
        )
        monkeypatch.setattr("text_al.data.growing.GrowingOnDisk.finish", lambda self: None)
        encoder(tiny_encoder, cache).vectors(TextList(TEXTS), Silent())
        monkeypatch.undo()
    (tmp_path / "texts.txt").write_text("\n".join(TEXTS))
    (tmp_path / "worker.py").write_text(WORKER)
    where = "memory" if in_memory else str(cache.folder)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    command += [str(tmp_path / "worker.py"), str(tiny_encoder), str(tmp_path), where]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    expected = encoder(tiny_encoder).vectors(TextList(TEXTS), Silent())
    for rank in range(2):
        for attempt in range(2):
            found = np.load(tmp_path / f"{rank}-{attempt}.npy")
            assert found == pytest.approx(expected, abs=1e-3)
