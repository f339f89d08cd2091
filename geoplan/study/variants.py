"""Variants: what a study file says of its scenarios and its sweep, as one whole set of keys for each, before anything is checked or run."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import product
from typing import Any

from geoplan.errors import Finding, Text

BASE = "base"
MOST = 10_000  # scenarios in a sweep
LONGEST_NAME = 60
SWEPT_OUTPUTS = ("recommended_sites.csv",)  # beside results.json: nobody reads a hundred reports

Key = tuple[str | int, ...]
Places = dict[Key, tuple[int, int]]
Tell = Callable[[str, Key, Text, Text, str], None]


@dataclass(frozen=True)
class Variant:
    """A scenario's keys, where each of them stands in the file, and what a sweep has set (dotted key: value)."""

    raw: Any
    places: Places
    swept: Mapping[str, Any] = field(default_factory=dict)


def variants(raw: dict[str, Any], places: Places, tell: Tell) -> dict[str, Variant]:
    """The base first, then each scenario with what it extends, then each member of the sweep.

    `tell(code, key, problem, advice, value)` is told of what is wrong. A scenario is its parent (the base, or what `extends` names)
    with its own keys laid over it; its `changes` come after those of its parent.

    >>> found = variants({"a": 1, "scenarios": {"x": {"a": 2}, "y": {"extends": "x", "b": 3}}}, {}, print)
    >>> found["y"].raw
    {'a': 2, 'b': 3}
    """
    patches, sweep = raw.pop("scenarios", None) or {}, raw.pop("sweep", None) or {}
    of_base = {k: v for k, v in places.items() if k[:1] not in (("scenarios",), ("sweep",))}
    made = {BASE: Variant(raw, of_base)}
    named = _named(patches if isinstance(patches, dict) else {}, tell)
    for name in named:
        _extended(name, named, places, made, tell)
    ordered = {name: made[name] for name in (BASE, *named) if name in made}
    for name, point, at in members(sweep, tell):
        if name in ordered:
            _taken(name, tell)
            continue
        ordered[name] = _swept(ordered[BASE], point, at, places)
    return {name: Variant(scaled(v.raw), v.places, v.swept) for name, v in ordered.items()}


def _named(patches: dict[str, Any], tell: Tell) -> dict[str, dict[str, Any]]:
    """The scenarios that are sets of keys with a name of their own."""
    good = {}
    for name, patch in patches.items():
        if name == BASE or not isinstance(patch, dict):
            problem = Text("a scenario is a set of keys, and none is called base", "情景须为若干键，且不可命名为 base")
            tell(
                "GP-S005",
                ("scenarios", name),
                problem,
                Text("choose another name and write keys below it", "请改名并在其下填写键"),
                "",
            )
        else:
            good[name] = patch
    return good


def _extended(
    name: str,
    patches: Mapping[str, dict[str, Any]],
    places: Places,
    made: dict[str, Variant],
    tell: Tell,
    below: tuple[str, ...] = (),
) -> Variant | None:
    """A scenario on top of what it extends, made once; None, and told, where it extends nothing that there is, or itself."""
    if name in made:
        return made[name]
    patch = dict(patches[name])
    parent, at = patch.pop("extends", BASE), ("scenarios", name, "extends")
    if parent in (name, *below):
        tell(
            "GP-S030",
            at,
            Text("a scenario that extends itself", "情景继承自身"),
            Text("extend another, or none", "请改为继承其他情景，或不继承"),
            str(parent),
        )
        return None
    if not isinstance(parent, str) or parent not in (BASE, *patches):
        near = get_close_matches(str(parent), [BASE, *patches], n=1)
        advice = (
            Text(f"did you mean {near[0]}?", f"是否应为 {near[0]}？")
            if near
            else Text("name another scenario, or base", "请写出另一情景名或 base")
        )
        tell("GP-S030", at, Text("there is no such scenario to extend", "没有可继承的该情景"), advice, str(parent))
        return None
    under = _extended(parent, patches, places, made, tell, (*below, name))
    if under is None:
        return None
    moved = {k[2:]: v for k, v in places.items() if k[:2] == ("scenarios", name) and len(k) > 2}
    made[name] = Variant(merge(under.raw, patch), {**under.places, **_after(moved, under.raw)})
    return made[name]


def _after(places: Places, under: Any) -> Places:
    """The places of a scenario's keys, its changes counted on from those of its parent."""
    first = len(_changes(under))
    return {
        ("changes", k[1] + first, *k[2:]) if k[0] == "changes" and len(k) > 1 and isinstance(k[1], int) else k: v
        for k, v in places.items()
    }


def _changes(raw: Any) -> list[Any]:
    found = raw.get("changes") if isinstance(raw, dict) else None
    return found if isinstance(found, list) else []


def merge(under: Any, patch: Any) -> Any:
    """The keys of a parent with a patch laid over them: mappings key by key, changes one after the other, anything else replaced.

    >>> merge({"a": {"b": 1, "c": 2}, "changes": [1]}, {"a": {"b": 3}, "changes": [2]})
    {'a': {'b': 3, 'c': 2}, 'changes': [1, 2]}
    """
    laid = _laid(under, patch)
    if isinstance(laid, dict) and _changes(under) and _changes(patch):
        laid["changes"] = copy.deepcopy([*_changes(under), *_changes(patch)])
    return laid


def _laid(under: Any, patch: Any) -> Any:
    if not (isinstance(under, dict) and isinstance(patch, dict)):
        return copy.deepcopy(patch)
    return {**under, **{k: _laid(under[k], v) if k in under else copy.deepcopy(v) for k, v in patch.items()}}


