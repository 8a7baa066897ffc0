"""Values as MOCO sends them, and as they leave the tap: docs/moco-api.md, Values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tap_moco.api.decoding import _decoder, parse_number
from tap_moco.records.normalize import RecordNormalizer, SchemaMismatchError


def maybe(kind: str, **more: Any) -> dict[str, Any]:
    """Return a type that may be null."""
    return {"type": [kind, "null"], **more}


TEXT, NUMBER, INTEGER = maybe("string"), maybe("number"), maybe("integer")
FLAG, DAY = maybe("boolean"), maybe("string", format="date")
TIME = maybe("string", format="date-time")
FREE = maybe("object", properties={})
USER = maybe("object", properties={"id": INTEGER, "name": TEXT})
LIST = maybe("array", items=USER)
TEXTS = maybe("array", items=TEXT)
HUGE = 10**30
ENCODER = msgspec.json.Encoder(decimal_format="number")
"""As the SDK's writer has it."""


def normalize(schema: dict[str, Any], value: Any, name: str = "f", **more: Any) -> Any:
    """Return a single value put right."""
    normalizer = RecordNormalizer({"properties": {name: schema}}, **more)
    return normalizer.normalize({name: value})[0][name]


@pytest.mark.parametrize(
    ("schema", "sent", "kept"),
    [
        (TEXT, "", None),
        (TEXT, None, None),
        (TEXT, " ", " "),
        (TEXT, "Grüße 😀", "Grüße 😀"),
        (TEXT, 17, "17"),
        (TEXT, HUGE, str(HUGE)),
        (NUMBER, "12.50", 12.5),
        (NUMBER, "0", 0.0),
        (NUMBER, "1e400", Decimal("1e400")),
        (NUMBER, "", None),
        (NUMBER, 7, 7),
        (NUMBER, -0.1, -0.1),
        (NUMBER, None, None),
        (NUMBER, HUGE, HUGE),
        (INTEGER, "42", 42),
        (INTEGER, 42.0, 42),
        (INTEGER, "42.0", 42),
        (INTEGER, "", None),
        (INTEGER, None, None),
        (INTEGER, HUGE, HUGE),
        (INTEGER, str(HUGE), HUGE),
        (FLAG, True, True),
        (FLAG, False, False),
        (FLAG, None, None),
        (FLAG, "", None),
        (DAY, "2024-02-29", "2024-02-29"),
        (DAY, "", None),
        (DAY, None, None),
        (DAY, "2024-02-29T10:00:00Z", "2024-02-29"),
        (DAY, "2024-02-29 10:00:00 UTC", "2024-02-29"),
        (DAY, "2024-02-29 23:30:00 +0200", "2024-02-29"),
        (TIME, "2022-04-17T06:53:40Z", "2022-04-17T06:53:40Z"),
        (TIME, "2022-04-17T06:53:40.515Z", "2022-04-17T06:53:40Z"),
        (TIME, "2022-04-17T06:53:40.999999Z", "2022-04-17T06:53:40Z"),
        (TIME, "2022-04-17T06:53:40+02:00", "2022-04-17T06:53:40+02:00"),
        (TIME, "2022-04-17T06:53:40.500-05:30", "2022-04-17T06:53:40-05:30"),
        (TIME, "2022-04-17T06:53:40+00:00", "2022-04-17T06:53:40Z"),
        (TIME, "2022-04-17T06:53:40", "2022-04-17T06:53:40Z"),
        (TIME, "2022-04-17", "2022-04-17T00:00:00Z"),
        (TIME, "2020-01-12 15:38:35 UTC", "2020-01-12T15:38:35Z"),
        (TIME, "2020-01-12 15:38:35", "2020-01-12T15:38:35Z"),
        (TIME, "2020-01-12 15:38:35Z", "2020-01-12T15:38:35Z"),
        (TIME, "2020-01-12t15:38:35z", "2020-01-12T15:38:35Z"),
        (TIME, "2020-01-12 15:38:35 GMT", "2020-01-12T15:38:35Z"),
        (TIME, "2020-01-12 15:38:35 +0100", "2020-01-12T15:38:35+01:00"),
        (TIME, "2020-01-12 15:38:35 -03:30", "2020-01-12T15:38:35-03:30"),
        (TIME, "2020-01-12T15:38:35+0000", "2020-01-12T15:38:35Z"),
        (TIME, "2020-01-12T15:38:35+01", "2020-01-12T15:38:35+01:00"),
        (TIME, "2020-01-12T15:38:35.5Z", "2020-01-12T15:38:35Z"),
        (TIME, "2020-01-12 15:38:35.123 UTC", "2020-01-12T15:38:35Z"),
        (TIME, "2020-01-12T15:38:35,123456789Z", "2020-01-12T15:38:35Z"),
        (TIME, "2020-01-12T15:38Z", "2020-01-12T15:38:00Z"),
        (TIME, "", None),
        (TIME, None, None),
        (FREE, {"Größe / Maß": ["a"]}, {"Größe / Maß": ["a"]}),
        (FREE, {}, {}),
        (FREE, None, None),
        (FREE, "", None),
        (FREE, [], None),
        (USER, {}, None),
        (USER, None, None),
        (USER, "", None),
        (USER, [], None),
        (USER, {"id": "3", "name": ""}, {"id": 3, "name": None}),
        (USER, {"id": 3, "new": ""}, {"id": 3, "new": ""}),
        (LIST, [], []),
        (LIST, None, None),
        (LIST, "", None),
        (LIST, [{"id": 1.0}, {}, None], [{"id": 1}, None, None]),
        (TEXTS, ["a", ""], ["a", None]),
    ],
)
def test_oddity(schema: dict[str, Any], sent: Any, kept: Any) -> None:
    normalized = normalize(schema, sent)
    assert normalized == kept
    assert type(normalized) is type(kept)


