"""What bureaux call columns and values: each name of geoplan with the other names that are read as it."""

from __future__ import annotations

LONGITUDES = ("经度", "lon", "lng", "long", "longitude", "x", "东经", "x坐标", "横坐标")
LATITUDES = ("纬度", "lat", "latitude", "y", "北纬", "y坐标", "纵坐标")

# the columns of an id, whatever its table
IDS = ("id", "编号", "编码", "代码", "code", "标识码", "bsm")

COLUMNS: dict[str, tuple[str, ...]] = {
    "demand_id": ("小区编号", "小区编码", "村编码", "place_id", "场所编号"),
    "facility_id": ("机构编号", "机构编码"),
    "host_id": ("设施编号",),
    "site_id": ("资产编号", "地块编号", "宗地编号", "宗地代码", "房源编号"),
    "hazard_id": ("隐患编号", "危险源编号"),
    "project_id": ("项目编号", "项目编码", "项目代码"),
    "employer_id": ("单位编号", "单位编码", "统一社会信用代码"),
    "name": ("名称", "机构名称", "小区名称", "村名", "设施名称", "项目名称", "单位名称", "场所名称"),
    "unit_id": (
        "区县编码",
        "县区编码",
        "区县代码",
        "行政区划代码",
        "区县",
        "县区",
        "县（市、区）",
        "县（市区）",
        "adcode",
    ),
    "township_id": ("乡镇编码", "乡镇代码", "街道编码", "街道代码", "乡镇街道编码", "乡镇街道代码"),
    "township": ("乡镇", "街道", "乡镇街道", "所属乡镇"),
    "class": ("类别", "城乡类别", "居住区类别"),
    "population": ("人口", "常住人口", "人口数", "pop", "residents"),
    **{f"age_{n}": (f"{n}岁", f"{n}岁人口", f"{n}岁人数") for n in range(6)},
    **{
        f"age_{a}_{b}": tuple(f"{a}{dash}{b}岁{end}" for dash in "-—–～~_" for end in ("", "人口", "人数"))
        for a, b in ((1, 4), (5, 9))
    },
    "registered": ("户籍人口", "户籍人口数", "户籍人数"),
    "migrant_under_3": ("随迁婴幼儿", "随迁婴幼儿数", "3岁以下随迁婴幼儿"),
    "households": ("户数", "家庭户数", "家庭户", "总户数"),
    "dwellings": ("套数", "住宅套数", "住房套数"),
    "grade": ("数据等级", "等级", "数据可信度"),
    "year": ("年份", "年度", "年"),
    "births": ("出生人数", "出生人口", "出生数", "活产数"),
    "births_low": ("出生人数低方案", "低方案"),
    "births_mid": ("出生人数中方案", "中方案"),
    "births_high": ("出生人数高方案", "高方案"),
    "net_moves": ("净迁入", "净迁入人数", "净迁入婴幼儿", "3岁以下净迁入"),
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
    "classes_m06_12": ("乳儿班", "乳儿班数", "乳儿班班数"),
    "classes_m12_24": ("托小班", "托小班数", "托小班班数"),
    "classes_m24_36": ("托大班", "托大班数", "托大班班数"),
    "enrolled": ("在托人数", "在托婴幼儿", "在托婴幼儿数"),
    "enrolled_m06_12": ("在托6_12月", "在托6-12月", "乳儿班在托"),
    "enrolled_m12_24": ("在托12_24月", "在托12-24月", "托小班在托"),
    "enrolled_m24_36": ("在托24_36月", "在托24-36月", "托大班在托"),
    "closes": ("停办年份", "停办年", "关闭年份"),
    "pilot": ("试点类型", "试点", "示范点类型"),
    "demonstration": ("示范", "是否示范", "示范机构"),
    "operation_mode": ("运营模式", "运营方式", "办托模式"),
    "ownership": ("办托性质", "举办性质", "办园性质", "所有制"),
    "projected_enrolment": ("预计在园人数", "预测在园人数"),
    "usable_area_m2": ("使用面积", "可使用面积"),
    "delivery_year": ("交付年份", "交付年", "交付年度"),
    "places_planned": ("规划托位", "规划托位数", "配建托位", "配建托位数"),
    "planned_state": ("同步规划", "规划情况"),
    "built_state": ("同步建设", "建设情况"),
    "accepted_state": ("同步验收", "验收情况"),
    "delivered_state": ("同步交付", "交付情况"),
    "residents": ("居民人数", "居民数", "涉及居民", "涉及人口"),
    "workers": ("职工数", "职工人数", "从业人数"),
    "young_workers": ("青年职工数", "青年职工", "青年职工人数"),
    "children_under_3": ("3岁以下子女数", "职工3岁以下子女数", "3岁以下子女"),
    "open_to_public": ("对外开放", "是否对外开放", "向附近居民开放"),
    "visitors_per_day": ("日客流量", "日均客流量", "日均客流"),
    "classes": ("班数", "班级数"),
    "capacity": ("核定规模", "核定人数", "学位"),
    "enrolment": ("在园人数", "在校人数", "在园幼儿"),
    "spare_floor_m2": ("富余面积", "可用建筑面积"),
    "outdoor_m2": ("室外面积", "室外场地面积", "户外场地面积", "室外场地"),
    "storey": ("楼层", "所在楼层"),
    "floor_area_m2": ("建筑面积", "房屋建筑面积"),
    "land_m2": ("用地面积", "占地面积"),
    "farmland_m2": ("占用耕地", "耕地面积"),
    "fire_rating": ("耐火等级", "建筑耐火等级", "耐火级别"),
    "own_entrance": ("独立出入口", "是否独立出入口", "有无独立出入口", "独立出入"),
    "sunlight_h": ("日照时数", "冬至日照时数", "冬至日日照时数", "日照小时数"),
    "housing_state": ("住宅进度", "项目进度", "住宅状态", "建设进度"),
    "land_status": ("土地状态", "用地状态", "地块状态", "土地利用状态", "利用状态"),
    "rent_yuan_m2": ("年租金单价", "每平方米年租金", "年租金元每平米", "年租金元每平方米"),
    "price_yuan_m2": ("出售单价", "每平方米售价", "售价单价", "售价元每平米", "售价元每平方米"),
    "lease_years": ("租期", "租期年", "租赁年限", "可租年限"),
    # land codes have no other names: 0702 means one thing in the survey and another in the plan, so a study must say which
}

