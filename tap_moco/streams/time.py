"""Time: entries, absences, planning and presences."""

from __future__ import annotations

from tap_moco.completeness.windows import DateFilter
from tap_moco.streams.lists import ListStream


class Activities(ListStream):
    """Time entries (Zeiteinträge), billed and unbilled."""

    name = "activities"
    path = "/activities"
    sort_by = "id"
    date_filter = DateFilter()
    takes_user_id = True


class Schedules(ListStream):
    """Absences and other all-day entries of people (Abwesenheiten)."""

    name = "schedules"
    path = "/schedules"
    date_filter = DateFilter()
    takes_user_id = True


class PlanningEntries(ListStream):
    """Planned work of people on projects and deals (Planung)."""

    name = "planning_entries"
    path = "/planning_entries"
    date_filter = DateFilter(range_param="period")
    takes_user_id = True


class UserPresences(ListStream):
    """When people came and went (Präsenzzeiten)."""

    name = "user_presences"
    path = "/users/presences"
    date_filter = DateFilter()
    takes_user_id = True
