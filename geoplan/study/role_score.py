"""How well a layer would play a role of the study: by the name of its file, and by the columns that few other roles have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from geoplan.errors import Text
from geoplan.sources.described import Described, known_datum
from geoplan.sources.recognised import CONTRACTS, Recognised, recognise
from geoplan.study.role_words import WHOLE, role_words, word_in

Sure = Literal["sure", "likely", "doubtful"]
COMMON = frozenset({"name", "unit_id", "township", "kind", "class", "status", "lon", "lat", "geometry", "length_m"})
LEAST, MOST_OF_COLUMNS = 1.0, 4.0


@dataclass(frozen=True, eq=False)
class Guess:
    """One layer of the study: the file (or nodes and edges), what tells its role, and what is found in it.

    `points` is the score, `word` the word of its name that tells the role; `columns` what its reader finds by itself.
    """

    role: str
    layer: Described
    points: float
    word: str
    columns: Recognised
    sure: Sure
    nodes: Described | None = None

    @property
    def datum(self) -> tuple[str | None, Text]:
        """Its datum and how it is known; None where only the planner can say."""
        return known_datum(self.layer)

    @property
    def merit(self) -> tuple[float, int, int]:
        """By what the better of two files for one role is told: its score, the columns that are known, its rows."""
        return round(self.points, 1), len(self.columns.columns), self.layer.rows or 0

    @property
    def has_ages(self) -> bool:
        """Whether it says ages."""
        return any(name.startswith(("age_", "people_")) for name in (*self.columns.columns, *self.columns.strange))


def score(role: str, layer: Described, bands: Sequence[str] = ()) -> Guess | None:
    """How well a layer would play a role, from 0 to about 8: by its name (to 4) and by the columns that few other roles have (to 4).

    Each column that the role needs and the file lacks takes 1 away. None where its shapes are not those of the role, or
    nothing tells it.
    """
    if not layer.shapes <= role_words()[role].shapes or (role == "area" and layer.layer):
        return None
    fit, word = word_in(layer.name, role)
    if not fit:
        in_folder, word = word_in(layer.path.parent.name, role)
        fit = in_folder / 4
    columns = recognise(role, layer.given, bands)
    telling = min(MOST_OF_COLUMNS, sum(rarity(role, name) for name in columns.columns if name not in COMMON))
    graph = 2.0 if layer.shapes & {"osm", "graph"} else 0.0
    lacking = sum(name not in ("survey_code", "planning_code") for name in columns.needed)
    points = fit + telling + graph - min(2.0, lacking)
    if not (fit or telling or graph):
        return None
    known = telling >= LEAST or graph or (fit == WHOLE and (not telling or "unit_id" in columns.columns))
    sure: Sure = "sure" if fit >= 2 and known and not lacking else "likely"
    return Guess(role, layer, points, word, columns, sure if points >= 2 else "doubtful")


@cache
def _owners() -> Mapping[tuple[str, str], int]:
    """Of each shape and column how many roles have it."""
    owners: Counter[tuple[str, str]] = Counter()
    for role, table in CONTRACTS.items():
        for shape in role_words()[role].shapes:
            owners.update((shape, name) for name in {table.index, *(c.name for c in table.columns)})
    return owners


def rarity(role: str, column: str) -> float:
    """What a column tells of a role: one over the number of roles of the same shape that have it, 0 of the ids that any table has."""
    table = CONTRACTS.get(role)
    if table is not None and column == table.index:
        return 0.0
    return 1 / max(1, *(_owners()[shape, column] for shape in role_words()[role].shapes))
