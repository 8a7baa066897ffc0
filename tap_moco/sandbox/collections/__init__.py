"""Every collection of an account: what its records hold, and how MOCO shows them."""

from tap_moco.sandbox.collections.contacts import CONTACTS
from tap_moco.sandbox.collections.people import PEOPLE
from tap_moco.sandbox.collections.projects import PROJECTS
from tap_moco.sandbox.collections.purchasing import PURCHASING
from tap_moco.sandbox.collections.sales import SALES
from tap_moco.sandbox.collections.settings import SETTINGS
from tap_moco.sandbox.collections.time import TIME

COLLECTIONS = {
    collection.name: collection
    for collection in (
        *TIME,
        *PROJECTS,
        *SALES,
        *PURCHASING,
        *PEOPLE,
        *CONTACTS,
        *SETTINGS,
    )
}
