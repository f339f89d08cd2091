"""The words of bureaux for what stands in columns of sites: land, tenure, fire rating, milestones, hazards."""

from __future__ import annotations

from collections.abc import Mapping


def _words(**known: str) -> dict[str, str]:
    """Each word (separated by spaces) and each key itself, in lower case, with the key that it means."""
    return {word.casefold(): key for key, words in known.items() for word in (key, *words.split())}


LAND_STATUSES = _words(
    idle="闲置 闲置地 闲置土地 闲置用地",
    low_efficiency="低效 低效用地 低效土地 城镇低效用地 lowefficiency low-efficiency",
    stock="存量 存量用地 存量土地 存量建设用地",
    new="新增 新增用地 新增建设用地",
)
TENURES = _words(lease="出租 租赁 租 招租 rent", sale="出售 售 转让 出让 sell", swap="置换 换 资产置换 exchange")
FIRE_RATINGS = {
    word: str(rating)
    for rating, (digit, roman, wide) in enumerate(
        (("一", "i", "ⅰ"), ("二", "ii", "ⅱ"), ("三", "iii", "ⅲ"), ("四", "iv", "ⅳ")), 1
    )
    for mark in (digit, roman, wide, str(rating), chr(0xFF10 + rating))
    for word in (mark, f"{mark}级")
}
HOUSING_STATES = _words(
    planned="规划 已规划 规划中 未开工 在建 建设中",
    built="建成 已建成 已建设 建设完成 竣工 已竣工",
    accepted="验收 已验收 竣工验收 通过验收",
    delivered="交付 已交付 交付使用 已入住",
)
MILESTONES = _words(
    done="已完成 完成 已办 是 yes true 1", not_done="未完成 未 未办 否 进行中 办理中 在建 no false 0 notdone"
)

LINES = {"110": "power_line_110", "220": "power_line_220", "500": "power_line_500"}
HAZARDS: Mapping[str, str] = _words(
    class_a_b_plant="甲乙类厂房 甲类厂房 乙类厂房 甲乙类仓库 甲类仓库 乙类仓库 危险化学品企业 危化品企业 危化品仓库",
    inflammable_building="易燃易爆建筑 易燃建筑 易燃易爆场所 可燃材料堆场 液化气站 烟花爆竹仓库",
    filling_station="加油站 加气站 加油加气站 加油加气合建站",
    gas_oil_pipe="油气管线 油气管道 输油管道 输气管道 燃气长输管道 高压燃气管道 天然气长输管道",
    refuse_transfer="垃圾转运站 垃圾中转站 生活垃圾转运站 垃圾站",
    substation="变电站 变电所",
    infectious_ward="传染病医院 传染病房 传染病区 传染科 感染科病房",
    entertainment="娱乐场所 歌舞娱乐场所 歌舞厅 大型娱乐场所",
    shopping_mall="大型商场 商场 购物中心",
    wholesale_market="批发市场 农产品批发市场",
    wide_road="宽马路 城市主干道 交通主干道 快速路",
) | {
    word: known
    for voltage, known in LINES.items()
    for unit in ("kv", "千伏")
    for word in (
        known,
        *(f"{voltage}{unit}{thing}" for thing in ("高压线", "高压线路", "高压走廊", "输电线路", "线路", "架空线")),
        *(f"高压线{voltage}{unit}", f"高压走廊{voltage}{unit}"),
    )
}
