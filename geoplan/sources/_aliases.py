"""What bureaux call columns and values: each name of geoplan with the other names that are read as it."""

from __future__ import annotations

LONGITUDES = ("经度", "lon", "lng", "long", "longitude", "x", "东经", "x坐标", "横坐标")
LATITUDES = ("纬度", "lat", "latitude", "y", "北纬", "y坐标", "纵坐标")

# the columns of an id, whatever its table
IDS = ("id", "编号", "编码", "代码", "code", "标识码", "bsm")

COLUMNS: dict[str, tuple[str, ...]] = {
    "name": ("名称", "机构名称", "小区名称", "村名", "设施名称"),
    "unit_id": ("区县编码", "县区编码", "区县代码", "行政区划代码", "区县", "县区", "县（市、区）", "adcode"),
    "township": ("乡镇", "街道", "乡镇街道", "所属乡镇"),
    "class": ("类别", "城乡类别", "居住区类别"),
    "population": ("人口", "常住人口", "人口数", "pop", "residents"),
    "kind": ("类型", "设施类型", "机构类型", "性质"),
    "status": ("状态", "运营状态"),
    "filed": ("已备案", "是否备案", "备案"),
    "inclusive": ("普惠", "是否普惠", "普惠性"),
    "service_modes": ("服务方式", "服务形式", "托育方式"),
    "opened": ("开办年份", "开办年", "成立年份"),
    "places": ("托位", "托位数", "托位总数", "capacity"),
    "places_m06_12": ("托位6_12月", "托位6-12月", "6-12月托位", "乳儿班托位"),
    "places_m12_24": ("托位12_24月", "托位12-24月", "12-24月托位", "托小班托位"),
    "places_m24_36": ("托位24_36月", "托位24-36月", "24-36月托位", "托大班托位"),
    "classes": ("班数", "班级数"),
    "capacity": ("核定规模", "核定人数", "学位"),
    "enrolment": ("在园人数", "在校人数", "在园幼儿"),
    "spare_floor_m2": ("富余面积", "可用建筑面积"),
    "outdoor_m2": ("室外面积", "室外场地面积", "户外场地面积"),
    "storey": ("楼层", "所在楼层"),
    "floor_area_m2": ("建筑面积", "房屋建筑面积"),
    "land_m2": ("用地面积", "占地面积"),
    "farmland_m2": ("占用耕地", "耕地面积"),
}

CLASSES: dict[str, str] = {
    "urban_new": "urban_new",
    "新建城区": "urban_new",
    "新建居住区": "urban_new",
    "urban_built": "urban_built",
    "建成区": "urban_built",
    "建成居住区": "urban_built",
    "urban_old": "urban_old",
    "老旧城区": "urban_old",
    "老旧小区": "urban_old",
    "老城区": "urban_old",
    "rural": "rural",
    "乡村": "rural",
    "农村": "rural",
    "村庄": "rural",
}

STATUSES: dict[str, str] = {
    "open": "open",
    "在营": "open",
    "运营": "open",
    "正常": "open",
    "planned": "planned",
    "规划": "planned",
    "在建": "planned",
    "closed": "closed",
    "停办": "closed",
    "关闭": "closed",
}

SERVICE_MODES: dict[str, str] = {
    "full_day": "full_day",
    "全日": "full_day",
    "全日托": "full_day",
    "half_day": "half_day",
    "半日": "half_day",
    "半日托": "half_day",
    "hourly": "hourly",
    "计时": "hourly",
    "计时托": "hourly",
    "temporary": "temporary",
    "临时": "temporary",
    "临时托": "temporary",
}
