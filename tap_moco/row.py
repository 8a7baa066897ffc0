"""A row of MOCO: what its JSON says of one record."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]