@pytest.mark.parametrize(
    ("schema", "sent"),
    [
        (TEXT, {}),
        (TEXT, ["a"]),
        (TEXT, True),
        (NUMBER, "a lot"),
        (NUMBER, "NaN"),
        (NUMBER, "Infinity"),
        (NUMBER, "1_000"),
        (NUMBER, True),
        (NUMBER, {}),
        (INTEGER, 1.5),
        (INTEGER, "1.5"),
        (INTEGER, "x"),
        (INTEGER, True),
        (INTEGER, float("inf")),
        (INTEGER, float("nan")),
        (FLAG, "yes"),
        (FLAG, 1),
        (DAY, "31.01.2024"),
        (DAY, "2024-02-30"),
        (DAY, 20240131),
        (DAY, "0000-00-00"),
        (TIME, "0000-00-00 00:00:00 UTC"),
        (TIME, "2020-01-12 15:38:35 CET"),
        (TIME, "2020-01-12T15:38:35+99:00"),
        (TIME, "2020-01-12T15:38:35Z and more"),
        (TIME, "soon"),
        (TIME, "2024-02-30T00:00:00Z"),
        (TIME, "2022-04-17T06:53:40 Europe"),
        (TIME, 1650178420),
        (FREE, "text"),
        (FREE, [1]),
        (USER, "text"),
        (USER, [1]),
        (USER, 5),
        (LIST, {}),
        (LIST, "text"),
        ({"type": "integer"}, None),
        ({"type": "integer"}, ""),
        ({"type": "string"}, ""),
    ],
)
def test_misfit(schema: dict[str, Any], sent: Any) -> None:
    with pytest.raises(SchemaMismatchError):
        normalize(schema, sent)


def test_misfit_names_the_way_to_the_field() -> None:
    schema = maybe("array", items=maybe("object", properties={"date": DAY}))
    with pytest.raises(SchemaMismatchError, match=r"^items\[\]\.date$"):
        normalize(schema, [{"date": "2024-01-01"}, {"date": "soon"}], "items")


def test_unknown_fields_are_told_apart() -> None:
    row, unknown = RecordNormalizer({"properties": {"id": INTEGER}}).normalize(
        {"id": 1, "new": {"a": 1}}
    )
    assert (row, unknown) == ({"id": 1}, {"new": {"a": 1}})


