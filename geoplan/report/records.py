"""The tables of record of a result: verdicts, sources, findings, settings and changes, one row a thing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from geoplan.profiles.source_words import source_text
from geoplan.profiles.standard import MARKS, Verdict
from geoplan.profiles.units import unit_text
from geoplan.report.model import Table
from geoplan.report.tables import table, with_titles
from geoplan.report.words import Words
from geoplan.result import Result

VERDICT = (
    "option_id", "standard", "outcome", "measured", "asked", "unit_of_measure", "force", "clause", "source", "mark",
)  # fmt: skip


def verdicts(result: Result, of: pd.DataFrame) -> Table:
    """The verdict of each of these options by standard: the value measured, the value asked, clause, source and mark."""
    words, known = Words.of(result), verdict_texts(result)
    lists = of["verdicts"] if "verdicts" in of else pd.Series(dtype=object)
    outcomes = {o: words.term("outcome", o) for o in ("pass", "fail", "unknown")}
    rows = tuple(
        verdict_row(str(option), v, outcomes, known) for option, many in lists.items() for v in many or ()
    )  # about 40 for each of thousands of options: what is the same for all is worded once
    return Table("verdicts", words("table.verdicts"), words.columns(*VERDICT), rows)


def verdict_texts(result: Result) -> dict[str, tuple[str, str, str, str, str, str]]:
    """By standard: title, unit, force, clause, source and mark, as every verdict on it is printed."""
    words = Words.of(result)
    return {
        name: (
            result.text(s.title),
            result.text(unit_text(s.unit)),
            words.term("force", s.force),
            result.text(s.clause) if s.cited else "",
            result.text(source_text(s.source)) if s.cited else "",
            result.text(MARKS[s.mark]),
        )
        for name, s in result.service.standards.items()
    }


def verdict_row(
    option: str, verdict: Verdict, outcomes: Mapping[str, str], known: Mapping[str, tuple[str, ...]]
) -> tuple[Any, ...]:
    """One verdict as a row; of a standard that may not be cited no clause and no source, but its mark."""
    title, *rest = known.get(verdict.standard, (verdict.standard, verdict.unit, verdict.force, "", "", ""))
    return (option, title, outcomes[verdict.outcome], told(verdict.measured, verdict.asked), verdict.asked, *rest)


def told(measured: float | None, asked: float | None) -> float | None:
    """A measured value to two decimals, or to as many as keep it apart from what is asked.

    >>> told(2013.612914, 50.0), told(0.24999961, 0.25), told(None, 3.0)
    (2013.61, 0.2499996, None)
    """
    if measured is None or not isinstance(measured, float):
        return measured
    short = (round(measured, decimals) for decimals in range(2, 12))
    return next((value for value in short if value != asked or measured == asked), measured)


def sources(result: Result, names_only: bool = False) -> Table:
    """Where each layer comes from; of a file its whole path or, where there is little room, its name."""
    words = Words.of(result)
    frame = pd.DataFrame([vars(s) for s in result.sources])
    if len(frame):
        frame["path"] = [path.rpartition("/")[2] if names_only else path for path in frame["path"]]
        for column in ("role", "datum"):
            frame[column] = [words.term(column, value) for value in frame[column]]
        frame["sha256"] = frame["sha256"].str[:12]
    names = ["role", "title", "path", "rows", "datum", "source", "licence", "date", "synthetic", "sha256"]
    return table(result, "sources", frame.reindex(columns=names), names)


def findings(result: Result, names_only: bool = False) -> Table:
    """What reading the layers found: repairs, rows left out and notes; of a file its whole path or its name."""
    words = Words.of(result)
    rows = [
        (words.term("severity", f.severity), f.code, f.file.rpartition("/")[2] if names_only else f.file, f.place_in(result.language), result.text(f.problem), f.value, f.count,
         result.text(f.advice))
        for f in result.findings
    ]  # fmt: skip
    names = ["severity", "code", "file", "place", "problem", "given", "count", "advice"]
    return Table("findings", words("table.findings"), words.columns(*names), tuple(rows))


def joins(result: Result) -> Table:
    """Demand points, facilities and sites that are not near a street of the main piece."""
    words, frame = Words.of(result), with_titles(result, result.joins.rename_axis("id"))
    frame["what"] = [words.term("what", v) for v in frame["role"]]
    frame["joining"] = [words.term("joining", v) for v in frame["state"]]
    return table(result, "joins", frame, ["what", "id", "name", "unit", "joining", "distance_m", "population"])


def severed(result: Result) -> Table:
    """Pairs that are near in a straight line and far on foot."""
    words, frame = Words.of(result), with_titles(result, result.severed)
    frame["to_what"] = [words.term("what", v) for v in frame["to_role"]]
    frame["between"] = [words.term("between", v or "unknown") for v in frame["between"]]
    names = [
        "unit",
        "from_id",
        "from_name",
        "to_id",
        "to_name",
        "to_what",
        "straight_m",
        "way_m",
        "between",
        "population",
    ]
    return table(result, "severed", frame, names, words("data.severed_note"))


def settings(result: Result) -> Table:
    """The settings of the scenario, one a row, without those that only say where files lie."""
    words = Words.of(result)
    rows = [(key, value) for key, value in flat(result.settings) if key.split(".")[0] not in {"layers", "scenarios"}]
    return Table("settings", words("table.settings"), words.columns("key", "setting"), tuple(rows))


def flat(values: Any, prefix: str = "") -> list[tuple[str, str]]:
    """Nested settings as dotted keys.

    >>> flat({"plan": {"gap": 0.005, "budget": 8e7, "sites": ["a", "b"]}})
    [('plan.gap', '0.005'), ('plan.budget', '80000000'), ('plan.sites', 'a, b')]
    """
    if isinstance(values, Mapping):
        return [
            pair for key, value in values.items() for pair in flat(value, f"{prefix}.{key}" if prefix else str(key))
        ]
    if isinstance(values, (list, tuple)):
        return [(prefix, ", ".join(map(str, values)))]
    text = f"{values:.15g}" if isinstance(values, float) else str(values)
    return [] if values is None else [(prefix, text)]


def changes(result: Result) -> Table:
    """What the scenario changes in the study, old and new."""
    words = Words.of(result)
    rows = tuple((key, str(old), str(new)) for key, old, new in result.changes)
    return Table("changes", words("table.changes"), words.columns("key", "old", "new"), rows)
