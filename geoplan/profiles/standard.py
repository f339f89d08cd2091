"""Standard: a rule with value, unit, clause, source and confidence; and the verdict it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from geoplan.errors import Text

Mark = Literal["S", "F", "R", "C", "G", "local"]
Sense = Literal["at_most", "at_least", "equal", ""]
Outcome = Literal["pass", "fail", "unknown"]
Force = Literal["must", "should"]
AreaClass = Literal["urban", "rural", ""]

CHINA = Text("China", "全国")

MARKS: dict[str, Text] = {
    "S": Text("stated in the notice", "通知原文"),
    "F": Text("found in a public document", "公开文件"),
    "R": Text("second-hand from a public repository", "转引，待核对原文"),
    "C": Text("computed from public figures", "据公开数据推算"),
    "G": Text("to be verified", "待核实"),
    "local": Text("set in this study", "本研究设定"),
}


@dataclass(frozen=True)
class Standard:
    """A rule: `value` in `unit`, its `sense`, where it stands (`clause`, `source`), how sure that is
    (`mark`).

    A standard marked G is an editable parameter that is to be verified; it is never printed as a citation.
    `quantity` names what of an option it bounds ("" where none); `force` tells must (应) from should (宜);
    `place` is where it is valid, `effective` since when or for when, `class_` the class of area ("" for both).
    One that is not `applied` is known for comparison: no rule may use it. `replaces` is what it was before the
    study set a value of its own.
    """

    id: str
    title: Text
    value: float
    unit: str
    sense: Sense
    clause: Text
    source: str
    mark: Mark
    quantity: str = ""
    force: Force = "must"
    place: Text = CHINA
    effective: str = ""
    class_: AreaClass = ""
    applied: bool = True
    replaces: Standard | None = None

    @property
    def cited(self) -> bool:
        """Whether clause and source may be printed beside its value: not what is to be verified, nor a study's own value.

        >>> Standard("storey", Text("storey", "楼层"), 1, "storey", "at_most", Text("4.1.3B", ""), "JGJ 39", "G").cited
        False
        """
        return self.mark not in {"G", "local"}

    def judge(self, measured: float | None) -> Verdict:
        """The verdict on a measured value; a value that is not known is `unknown`, never a pass.

        >>> rule = Standard("reach", Text("reach", ""), 300, "m", "at_most", Text("", ""), "GB 50180", "F")
        >>> rule.judge(300).outcome, rule.judge(301).outcome, rule.judge(None).outcome
        ('pass', 'fail', 'unknown')
        """
        if measured is None or measured != measured:  # noqa: PLR0124 - NaN is the only value unequal to itself
            return Verdict(self.id, "unknown", None, self.value, self.unit, self.clause, self.force)
        at_most, at_least = measured <= self.value, measured >= self.value
        holds = {"at_most": at_most, "at_least": at_least, "equal": at_most and at_least}
        outcome: Outcome = "pass" if holds.get(self.sense, True) else "fail"
        return Verdict(self.id, outcome, measured, self.value, self.unit, self.clause, self.force)


@dataclass(frozen=True)
class Verdict:
    """What one standard says of one thing: the outcome, the value measured, the value asked, its force."""

    standard: str
    outcome: Outcome
    measured: float | None
    asked: float
    unit: str
    clause: Text
    force: Force = "must"
