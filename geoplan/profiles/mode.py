"""Mode: how people travel: which streets they may use, how fast, and whether one-way signs bind them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from types import MappingProxyType
from typing import Any, Literal

from ruamel.yaml import YAML

from geoplan import plugins
from geoplan.errors import Text
from geoplan.profiles.standard import Mark


@dataclass(frozen=True)
class Penalty:
    """What holds a mode up where the tag `tag` has one of `values`: so many times longer, or so many seconds."""

    tag: str
    values: frozenset[str]
    amount: float


@dataclass(frozen=True)
class Mode:
    """A travel mode, from one data file.

    `speeds_kph` gives kilometres an hour by OpenStreetMap highway class, `default_kph` the speed of any other class (None: such
    a street is not used). `oneway` says whether one-way streets bind. A street is used if its class is not in `never`, and if
    it either carries an `admitted` value (tag: values) or carries no `barred` one. `unit` is what its network counts by
    default. Where seconds are counted, a street that a penalty of `slower` names takes so many times longer, and to cross what
    one of `waits` names (streets by highway, or points by crossing) takes so many seconds; `maxspeed` says whether posted limits
    bind. `figures` gives each figure of the file with its mark and its source.
    """

    id: str
    title: Text
    unit: Literal["m", "s"]
    speeds_kph: Mapping[str, float]
    default_kph: float | None
    oneway: bool
    never: frozenset[str]
    barred: Mapping[str, frozenset[str]]
    admitted: Mapping[str, frozenset[str]]
    slower: tuple[Penalty, ...]
    waits: tuple[Penalty, ...]
    maxspeed: bool
    figures: Mapping[str, tuple[Any, Mark, str]]

    def __post_init__(self) -> None:
        speeds = [*self.speeds_kph.values(), *([] if self.default_kph is None else [self.default_kph])]
        bad = [s for s in speeds if not (math.isfinite(s) and s > 0)]
        if bad or not speeds:
            raise ValueError(f"mode {self.id}: speeds must be finite and above 0 km/h, not {bad or 'none at all'}")
        for penalty, least in [*((p, 1.0) for p in self.slower), *((p, 0.0) for p in self.waits)]:
            if not (math.isfinite(penalty.amount) and penalty.amount >= least):
                raise ValueError(f"mode {self.id}: {penalty.tag} must be at least {least:g}, not {penalty.amount}")

    @property
    def slowest_kph(self) -> float:
        """The slowest of its speeds: what is assumed between a point and the street that it is joined to, in km/h.

        >>> load_mode("walk").slowest_kph
        3.6
        """
        return min([*self.speeds_kph.values(), *([] if self.default_kph is None else [self.default_kph])])

    @property
    def speed_kph(self) -> float:
        """The one speed that stands for the mode where only a length is known, in km/h: its default, else its middle class.

        >>> load_mode("walk").speed_kph, load_mode("drive").speed_kph
        (3.6, 30.0)
        """
        return self.default_kph or median(self.speeds_kph.values())

    def speed_on(self, highway: str | None) -> float | None:
        """The speed on a street of this class in km/h; None if the mode does not use it.

        Several classes joined by `;` (an edge that was merged from several streets) count as the slowest of them, and are
        not used if one of them is not.

        >>> drive = load_mode("drive")
        >>> drive.speed_on("primary"), drive.speed_on("primary;residential"), drive.speed_on("footway")
        (45.0, 20.0, None)
        """
        speeds = [
            None if c in self.never else self.speeds_kph.get(c, self.default_kph) for c in (highway or "").split(";")
        ]
        known = [s for s in speeds if s is not None]
        return min(known) if len(known) == len(speeds) else None


def load_mode(name: str) -> Mode:
    """The mode of this name, read from its data file; raises `UsageError` with the nearest name if there is none.

    >>> load_mode("drive").oneway, load_mode("walk").oneway
    (True, False)
    """
    text = plugins.find("modes", name).read_text(encoding="utf-8")
    data = YAML(typ="safe", pure=True).load(text)
    return Mode(
        id=name,
        title=Text(data["title"], data["title_zh"]),
        unit=data["unit"],
        speeds_kph=MappingProxyType({key: float(figure["value"]) for key, figure in data["speeds_kph"].items()}),
        default_kph=float(data["default_kph"]["value"]) if data["default_kph"] else None,
        oneway=data["oneway"]["value"],
        never=frozenset(data["never"]),
        barred=_tags(data["barred"]),
        admitted=_tags(data["admitted"]),
        slower=_penalties(data["slower"]),
        waits=_penalties(data["waits_s"]),
        maxspeed=data["maxspeed"]["value"],
        figures=MappingProxyType({key: (f["value"], f["mark"], f["source"]) for key, f in _figures(data) if f}),
    )


def _figures(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each figure of the file, by what it says and in which unit."""
    yield "default_kph", data["default_kph"]
    for kind, form in (("speeds_kph", "{}_kph"), ("slower", "{} × longer"), ("waits_s", "{} wait_s")):
        yield from ((form.format(key), figure) for key, figure in data[kind].items())
    yield from ((key, data[key]) for key in ("oneway", "maxspeed"))
    yield "access", {"value": "by tags", **{key: data[key] for key in ("mark", "source")}}


def _tags(given: Mapping[str, Any]) -> Mapping[str, frozenset[str]]:
    return MappingProxyType({tag: frozenset(values) for tag, values in given.items()})


def _penalties(given: Mapping[str, Any]) -> tuple[Penalty, ...]:
    return tuple(Penalty(p["tag"], frozenset(p["values"]), float(p["value"])) for p in given.values())
