"""Blocks of a data file, read so that everything wrong is found at once: what is missing gets a stand-in and reading goes on."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from geoplan.errors import Finding, Findings, Text
from geoplan.profiles.standard import Standard

MEND = Text("mend the value", "请修正")
SHOWN = 12  # names that an advice lists where none is near


def is_number(value: object) -> bool:
    """Whether a value is a finite number; true and false are none.

    >>> is_number(3), is_number(True), is_number(float("nan"))
    (True, False, False)
    """
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def nearest(name: str, known: Iterable[str]) -> Text:
    """The advice for a name that is not known: the nearest one, else those that there are.

    >>> nearest("uptake_mdi", ["uptake_low", "uptake_mid"]).en
    'did you mean uptake_mid?'
    """
    names = list(known)
    near = get_close_matches(name, names, n=1)
    if near:
        return Text(f"did you mean {near[0]}?", f"是否为 {near[0]}？")
    more = ", …" if len(names) > SHOWN else ""
    return Text(f"there are: {', '.join(names[:SHOWN])}{more}", f"可用名称：{'、'.join(names[:SHOWN])}{more}")


class Reader:
    """Reads one data file: the standards that it may refer to, what was found, and where each standard is used."""

    def __init__(self, file: str, standards: Mapping[str, Standard] = MappingProxyType({})) -> None:
        self.file, self.standards, self.findings = file, standards, Findings()
        self.uses: dict[str, tuple[str, ...]] = {}

    def wrong(self, place: str, problem: Text, value: object = "", code: str = "GP-S001", advice: Text = MEND) -> None:
        """Add a finding at a place of the file."""
        self.findings.add(Finding(code, self.file, place, problem, advice, str(value)))

    def one_of(self, name: str, known: Iterable[str], place: str, problem: Text) -> None:
        """A finding with the nearest name if a name is not one of those known."""
        known = list(known)
        if name and name not in known:
            self.wrong(place, problem, name, "GP-S002", nearest(name, known))

    def standard(self, id_: str, place: str) -> Standard:
        """The standard of this id; a stand-in without a value, and a finding, where no rule may refer to it."""
        known = self.standards.get(id_)
        if known is not None and known.applied:
            self.uses[id_] = (*self.uses.get(id_, ()), place)
            return known
        if known is not None:
            problem = Text(
                "this figure is known for comparison only; no rule applies it", "该数值仅供比较，规则不得采用"
            )
            self.wrong(place, problem, id_, "GP-S005", Text("use a standard that is applied", "请改用可采用的标准"))
        elif id_:
            applied = [s.id for s in self.standards.values() if s.applied]
            self.wrong(
                place, Text("no standard has this id", "没有该编号的标准"), id_, "GP-S002", nearest(id_, applied)
            )
        return Standard(id_, Text(id_, id_), math.nan, "", "", Text("", ""), "", "G")

    def measured_in(self, id_: str, place: str, unit: str | None) -> Standard:
        """The standard of this id, which must have this unit (None: any)."""
        standard = self.standard(id_, place)
        if unit and standard.unit and standard.unit != unit:
            problem = Text(f"the standard must be in {unit}", f"标准的计量单位须为 {unit}")
            self.wrong(f"{place}, {id_}", problem, standard.unit, "GP-S004")
        return standard

    def whole(self, id_: str, place: str, least: int = 0) -> int:
        """The value of a standard, a whole number of at least `least`."""
        problem = Text(f"must be a whole number of at least {least}", f"须为不小于{least}的整数")
        return int(self._value(id_, place, lambda v: v == int(v) and v >= least, problem))

    def share(self, id_: str, place: str) -> float:
        """The value of a standard, a share between 0 and 1."""
        return self._value(id_, place, lambda v: 0 <= v <= 1, Text("must be between 0 and 1", "须在0与1之间"))

    def positive(self, id_: str, place: str) -> float:
        """The value of a standard, which must be above 0 because something is divided by it."""
        return self._value(id_, place, lambda v: v > 0, Text("must be above 0", "须大于0"))

    def _value(self, id_: str, place: str, holds: Callable[[float], bool], problem: Text) -> float:
        """The value of a standard, which must hold; a finding, and 0, where it does not."""
        value = self.standard(id_, place).value
        if not math.isnan(value) and holds(value):
            return value
        if not math.isnan(value):
            self.wrong(f"{place}, {id_}", problem, f"{value:g}", "GP-S004")
        return 0.0


class Block:
    """A mapping inside a data file; each key is asked for once, and `close` names those that nobody asked for."""

    def __init__(self, data: object, place: str, reader: Reader) -> None:
        self.place, self.reader = place, reader
        self.asked: dict[str, None] = {}
        if not isinstance(data, Mapping):
            reader.wrong(place, Text("must be keys with values", "须为键值对"), data)
        self.data: Mapping[str, Any] = data if isinstance(data, Mapping) else {}

    def at(self, key: str) -> str:
        """Where a key of this block stands in the file."""
        return f"{self.place}.{key}" if self.place else key

    def has(self, key: str) -> bool:
        """Whether a key that may be left out is given."""
        self.asked[key] = None
        return self.data.get(key) is not None

    def _get(self, key: str, holds: Callable[[Any], bool], what: Text, stand_in: Any) -> Any:
        self.asked[key] = None
        if key not in self.data:
            self.reader.wrong(self.at(key), Text("this key is missing", "缺少该键"), key)
            return stand_in
        if not holds(self.data[key]):
            self.reader.wrong(self.at(key), what, f"{key}: {self.data[key]}")
            return stand_in
        return self.data[key]

    def word(self, key: str, default: str | None = None) -> str:
        """A text that is not empty; with a default the key may be left out."""
        if default is not None and not self.has(key):
            return default
        word: str = self._get(
            key, lambda v: isinstance(v, str) and v.strip() != "", Text("must be a text", "须为文本"), ""
        )
        return word

    def choice(self, key: str, allowed: Collection[str], default: str | None = None) -> str:
        """One of the words allowed, which may be the empty one."""
        if default is not None and not self.has(key):
            return default
        word: str = self._get(key, lambda v: isinstance(v, str), Text("must be a text", "须为文本"), "")
        if key in self.data and word not in allowed:
            problem = Text(f"{key} has no such value", f"{key} 没有该取值")
            self.reader.wrong(self.at(key), problem, word, advice=nearest(word, filter(None, allowed)))
        return word

    def text(self, key: str) -> Text:
        """A text in both languages, from two keys."""
        return Text(self.word(key), self.word(f"{key}_zh"))

    def number(self, key: str) -> float:
        """A finite number."""
        return float(self._get(key, is_number, Text("the value must be a finite number", "数值须为有限数"), 0.0))

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        what = Text("must be true or false", "须为 true 或 false")
        return bool(self._get(key, lambda v: isinstance(v, bool), what, default)) if self.has(key) else default

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        what = Text("must be a list of texts", "须为文本列表")
        return tuple(self._get(key, lambda v: isinstance(v, list) and all(isinstance(w, str) for w in v), what, ()))

    def mapping(self, key: str) -> dict[str, Any]:
        """Keys with values; empty if the key is left out."""
        what = Text("must be keys with values", "须为键值对")
        return dict(self._get(key, lambda v: isinstance(v, Mapping), what, {})) if self.has(key) else {}

    def block(self, key: str) -> Block:
        """A block inside this one; empty if the key is left out."""
        return Block(self.mapping(key), self.at(key), self.reader)

    def blocks(self, key: str, by: str = "id", required: bool = False) -> list[Block]:
        """The blocks of a list, each with an id of its own; none if the key may be, and is, left out."""
        if not required and not self.has(key):
            return []
        rows = self._get(key, lambda v: isinstance(v, list), Text("must be a list", "须为列表"), [])
        ids = [str(row.get(by, i + 1)) if isinstance(row, Mapping) else str(i + 1) for i, row in enumerate(rows)]
        for id_ in sorted({i for i in ids if ids.count(i) > 1}):
            self.reader.wrong(self.at(key), Text("this id stands more than once", "编号重复"), id_)
        return [Block(row, f"{self.at(key)}.{id_}", self.reader) for row, id_ in zip(rows, ids, strict=True)]

    def standard(self, key: str, unit: str | None = None) -> Standard:
        """The standard that a key names, which must have this unit."""
        return self.reader.measured_in(self.word(key), self.at(key), unit)

    def whole(self, key: str, least: int = 0) -> int:
        """The value of the standard that a key names, a whole number of at least `least`."""
        return self.reader.whole(self.word(key), self.at(key), least)

    def positive(self, key: str) -> float:
        """The value of the standard that a key names, above 0."""
        return self.reader.positive(self.word(key), self.at(key))

    def reference(self, key: str, unit: str | None = None) -> str:
        """The id of the standard that a key names, which must have this unit."""
        return self.standard(key, unit).id

    def references(self, key: str, unit: str | None = None) -> dict[str, str]:
        """The ids of the standards that the keys of a block name."""
        given = self.mapping(key)
        return {k: self.reader.measured_in(str(id_), f"{self.at(key)}.{k}", unit).id for k, id_ in given.items()}

    def close(self) -> None:
        """Name the keys that are not known, with the nearest one that is."""
        for key in self.data:
            if key not in self.asked:
                problem = Text("this key is not known", "无法识别的键")
                self.reader.wrong(self.at(str(key)), problem, str(key), advice=nearest(str(key), self.asked))
