"""Paths of a study: relative to its file, and inside its project folder unless that is lifted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ruamel.yaml import YAML

from geoplan.errors import Finding, Findings, Text

OUTSIDE = "outside.yaml"


def allowed_folders(project: Path) -> list[Path]:
    """The project folder, and the folders that its own `layers/outside.yaml` names (a list, relative to the project).

    That file belongs to the office, not to a study, so a study that came by mail cannot widen what it may read.
    """
    listing = project / "layers" / OUTSIDE
    extra = YAML(typ="safe", pure=True).load(listing.read_text(encoding="utf-8")) if listing.is_file() else None
    return [project.resolve(), *((project / str(folder)).resolve() for folder in extra or ())]


def resolve(
    path: str, folder: Path, allowed: Sequence[Path] | None, where: str, key: str, findings: Findings
) -> Path | None:
    """The file that a study means, or None and a Finding; `allowed` None lifts the rule that it must lie inside."""
    if "://" in path or path.startswith("/vsi"):
        problem = Text("an address is not read; geoplan works without a network", "不读取网络地址；geoplan 离线工作")
        findings.add(
            Finding("GP-S010", where, key, problem, Text("save the file on this computer", "请先保存到本机"), path)
        )
        return None
    full = (folder / path).resolve()
    if allowed is not None and not any(full.is_relative_to(a) for a in allowed):
        problem = Text("this path leads out of the project folder", "路径超出项目文件夹")
        advice = Text(
            "move the file below the project, name its folder in layers/outside.yaml, or use --allow-outside",
            "请移入项目文件夹，或在 layers/outside.yaml 中登记该文件夹，或使用 --allow-outside",
        )
        findings.add(Finding("GP-S011", where, key, problem, advice, path))
        return None
    if not full.exists():
        problem = Text("there is no such file", "文件不存在")
        advice = Text("paths are relative to the study file; check the spelling", "路径相对于研究文件；请检查拼写")
        findings.add(Finding("GP-S012", where, key, problem, advice, path))
        return None
    return full
