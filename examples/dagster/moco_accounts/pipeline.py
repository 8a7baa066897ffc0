"""One run of one account: the tap and the target, as processes of their own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from moco_accounts.accounts import from_environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from moco_accounts.accounts import Account
    from moco_accounts.state import States

HEAD = 200
"""Bytes of a message in which its type and its stream are."""
RECORD = re.compile(rb'"type":\s*"RECORD"')
STREAM = re.compile(rb'"stream":\s*"(\w+)"')
ERROR = re.compile(r"\| (?:ERROR|CRITICAL)\s*\|")


class RunError(Exception):
    """The tap or the target failed; the text is the line that says why."""


@dataclass
class Pipeline:
    """`tap-moco | target`, for one account.

    Attributes:
        tap: The tap's command.
        folder: Where the logs are kept.
        records: How many records of each stream the target was given.
    """

    account: Account
    tap: str
    states: States
    folder: Path
    records: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        """Run both, and keep every state that the target confirms.

        Raises:
            RunError: One of them failed. What was loaded stays, and so does the
                state of the streams that went well.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        work = self.folder / "work"
        work.mkdir(mode=0o700, exist_ok=True)
        try:
            statuses = self._run_both(self._write_configs(work))
        finally:
            shutil.rmtree(work)  # the target's configuration holds a password
        for name, status in statuses.items():
            if status:
                raise RunError(f"{name} ended with {status}: {self._reason(name)}")

    def _write_configs(self, work: Path) -> dict[str, list[str]]:
        """Write what both need to know; return their commands by name."""
        account, database = self.account, self.account.database
        config = {**database.config, "default_target_schema": account.schema}
        files = {
            "tap": from_environment(account.settings),
            "target": from_environment(config),
            "state": self.states.load(account.name),
        }
        for name, content in files.items():
            (work / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
        tap = [self.tap, "--config", str(work / "tap.json")]
        tap += ["--catalog", account.catalog] if account.catalog else []
        tap += ["--state", str(work / "state.json")] if files["state"] else []
        target = [database.target, "--config", str(work / "target.json")]
        return {"tap": tap, "target": target}

    def _run_both(self, commands: Mapping[str, list[str]]) -> dict[str, int]:
        """Return both exit statuses."""
        key = {"TAP_MOCO_API_KEY": from_environment(self.account.api_key)}
        with ExitStack() as stack:
            tap = self._start("tap", commands["tap"], stack, env=key)
            target = self._start("target", commands["target"], stack, env={})
            _pipe(tap.stdin).close()
            lines = threading.Thread(
                target=self._pass_on, args=(_pipe(tap.stdout), _pipe(target.stdin))
            )
            lines.start()
            for line in _pipe(target.stdout):
                if line.startswith(b"{"):  # some targets print remarks there, too
                    self.states.save(self.account.name, json.loads(line))
            lines.join()
            return {"tap": tap.wait(), "target": target.wait()}

    def _start(
        self, name: str, command: list[str], stack: ExitStack, *, env: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        """Start a command, which does not outlive the stack."""
        log = stack.enter_context(self.log(name).open("wb"))
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **env},
            )
        except OSError as error:
            raise RunError(f"{name} did not start: {error}") from error
        stack.enter_context(process)
        stack.callback(process.terminate)
        return process

    def _pass_on(self, source: IO[bytes], sink: IO[bytes]) -> None:
        """Give the target what the tap writes, and count the records."""
        # Where the target has ended, its exit status says more than a broken pipe.
        with source, suppress(BrokenPipeError), sink:
            for line in source:
                sink.write(line)
                head = line[:HEAD]
                if RECORD.search(head) and (stream := STREAM.search(head)):
                    self.records[stream[1].decode()] += 1

    def log(self, name: str) -> Path:
        """Return the log of the tap or of the target."""
        return self.folder / f"{name}.log"

    def _reason(self, name: str) -> str:
        """Return the last line of a log that is an error, else the last line."""
        lines = self.log(name).read_text(encoding="utf-8", errors="replace").split("\n")
        filled = [line for line in lines if line.strip()]
        errors = [line for line in filled if ERROR.search(line)]
        return (errors or filled or ["it wrote nothing to its log"])[-1].strip()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("the process was started without a pipe")
    return pipe
