"""The account through dlt's rest_api source; runs in dlt's own environment.

`bench_dlt.py URL KEY FOLDER LIST…` extracts the lists into a folder.
"""

from __future__ import annotations

import os
import sys


def main(url: str, key: str, folder: str, paths: list[str]) -> None:
    """Extract, which is what a tap does; nothing is loaded."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    import dlt  # noqa: PLC0415 - not there in the tap's environment
    from dlt.sources.rest_api import rest_api_source  # noqa: PLC0415

    source = rest_api_source(
        {
            "client": {
                "base_url": f"{url}/",
                "headers": {"Authorization": f"Token token={key}"},
                "paginator": {"type": "header_link"},
            },
            "resource_defaults": {
                "primary_key": "id",
                "endpoint": {"params": {"per_page": 100}},
            },
            "resources": [
                {"name": path.replace("/", "_"), "endpoint": {"path": path}}
                for path in paths
            ],
        }
    )
    pipeline = dlt.pipeline("bench", pipelines_dir=folder, destination="duckdb")
    pipeline.extract(source)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
