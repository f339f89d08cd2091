"""What a planner's files are: the role that each plays in a study, how sure that is, and what only the planner can say."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from geoplan import plugins
from geoplan.errors import Finding, InputError, Text, quote
from geoplan.profiles.load import load_service
from geoplan.sources.described import Described, describe, unusable_crs
from geoplan.sources.read import LAYERS
from geoplan.sources.recognised import recognise
from geoplan.study.role_score import LEAST, Guess, score
from geoplan.study.role_words import role_words

NODES, EDGES = re.compile(r"nodes?|节点|结点", re.IGNORECASE), re.compile(r"edges?|links?|路段|边", re.IGNORECASE)
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
# parts of layers and what programs leave beside them
SILENT = frozenset({".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qpj", ".qix", ".qml", ".sld", ".qgz", ".qgs", ".tfw", ".aux",
                    ".xml", ".ovr", ".lock", ".yaml", ".yml", ".gpkg-wal", ".gpkg-shm", ".gpkg-journal"})  # fmt: skip
SERVICE = "childcare_cn"  # what a study that is begun is for
ENROLMENT = Text(
    "who is enrolled where: for geoplan backtest --enrolment", "各机构在托人数：用于 geoplan backtest --enrolment"
)


@cache
def elsewhere() -> dict[tuple[str, ...], Text]:
    """Words in the names of files that are of use, but not as a layer of this study, and what they are for."""
    found: dict[tuple[str, ...], Text] = {("enrolment", "在托人数", "在托情况"): ENROLMENT}
    for name in plugins.names("services"):
        if name != SERVICE:
            told = Text(f"facilities of another service, {name}", f"另一服务类型（{name}）的设施")
            found[name.removesuffix("_cn"), load_service(name).words["place"].zh] = told
    return found


@dataclass(frozen=True, eq=False)
class Draft:
    """What a folder holds: the area, the best file for each role, and each other file with the reason why it is left out."""

    folder: Path
    layers: Mapping[str, Guess]
    left_out: Sequence[tuple[str, Text]]
    base: tuple[int | None, Text]

    @property
    def area(self) -> Guess | None:
        """The layer of the area, if there is one."""
        return self.layers.get("area")

    def without_area(self) -> Iterator[Guess]:
        """The layers by role, in the order of the study file."""
        return (self.layers[role] for role in role_words() if role in self.layers and role != "area")


def guess_folder(folder: Path, bands: Iterable[str]) -> Draft:
    """What the files below a folder are; raises `InputError` with the reason of each where none of them can be used."""
    bands = tuple(bands)
    found: list[Described] = []
    left: list[tuple[str, Text]] = []
    for path in files_below(folder):
        name = path.relative_to(folder).as_posix()
        why = next((why for words, why in elsewhere().items() if any(w in path.stem.casefold() for w in words)), None)
        if why:
            left.append((name, why))
            continue
        try:
            layers = describe(path)
        except InputError as error:
            left.append((name, _as_text(error.findings[0])))
            continue
        found += [layer for layer in layers if not list(unusable_crs(layer))]
        left += [(label(layer, folder), _as_text(f)) for layer in layers for f in unusable_crs(layer)]
    guesses, unknown = _guesses(_joined(found), bands)
    left += [(label(layer, folder), _no_role(layer)) for layer in unknown]
    best, second = _best(guesses)
    if not best:
        raise InputError(_nothing(folder, left))
    left += [(label(g.layer, folder), _second(g, best[g.role], folder)) for g in second]
    best, needless = _without_needless(best, folder)
    people = best.get("residents") or best.get("population")
    return Draft(folder, best, sorted([*left, *needless]), base_year(people))


def _nothing(folder: Path, left: Iterable[tuple[str, Text]]) -> list[Finding]:
    """Why no file of a folder can be used: one finding a file, or one for a folder without any."""
    advice = Text("see the table of layers in the README for what each holds", "各图层应含的内容见 README 的图层表")
    empty = Text("this folder holds no file that could be a layer", "该文件夹中没有可作图层的文件")
    return [Finding("GP-S016", str(folder / name), "", why, advice) for name, why in left] or [
        Finding("GP-S016", str(folder), "", empty, advice)
    ]


def files_below(folder: Path) -> Iterator[Path]:
    """The files of a folder and of those in it that may be layers, in the order of their names; runs and hidden files are none."""
    for here, folders, names in os.walk(folder):
        geodatabases = [f for f in folders if f.lower().endswith(".gdb")]
        folders[:] = sorted(
            f
            for f in folders
            if not f.startswith(".") and f not in geodatabases and not (Path(here) / f / "manifest.json").exists()
        )
        for name in sorted([*names, *geodatabases]):
            path = Path(here) / name
            printable = name.isprintable() and not any("\ud800" <= c <= "\udfff" for c in name)
            if printable and not name.startswith((".", "~$")) and path.suffix.lower() not in SILENT:
                yield path


def label(layer: Described, folder: Path) -> str:
    """How a layer is called in a list: its path in the folder, and its name inside the file."""
    name = layer.path.relative_to(folder).as_posix()
    return f"{name} ({layer.layer})" if layer.layer else name


def _as_text(finding: Finding) -> Text:
    """A finding without code and file, which stand beside it."""
    problem, advice, value = finding.problem, finding.advice, quote(finding.value)
    said = f" ({value})" if value else ""
    return Text(f"{problem.en}{said}; {advice.en}", f"{problem.zh}{said}；{advice.zh}")


def _joined(found: Sequence[Described]) -> list[tuple[Described, Described | None]]:
    """The layers, each with the nodes of streets where it holds their edges; the layers of one area as one."""
    edges = [d for d in found if {"u", "v"} <= set(recognise("streets", d.given).columns)]
    pairs = {id(d): nodes for d in edges if (nodes := _nodes_of(d, found))}
    of_pairs = {id(nodes) for nodes in pairs.values()}
    rest = [d for d in found if id(d) not in of_pairs]
    in_area = {d.path: d for kind in ("boundary", "units") for d in rest if d.layer in LAYERS[kind]}
    parts = {name for names in LAYERS.values() for name in names}
    alone = [(d, pairs.get(id(d))) for d in rest if not (d.path in in_area and d.layer in parts)]
    return [*alone, *((replace(d, layer=None), None) for d in in_area.values())]


def _nodes_of(edges: Described, found: Sequence[Described]) -> Described | None:
    """The nodes of a layer of edges: points with ids that are called alike, nodes instead of edges."""
    wanted = EDGES.sub("", edges.name)
    points = [d for d in found if d.shapes == {"point"} and d.path.parent == edges.path.parent and NODES.search(d.name)]
    named = [d for d in points if NODES.sub("", d.name) == wanted]
    return (named or points or [None])[0]  # type: ignore[list-item]


def _guesses(
    found: Iterable[tuple[Described, Described | None]], bands: Sequence[str]
) -> tuple[list[Guess], list[Described]]:
    guesses, unknown = [], []
    for layer, nodes in found:
        scored = sorted((g for role in role_words() if (g := score(role, layer, bands))), key=lambda g: -g.merit[0])
        if not scored or scored[0].points < LEAST:
            unknown.append(layer)
            continue
        close = len(scored) > 1 and scored[0].points - scored[1].points < 0.5
        guesses.append(replace(scored[0], nodes=nodes, sure="doubtful" if close else scored[0].sure))
    return guesses, unknown


def _best(guesses: Iterable[Guess]) -> tuple[dict[str, Guess], list[Guess]]:
    """The better of the files for each role, and the others."""
    ranked = sorted(guesses, key=lambda g: g.merit, reverse=True)
    best: dict[str, Guess] = {}
    for guess in ranked:
        best.setdefault(guess.role, guess)
    return best, [g for g in ranked if best[g.role] is not g]


def _second(guess: Guess, taken: Guess, folder: Path) -> Text:
    other, known, here = label(taken.layer, folder), len(taken.columns.columns), len(guess.columns.columns)
    return Text(
        f"looks like {guess.role} too; {other} is taken ({known} columns known by name, {here} here)",
        f"也像 {guess.role}（{role_words()[guess.role].title.zh}），已采用 {other}（可识别 {known} 列，此处 {here} 列）",
    )


def _no_role(layer: Described) -> Text:
    if layer.trouble:
        return _as_text(layer.trouble)
    if "grid" in layer.shapes:
        return Text("a grid whose name tells neither people nor heights", "栅格，名称未说明是人口还是高程")
    columns = ", ".join(layer.given.names[:8])
    return Text(
        f"neither its name nor its columns tell what it is ({columns})", f"名称与列名均不能说明其用途（{columns}）"
    )


def _without_needless(best: Mapping[str, Guess], folder: Path) -> tuple[dict[str, Guess], list[tuple[str, Text]]]:
    """The layers without those that a study does not read beside the residents, and why.

    One layer holds the demand points; and a census is spread to residential areas that do not say ages themselves.
    """
    residents, why = best.get("residents"), dict[str, Text]()
    for role in ("population", "public_places") if residents else ():
        why[role] = Text(
            f"looks like {role}; people are taken from the residents. To count by it: demand.source: {role}",
            f"像 {role}（{role_words()[role].title.zh}）；人口已取自居住区。如要改用：demand.source: {role}",
        )
    if residents and residents.has_ages:
        why["census"] = Text(
            "looks like census, but the residents have ages of their own; to spread this over them instead, add layers.census",
            "像 census（普查），但居住区已有分年龄人口；如要改按普查分摊，请加 layers.census",
        )
    left = [(label(best[role].layer, folder), said) for role, said in why.items() if role in best]
    return {r: g for r, g in best.items() if r not in why}, left


def base_year(people: Guess | None) -> tuple[int | None, Text]:
    """The year of the people, from a column of years that are all the same, or from the file's name; None where neither tells."""
    nothing = Text("the year of the people; the layer does not tell it", "人口数据的年份；图层未说明")
    if people is None:
        return None, nothing
    found = recognise("moves", people.layer.given).columns.get("year")
    said = set(people.layer.given.texts(found)) if found else set()
    if len(said) == 1 and YEAR.fullmatch(str(year := said.pop())):
        return int(str(year)), Text(f"from column {found}", f"取自列 {found}")
    named = YEAR.findall(people.layer.path.stem)
    if len(named) == 1:
        return int(named[0]), Text(f"from the name of {people.layer.path.name}", f"取自文件名 {people.layer.path.name}")
    return None, nothing
