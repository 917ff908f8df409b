"""Tokens are those of the tokenizer's own truncation, and padding adds nothing to them."""

import numpy as np
import pytest
from training_examples import Listener

from text_al.data.cache import Cache
from text_al.reporting import Silent
from text_al.training import tokens as tokens_module
from text_al.training.model import TextList
from text_al.training.tokens import Tokens, tokenise

LONG = "the cat sat " * 100


@pytest.fixture(scope="module")
def tokenizer(tiny_encoder):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny_encoder)


def text_of(tokens, row):
    return tokens.ids[tokens.offsets[row] : tokens.offsets[row + 1]].tolist()


@pytest.mark.parametrize("max_length", [2, 3, 5, 12, 64])
@pytest.mark.parametrize(
    "text", ["", "dog", "the cat sat on the mat.", "unhappily!", "[SEP] happy [MASK]", "高兴", LONG]
)
def test_tokens_are_the_tokenizers_own_cut_encoding(tokenizer, text, max_length):
    found = tokenise(TextList([text]), tokenizer, max_length, Silent())
    assert text_of(found, 0) == tokenizer(text, truncation=True, max_length=max_length)["input_ids"]


@pytest.mark.parametrize(
    ("template", "special"),
    [("$A", ()), ("[CLS] $A", ("[CLS]",)), ("$A [SEP]", ("[SEP]",)), ("$A [SEP] [CLS]", ("[SEP]", "[CLS]"))],
)
def test_any_number_of_special_tokens_is_kept_at_either_end(tokenizer, template, special):
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    backend = type(tokenizer.backend_tokenizer).from_str(tokenizer.backend_tokenizer.to_str())
    ids = [(token, tokenizer.convert_tokens_to_ids(token)) for token in special]
    backend.post_processor = TemplateProcessing(single=template, special_tokens=ids)
    other = PreTrainedTokenizerFast(
        tokenizer_object=backend, cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]"
    )
    found = tokenise(TextList([LONG, "dog"]), other, 8, Silent())
    assert text_of(found, 0) == other(LONG, truncation=True, max_length=8)["input_ids"]
    assert text_of(found, 1) == other("dog")["input_ids"]
    assert found.n_cut == 1


def test_texts_that_are_cut_are_counted(tokenizer):
    texts = ["the " * n for n in (5, 6, 7, 8)]  # with [CLS] and [SEP]: 7, 8, 9, 10 tokens
    found = tokenise(TextList(texts), tokenizer, 8, Silent())
    assert found.lengths.tolist() == [7, 8, 8, 8]
    assert found.n_cut == 2


def test_a_text_of_200_000_characters_is_cut_like_any_other(tokenizer):
    found = tokenise(TextList(["dog " * 50_000, "cat"]), tokenizer, 64, Silent())
    assert found.lengths.tolist() == [64, 3]
    assert found.n_cut == 1


def test_texts_come_out_in_order_over_many_chunks(tokenizer, monkeypatch):
    texts = [f"{'dog ' * (n % 4)}{n}" for n in range(25)]
    whole = tokenise(TextList(texts), tokenizer, 20, Silent())
    monkeypatch.setattr(tokens_module, "CHUNK", 4)
    listener = Listener()
    in_chunks = tokenise(TextList(texts), tokenizer, 20, listener)
    assert in_chunks.ids.tolist() == whole.ids.tolist()
    assert in_chunks.offsets.tolist() == whole.offsets.tolist()
    assert [text_of(whole, row) for row in range(25)] == [tokenizer(text)["input_ids"] for text in texts]
    assert listener.stages == [("tokenise", 25)]
    assert listener.done == {"tokenise": 25}


def test_no_texts_are_no_tokens(tokenizer):
    found = tokenise(TextList([]), tokenizer, 8, Silent())
    assert len(found) == 0
    assert found.lengths.tolist() == []


FOUR = Tokens(
    ids=np.array([1, 2, 3, 4, 5, 6], dtype=np.int32),
    offsets=np.array([0, 3, 3, 4, 6], dtype=np.int64),
    n_cut=0,
)


def test_padding_goes_to_the_right_of_the_rows_asked_for_in_their_order():
    ids, mask = FOUR.padded(np.array([3, 0, 2]), pad_id=9)
    assert ids.tolist() == [[5, 6, 9], [1, 2, 3], [4, 9, 9]]
    assert mask.tolist() == [[1, 1, 0], [1, 1, 1], [1, 0, 0]]
    assert ids.dtype == mask.dtype == np.int64


