"""Containers of the images, hardened as the compose file has it."""

from __future__ import annotations

import subprocess
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .compose import services

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PATIENCE = 300
# runc, and limits that root may set anywhere: crun and podman's own limits ask for more
# than some virtual machines allow.
PODMAN = ("podman", "--runtime", "runc")
LIMITS = ("--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024")


def podman(*arguments: str) -> str:
    """Run podman; return what it, or the container, wrote."""
    done = subprocess.run(
        [*PODMAN, *arguments],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@dataclass
class Service:
    """A service of the compose file, with a volume for its data.

    Attributes:
        name: What the compose file calls it.
        volume: The volume for `/data`.
        env: What its process gets.
    """

    name: str
    volume: str
    env: Mapping[str, str]

    def run(self, *command: str) -> str:
        """Run a command in the service's container; return what it wrote."""
        program, *arguments = command
        entrypoint = f"--entrypoint={program}"
        return podman(
            "run", "--rm", *self._options(), entrypoint, self._image, *arguments
        )

    @contextmanager
    def running(self) -> Iterator[Container]:
        """Run the service in the background for a block."""
        program, *arguments = services()[self.name].get("entrypoint", [""])
        entrypoint = [f"--entrypoint={program}"] if program else []
        command = (*self._options(), *entrypoint, self._image, *arguments)
        container = Container(podman("run", "--detach", "--init", *command).strip())
        try:
            yield container
        finally:
            podman("rm", "--force", "--time=0", container.identity)

    @property
    def _image(self) -> str:
        return f"tap-moco:{services()[self.name]['build']['target']}"

    def _options(self) -> list[str]:
        service = services()[self.name]
        assert service["read_only"]
        return [
            "--read-only",
            "--read-only-tmpfs=false",
            *(f"--tmpfs={path}" for path in service["tmpfs"]),
            *(f"--cap-drop={name}" for name in service["cap_drop"]),
            *(f"--security-opt={o.split(':')[0]}" for o in service["security_opt"]),
            *LIMITS,
            "--network=host",
            f"--volume={self.volume}:/data",
            *(f"--env={name}={value}" for name, value in self.env.items()),
        ]


@dataclass
class Container:
    """One that runs in the background."""

    identity: str

    def logs(self) -> str:
        """Return what it wrote to standard error so far."""
        done = subprocess.run(
            [*PODMAN, "logs", self.identity],
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        return done.stdout

    def wait_for(self, words: str) -> None:
        """Wait until it has written some words."""
        deadline = time.monotonic() + PATIENCE
        while words not in (logs := self.logs()):
            assert time.monotonic() < deadline, f"{words!r} never came:\n{logs}"
            time.sleep(0.2)

    def stop(self) -> int:
        """Ask it to end, as `docker compose stop` does; return its exit status."""
        podman("stop", "--time=120", self.identity)
        return int(podman("wait", self.identity))


@contextmanager
def volume() -> Iterator[str]:
    """Make a volume for a block."""
    name = f"tap-moco-{uuid.uuid4().hex}"
    podman("volume", "create", name)
    try:
        yield name
    finally:
        podman("volume", "rm", "--force", name)
