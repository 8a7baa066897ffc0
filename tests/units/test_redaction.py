"""Secrets kept out of the log in every spelling, and outside text kept to its line."""

from __future__ import annotations

import base64
import html
import json
import logging
import sys
from itertools import product
from urllib.parse import quote, quote_plus

import pytest

from tap_moco.redaction import MASK, SecretRedactor, printable

KEY = "k3y/9f8e+7d6c5b4a=x"
SECRETS = (
    KEY,
    "0123456789abcdef0123456789abcdef",
    "pä\"ss/wo\\rd <&> +x'y",
    "me@example.com",
    "Straße 😀 €",
    "abcd",
)


def escaped(secret: str) -> set[str]:
    """Return how servers write a text that they were sent."""
    in_json = json.dumps(secret)[1:-1]
    entities = [f"&#{ord(sign)};" for sign in secret]
    forms = {
        secret,
        secret.upper(),
        secret.lower(),
        secret.title(),
        in_json,
        in_json.upper(),
        in_json.replace("/", "\\/"),
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(in_json)[1:-1],
        html.escape(secret),
        html.escape(html.escape(secret)),
        "".join(entities),
        "".join(f"&#x{ord(sign):X};" for sign in secret),
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        quote(quote(secret, safe="")),
        "".join(f"%{byte:02x}" for byte in secret.encode()),
        secret.encode().hex(),
        secret.encode().hex().upper(),
        repr(secret)[1:-1],
        ascii(secret)[1:-1],
        repr(secret.encode())[2:-1],
    }
    in_addresses = {quote(form, safe="") for form in forms if form.isascii()}
    return forms | in_addresses | {json.dumps(form)[1:-1] for form in in_addresses}


def encoded(secret: str) -> set[str]:
    """Return what base64 makes of it, alone and within what is sent."""
    wrapped = {
        secret,
        f"Token token={secret}",
        f"{secret}:",
        f"me:{secret}",
        f"{secret}:word",
        f'{{"api_key":"{secret}"}}',
        f"x{secret}",
        f"xx{secret}",
    }
    forms = set()
    for text, code in product(wrapped, (base64.b64encode, base64.urlsafe_b64encode)):
        coded = code(text.encode()).decode()
        forms |= {coded, coded.rstrip("="), coded.replace("/", "\\/")}
        forms |= {quote(coded, safe=""), json.dumps(json.dumps(coded))[3:-3]}
    return forms


@pytest.mark.parametrize("secret", SECRETS)
def test_every_spelling_is_masked(secret: str) -> None:
    redactor = SecretRedactor()
    redactor.add(secret)
    for form in escaped(secret) | encoded(secret):
        for line in (f"before {form} after", f'{{"x":"{form}"}}', f"a={form}&b=c"):
            masked = redactor.redact(line)
            assert form not in masked, form
            assert MASK in masked, form
            assert len(masked) <= len(line) - len(form) + len(MASK), (form, masked)


