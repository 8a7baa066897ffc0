"""Projects and what belongs to them."""

from __future__ import annotations

from typing import ClassVar

from tap_moco.completeness.windows import DateFilter
from tap_moco.streams.details import DetailStream
from tap_moco.streams.lists import ListStream
from tap_moco.streams.project_children import ProjectChildStream


class Projects(ListStream):
    """Projects (Projekte), active and archived.

    They embed their tasks and contracts, and do not change when these do.
    """

    name = "projects"
    path = "/projects"
    archived_param = "include_archived"
    reads_alive = True
    sort_by = "id"


class ProjectTasks(ProjectChildStream):
    """Tasks of projects (Leistungen)."""

    name = "project_tasks"
    path = "/projects/{id}/tasks"
    parent_stream_type = Projects
    field = "tasks"


class ProjectContracts(ProjectChildStream):
    """People assigned to projects (Personal)."""

    name = "project_contracts"
    path = "/projects/{id}/contracts"
    parent_stream_type = Projects
    field = "contracts"


class ProjectGroups(ListStream):
    """Groups of projects (Projektgruppen). They do not change with their projects."""

    name = "project_groups"
    path = "/projects/groups"
    replication_key = None


class ProjectExpenses(ListStream):
    """Additional costs of projects (Zusatzleistungen)."""

    name = "project_expenses"
    path = "/projects/expenses"
    date_filter = DateFilter()
    takes_user_id = True


class ProjectPaymentSchedules(ListStream):
    """Agreed instalments of projects (Abrechnungspläne); one unpaged list."""

    name = "project_payment_schedules"
    path = "/projects/payment_schedules"
    period_filter = DateFilter()


class ProjectRecurringExpenses(ListStream):
    """Additional costs that come again (wiederkehrende Zusatzleistungen)."""

    name = "project_recurring_expenses"
    path = "/recurring_expenses"
    sort_by = "id"


class ProjectsAssigned(ListStream):
    """Projects that the key's user may book on; one unpaged list."""

    name = "projects_assigned"
    path = "/projects/assigned"
    takes_ids = False
    replication_key = None
    takes_updated_after = False
    has_timestamps = False
    selected_by_default = False


class ProjectReports(DetailStream):
    """Budget, costs and hours of each project, one request per project.

    They change without their project, so every run reads all of them.
    """

    name = "project_reports"
    path = "/projects/{id}/report"
    parent_stream_type = Projects
    parent_key = "project_id"
    primary_keys: ClassVar[tuple[str, ...]] = ("project_id",)
    replication_key = None
    selected_by_default = False