# further names that mean this only in a layer of this role
BY_ROLE: dict[str, dict[str, tuple[str, ...]]] = {
    "new_residential": {"population": ("规划人口", "规划常住人口"), "dwellings": ("规划套数", "规划户数", "户数")},
    "renewal": {"year": ("改造年份", "改造年度", "实施年份"), "residents": ("人口", "常住人口")},
    "employers": {"kind": ("单位类型", "单位性质", "单位类别")},
    "public_places": {"kind": ("场所类型", "场所类别", "类别")},
    "residents": {"floor_area_m2": ("住宅建筑面积",)},
    "parcels": {
        "name": ("地块名称",),
        "land_m2": ("面积", "地块面积", "宗地面积", "图斑面积", "tbmj", "zdmj"),
        "tenure": ("权属", "权属性质"),
        "land_status": ("状态",),
    },
    "premises": {"name": ("房源名称",), "tenure": ("供房方式", "方式", "租售方式", "出租出售", "提供方式")},
    "hazards": {"kind": ("危险源类型", "隐患类型", "危险源类别", "类别")},
    "field_checks": {
        "site_id": ("编号", "备选点编号", "点位编号"),
        "quantity": ("代码", "指标代码", "核查项代码"),
        "value": ("实测值", "核查值", "测量值"),
        "checked_by": ("核查人", "填表人"),
        "date": ("日期", "核查日期"),
    },
}

# what a table calls the row that adds up the others
TOTALS = ("合计", "总计", "全市", "全市合计", "全区合计", "全县合计", "total", "sum")

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
    "在办": "open",
    "正常": "open",
    "planned": "planned",
    "规划": "planned",
    "在建": "planned",
    "拟建": "planned",
    "筹建": "planned",
    "closed": "closed",
    "停办": "closed",
    "已停办": "closed",
    "关闭": "closed",
    "已关闭": "closed",
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

PILOTS: dict[str, str] = {
    "brand_chain": "brand_chain",
    "品牌连锁机构": "brand_chain",
    "品牌连锁": "brand_chain",
    "community": "community",
    "社区机构": "community",
    "社区": "community",
    "kindergarten": "kindergarten",
    "幼儿园托班": "kindergarten",
    "普惠幼儿园": "kindergarten",
    "幼儿园": "kindergarten",
    "employer": "employer",
    "用人单位机构": "employer",
    "用人单位": "employer",
}

EMPLOYERS: dict[str, str] = {
    "hospital": "hospital",
    "医院": "hospital",
    "school": "school",
    "学校": "school",
    "enterprise": "enterprise",
    "企业": "enterprise",
    "public": "public",
    "机关": "public",
    "事业单位": "public",
    "机关事业单位": "public",
}

PUBLIC_PLACES: dict[str, str] = {
    "transport_hub": "transport_hub",
    "交通枢纽": "transport_hub",
    "commercial": "commercial",
    "商业中心": "commercial",
    "tourist": "tourist",
    "旅游景点": "tourist",
    "旅游景区": "tourist",
    "hospital": "hospital",
    "医院": "hospital",
    "township_health": "township_health",
    "乡镇卫生院": "township_health",
    "community_health": "community_health",
    "社区卫生服务中心": "community_health",
    "other": "other",
    "其他": "other",
}

GRADES: dict[str, str] = {
    letter: grade for grade in "ABCD" for letter in (grade.lower(), chr(ord(grade) + 0xFEE0).lower())
}
