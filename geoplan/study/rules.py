"""Rules: the service profile as a study sets it, with its own values, and with what it takes as hard, soft, absent or not relieved."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from geoplan.errors import Finding, Findings, Text
from geoplan.profiles._blocks import nearest
from geoplan.profiles.load import load_service
from geoplan.profiles.service import ServiceProfile
from geoplan.study.schema import Settings


def service_of(settings: Settings) -> ServiceProfile:
    """The service of a study; raises one `InputError` for every standard, layer, hazard class or fee that it names and nobody knows."""
    service = load_service(settings.service, settings.standards)
    rules = {**service.hazards, **service.controls, **service.boundaries}
    siting, findings = settings.siting, Findings()
    for key, names, known in (
        ("hard", siting.hard, rules),
        ("soft", siting.soft, rules),
        ("absent", siting.absent, {**service.hazards, **service.controls}),
        ("fees", siting.fees, [fee.id for fee in service.fees]),
    ):
        _known(key, names, known, findings)
    findings.raise_errors()
    forces: dict[str, Any] = {rules[name]: "must" for name in siting.hard} | {rules[n]: "should" for n in siting.soft}
    return service.with_force(forces) if forces else service


def _known(key: str, names: Collection[str], known: Collection[str], findings: Findings) -> None:
    """Adds an error for each name that is none of those known."""
    for name in sorted(set(names) - set(known)):
        problem = Text("this service knows nothing of this name", "该服务中没有此名称")
        findings.add(Finding("GP-S040", "", f"siting.{key}", problem, nearest(name, known), name))
