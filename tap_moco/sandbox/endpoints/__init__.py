"""Every list of the API: where it is, what it holds, and what it understands."""

from tap_moco.sandbox.endpoints import account, money, work
from tap_moco.sandbox.endpoints.base import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *work.TIME,
    *work.PROJECTS,
    *work.PEOPLE,
    *money.SALES,
    *money.PURCHASING,
    *account.CONTACTS,
    *account.SETTINGS,
)
