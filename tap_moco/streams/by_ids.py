"""Request some records of a list by their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.api.pagination import PER_PAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_moco.completeness.endpoint import ListEndpoint
    from tap_moco.completeness.verified_list import VerifiedList
    from tap_moco.streams.base import MocoStream


class RecordsByIds:
    """Requests some records of a list, one page of ids at a time.

    Args:
        stream: The stream of the list, which writes them.
        endpoint: The list, which accepts the parameter `ids`.
    """

    def __init__(self, stream: MocoStream, endpoint: ListEndpoint) -> None:
        """Send no request yet."""
        self._stream = stream
        self._endpoint = endpoint
        self._is_heeded = True

    def reread(self, ids: list[int]) -> set[int]:
        """Write some records once more, if they differ from those in the target.

        Returns:
            Those that there are.
        """
        stream, shown = self._stream, set[int]()
        for _, records in self._read(ids):
            for rows in records:
                if stream.pipeline.seen:
                    stream.pipeline.seen.keep(rows)
                stream.write(rows)
                shown.update(row["id"] for row in rows)
        if not self._is_heeded:
            stream.state.require_sweep("MOCO does not heed ids=", stream.started_at)
        return shown

    def fetch_rejected(self) -> None:
        """Request the records that earlier runs had to reject."""
        stream = self._stream
        for ids, records in self._read(stream.rejected.unmet):
            shown = [row for rows in records for row in rows]
            stream.write(shown)
            for number in set(ids).difference(row["id"] for row in shown):
                stream.rejected.discard(number)  # it was deleted
        if not self._is_heeded:
            stream.logger.warning(
                "%s: MOCO ignores ids=; the tap reads rejected records again when "
                "they change, or in a sweep",
                stream.name,
            )

    def _read(self, ids: list[int]) -> Iterator[tuple[list[int], VerifiedList]]:
        """Yield reads of the records, each with its ids, as long as MOCO heeds them."""
        for start in range(0, len(ids), PER_PAGE):
            some = ids[start : start + PER_PAGE]
            records = self._endpoint.verified({"ids": ",".join(map(str, some))})
            if records.total > len(some):
                self._is_heeded = False
                return
            yield some, records
