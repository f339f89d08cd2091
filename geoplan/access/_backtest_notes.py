"""What the back-test has to tell, in both languages: each note with what to do about it."""

from __future__ import annotations

from collections.abc import Iterable

from geoplan.errors import Finding, Text

SHOWN = 5

NOTES: dict[str, tuple[Text, Text]] = {
    "GP-B010": (
        Text("the enrolment of these facilities is not known; they compete but tell nothing", "这些设施的在托人数未知；参与竞争但不用于估计"),
        Text("ask for their enrolment", "请补充在托人数"),
    ),
    "GP-B011": (
        Text("the places of these facilities are not known; they are left out", "这些设施的托位数未知，未计入"),
        Text("give their places, or leave them out of the enrolment", "请补充托位数"),
    ),
    "GP-B012": (
        Text("nobody of their bands reaches these facilities, so 0 are expected there", "这些设施无相应月龄的人可达，预期为 0"),
        Text("check where they stand, the streets near them and the limit of travel", "请核对其位置、附近道路与出行上限"),
    ),
    "GP-B013": (
        Text("these facilities are full: their demand is at least their enrolment", "这些设施已满：其需求不少于在托人数"),
        Text("their surplus is sent on to others in the model", "模型将溢出者转往其他设施"),
    ),
    "GP-B014": (
        Text("all facilities are full: the uptake is a lower bound and the decay cannot be told", "所有设施均已满：入托意愿为下限，距离衰减无法估计"),
        Text("ask for waiting lists", "请收集轮候名单"),
    ),
    "GP-B015": (
        Text("these facilities have more people than places; what they took is taken as their room", "这些设施在托人数超过托位数；以实收人数为其容量"),
        Text("check their places and their enrolment", "请核对托位数与在托人数"),
    ),
    "GP-B016": (
        Text("demand points whose people reach no places of their band; they are outside the estimate", "这些需求点的服务对象可达范围内没有相应月龄托位，不在估计之内"),
        Text("see the gap account for why", "原因见缺口账"),
    ),
    "GP-B017": (
        Text("the decay cannot be told from these data: nobody has a choice between facilities", "无法由数据估计距离衰减：无人有多处设施可选"),
        Text("raise the limit of travel, or take a larger area", "请提高出行上限或扩大范围"),
    ),
    "GP-B018": (
        Text("distance has no visible effect on the choice within the limit of travel", "出行上限之内，距离对选择没有可见影响"),
        Text("the limit alone describes travel", "以出行上限描述即可"),
    ),
    "GP-B019": (
        Text("more people are enrolled than live within reach", "在托人数多于可达范围内的服务对象"),
        Text("check the people, the enrolment and the limit of travel", "请核对人数、在托人数与出行上限"),
    ),
    "GP-B020": (
        Text("there was no forecast for these facilities; its error is that of the others", "这些设施没有预测值；预测误差不含它们"),
        Text("give a forecast for each facility", "请补充各设施的预测值"),
    ),
    "GP-B021": (
        Text("nobody is enrolled, so the uptake is 0 and the decay cannot be told", "无人在托：入托意愿为 0，距离衰减无法估计"),
        Text("check the enrolment", "请核对在托人数"),
    ),
}  # fmt: skip


def note(code: str, ids: Iterable[str] = (), place: str = "enrolment") -> Finding:
    """The note of a code on these ids (at most five are shown, all are counted)."""
    ids = list(ids)
    problem, advice = NOTES[code]
    return Finding(code, "", place, problem, advice, ", ".join(ids[:SHOWN]), "note", max(len(ids), 1))
