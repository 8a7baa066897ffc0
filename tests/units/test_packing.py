"""Ids in the state: short, whole, and refused where they are not."""

from __future__ import annotations

import random

import pytest

from tap_moco.packing import pack_ids, pack_map, unpack_ids, unpack_map


@pytest.mark.parametrize("seed", range(20))
def test_what_was_packed_comes_back(seed: int) -> None:
    """Ids of any size and distance, in any order, and their numbers."""
    chance = random.Random(seed)
    ids = {chance.randrange(10 ** chance.randint(1, 15)) for _ in range(200)}
    values = {number: chance.randrange(10**9) for number in ids}
    shuffled = chance.sample(sorted(ids), len(ids))
    assert unpack_ids(pack_ids(shuffled)) == sorted(ids)
    assert unpack_map(pack_map(values)) == values


def test_none_is_no_text() -> None:
    """A list without rows costs nothing."""
    assert (pack_ids([]), pack_map({})) == ("", "")
    assert (unpack_ids(""), unpack_map("")) == ([], {})


def test_text_is_short() -> None:
    """10,000 parents with a byte each take at most 32 KB of state."""
    chance = random.Random(1)
    ids = sorted(chance.sample(range(1_000_000, 1_500_000), 10_000))
    packed = pack_map({number: chance.randrange(256) for number in ids})
    assert len(packed) < 36_000
    assert len(pack_ids(ids[:100])) < 300


@pytest.mark.parametrize("text", ["x", "abc", "not packed", "\u00e4", "0" * 40])
def test_other_text_is_refused(text: str) -> None:
    """A state that somebody has edited says so."""
    for unpack in (unpack_ids, unpack_map):
        with pytest.raises(ValueError, match=r"."):
            unpack(text)


def test_half_a_text_is_refused() -> None:
    """As by an editor that cuts long lines."""
    whole = pack_map({number: number for number in range(0, 9000, 7)})
    for cut in range(5, len(whole), 50):
        with pytest.raises(ValueError, match=r"."):
            unpack_map(whole[:cut])
