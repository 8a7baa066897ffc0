"""What a random history of a whole account is made of."""

from __future__ import annotations

import random
from dataclasses import dataclass

from .account_kinds import STREAMS
from .account_pages import World


@dataclass(frozen=True)
class Plan:
    """What a history is made of; all of it follows from the seed.

    Attributes:
        streams: That are read in the last runs, and in the others but for some.
        masks: Rows are imported and restored, which deletes can mask.
        rolls_back: Whoever runs the tap loses a state, and goes on from an older one.
        skew: Seconds that the tap's clock is ahead of the server's.
    """

    seed: int
    streams: tuple[str, ...]
    rows: int
    rounds: int
    world: World
    window: int
    pace: float
    overlap: int
    masks: bool
    kills: bool
    denies: bool
    changes_settings: bool
    deselects: bool
    is_busy: bool
    rolls_back: bool
    skew: int
    concurrency: int

    @classmethod
    def of(cls, seed: int) -> Plan:
        """Make the plan of a seed."""
        rng = random.Random(seed)
        page = rng.choice((5, 7, 9, 100))
        deaf = (
            ("/purchases/payments", "/purchases/drafts") if rng.random() < 0.2 else ()
        )
        return cls(
            seed=seed,
            streams=tuple(n for n in STREAMS if rng.random() < rng.choice((0.4, 0.9))),
            rows=rng.choice((0, 3, 8, 14, 22)),
            rounds=rng.choice((1, 2, 3, 4)),
            world=World(
                page=page,
                ties=rng.choice(("shuffle", "shuffle", "page", "id")),
                inclusive=rng.random() < 0.5,
                sorts=rng.random() < 0.5,
                deaf=deaf,
            ),
            window=page * rng.choice((1, 2, 20)),
            pace=rng.choice((0.1, 0.4, 1.0)),
            overlap=rng.choice((10, 60)),
            masks=rng.random() < 0.5,
            kills=rng.random() < 0.3,
            denies=rng.random() < 0.3,
            changes_settings=rng.random() < 0.4,
            deselects=rng.random() < 0.4,
            is_busy=rng.random() < 0.5,
            concurrency=rng.choice((1, 4, 8)),
            rolls_back=rng.random() < 0.2,
            skew=rng.choice((0, 0, 600, -600)),
        )
