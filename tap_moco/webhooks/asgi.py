"""The receiver for any ASGI server, set up by `TAP_MOCO_WEBHOOKS_...` variables.

For example `hypercorn tap_moco.webhooks.asgi:app`, or uvicorn with `--workers`.
"""

from __future__ import annotations

from tap_moco.webhooks.cli import app_from, serve

app = app_from(serve.make_context("serve", []).params)
