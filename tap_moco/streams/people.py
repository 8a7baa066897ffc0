"""People: users, their terms of work, and the units they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tap_moco.completeness.windows import DateFilter
from tap_moco.streams.details import DetailStream
from tap_moco.streams.lists import ListStream

if TYPE_CHECKING:
    from tap_moco.row import Row
    from tap_moco.state.sweep import Extent


class Users(ListStream):
    """People with a login (Personen), active and archived."""

    name = "users"
    path = "/users"
    archived_param = "include_archived"
    sort_by = "id"


class UserRoles(ListStream):
    """Roles and their rights (Rollen); one unpaged list, 422 if the module is off."""

    name = "user_roles"
    path = "/users/roles"
    takes_ids = False
    replication_key = None
    takes_updated_after = False


class UserEmployments(ListStream):
    """Weekly hours of people over time (Arbeitszeitmodelle)."""

    name = "user_employments"
    path = "/users/employments"


class UserHolidays(ListStream):
    """Holiday entitlements per year (Urlaubsansprüche)."""

    name = "user_holidays"
    path = "/users/holidays"


class UserAbsenceRequests(ListStream):
    """Requests for absences (Abwesenheitsanträge)."""

    name = "user_absence_requests"
    path = "/users/absence_requests"


class UserWorkTimeAdjustments(ListStream):
    """Corrections of working time (Arbeitszeitkorrekturen)."""

    name = "user_work_time_adjustments"
    path = "/users/work_time_adjustments"
    period_filter = DateFilter()


class Units(ListStream):
    """Teams (Teams). They do not change with their people, so every run reads all."""

    name = "units"
    path = "/units"
    replication_key = None


class UserPerformanceReports(DetailStream):
    """Target and tracked hours per user and year, one request each.

    Years that were covered once stay covered: one version holds for all rows,
    and rows that were not read would be declared deleted although MOCO has them.
    """

    name = "user_performance_reports"
    path = "/users/{id}/performance_report?year={year}"
    parent_stream_type = Users
    parent_key = "user_id"
    primary_keys: ClassVar[tuple[str, ...]] = ("user_id", "year")
    replication_key = None
    selected_by_default = False

    @property
    def years(self) -> range:
        """The years that are read: those of the settings, and those of earlier runs."""
        context, covered = self.run_context, self.state.last_sweep.covered_from
        first = context.years[0]
        if covered:
            first = min(first, int(covered[:4]))
        return range(first, context.today.year + 1)

    def requests_for(self, row: Row) -> list[Row]:
        """Ask once for every year."""
        return [{**row, "year": year} for year in self.years]

    def complete_sweep(self, extent: Extent) -> None:
        """Also note which years the target has now."""
        first = self.years[0]
        super().complete_sweep(extent)
        if self.state.sweep:
            self.state.sweep.covered_from = f"{first:04}-01-01"

    def with_parent_key(self, body: Row, row: Row) -> Row:
        """Add the user and the year of the request."""
        return {**super().with_parent_key(body, row), "year": row["year"]}
