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
    if "\0" in path or any("\ud800" <= c <= "\udfff" for c in path):
        problem = Text("no path holds such a character", "路径含无效字符")
        findings.add(Finding("GP-S013", where, key, problem, Text("type the path again", "请重新填写路径"), path))
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
    if not (full.is_file() or full.is_dir()):
        problem = Text("this is neither a file nor a folder", "既不是文件也不是文件夹")
        advice = Text("name a file; a pipe or a device cannot be read twice", "请给出文件；管道与设备不能重复读取")
        findings.add(Finding("GP-S014", where, key, problem, advice, path))
        return None
    return full
