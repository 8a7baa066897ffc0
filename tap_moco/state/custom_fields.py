"""What the state knows of a stream's custom fields."""

from __future__ import annotations

from msgspec import field

from tap_moco.state.part import StatePart


class CustomColumn(StatePart):
    """The field whose values a column holds, for ever.

    Attributes:
        field: The id of the field's definition.
        type: What the column holds: text, boolean, date or list.
    """

    field: int
    type: str


class CustomFieldsState(StatePart):
    """What is known of a stream's custom fields.

    Attributes:
        columns: All columns that they have ever had, by name.
        digest: The digest of the definitions by which the records in the target were
            made; empty if they were made without.
    """

    columns: dict[str, CustomColumn] = field(default_factory=dict)
    digest: str = ""

    def with_columns(
        self, columns: dict[str, CustomColumn], digest: str
    ) -> CustomFieldsState:
        """Return the new state; a column keeps its field for ever."""
        return CustomFieldsState({**self.columns, **columns}, digest)
