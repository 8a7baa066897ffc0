"""Random histories of a whole account, read by many streams at once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from .account_check import Check
from .account_kinds import KINDS
from .account_scene import AccountScene

if TYPE_CHECKING:
    from .account_plan import Plan
    from .account_scene import Result


class AccountHistory:
    """Rounds of changes and runs, until the account is quiet.

    Args:
        plan: All of it follows from this.
    """

    def __init__(self, plan: Plan) -> None:
        """Play nothing yet."""
        self.plan = plan
        self.scene = scene = AccountScene(plan)
        self.check = Check(scene.account, scene.target, scene.changes, plan.streams)

    @property
    def log(self) -> list[str]:
        """What has happened so far."""
        return self.scene.changes.log

    def play(self) -> None:
        """Play the history to its end, and compare."""
        plan, scene = self.plan, self.scene
        with scene.served():
            for _ in range(plan.rounds):
                self._round()
            scene.server.denied.clear()
            scene.budget = 0
            is_bare = not plan.changes_settings or scene.rng.random() < 0.7
            config: dict[str, Any] = {} if is_bare else {"include_archived": False}
            self._settle(config)
            self.check.compare("after the next run", swept=False)
            self._idle(config)
            scene.clock.tick(8 * 86_400)
            self._check_cost(self._run(plan.streams, config))
            self.check.compare("after a sweep", swept=True)
            self._idle(config)

    def _round(self) -> None:
        rng, plan, scene = self.scene.rng, self.plan, self.scene
        self._let_time_pass()
        config = self._config() if plan.changes_settings else {}
        streams = plan.streams
        if plan.deselects:
            streams = tuple(n for n in streams if rng.random() < 0.7)
        if not streams:
            return
        scene.budget = rng.choice((0, 2, 10)) if plan.is_busy else 0
        kill = rng.randint(0, 150) if plan.kills and rng.random() < 0.5 else None
        begun, older, keys = scene.clock.now, scene.target.state, scene.target.keys()
        result = self._run(streams, config, kill)
        scene.budget = 0
        if result.is_success:
            self.check.check_what_was_there(streams, begun, scene.server.denied)
        if plan.rolls_back and rng.random() < 0.4:
            self.log.append("an older state is restored")
            scene.target.state = older
            self.check.leeway.doubt_all_but(keys)

    def _let_time_pass(self) -> None:
        """Change the account, and what the key may read, between two runs."""
        rng, scene = self.scene.rng, self.scene
        scene.clock.tick(rng.choice((0, 30, 3600, 30 * 3600, 9 * 86_400)))
        for _ in range(rng.choice((0, 1, 3, 8))):
            scene.changes.change()
        is_denied = self.plan.denies and rng.random() < 0.5
        scene.server.denied = self._denials() if is_denied else set()

    def _denials(self) -> set[str]:
        rng = self.scene.rng
        paths = {KINDS[name].path for name in KINDS if rng.random() < 0.15}
        for number in self.scene.account.rows["invoices"]:
            if rng.random() < 0.3:
                paths.add(f"/invoices/{number}")
        return paths

    def _config(self) -> dict[str, Any]:
        rng = self.scene.rng
        config: dict[str, Any] = {
            "include_archived": rng.random() < 0.6,
            "report_interval_hours": rng.choice((0, 24)),
        }
        if rng.random() < 0.3:
            config["start_date"] = rng.choice(("2026-06-01", "2025-01-01"))
        if rng.random() < 0.3:
            config["project_children"] = "embedded"
        return config

    def _run(
        self,
        streams: tuple[str, ...],
        config: dict[str, Any],
        kill_after: int | None = None,
    ) -> Result:
        self.check.config = config
        keys = self.scene.target.keys()
        result = self.scene.run(streams, config, kill_after)
        if result.was_killed:
            self.check.leeway.doubt_all_but(keys)
        return result

    def _settle(self, config: dict[str, Any]) -> None:
        """Run until nothing is written any more; each run has to go well."""
        for _ in range(4):
            self.scene.clock.tick(26 * 3600)
            result = self._run(self.plan.streams, config)
            self._check_cost(result)
            if not result.written:
                return
            found = self.check.differences(swept=False)
            assert not found, ("after the next run", found)
        raise AssertionError(("never quiet", result.written))

    def _check_cost(self, result: Result) -> None:
        """A run of a quiet account goes well, and does not cost the earth."""
        assert result.is_success, result.reasons
        rows = sum(map(len, self.scene.account.rows.values()))
        most = 4 * len(self.plan.streams) + 3 * rows
        assert len(result.requests) <= most, ("requests", len(result.requests), most)

    def _idle(self, config: dict[str, Any]) -> None:
        """A second run on a quiet account writes nothing."""
        self.scene.clock.tick(2 * 3600)
        result = self._run(self.plan.streams, config)
        assert result.is_success, result.reasons
        assert not result.written, ("idle", result.written)
        asked = Counter(path for path, _ in result.requests)
        lists = {kind.path for kind in KINDS.values() if kind.stamps}
        # what proves a list of a few pages of equal rows, for `taggings` once more
        most = 16 if self.plan.world.page == 100 else 40
        much = {path: n for path, n in asked.items() if path in lists and n > most}
        assert not much, ("idle requests", much)