def broken(text: str) -> set[str]:
    """Return the text with a line break somewhere inside, as servers fold lines."""
    breaks = ("\n", "\r\n", "\n\n", "\n    ", "\u2028")
    places = (1, len(text) // 2, len(text) - 1)
    forms = {f"{text[:at]}{sign}{text[at:]}" for at, sign in product(places, breaks)}
    forms.add("\n".join(text[at : at + 8] for at in range(0, len(text), 8)))
    forms |= {text.replace(" ", "\n"), text.replace(" ", "\r\n  ")}
    in_json = {json.dumps(form)[1:-1] for form in forms}
    return forms | in_json | {quote(form, safe="") for form in forms}


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_with_a_line_break_inside_is_masked(secret: str) -> None:
    redactor = SecretRedactor()
    redactor.add(secret)
    in_base64 = base64.b64encode(f"Token token={secret}".encode()).decode()
    for form in broken(secret) | broken(in_base64):
        line = f"before {form} after"
        masked = redactor.redact(line)
        assert masked.startswith(f"before {MASK}"), form
        assert masked.endswith(f"{MASK} after"), form


def test_line_breaks_elsewhere_stay() -> None:
    redactor = SecretRedactor()
    redactor.add(KEY)
    assert redactor.redact(f"one\n{KEY}\n  two\n") == f"one\n{MASK}\n  two\n"


def test_what_stands_around_a_secret_stays() -> None:
    redactor = SecretRedactor()
    redactor.add(KEY)
    assert redactor.redact(f"the key {KEY} is bad") == f"the key {MASK} is bad"
    line = "GET /invoices/17?sort_by=date, 200, tags: Zm9vYmFy"
    assert redactor.redact(line) == line


def test_longer_secrets_are_masked_first() -> None:
    redactor = SecretRedactor()
    for secret in ("hunter22", "hunter22-and-more", "and-more"):
        redactor.add(secret)
    assert redactor.redact("hunter22-and-more") == MASK


@pytest.mark.parametrize("secret", [None, "", "abc", 7, "   "])
def test_what_is_too_short_is_no_secret(secret: object) -> None:
    redactor = SecretRedactor()
    redactor.add(secret)
    assert redactor.redact("abc 7 None") == "abc 7 None"


@pytest.mark.parametrize("size", [512, 5_000, 1_000_000])
def test_long_secrets_cost_no_time(size: int) -> None:
    redactor = SecretRedactor()
    redactor.add("s" * size)
    assert redactor.redact(f"({'s' * size})") == f"({MASK})"


@pytest.mark.parametrize(
    "text",
    ["A" * 65_536, "\\" * 65_536, "&amp;" * 13_000, "%25" * 20_000, "\n " * 33_000],
)
def test_long_texts_cost_no_time(text: str) -> None:
    """Neither form of a secret makes a pattern that looks back and back."""
    redactor = SecretRedactor()
    for secret in SECRETS:
        redactor.add(secret)
    assert redactor.redact(text) == text


def made(redactor: SecretRedactor, message: object, *args: object) -> logging.LogRecord:
    return redactor.record("n", logging.INFO, "p", 1, message, args, None)


def test_secrets_are_masked_wherever_they_are_logged() -> None:
    redactor = SecretRedactor()
    redactor.add("hunter22")
    assert made(redactor, "key %s, abc", "hunter22").getMessage() == "key ****, abc"
    assert made(redactor, "hunter%d", 22).getMessage() == "****"


def test_secrets_are_masked_in_tracebacks() -> None:
    """However the record is formatted: none of its parts holds the secret."""
    redactor = SecretRedactor()
    redactor.add("hunter22")
    try:
        raise ValueError("no hunter22 here\nERROR | forged\x1b[2J")  # noqa: TRY301
    except ValueError:
        record = redactor.record("n", logging.ERROR, "p", 1, "x", (), sys.exc_info())
    text = logging.Formatter().format(record)
    assert "ValueError" in text
    assert "hunter22" not in text
    assert record.exc_info is None
    first, *others = text.split("\n")
    assert first == "x"
    assert all(line.startswith("  ") and line.isprintable() for line in others)


@pytest.mark.parametrize(
    "sign", ["\n", "\r", "\0", "\x1b", "\x7f", "\x85", "\u2028", "\u202e", "\u2066"]
)
def test_signs_that_steer_a_terminal_are_escaped(sign: str) -> None:
    redactor = SecretRedactor()
    for record in (
        made(redactor, f"a{sign}b"),
        made(redactor, "%s", f"a{sign}b"),
        made(redactor, "%(x)s", {"x": f"a{sign}b"}),
    ):
        text = record.getMessage()
        assert text.isprintable()
        assert text == f"a{sign.encode('unicode_escape').decode()}b"


def test_other_text_stays() -> None:
    assert printable("Grüße 😀 «ok» 100 %") == "Grüße 😀 «ok» 100 %"


def test_record_whose_arguments_do_not_fit() -> None:
    """A fault in somebody's logging ends no run, and hides nothing of what it says."""
    redactor = SecretRedactor()
    redactor.add("hunter22")
    text = made(redactor, "%d of %s", "hunter22").getMessage()
    assert "%d of %s" in text
    assert "hunter22" not in text
