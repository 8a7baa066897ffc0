"""Signatures: MOCO's own example, and what is not it."""

from __future__ import annotations

import pytest

from tap_moco.webhooks.signature import SigningKeys, sign

BODY = b'{"id":111,"description":"a description"}'
KEY = "1d608b9d72219b90ff2393a1d3ee0ac0"
SIGNATURE = "bf027a86207ef1ca1cb76f5a536b41a14287ab1a0fd5b33bfe86924bc2f48fd1"


def test_published_example() -> None:
    assert sign(KEY, BODY) == SIGNATURE
    assert SigningKeys([KEY]).accept(SIGNATURE.encode(), BODY)


@pytest.mark.parametrize("place", [0, 7, -1])
def test_a_changed_byte_of_the_body(place: int) -> None:
    changed = bytearray(BODY)
    changed[place] ^= 1
    assert not SigningKeys([KEY]).accept(SIGNATURE.encode(), bytes(changed))


@pytest.mark.parametrize(
    "given",
    [b"", SIGNATURE[:-1].encode(), SIGNATURE.encode() + b"0", b"0" * 64, b"\xff\x00"],
)
def test_other_signatures(given: bytes) -> None:
    assert not SigningKeys([KEY]).accept(given, BODY)


def test_both_keys_count_during_rotation_and_the_old_one_not_after() -> None:
    new_key = "f" * 32
    signed = [sign(key, BODY).encode() for key in (KEY, new_key)]
    both = SigningKeys([new_key, KEY])
    assert [both.accept(one, BODY) for one in signed] == [True, True]
    after = SigningKeys([new_key])
    assert [after.accept(one, BODY) for one in signed] == [False, True]


def test_without_keys_nothing_is_accepted() -> None:
    assert not SigningKeys([]).accept(sign("", BODY).encode(), BODY)