def test_a_text_without_tokens_is_all_padding():
    ids, mask = FOUR.padded(np.array([1]), pad_id=9)
    assert ids.tolist() == [[9]]
    assert mask.tolist() == [[0]]
    ids, mask = FOUR.padded(np.array([1, 2, 1]), pad_id=9)
    assert ids.tolist() == [[9], [4], [9]]
    assert mask.tolist() == [[0], [1], [0]]


def test_no_row_at_all_pads_to_nothing():
    ids, mask = FOUR.padded(np.array([], dtype=np.int64), pad_id=9)
    assert ids.shape == mask.shape == (0, 1)


class Counting(TextList):
    """Texts that count how often they are read, and may break."""

    def __init__(self, texts, breaks_after=10**9):
        super().__init__(texts)
        self.n_read, self.breaks_after = 0, breaks_after

    def texts(self, rows):
        if self.n_read >= self.breaks_after:
            raise KeyboardInterrupt
        self.n_read += len(rows)
        return super().texts(rows)


def test_with_a_cache_texts_are_read_once_for_all_runs(tokenizer, tmp_path):
    texts, cache = Counting(["dog", "the cat sat", ""]), Cache(tmp_path)
    first = tokenise(texts, tokenizer, 8, Silent(), cache)
    again = tokenise(texts, tokenizer, 8, Silent(), Cache(tmp_path))
    memory = tokenise(texts, tokenizer, 8, Silent())
    assert texts.n_read == 6  # the first time and in memory
    for found in (first, again):
        assert found.ids.tolist() == memory.ids.tolist()
        assert found.offsets.tolist() == memory.offsets.tolist()
    assert isinstance(again.ids, np.memmap)


@pytest.mark.parametrize("change", ["text", "length", "tokenizer"])
def test_other_texts_lengths_or_tokenizers_are_other_tokens(tokenizer, tiny_encoder, tmp_path, change):
    from transformers import AutoTokenizer

    tokenise(TextList([LONG]), tokenizer, 8, Silent(), Cache(tmp_path))
    other = AutoTokenizer.from_pretrained(tiny_encoder)
    if change == "tokenizer":
        other.add_tokens(["sat on"])
    texts = Counting([LONG + "!" if change == "text" else LONG])
    tokenise(texts, other, 9 if change == "length" else 8, Silent(), Cache(tmp_path))
    assert texts.n_read == 1


def test_how_a_tokenizer_was_called_before_makes_no_other_tokens(tiny_encoder, tmp_path):
    from transformers import AutoTokenizer

    used = AutoTokenizer.from_pretrained(tiny_encoder)
    used([LONG, "dog"], truncation=True, max_length=3, padding=True)
    for tokenizer in (AutoTokenizer.from_pretrained(tiny_encoder), used):
        texts = Counting([LONG])
        tokenise(texts, tokenizer, 8, Silent(), Cache(tmp_path))
    assert texts.n_read == 0


def test_tokenising_that_was_cut_short_goes_on(tokenizer, tmp_path, monkeypatch):
    monkeypatch.setattr(tokens_module, "PART", 4)
    monkeypatch.setattr(tokens_module, "CHUNK", 2)
    texts = ["dog " * n for n in range(11)]
    broken = Counting(texts, breaks_after=6)
    with pytest.raises(KeyboardInterrupt):
        tokenise(broken, tokenizer, 8, Silent(), Cache(tmp_path))
    rest, listener = Counting(texts), Listener()
    found = tokenise(rest, tokenizer, 8, listener, Cache(tmp_path))
    assert rest.n_read == 7  # one part of four was done
    assert listener.done == {"tokenise": 11}
    whole = tokenise(TextList(texts), tokenizer, 8, Silent())
    assert found.ids.tolist() == whole.ids.tolist()
    assert found.offsets.tolist() == whole.offsets.tolist()
    assert found.n_cut == whole.n_cut == 4


def test_flat_texts_stand_one_after_the_other_in_the_order_asked():
    ids, lengths = FOUR.flat(np.array([3, 1, 0, 3]))
    assert ids.tolist() == [5, 6, 1, 2, 3, 5, 6]
    assert lengths.tolist() == [2, 0, 3, 2]
    assert FOUR.flat(np.array([], dtype=np.int64))[0].tolist() == []
