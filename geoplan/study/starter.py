"""The text of a study to start from: what was guessed of a planner's layers, how, and what is left to fill in."""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from geoplan.errors import Language, Text, quote
from geoplan.sources.described import working_crs
from geoplan.study.blanks import BLANK
from geoplan.study.guess import Draft, label
from geoplan.study.role_score import Guess
from geoplan.study.role_words import role_words
from geoplan.study.schema import TABLES

PLAIN = re.compile(r"(\.\./|[^\W\d])[\w./-]*")
WORDS_OF_YAML = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
OPTIONS = ("hosts", "idle", "premises", "parcels", "employers", "new_residential", "renewal")
COULD = ("births", "moves", "new_residential", "facilities", "hosts", "idle")
PHASES, BUDGET = (2026, 2028, 2030), 10_000_000
INDENT, COMMENT_AT = 2, 40  # as in starter.yaml


@cache
def words() -> Mapping[str, Text]:
    """The comments of a study to start from, in both languages (`starter_words.csv`)."""
    lines = files("geoplan.study").joinpath("starter_words.csv").read_text(encoding="utf-8").splitlines()
    return {row["key"]: Text(row["en"], row["zh"]) for row in csv.DictReader(lines)}


def scalar(value: object) -> str:
    """A value as YAML: plain where nothing could read it otherwise, else in quotes.

    >>> scalar("../layers/居住区.gpkg"), scalar("no"), scalar("1-4岁"), scalar("托位: 数"), scalar(2020)
    ('../layers/居住区.gpkg', '"no"', '"1-4岁"', '"托位: 数"', '2020')
    """
    text = str(value)
    safe = PLAIN.fullmatch(text) is not None and text.casefold() not in WORDS_OF_YAML
    plain = safe or isinstance(value, int) or text == BLANK or re.fullmatch(r"EPSG:\d+", text)
    return text if plain else json.dumps(text, ensure_ascii=False)


def width(text: str) -> int:
    """How many columns of an editor a text takes: a Chinese character takes two.

    >>> width("kind: 类型")
    10
    """
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


