"""The tasks or contracts that the target has, for projects that are read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.packing import pack_map, unpack_map
from tap_moco.records.unchanged import MOST_SEEN, part_of_digest
from tap_moco.timestamps import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from tap_moco.row import Row
    from tap_moco.state.stream import StreamState

MOST_CHILDREN = 20_000
"""The most children whose project the state remembers; with more, only a sweep shows
what is gone."""
PARENT = "projects"


class HeldChildren:
    """What was last written of each project, so that only changes are written.

    Active projects are read in every run, archived ones while the overlap shows them.

    Args:
        state: The state of the stream of children.
        overlap: How far before the bookmark the next increment starts.
        write_state: Writes a STATE message.
        forgets: Everything is written again.
    """

    def __init__(
        self,
        state: StreamState,
        overlap: timedelta,
        write_state: Callable[[], None],
        *,
        forgets: bool,
    ) -> None:
        """Begin with what the state knows."""
        self._state = state
        self._write_state = write_state
        self._is_forgotten = forgets
        self._overlap = overlap
        self._before = {} if forgets else unpack_map(state.alive)
        self._seen = {} if forgets else state.seen
        self._project_of = {} if forgets else unpack_map(state.holders.get(PARENT, ""))
        self._digests: dict[int, int] = {}
        self._shown: dict[int, int] = {}
        self._met: set[int] = set()
        self._alive: set[int] = set()
        self._archived: dict[int, object] = {}

    def are_new(self, project: Row, children: list[Row]) -> bool:
        """Take note of a project's children; return whether they have changed."""
        number, digest = project["id"], part_of_digest(children)
        before = self._digests.get(number, self._before_of(number))
        self._met.add(number)
        if project.get("active") is not False:
            self._alive.add(number)
            self._archived.pop(number, None)
        else:
            self._alive.discard(number)
            self._archived[number] = project.get("updated_at")
        self._shown.update({child["id"]: number for child in children})
        self._digests[number] = digest
        if before not in (None, digest):
            self._forget_written()
        return before != digest

    def _forget_written(self) -> None:
        """Forget what the target has, before anything else takes its place.

        The run may end before the next STATE; and then somebody may undo the change.
        """
        if not self._is_forgotten:
            self._is_forgotten = True
            self._state.seen = {}
            self._state.alive = pack_map(dict.fromkeys(self._before, 0))
            self._write_state()

    def _before_of(self, number: int) -> int | None:
        if text := self._seen.get(str(number)):
            return int(text)
        return self._before.get(number)

    @property
    def has_lost_some(self) -> bool:
        """A child is gone, or an active project with its children."""
        projects_are_gone = not self._before.keys() <= self._met
        return projects_are_gone or not self._project_of.keys() <= self._shown.keys()

    def save(self, state: StreamState) -> None:
        """Note in the state what the target has of the projects to be read again."""
        alive = self._alive
        project_of = {c: number for c, number in self._shown.items() if number in alive}
        state.alive = pack_map({number: self._digests[number] for number in alive})
        if len(project_of) <= MOST_CHILDREN:
            state.holders[PARENT] = pack_map(project_of)
        else:
            state.holders.pop(PARENT, None)
        state.seen = self._of_the_overlap(state)

    def _of_the_overlap(self, state: StreamState) -> dict[str, str]:
        """Return digests of the archived projects that the next increment will show."""
        if state.bookmark is None:
            return {}
        oldest = state.bookmark - self._overlap
        recent = {
            str(number): str(self._digests[number])
            for number, text in self._archived.items()
            if (changed := parse_timestamp(text)) and changed >= oldest
        }
        return recent if len(recent) <= MOST_SEEN else {}
