"""What `geoplan init --layers` asks and prints: the question of a terminal, the table of the guesses, the next command."""

from __future__ import annotations

import json
import shlex
from typing import Any

import typer

from geoplan.console.columns import print_table
from geoplan.errors import Language, Text
from geoplan.study.begin import Begun, Question
from geoplan.study.guess import label
from geoplan.study.numbers import plain
from geoplan.study.role_score import Guess

HEAD = [
    Text("file", "文件"), Text("role", "用途"), Text("features", "要素数"), Text("CRS", "坐标系"), Text("how sure", "把握"),
    Text("to fill in", "待填"),
]  # fmt: skip
SURE = {"sure": Text("sure", "确定"), "likely": Text("likely", "较可能"), "doubtful": Text("doubtful", "存疑")}
UNKNOWN = Text("Enter if you do not know: it stays a blank", "不清楚请直接回车，将留空")


def ask(question: Question, language: Language) -> str:
    """The answer of a person at the terminal; asked again until it is one that may be given, or nothing."""
    while True:
        choices = f" [{', '.join(question.choices)}]" if question.choices else ""
        told = f"{question.key}: {question.asked.to(language)}{choices} ({UNKNOWN.to(language)})"
        said: str = typer.prompt(told, default="", show_default=False, err=True)
        fits = said.strip() in question.choices if question.choices else said.strip().isdecimal()
        if fits or not said.strip():
            return said


def print_begun(begun: Begun, language: Language, as_json: bool) -> None:
    """The table of what was found and guessed, what was left out and why, and the command that comes next."""
    if as_json:
        typer.echo(json.dumps(plain(document(begun, language)), ensure_ascii=False))
        return
    rows = [_row(guess, begun, language) for guess in begun.draft.layers.values()]
    print_table([title.to(language) for title in HEAD], sorted(rows, key=lambda row: row[1]), right=(2,))
    for name, why in begun.draft.left_out:
        typer.echo(f"{name}: {why.to(language)}")
    count = len(begun.blanks)
    told = Text("{study}: {count} blanks (???) to fill in", "{study}：待填 {count} 处（???）").to(language)
    typer.echo(told.format(study=begun.study, count=count))
    for key, line, column in begun.blanks:
        typer.echo(f"  {line}:{column} {key}")
    typer.echo(Text("next: {}", "下一步：{}").to(language).format(_next(begun)))


def _next(begun: Begun) -> str:
    return f"geoplan check {shlex.quote(str(begun.study))}"


def _crs(guess: Guess) -> str:
    if guess.layer.crs is None or guess.layer.trouble is not None:
        return "—"
    code = guess.layer.crs.to_epsg()
    return f"EPSG:{code}" if code else str(guess.layer.crs.name)


def _row(guess: Guess, begun: Begun, language: Language) -> list[str]:
    count = "—" if guess.layer.rows is None else f"{guess.layer.rows:,}"
    left = ", ".join(begun.left(guess))
    name = label(guess.layer, begun.draft.folder)
    return [name, guess.role, count, _crs(guess), SURE[guess.sure].to(language), left]


def document(begun: Begun, language: Language) -> dict[str, Any]:
    """The same for scripts."""
    folder = begun.draft.folder
    layers = [
        {
            "role": guess.role,
            "file": label(guess.layer, folder),
            "nodes": label(guess.nodes, folder) if guess.nodes else None,
            "features": guess.layer.rows,
            "crs": _crs(guess) if guess.layer.crs is not None and guess.layer.trouble is None else None,
            "sure": guess.sure,
            "score": round(guess.points, 2),
            "columns": dict(guess.columns.columns),
            "left": begun.left(guess),
        }
        for guess in begun.draft.layers.values()
    ]
    blanks = [{"key": key, "line": line, "column": column} for key, line, column in begun.blanks]
    left_out = [{"file": name, "reason": why.to(language)} for name, why in begun.draft.left_out]
    return {"study": str(begun.study), "layers": layers, "left_out": left_out, "blanks": blanks, "next": _next(begun)}
