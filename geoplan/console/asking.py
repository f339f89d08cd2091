"""Asking: what `explain`, `substitutes`, `override` and `front` print, and the log and the picture that they may write."""

from __future__ import annotations

import csv
import datetime
import json
from collections.abc import Mapping
from io import SEEK_END, StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import typer

from geoplan.errors import Language, Text
from geoplan.files import write_text
from geoplan.study.numbers import plain

TITLES: Mapping[str, Text] = {
    "option": Text("option", "方案"), "name": Text("name", "名称"), "kind": Text("kind", "类型"), "places": Text("places", "托位"),
    "cost": Text("yuan", "投资（元）"), "served": Text("served", "服务人数"), "lost": Text("lost alone", "无替代时失去"),
    "lost_at_least": Text("lost at least", "至少少服务"), "lost_at_most": Text("lost at most", "至多少服务"),
    "worst_unit": Text("worst unit", "损失最大单元"), "comes_in": Text("comes in", "替入"), "goes_out": Text("goes out", "替出"),
    "budget": Text("budget", "预算（元）"), "sites": Text("sites", "项数"), "money": Text("yuan spent", "实际投资（元）"),
    "objective": Text("objective", "目标值"), "bound": Text("bound", "界"), "gap": Text("gap", "差距"), "status": Text("status", "状态"),
    "marginal": Text("yuan for one more", "每多服务一人（元）"), "plans": Text("in plans", "见于计划数"), "core": Text("in all", "全部计划均有"),
    "needed": Text("cannot be missed", "不可缺"), "swaps_with": Text("can be swapped for", "可替换为"), "place_id": Text("option", "方案"),
    "p": Text("sites allowed", "允许项数"),
}  # fmt: skip
LEFT_OUT = ("language", "places_more", "money_more", "worst_unit_lost")  # of an explanation, in the table of all


def tell(table: pd.DataFrame, summary: str, language: Language, as_json: bool) -> None:
    """Print a table with its sentence, or the rows as one JSON document."""
    if as_json:
        typer.echo(json.dumps(plain({"summary": summary, "rows": table.to_dict("records")}), ensure_ascii=False))
        return
    titled = table.rename(columns={c: TITLES[c].to(language) for c in table.columns if c in TITLES})
    typer.echo(titled.to_string(index=False, float_format=lambda v: f"{v:,.3f}".rstrip("0").rstrip("."), na_rep="—"))
    typer.echo(summary)


def losses(told: Any) -> pd.DataFrame:
    """The explanations of all sites as a table, the dearest to lose first."""
    table = pd.DataFrame([each.plain() for each in told]).drop(columns=list(LEFT_OUT))
    for name in ("comes_in", "goes_out"):
        table[name] = table[name].map(", ".join)
    return table.sort_values(["lost_at_most", "lost"], ascending=False, kind="stable")


def today() -> str:
    """The date of a decision."""
    return datetime.datetime.now(tz=datetime.UTC).date().isoformat()


def log_decision(entry: Mapping[str, Any], path: Path) -> None:
    """Add a decision to a log in CSV; a new log gets its heads, and a byte-order mark so that Excel reads the Chinese."""
    row = {k: "; ".join(v) if isinstance(v, list) else v for k, v in entry.items()}
    before = path.read_bytes().decode("utf-8-sig") if path.exists() else ""
    out = StringIO(before, newline="")
    out.seek(0, SEEK_END)
    writer = csv.DictWriter(out, list(row))
    if not before:
        writer.writeheader()
    writer.writerow(row)
    write_text(path, out.getvalue(), "utf-8-sig")
