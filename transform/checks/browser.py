"""A page in a headless Chromium."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE = 60


class Page:
    """A page that is open."""

    def __init__(self, driver: webdriver.Chrome, path: Path) -> None:
        """Know the browser and the page's file."""
        self._driver = driver
        self._path = path

    def open(self, *, width: int = 1200, scheme: str = "light") -> None:
        """Open the page anew, and wait until its charts are drawn."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1}
        self._do("Emulation.setDeviceMetricsOverride", **size, mobile=width < 500)
        scheme_feature = {"name": "prefers-color-scheme", "value": scheme}
        self._do("Emulation.setEmulatedMedia", features=[scheme_feature])
        self._driver.get(self._path.as_uri())
        self.wait_until_drawn()

    def change_scheme(self, scheme: str) -> None:
        """Switch to light or dark while the page is open."""
        self.run("delete document.body.dataset.drawn")
        scheme_feature = {"name": "prefers-color-scheme", "value": scheme}
        self._do("Emulation.setEmulatedMedia", features=[scheme_feature])
        self.wait_until_drawn()

    def wait_until_drawn(self) -> None:
        """Wait for the charts."""
        drawn = "return document.body.dataset.drawn"
        WebDriverWait(self._driver, PATIENCE).until(lambda _: self.run(drawn))

    def run(self, script: str) -> Any:
        """Run a script on the page; return what it returns."""
        return self._driver.execute_script(script)

    def console(self) -> list[str]:
        """Return what the console said since it was last asked."""
        return [str(entry["message"]) for entry in self._log("browser")]

    def requests(self) -> list[str]:
        """Return the addresses that the page asked for."""
        events = [
            json.loads(entry["message"])["message"]
            for entry in self._log("performance")
        ]
        return [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]

    def _log(self, kind: str) -> list[dict[str, Any]]:
        return list(self._driver.get_log(kind))  # type: ignore[no-untyped-call]

    def _do(self, command: str, **arguments: Any) -> None:
        self._driver.execute_cdp_cmd(command, arguments)


@contextmanager
def open_page(path: Path, folder: Path) -> Iterator[Page]:
    """Open a page in a browser of its own.

    Args:
        path: The page's file.
        folder: Where the browser keeps its profile.
    """
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "/usr/bin/chromium"
    for flag in (*FLAGS, f"--user-data-dir={folder}"):
        options.add_argument(flag)
    logs = {"browser": "ALL", "performance": "ALL"}
    options.set_capability("goog:loggingPrefs", logs)
    program = shutil.which("chromedriver") or "/usr/bin/chromedriver"
    driver = webdriver.Chrome(options=options, service=Service(program))
    try:
        page = Page(driver, path)
        page.open()
        yield page
    finally:
        driver.quit()