def test_absent_stays_absent() -> None:
    assert RecordNormalizer({"properties": {"id": INTEGER, "x": TEXT}}).normalize(
        {"id": 1}
    ) == (
        {"id": 1},
        {},
    )


def test_sent_row_is_left_as_it_was() -> None:
    sent = {"f": {"id": "3", "name": ""}}
    RecordNormalizer({"properties": {"f": USER}}).normalize(sent)
    assert sent == {"f": {"id": "3", "name": ""}}


# Numbers of JSON


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1", 0.1),
        ("12.50", 12.5),
        ("123456789012.34", 123456789012.34),
        ("12345678901234567.89", Decimal("12345678901234567.89")),
        ("0.12345678901234567890", Decimal("0.12345678901234567890")),
        ("1e3", 1000.0),
        ("-0.0", -0.0),
        ("1e400", Decimal("1e400")),
        ("-1e400", Decimal("-1e400")),
    ],
)
def test_number_is_exact(text: str, value: object) -> None:
    assert parse_number(text) == value
    assert type(parse_number(text)) is type(value)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2))
def test_no_cent_is_lost(amount: Decimal) -> None:
    """Whatever the size: as text, through the decoder, out again."""
    decoded = _decoder.decode(f"[{amount:f}]".encode())[0]
    written = ENCODER.encode(decoded)
    assert Decimal(written.decode()) == amount


@given(st.integers(-(10**40), 10**40))
def test_no_digit_of_an_integer_is_lost(number: int) -> None:
    assert _decoder.decode(str(number).encode()) == number
    assert normalize(INTEGER, number) == number


KINDS = {
    "id": {"type": "integer"},
    "text": TEXT,
    "number": NUMBER,
    "integer": INTEGER,
    "flag": FLAG,
    "day": DAY,
    "time": TIME,
    "free": FREE,
    "texts": TEXTS,
    "users": LIST,
    "file_url": TEXT,
    "custom_properties": FREE,
    "own": maybe("object", properties={"link": TEXT, "links": TEXTS}),
    'a "name"\n': TEXT,
    "odd": maybe("object", properties={"back\\slash": TEXT}),
    "holder": maybe(
        "object",
        properties={"id": INTEGER, "day": DAY, "time": TIME, "user": USER},
    ),
}
"""A field of every kind."""
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(allow_nan=False, allow_infinity=False),
        st.decimals(allow_nan=False, allow_infinity=False),
        st.text(max_size=3),
        st.dates().map(str),
        st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
        st.datetimes().map(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%SZ}"),
        st.sampled_from(
            ["", "x?y", "2024-02-30", "2024-02-30T00:00:00Z", "0000-01-01"]
        ),
        st.sampled_from(["2024-01-31 12:00:00Z", "2024-01-31t12:00:00z"]),
        st.sampled_from(["https://a/b?sig=1", "https://a/b?c=1"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(
            st.sampled_from([*KINDS, "name", "user", "link", "links"]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=4,
)


@settings(max_examples=500, deadline=None)
@example({"holder": {"id": 1, "time": "2024-01-31T12:00:00.5Z"}}, False)  # noqa: FBT003
@example({"holder": {"id": 1, "time": ""}}, False)  # noqa: FBT003
@example({"odd": ""}, False)  # noqa: FBT003
@example({"users": [{"id": 1, "name": ""}]}, False)  # noqa: FBT003
@given(st.dictionaries(st.sampled_from([*KINDS]), VALUES, max_size=4), st.booleans())
def test_whole_rows_leave_as_if_looked_at_field_by_field(
    row: dict[str, Any],
    keep: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    """An unknown field keeps a row from being passed at a glance."""
    own = frozenset({"custom_properties", "own"})
    normalizer = RecordNormalizer({"properties": KINDS}, keep_signatures=keep, own=own)
    row = {"id": 1, **row}

    def normalized(**more: Any) -> Any:
        try:
            return ENCODER.encode(normalizer.normalize({**row, **more})[0])
        except SchemaMismatchError as error:
            return str(error)

    assert normalized() == normalized(unknown=1)
