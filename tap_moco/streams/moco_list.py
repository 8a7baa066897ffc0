"""Lists of MOCO, as MOCO documents them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tap_moco.completeness.endpoint import ListEndpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_moco.completeness.windows import DateFilter
    from tap_moco.context import RunContext
    from tap_moco.state.sweep import SweepState


class MocoList:
    """A list of MOCO, and how it can be requested (docs/moco-api.md).

    Attributes:
        path: The path of the list.
        params: Sent with every request.
        takes_updated_after: MOCO filters the list by it.
        has_timestamps: Its rows have `created_at` and `updated_at`.
        archived_param: The parameter that shows rows that are hidden by default.
        reads_alive: Rows can change without a new `updated_at`, so those that are not
            archived are read in every run.
        date_filter: How a long history is cut, and how a period is requested.
        period_filter: Only the latter, for lists that are never so long that they are
            cut.
        takes_user_id: MOCO documents the filter `user_id`, and rows have a `user`.
        sort_by: Sent if MOCO documents sorting for the list.
        takes_ids: MOCO documents the filter `ids`.
    """

    path: ClassVar[str]
    params: ClassVar[dict[str, str]] = {}
    takes_updated_after: ClassVar[bool] = True
    takes_ids: ClassVar[bool] = True
    has_timestamps: ClassVar[bool] = True
    archived_param: ClassVar[str | None] = None
    reads_alive: ClassVar[bool] = False
    date_filter: ClassVar[DateFilter | None] = None
    period_filter: ClassVar[DateFilter | None] = None
    takes_user_id: ClassVar[bool] = False
    sort_by: ClassVar[str | None] = None

    @classmethod
    def endpoint(
        cls, context: RunContext, last_sweeps: Sequence[SweepState] = ()
    ) -> ListEndpoint:
        """Return the list as the account's settings show it.

        Args:
            context: The context of the run.
            last_sweeps: The last sweeps, according to the states of its streams.
        """
        params = dict(cls.params)
        if cls.sort_by:
            params["sort_by"] = cls.sort_by
        alive = dict(params) if cls.reads_alive else None
        includes_archived = context.settings.include_archived
        if cls.archived_param and includes_archived:
            params[cls.archived_param] = "true"
        return ListEndpoint(
            cls.path,
            context.fetcher,
            params=params,
            alive_params=alive,
            hides_rows=bool(cls.archived_param) and not includes_archived,
            has_timestamps=cls.has_timestamps,
            takes_updated_after=cls.takes_updated_after,
            date_filter=cls.date_filter,
            takes_user_id=cls.takes_user_id,
            last_sweeps=last_sweeps,
        )