def scaled(raw: Any) -> Any:
    """The keys with `plan.budget_scale` carried out: every year's budget times it, to the fen."""
    plan = raw.get("plan") if isinstance(raw, dict) else None
    if not isinstance(plan, dict) or "budget_scale" not in plan or not isinstance(plan.get("budget"), dict):
        return raw
    scale, budget = plan["budget_scale"], plan["budget"]
    numbers = [scale, *budget.values()]
    if not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers) or not 0 < scale < float("inf"):
        return raw  # the check of the keys names what is wrong
    money = {year: round(yuan * scale, 2) for year, yuan in budget.items()}
    return {**raw, "plan": {**{k: v for k, v in plan.items() if k != "budget_scale"}, "budget": money}}


def members(sweep: Any, tell: Tell) -> Iterator[tuple[str, dict[str, Any], dict[str, Key]]]:
    """The name of each member of a sweep, the values it sets by dotted key, and where each value stands in the file.

    >>> [name for name, _, _ in members({"demand.uptake": ["low", 0.2], "plan.budget_scale": [1, 2]}, print)]
    ['uptake-low_budget_scale-1', 'uptake-low_budget_scale-2', 'uptake-0-2_budget_scale-1', 'uptake-0-2_budget_scale-2']
    """
    points = list(_points(sweep, tell))
    words = _words(dict.fromkeys(key for point, _ in points for key in point))
    seen: set[str] = set()
    for number, (point, at) in enumerate(points, 1):
        name = "_".join(f"{words[key]}-{_slug(value)}" for key, value in point.items())
        name = name if len(name) <= LONGEST_NAME and name not in seen else f"sweep-{number:0{len(str(len(points)))}d}"
        seen.add(name)
        yield name, point, at


def _points(sweep: Any, tell: Tell) -> Iterator[tuple[dict[str, Any], dict[str, Key]]]:
    advice = Text(
        "write keys with lists of values, as in demand.uptake: [low, mid, high], or a list of sets of keys",
        "请写成 键: [值, …]，如 demand.uptake: [low, mid, high]，或由多组键组成的列表",
    )
    if isinstance(sweep, list):
        for n, point in enumerate(sweep):
            if isinstance(point, dict) and point and all(isinstance(k, str) for k in point):
                yield dict(point), {key: ("sweep", n, key) for key in point}
            else:
                tell(
                    "GP-S031",
                    ("sweep", n),
                    Text("a member of a sweep is a set of keys", "扫描的每一项须为若干键"),
                    advice,
                    str(point),
                )
        return
    grid: dict[str, Any] = sweep if isinstance(sweep, dict) else {"": None}
    wrong = [key for key, values in grid.items() if not (isinstance(values, list) and values)]
    for key in wrong:
        tell(
            "GP-S031",
            ("sweep", key) if key else ("sweep",),
            Text("a sweep gives each key a list of values", "扫描须为每个键给出取值列表"),
            advice,
            str(grid[key] or ""),
        )
    size = 0 if wrong else _size(grid)
    if size > MOST:
        problem = Text(
            f"a sweep of {size:,} scenarios; at most {MOST:,} are run", f"扫描共 {size:,} 个情景，最多 {MOST:,} 个"
        )
        tell("GP-S032", ("sweep",), problem, Text("sweep fewer values", "请减少取值"), "")
    elif size:
        for chosen in product(*(enumerate(values) for values in grid.values())):
            yield ({key: value for key, (_, value) in zip(grid, chosen, strict=True)},
                   {key: ("sweep", key, n) for key, (n, _) in zip(grid, chosen, strict=True)})  # fmt: skip


def _size(grid: Mapping[str, list[Any]]) -> int:
    size = 1
    for values in grid.values():
        size *= len(values)
    return size if grid else 0


def _words(keys: Mapping[str, Any]) -> dict[str, str]:
    """The last part of each dotted key; where two end alike, the part before it too."""
    last = {key: key.rsplit(".", 1)[-1] for key in keys}
    short = {key: word if list(last.values()).count(word) == 1 else key for key, word in last.items()}
    return {key: _slug(word) for key, word in short.items()}


def _slug(value: Any) -> str:
    return re.sub(r"[^\w]+", "-", str(value)).strip("-") or "none"


def _swept(base: Variant, point: Mapping[str, Any], at: Mapping[str, Key], places: Places) -> Variant:
    """The base with the values of one point set; it writes no report unless the study names its outputs."""
    raw, found = base.raw, dict(base.places)
    for key, value in point.items():
        path: Key = tuple(int(step) if step.isdigit() else step for step in key.split("."))
        patch: Any = value
        for step in reversed(path):
            patch = {step: patch}
        raw = merge(raw, patch)
        found = {k: v for k, v in found.items() if k[: len(path)] != path}
        found |= {(*path, *k[len(at[key]) :]): v for k, v in places.items() if k[: len(at[key])] == at[key]}
    return Variant({"outputs": list(SWEPT_OUTPUTS), **raw}, found, dict(point))


def _taken(name: str, tell: Tell) -> None:
    problem = Text("a member of the sweep has the name of a scenario", "扫描成员与情景重名")
    tell("GP-S005", ("scenarios", name), problem, Text("choose another name for the scenario", "请为该情景改名"), name)


def tell_to(findings: Any, where: Callable[[Key], str]) -> Tell:
    """Adds what is told to findings, each where its key stands in the file."""

    def tell(code: str, key: Key, problem: Text, advice: Text, value: str) -> None:
        findings.add(Finding(code, where(key), ".".join(map(str, key)), problem, advice, value))

    return tell