@dataclass(frozen=True)
class Starter:
    """Writes the study of a draft for the file `at`; `answers` are what the planner said, by the key of the study."""

    draft: Draft
    at: Path
    name: str
    service: str
    bands: tuple[str, ...]
    language: Language
    answers: Mapping[str, Any]

    def text(self) -> str:
        """The whole study."""
        parts = (self._head(), self._layers(), self._demand(), self._travel(), self._plan(), self._left())
        return "\n".join(line.rstrip() for part in parts for line in part) + "\n"

    def _say(self, key: str, **fields: object) -> str:
        said = words()[key].to(self.language)
        return said.format(**fields) if fields else said

    def _line(self, depth: int, key: str, value: object = None, comment: str = "") -> str:
        """One key with its value and a comment, which stand under one another."""
        head = " " * (INDENT * depth) + f"{scalar(key)}:" + ("" if value is None else f" {scalar(value)}")
        return f"{head}{' ' * (COMMENT_AT - 1 - width(head))} # {comment}" if comment else head

    def _path(self, path: Path) -> str:
        return Path(os.path.relpath(path, self.at.parent)).as_posix()

    def _head(self) -> Iterator[str]:
        study = f"{self.at.parent.name}/{self.at.name}"
        yield f"# {self._say('head', folder=quote(self.draft.folder.name))}"
        yield f"#   {'geoplan check ' + study:<34} {self._say('check')}"
        yield f"#   {'geoplan run ' + study:<34} {self._say('run', stem=self.at.stem)}"
        yield f"# {self._say('schema')}"
        yield "version: 1"
        yield self._line(0, "name", self.name)
        yield self._line(0, "service", self.service, self._say("service"))
        yield self._line(0, "language", self.language, self._say("language"))
        yield self._line(0, "area")
        area = self.draft.area
        if area is None:
            yield self._line(1, "path", BLANK, self._say("area.none"))
            yield self._line(1, "crs", BLANK, "EPSG:4547 …")
        else:
            code, why = working_crs(area.layer)
            yield f"  # {self._told(area)}"
            yield self._line(1, "path", self._path(area.layer.path), self._say("area.path"))
            yield self._line(1, "crs", code or BLANK, why.to(self.language))
        year, why = self.draft.base
        base = self.answers.get("years.base", year)
        yield self._line(0, "years")
        yield self._line(1, "base", base or BLANK, "" if base and not year else why.to(self.language))
        phases = f"[{', '.join(map(str, self._phases()))}]"
        yield f"  phases: {phases:<29} # {self._say('years.phases')}"
        yield ""

    def _phases(self) -> tuple[int, ...]:
        base = self.answers.get("years.base", self.draft.base[0]) or 0
        return PHASES if base <= PHASES[0] else (base + 1, base + 3, base + 5)

    def _layers(self) -> Iterator[str]:
        yield self._line(0, "layers", None, self._say("layers"))
        there = {guess.role: guess for guess in self.draft.without_area()}
        for role in role_words():
            if role in there:
                yield from self._layer(there[role])
            elif role == "streets" or (role == "residents" and self._source == "residents"):
                yield self._line(1, role, None, f"{self._title(role)}: {self._say('no_layer')}")
                yield self._line(2, "path", BLANK)
                yield self._line(2, "datum", BLANK)
        if could := [role for role in COULD if role not in there]:
            yield f"  # {self._say('could')}"
            yield from (f"  #   {self._say(f'could.{role}')}" for role in could)
        yield ""

    def _title(self, role: str) -> str:
        return role_words()[role].title.to(self.language)

    def _told(self, guess: Guess) -> str:
        """What a file is, how that was told, and how sure it is."""
        known, columns = guess.columns.counts
        how = [self._say("by_name", word=quote(guess.word))] if guess.word else []
        how += [self._say("by_columns", known=known, all=columns)] if columns else []
        stop = {"en": "; ", "zh": "；"}[self.language]
        said = [self._say("told_by", how=stop.join(how))] if how else []
        about = [quote(label(guess.layer, self.draft.folder)), *said, self._say(f"sure.{guess.sure}")]
        return stop.join(about)

    def _layer(self, guess: Guess) -> Iterator[str]:
        layer, columns = guess.layer, guess.columns
        yield self._line(1, guess.role, None, self._title(guess.role))
        yield f"    # {self._told(guess)}"
        if guess.nodes:
            yield self._line(2, "path")
            yield self._line(3, "nodes", self._path(guess.nodes.path))
            yield self._line(3, "edges", self._path(layer.path))
        else:
            yield self._line(2, "path", self._path(layer.path))
        if layer.layer:
            yield self._line(2, "layer", layer.layer)
        if guess.role not in TABLES:
            datum, why = guess.datum
            said = self.answers.get(f"layers.{guess.role}.datum")
            yield self._line(2, "datum", said or datum or BLANK, "" if said else why.to(self.language))
        yield from self._crs(guess)
        if guess.role != "streets" and (columns.named or columns.needed):
            yield self._line(2, "columns", None, self._say("columns"))
            yield from (self._line(3, name, there) for name, there in columns.named.items())
            yield from (self._line(3, name, BLANK, self._needed(*what)) for name, what in columns.needed.items())
        if columns.strange and columns.columns:
            yield f"    # {self._say('strange', columns=', '.join(map(quote, columns.strange)))}"

    def _needed(self, meaning: Text, perhaps: tuple[str, ...]) -> str:
        maybe = self._say("perhaps", columns=", ".join(map(quote, perhaps))) if perhaps else ""
        return "; ".join(filter(None, (meaning.to(self.language), maybe)))

    def _crs(self, guess: Guess) -> Iterator[str]:
        """The CRS of a layer that does not say it: degrees need none but that of the datum, of metres only the planner knows the zone."""
        layer = guess.layer
        if layer.crs is not None and layer.trouble is None:
            return
        if layer.trouble is not None:
            advice = layer.trouble.problem.to(self.language), layer.trouble.advice.to(self.language)
            yield self._line(2, "crs", BLANK, "; ".join(advice))
        elif layer.bounds is not None and not (layer.degrees and layer.given.word == "row"):
            yield self._line(2, "crs", "EPSG:4490" if layer.degrees else BLANK, "EPSG:…")

    @property
    def _source(self) -> str:
        layers = self.draft.layers
        return "population" if "population" in layers and "residents" not in layers else "residents"

    def _demand(self) -> Iterator[str]:
        layers = self.draft.layers
        yield self._line(0, "demand")
        if self._source != "residents":
            yield self._line(1, "source", self._source, self._say("source"))
        yield self._line(1, "uptake", "mid", self._say("uptake"))
        if "births" in layers:
            yield self._line(1, "births", "mid", self._say("births"))
        if not any(role in layers and layers[role].has_ages for role in ("residents", "census")):
            yield self._line(1, "share", None, self._say("share"))
            yield from (self._line(2, band, BLANK) for band in self.bands)
        if "new_residential" in layers:
            yield f"  # {self._say('dwellings')}"
        if "hosts" in layers:
            yield f"# {self._say('supply')}"
        yield f"# {self._say('standards')}"
        yield ""

    def _travel(self) -> Iterator[str]:
        yield "travel:"
        walk = "{ mode: walk, limit_m: 1000 }"
        if self._source == "residents":
            yield f"  urban: {walk}  # {self._say('modes')}"
            yield "  rural: { mode: drive, limit_min: 15 }"
        else:
            yield f"  all: {walk}  # {self._say('modes')}"
        yield ""

    def _plan(self) -> Iterable[str]:
        """The plan and a scenario, where there is something to build or convert."""
        if not any(role in self.draft.layers for role in OPTIONS):
            return []
        year = self._phases()[0]
        budget = f"budget: {{ {year}: {BUDGET} }}"
        return [
            "plan:",
            self._line(1, "model", "programme", self._say("model")),
            f"  {budget:<37} # {self._say('budget')}",
            f"  {'gap: 0.005':<37} # {self._say('gap')}",
            "",
            "scenarios:",
            "  double_budget:",
            f"    plan: {{ budget: {{ {year}: {2 * BUDGET} }} }}",
            "",
        ]

    def _left(self) -> Iterator[str]:
        if self.draft.left_out:
            yield f"# {self._say('left')}"
        for name, why in self.draft.left_out:
            yield f"#   {quote(name)}: {why.to(self.language)}"
