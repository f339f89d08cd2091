"""Key figures of a result as the panel shows them; all from `result.numbers`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geoplan.errors import Text
from geoplan.map.palette import CAUSE_COLOURS
from geoplan.map.words import term, word
from geoplan.result import CAUSES, Result

KEYS = {
    "population_total": ("count", "persons"), "people_total": ("count", "persons"), "demand_total": ("count", "places"),
    "capacity_counted": ("count", "places"),
}  # fmt: skip
PLAN_KEYS = {
    "cost": ("yuan", "yuan"),
    "places": ("count", "places"),
    "served_more": ("count", "persons"),
    "budget": ("yuan", "yuan"),
}
PHASE_KEYS = {
    "opened": ("count", "options"),
    "standing_places": ("count", "places"),
    "cost": ("yuan", "yuan"),
    "served": ("amount", "persons"),
    "stranded": ("amount", "places"),
}


def figures(result: Result) -> dict[str, Any]:
    """Key numbers, both gap accounts, the plan with its proof, and the source line."""
    numbers = result.numbers
    plan = numbers.get("plan")
    return {
        "figures": rows(result, numbers, KEYS, "figure"),
        "account": account(result, numbers.get("gap_account"), "gap_account"),
        "account_after": account(result, numbers.get("gap_after"), "gap_after") if plan else [],
        "phases": [phase(result, k, row) for k, row in enumerate((plan or {}).get("phases", ()))],
        "plan": plan_rows(result, plan) if plan else [],
        "proof": result.text(proof(plan)) if plan else "",
        "source": source(result),
    }


def rows(
    result: Result, numbers: Mapping[str, Any], keys: Mapping[str, tuple[str, str]], group: str, prefix: str = ""
) -> list[dict[str, Any]]:
    """Those of the keys that the numbers hold, with label and unit; `prefix` and key are the path in results.json."""
    return [
        {"label": result.text(word(f"{group}.{key}")), "value": numbers[key], "kind": kind, "unit": result.text(word(f"unit.{unit}")),
         "key": prefix + key}
        for key, (kind, unit) in keys.items()
        if numbers.get(key) is not None
    ]  # fmt: skip


def refusals(result: Result) -> list[dict[str, Any]]:
    """The standards that options fail, or for which they are not known, those that refuse most first."""
    table = result.refusals
    if table.empty:
        return []
    kept = table[(table["failed"] > 0) | (table["unknown"] > 0)]
    order = kept.assign(id=kept.index).sort_values(
        ["refused", "failed", "unknown", "id"], ascending=[False] * 3 + [True]
    )
    counts = ["failed", "refused", "only", "unknown", "judged"]
    known = result.service.standards
    return [
        {"id": str(i), "title": result.text(known[str(i)].title) if i in known else str(i), **{c: int(row[c]) for c in counts}}
        for i, row in order.iterrows()
    ]  # fmt: skip


def phase(result: Result, k: int, row: Mapping[str, Any]) -> dict[str, Any]:
    """One phase of the plan: what stands and is spent by then, and the gap account."""
    path = f"plan.phases.{k}."
    return {
        "year": row["year"],
        "rows": rows(result, row, PHASE_KEYS, "phase", path),
        "account": account(result, row.get("account"), path + "account"),
    }


def account(result: Result, parts: Mapping[str, float] | None, path: str) -> list[dict[str, Any]]:
    """The five parts of the demand, with the colours of the map."""
    return [
        {"label": result.text(title), "value": parts[cause], "colour": CAUSE_COLOURS[cause], "key": f"{path}.{cause}"}
        for cause, title in CAUSES.items()
        if parts is not None
    ]


def plan_rows(result: Result, plan: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The plan in numbers."""
    sites = {
        "label": result.text(word("plan.sites")),
        "value": len(plan["sites"]),
        "kind": "count",
        "unit": "",
        "key": "plan.sites",
    }
    return [sites, *rows(result, plan, PLAN_KEYS, "plan", "plan.")]


def proof(plan: Mapping[str, Any]) -> Text:
    """How good the plan is known to be; "optimal" is said only where it is proven.

    >>> proof({"status": "stopped", "gap": None, "bound": None}).en
    'stopped by the time limit; no bound is known'
    """
    status = word(f"status.{plan['status']}")
    if plan["status"] in {"optimal", "infeasible"}:
        return status
    if plan["gap"] is None:
        return Text(f"{status.en}; {word('status.no_bound').en}", f"{status.zh}；{word('status.no_bound').zh}")
    bound = f"{plan['bound']:,.1f}" if plan["bound"] is not None else "—"
    tail = word("status.gap", gap=f"{plan['gap']:.2%}", bound=bound)
    return Text(f"{status.en}; {tail.en}", f"{status.zh}；{tail.zh}")


def source(result: Result) -> str:
    """Which layers the map was drawn from, and in which coordinate system it was computed."""
    comma = result.text(word("comma"))
    titles = dict.fromkeys(s.title or result.text(term("role", s.role)) for s in result.sources)
    start = f"{result.text(word('source'))}{comma.join(titles)}" if titles else ""
    return f"{start}　{result.text(word('crs'))}{result.area.crs.name}".strip("　")
