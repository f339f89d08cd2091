"""Begin a study from a folder of layers: guess what they are, ask what only the planner knows, write the study, overwrite nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from geoplan.errors import Language, Text, UsageError
from geoplan.files import copy_file, make_folder, write_text
from geoplan.profiles.load import load_service
from geoplan.sources._shapefile import part
from geoplan.study.guess import SERVICE, Draft, guess_folder, label
from geoplan.study.paths import allowed_folders
from geoplan.study.role_score import Guess
from geoplan.study.scenarios import open_blanks
from geoplan.study.schema import TABLES, Datum
from geoplan.study.starter import Starter

DATUMS = get_args(Datum)


@dataclass(frozen=True)
class Question:
    """Something that only the planner knows: the key of the study, what is asked, and what may be answered (anything if nothing is named)."""

    key: str
    asked: Text
    choices: tuple[str, ...] = ()


Ask = Callable[[Question], str]


@dataclass(frozen=True)
class Begun:
    """A study that was begun: its file, what it was made from, and the blanks that are left by key, line and column."""

    study: Path
    draft: Draft
    blanks: tuple[tuple[str, int, int], ...]

    def left(self, guess: Guess) -> list[str]:
        """The blanks of one layer, without the name of its role."""
        start = "area." if guess.role == "area" else f"layers.{guess.role}."
        return [key.removeprefix(start) for key, _, _ in self.blanks if key.startswith(start)]


def begin(folder: Path, layers: Path, language: Language, ask: Ask | None = None, *, copy: bool = False) -> Begun:
    """Write `scripts/study.yaml` below `folder` from what lies in the folder `layers`; with `copy` its files come into `folder/layers`.

    `ask` answers questions ("" for what is not known, which stays a marked blank). Nothing is written before all is known, and
    nothing is overwritten. Raises `UsageError` for folders that do not fit and `InputError` where no file can be used.
    """
    study = folder / "scripts" / "study.yaml"
    _check_folders(folder, layers, study, language, copy)
    bands = tuple(load_service(SERVICE).band_ids)
    draft = guess_folder(layers.resolve(), bands)
    moves = _copies(draft, folder.resolve() / "layers", language) if copy else {}
    answers = dict(_answers(draft, ask)) if ask else {}
    if moves:
        draft = _moved(draft, moves, folder.resolve() / "layers")
    name = folder.resolve().name or "study"
    text = Starter(draft, study.resolve(), name, SERVICE, bands, language, answers).text()
    left = open_blanks(study, text)
    for place in (folder / "layers", study.parent):
        make_folder(place)
    for source, target in moves.items():
        make_folder(target.parent)
        copy_file(source, target)
    write_text(study, text)
    return Begun(study, draft, tuple(left))


def _check_folders(folder: Path, layers: Path, study: Path, language: Language, copy: bool) -> None:
    problems = {
        Text("there is no folder {layers}", "文件夹不存在：{layers}"): not layers.exists(),
        Text(
            "{layers} is a file; give the folder that holds it", "{layers} 是文件；请给出它所在的文件夹"
        ): layers.is_file(),
        Text("{folder} is a file; give a folder", "{folder} 是文件；请给出文件夹"): folder.is_file(),
        Text(
            "{study} is there already and is not overwritten; give another folder, or move it away",
            "{study} 已存在，不会覆盖；请另给文件夹，或先移走它",
        ): study.exists(),
        Text(
            "{layers} lies outside {folder}, where a study may not read: give its parent, geoplan init {parent} --layers {layers}, or add "
            "--copy to copy the files that are used into {inside}",
            "{layers} 不在 {folder} 之内，研究不能读取：请改用其上级文件夹 geoplan init {parent} --layers {layers}，或加 --copy "
            "将所用文件复制到 {inside}",
        ): not copy and not any(layers.resolve().is_relative_to(inside) for inside in allowed_folders(folder)),
    }
    told = next((text for text, holds in problems.items() if holds), None)
    if told:
        where = {"layers": layers, "folder": folder, "study": study, "parent": layers.resolve().parent}
        raise UsageError(told.to(language).format(**where, inside=folder / "layers"))


def questions(draft: Draft) -> Iterator[Question]:
    """What only the planner knows of a draft: the datum of coordinates in degrees, the year of the people."""
    for guess in draft.without_area():
        datum, why = guess.datum
        if datum is None and guess.role not in TABLES:
            name = label(guess.layer, draft.folder)
            yield Question(f"layers.{guess.role}.datum", Text(f"{name}: {why.en}", f"{name}：{why.zh}"), DATUMS)
    year, why = draft.base
    if year is None:
        yield Question("years.base", why)


def _answers(draft: Draft, ask: Ask) -> Iterator[tuple[str, Any]]:
    """The answers that fit; what is not answered stays a blank."""
    for question in questions(draft):
        said = ask(question).strip()
        if question.key == "years.base" and said.isdecimal() and 1949 <= int(said) <= 2100:
            yield question.key, int(said)
        elif said in question.choices:
            yield question.key, said


def _copies(draft: Draft, target: Path, language: Language) -> dict[Path, Path]:
    """Each file that is used, with what belongs to it, and where it is copied to; refuses what is there already."""
    sources = [p for guess in draft.layers.values() for p in (guess.layer.path, guess.nodes and guess.nodes.path) if p]
    whole = dict.fromkeys(path for source in sources for path in _with_parts(source))
    moves = {path: target / path.relative_to(draft.folder) for path in whole}
    there = [str(path) for path in moves.values() if path.exists()]
    if there:
        told = Text("{} is there already and is not overwritten; move it away", "{} 已存在，不会覆盖；请先移走")
        raise UsageError(told.to(language).format(", ".join(there[:5])))
    return moves


def _with_parts(path: Path) -> Iterable[Path]:
    """A file, the parts of a Shapefile with it, and what says where the layers of its folder come from."""
    yield path
    if path.suffix.lower() == ".shp":
        yield from filter(None, (part(path, ending) for ending in (".shx", ".dbf", ".prj", ".cpg")))
    if (path.parent / "sources.yaml").is_file():
        yield path.parent / "sources.yaml"


def _moved(draft: Draft, moves: Mapping[Path, Path], folder: Path) -> Draft:
    """The draft with its files where they are copied to."""

    def there(guess: Guess) -> Guess:
        nodes = guess.nodes and replace(guess.nodes, path=moves[guess.nodes.path])
        return replace(guess, layer=replace(guess.layer, path=moves[guess.layer.path]), nodes=nodes)

    return replace(draft, folder=folder, layers={role: there(guess) for role, guess in draft.layers.items()})
