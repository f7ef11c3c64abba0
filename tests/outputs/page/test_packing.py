"""What is packed comes back whole: numbers of 32 bits, and texts whatever is in them."""

import json
import zlib
from base64 import b64decode

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.outputs.page.html import dump
from matcher.outputs.page.packing import Packer, unpack


def _round_trip(**columns):
    packer = Packer()
    for name, values in columns.items():
        (packer.add_texts if values and isinstance(values[0], str) else packer.add_integers)(name, values)
    about, block = packer.close()
    return unpack(json.loads(json.dumps(about)), block)


@given(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=40))
def test_whole_numbers_come_back(values):
    assert _round_trip(n=values, after=[7])["n"].tolist() == values


@given(
    st.lists(
        st.text(st.characters(exclude_characters="".join(map(chr, range(32))), exclude_categories=["Cs"])), min_size=1
    )
)
def test_texts_come_back(texts):
    assert _round_trip(t=texts, n=[1, 2])["t"] == texts


def test_ids_with_zeros_and_long_numbers_come_back():
    texts = ["E000001", "E000010", "E1", "0", "00", "007 of 1,004", "1234567890123", "七3居", "", "@12"]
    assert _round_trip(t=texts)["t"] == texts


def test_control_characters_become_blanks():
    assert _round_trip(t=["a\x01@b\nc"])["t"] == ["a @b c"]


def test_numbers_beyond_32_bits_are_refused():
    with pytest.raises(AssertionError):
        Packer().add_integers("n", [2**31])


def test_neighbours_take_little_room():
    rng = np.random.default_rng(3)
    places = 12_147_000 + np.cumsum(rng.integers(-60, 60, 100_000))
    packer = Packer()
    packer.add_integers("x", places)
    packer.add_texts("id", [f"E{i:06}" for i in range(100_000)])
    assert len(b64decode(packer.close()[1])) < 1.2 * 100_000
    assert len(zlib.compress(places.astype(np.int32).tobytes())) > 1.2 * 100_000  # as they are, deflated


def test_json_ends_no_element():
    told = dump({"a": "</script><!--&\u2028"})
    assert not set("<>&\u2028") & set(told)
    assert json.loads(told) == {"a": "</script><!--&\u2028"}
