"""Names of columns for the account's own fields.

A column belongs to one field and one type of value for ever: names that were given are
remembered, and never given to another field or changed. Wherever possible, a name
depends only on the field's own name, so that accounts share it; the id is added only to
names that would otherwise be equal.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from itertools import count
from typing import TYPE_CHECKING

from anyascii import anyascii

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from tap_moco.records.definitions import CustomField
    from tap_moco.state.custom_fields import CustomColumn

PREFIX = "custom_"
MAX_LENGTH = 63
"""Characters, all of them ASCII: PostgreSQL cuts longer names."""
NAMELESS = "field"
RESERVED = frozenset({"custom_properties", "custom_rates"})
"""The names of MOCO's own fields, in all streams."""
GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def assign_columns(
    fields: Sequence[CustomField],
    known: Mapping[str, CustomColumn],
    taken: Collection[str],
) -> dict[str, CustomField]:
    """Return the column of each field.

    Args:
        fields: Those that are defined today.
        known: All columns that fields have ever had, with their owners.
        taken: Names that no field may have.
    """
    names = {
        (column.field, column.type): name
        for name, column in known.items()
        if name not in taken
    }
    used = {*known, *taken, *RESERVED}
    alike = Counter(column_name(slug(field.name)) for field in fields)
    retyped = {number for number, _ in names}

    def is_contested(field: CustomField) -> bool:
        return alike[column_name(slug(field.name))] > 1

    columns: dict[str, CustomField] = {}
    # names without an id first: those with one can give way to them
    for field in sorted(fields, key=lambda field: (is_contested(field), field.id)):
        name = names.get((field.id, field.type))
        if name is None:
            candidates = _candidates(
                field,
                is_contested=is_contested(field),
                is_retyped=field.id in retyped,
            )
            name = next(name for name in candidates if name not in used)
            used.add(name)
        columns[name] = field
    return columns


def _candidates(
    field: CustomField, *, is_contested: bool, is_retyped: bool
) -> Iterator[str]:
    """Yield names for a field, the best first."""
    text = slug(field.name)
    if not is_contested:
        yield column_name(text)
        if is_retyped:
            yield column_name(text, field.type)
    yield column_name(text, field.id)
    yield column_name(text, field.id, field.type)
    for number in count(2):
        yield column_name(text, field.id, field.type, number)


def column_name(text: str, *endings: object) -> str:
    """Return a column's name; if it is too long, its endings stay whole."""
    tail = "".join(f"_{ending}" for ending in endings)
    room = MAX_LENGTH - len(PREFIX) - len(tail)
    return f"{PREFIX}{text[:room].rstrip('_')}{tail}"


def slug(name: str) -> str:
    """Return a name in lower case and ASCII, its words joined by `_`."""
    text = unicodedata.normalize("NFC", name).lower().translate(GERMAN)
    return re.sub(r"[^a-z0-9]+", "_", anyascii(text).lower()).strip("_") or NAMELESS
