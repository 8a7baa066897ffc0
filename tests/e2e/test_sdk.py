"""The SDK's standard tests, and what those of its assertions that cannot fail mean.

In singer-sdk 0.54.9 the test for unique keys compares generators, and the one
for the final state looks one level too high: `test_streams.py` and
`test_output.py` hold what they were meant for. Those for fields keep the values of the
first field that they see, and warn if that has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from tap_moco.sandbox import generate_account, serve
from tap_moco.tap import TapMoco
from tests.support.ports import free_port
from tests.support.runs import KEY, NO_LIMIT, select

if TYPE_CHECKING:
    from collections.abc import Iterator


PORT = free_port()
"""Known before the server is, since the tests are made when this is imported."""
CONFIG = {
    "api_url": f"http://127.0.0.1:{PORT}/api/v1",
    "api_key": KEY,
    "rate_limit": NO_LIMIT,
}


@pytest.fixture(scope="module", autouse=True)
def _served() -> Iterator[None]:
    with serve(generate_account(0.2), port=PORT):
        yield


# A company's or invoice's fields depend on its kind, and the sandbox does not
# hold every field of every schema.
@pytest.mark.filterwarnings("ignore:Fields in transformed catalog:UserWarning")
@pytest.mark.filterwarnings("ignore:No records were available to test:UserWarning")
class TestStandard(
    get_tap_test_class(  # type: ignore[misc]
        TapMoco,
        config=CONFIG,
        catalog=select(),
        suite_config=SuiteConfig(max_records_limit=50),
        parse_env_config=False,
    )
):
    """All streams, those that are off by default too."""
