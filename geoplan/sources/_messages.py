"""What the sources room can say: one entry a code, with the problem and the advice in English and Chinese."""

from __future__ import annotations

from typing import NoReturn

from geoplan.errors import Finding, InputError, Severity, Text

# code: (problem en, problem zh, advice en, advice zh); {fields} are filled in by `finding`
MESSAGES: dict[str, tuple[str, str, str, str]] = {
    # files
    "GP-F001": ("the file does not exist", "文件不存在", "check the path and the spelling", "请检查路径与文件名"),
    "GP-F002": ("this is not a plain file", "不是普通文件", "name a file, not a folder or a pipe", "请给出文件，而非文件夹或管道"),
    "GP-F003": ("the file is empty (0 bytes)", "文件为空（0 字节）", "export or copy it again", "请重新导出或复制"),
    "GP-F004": ("only local files are read", "只读取本地文件", "download the file and give its path", "请先下载，再填写本地路径"),
    "GP-F005": (
        "files with this ending are not read here", "此处不读取该扩展名的文件",
        "use one of: {endings}", "可用格式：{endings}",
    ),
    "GP-F006": (
        "the content is not {format}, whatever its name says", "文件内容不是 {format}，与扩展名不符",
        "export it again as {format}", "请重新导出为 {format}",
    ),
    "GP-F007": (
        "the file is damaged or cut short and cannot be read as {format}", "文件损坏或不完整，无法按 {format} 读取",
        "open it in its own program, then export or copy it again", "请用原软件打开检查后重新导出或复制",
    ),
    "GP-F008": ("larger than geoplan reads: {given} of at most {limit}", "超过可读上限：{given}，上限 {limit}",
                "cut it to the study area, or to the columns that are needed", "请裁剪到研究范围或所需字段"),
    "GP-F009": ("the file may not be read", "没有读取权限", "ask for the right to read it", "请取得读取权限"),
    "GP-F010": (
        "a part of the Shapefile is missing", "Shapefile 缺少组成文件",
        "copy {parts} beside it: .shp, .shx, .dbf and .prj belong together", "请补齐 {parts}：.shp、.shx、.dbf、.prj 须放在一起",
    ),
    "GP-F011": ("read as {encoding}", "按 {encoding} 编码读取", "check a few names; state `encoding` if they look wrong",
                "请核对几个名称，如有乱码请写明 encoding"),
    "GP-F012": ("bytes that are not {encoding}", "存在无法按 {encoding} 解码的字节", "save the file as UTF-8, or state its `encoding`",
                "请另存为 UTF-8，或写明 encoding"),
    "GP-F013": ("some lines are UTF-8 and others are not", "部分行为 UTF-8 编码，部分不是", "save the whole file in one encoding",
                "请将整个文件统一为一种编码"),
    "GP-F014": ("NUL bytes", "存在空字符（NUL）", "export the table again", "请重新导出该表"),
    "GP-F015": ("several {things} and none is named", "含多个{things_zh}而未指定", "name one of them as `layer`", "请用 layer 指定其一"),
    "GP-F016": ("there is no {thing} of this name", "没有该名称的{thing_zh}", "{hint}", "{hint_zh}"),
    "GP-F017": ("no encoding is called so", "没有这种编码", "use utf-8 or gb18030", "请用 utf-8 或 gb18030"),
    "GP-F018": ("a remark of the reader: {remark}", "读取时的提示：{remark}", "check the layer", "请检查该图层"),
    "GP-F019": ("the parts of the Shapefile disagree: {given}", "Shapefile 各组成文件不一致：{given}",
                "copy all parts again from one export", "请从同一次导出中重新复制全部文件"),
    # tables
    "GP-T101": ("{given} fields where the header has {wanted}", "该行有 {given} 个字段，表头为 {wanted} 个",
                "put values that hold a comma in quotes, or add what is missing", "含逗号的值请加引号，或补齐缺失字段"),
    "GP-T102": ("two columns have this name", "列名重复", "give each column a name of its own", "请使列名唯一"),
    "GP-T103": ("values but no name in the header", "该列有数据但没有列名", "put the header in row 1 and name each column",
                "表头须在第 1 行，且每列都有名称"),
    "GP-T104": ("this column is missing", "缺少该列", "{hint}", "{hint_zh}"),
    "GP-T105": ("the table has no rows", "表中没有数据行", "check the export or the filter", "请检查导出结果或筛选条件"),
    "GP-T106": ("not a number", "不是数字", "write digits only, without a unit", "请只填数字，不带单位"),
    "GP-T107": ("thousands separators in some cells of the column only", "该列只有部分单元格使用千位分隔符",
                "write all numbers of the column without separators", "请统一去掉千位分隔符"),
    "GP-T108": ("larger than anything that can be meant", "数值过大，不合常理", "check the digits", "请核对数值"),
    "GP-T109": ("negative", "不应为负数", "check the sign", "请核对正负号"),
    "GP-T110": ("neither yes nor no", "不是“是/否”", "write 是 or 否, yes or no", "请填写 是 或 否"),
    "GP-T111": ("not a year", "不是年份", "write four digits, such as 2019", "请填写四位年份，如 2019"),
    "GP-T112": ("the id is missing", "缺少编号", "give each row an id", "请为每行填写编号"),
    "GP-T113": ("the same id as {first}", "编号与 {first} 重复", "give each row an id of its own, or remove one",
                "请使编号唯一，或删除其一"),
    "GP-T114": ("the id was shortened by a spreadsheet", "编号已被电子表格改成科学记数", "format the column as text and enter it again",
                "请将该列设为文本格式后重新填写"),
    "GP-T115": ("a formula without a stored value", "公式没有已存的计算结果", "open it in Excel and save, or paste as values",
                "请用 Excel 打开并保存，或粘贴为数值"),
    "GP-T116": ("a spreadsheet error", "单元格为错误值", "mend the formula", "请修正公式"),
    "GP-T117": ("a number of more than 15 digits, which spreadsheets round", "超过 15 位的数字会被电子表格舍入",
                "format the column as text and enter it again", "请将该列设为文本格式后重新填写"),
    "GP-T118": ("blank rows left out", "已略过空行", "nothing to do if they are meant to be blank", "如确为空行则无需处理"),
    "GP-T119": ("commas read as thousands separators", "逗号按千位分隔符读取", "check one of them", "请核对其中一个"),
    "GP-T120": ("several columns could be {name}: {given}", "有多列可作为 {name}：{given}", "say which one under `columns`",
                "请在 columns 中指明"),
    "GP-T121": ("no value", "缺少数值", "fill it in, or leave the row out with `keep`; write 0 only if it is 0",
                "请填写，或用 keep 排除该行；确为 0 才填 0"),
    "GP-T122": ("not one of {known}", "不在可用值 {known} 之中", "use one of them", "请改用其中之一"),
    "GP-T123": ("fields are separated by {name}", "字段以 {name} 分隔", "nothing to do if the columns look right", "如各列正确则无需处理"),
    "GP-T124": ("the quotes do not close or stand inside a value", "引号未闭合或位置错误", "double the quotes inside a value, and close each",
                "值内引号请写两次，并成对闭合"),
    "GP-T125": ("the sheet {name} is read, the others are blank", "读取工作表 {name}，其余为空表", "nothing to do if it is the right one",
                "如正确则无需处理"),
    "GP-T126": ("a control character in an id", "编号含控制字符", "type the id again", "请重新填写编号"),
    # geometry
    "GP-V001": ("no geometry, or a broken one", "几何为空或损坏", "draw it again, or remove the row", "请重新绘制或删除该行"),
    "GP-V002": ("an invalid outline was repaired: area {before} m² before, {after} m² after",
                "已修复无效图形：修复前 {before} m²，修复后 {after} m²", "check its shape", "请核对其形状"),
    "GP-V003": ("longitude and latitude (or x and y) are swapped", "经度与纬度（或 x 与 y）颠倒", "swap the two columns", "请对调两列"),
    "GP-V004": ("{km} km outside the study area", "位于研究范围外 {km} 千米",
                "check for swapped axes, a wrong datum, CRS or zone, or a wrong place", "请检查坐标是否颠倒、基准或带号有误、地点有误"),
    "GP-V005": ("no CRS is declared", "未声明坐标系", "state `crs`, such as EPSG:4547", "请写明 crs，如 EPSG:4547"),
    "GP-V006": ("the coordinate is missing", "缺少坐标", "fill it in, or leave the row out with `keep`", "请填写，或用 keep 排除该行"),
    "GP-V007": ("larger than the whole study area", "面积大于整个研究范围", "check its outline", "请检查其轮廓"),
    "GP-V008": ("stands exactly where another row does", "与另一行位置完全相同", "check that nothing is counted twice", "请检查是否重复"),
    "GP-V009": ("coordinates have two decimals at most, about 1 km", "坐标至多两位小数，精度约 1 千米", "ask for finer coordinates",
                "请取得更精确的坐标"),
    "GP-V010": ("not a polygon", "不是面要素", "give areas as polygons", "请提供面图层"),
    "GP-V011": ("the layer has no geometry", "图层没有几何", "choose a layer with shapes", "请选择含几何的图层"),
    # datum and CRS
    "GP-D001": ("the layer states no datum", "图层未声明坐标基准", "state `datum`: cgcs2000, wgs84, gcj02 or bd09",
                "请写明 datum：cgcs2000、wgs84、gcj02 或 bd09"),
    "GP-D002": ("there is no such datum", "没有这种坐标基准", "use cgcs2000, wgs84, gcj02 or bd09", "可用 cgcs2000、wgs84、gcj02、bd09"),
    "GP-D003": ("{name} cannot be converted exactly without local parameters", "{name} 缺少地方参数，无法精确转换",
                "convert it to CGCS2000 with the surveying bureau's parameters, or give a `crs` that holds them",
                "请用测绘部门参数转换到 CGCS2000，或给出含参数的 crs"),
    "GP-D004": ("{datum} is a shift of longitude and latitude; this layer is projected", "{datum} 只用于经纬度，该图层为投影坐标",
                "state the datum before projection, or give longitude and latitude", "请写明投影前的基准，或提供经纬度"),
    "GP-D005": ("the coordinates do not come out finite", "坐标转换结果不是有限数", "check the coordinates and the CRS", "请检查坐标与坐标系"),
    "GP-D006": ("outside China, where {datum} has no shift: taken as WGS 84", "位于中国范围外，{datum} 无偏移，按 WGS 84 处理",
                "check the datum", "请检查坐标基准"),
    "GP-D007": ("no CRS is known by this name", "没有这种坐标系", "use a code such as EPSG:4547", "请用如 EPSG:4547 的代码"),
    "GP-D008": ("not degrees of longitude and latitude", "不是经纬度", "these look like metres: state `crs`, such as EPSG:4547",
                "疑为以米计的坐标，请写明 crs，如 EPSG:4547"),
    "GP-D009": ("read in {crs}, not in the declared {given}", "按 {crs} 读取，而非文件声明的 {given}", "check one place on the map",
                "请在地图上核对一处"),
    # rasters
    "GP-R001": ("the grid has {given} bands", "栅格有 {given} 个波段", "give a grid with one band", "请提供单波段栅格"),
    "GP-R002": ("negative people: {given} cells, and nodata is not declared", "有 {given} 个负值格网，且未声明无数据值",
                "declare the nodata value in the file", "请在文件中声明无数据值"),
    "GP-R003": ("negative people: {given} cells", "有 {given} 个负值格网", "mend the grid", "请修正栅格"),
    "GP-R004": ("values that are infinite: {given} cells", "有 {given} 个无穷值格网", "mend the grid", "请修正栅格"),
    "GP-R005": ("the values are not counts of people: {given}", "数值不是人口数：{given}", "multiply by the cell area first",
                "请先乘以格网面积"),
    "GP-R006": ("no cell holds people", "没有任何格网有人口", "check the file", "请检查文件"),
    "GP-R007": ("no populated cell lies in the study area", "研究范围内没有有人口的格网", "check the place and the CRS", "请检查地点与坐标系"),
    "GP-R008": ("{given} cells with {people} people lie outside the study area and are left out",
                "{given} 个格网（{people} 人）位于研究范围外，未计入", "nothing to do if the grid is larger than the area",
                "如栅格大于研究范围则无需处理"),
    "GP-R009": ("a grid of one cell", "栅格只有一个格网", "check the file", "请检查文件"),
    "GP-R010": ("{people} people lie outside all zones", "{people} 人位于所有分区之外", "check the zones", "请检查分区"),
    "GP-R011": ("the zones overlap: {people} people are counted more than once", "分区重叠：{people} 人被重复计算", "mend the zones",
                "请修正分区"),
    "GP-R012": ("lies outside the grid: nothing is known of it", "位于栅格之外，无数据", "give a grid that covers it", "请提供覆盖该区的栅格"),
    "GP-R013": ("the values are scaled", "数值带比例或偏移", "write the plain values", "请写入原始数值"),
    # layers
    "GP-L001": ("given both as a column and as a constant", "同时给了列与常量", "keep one of the two", "请只保留其一"),
    "GP-L002": ("{given} of {all} rows kept by the condition", "按条件保留 {all} 行中的 {given} 行", "nothing to do if it is meant",
                "如符合本意则无需处理"),
    "GP-L003": ("no unit of the study area has this id", "研究范围内没有该单元编号", "{hint}", "{hint_zh}"),
    "GP-L004": ("just outside the boundary, counted to the nearest unit", "略超出边界，计入最近单元", "check the boundary", "请核对边界"),
    "GP-L005": ("no status is given: taken as open", "未给状态，按在营处理", "add a column status if some are planned or closed",
                "如有规划或停办设施，请增加状态列"),
    "GP-L006": ("a condition knows min, max and equals only", "条件只能用 min、max、equals", "mend `keep`", "请修正 keep"),
    "GP-L007": ("the units overlap by {given} m²", "单元之间重叠 {given} m²", "mend the boundaries", "请修正边界"),
    "GP-L008": ("no row fulfils the condition", "没有符合条件的行", "check `keep`", "请检查 keep"),
    "GP-L009": ("the layer is not read as a table of places", "该图层不能按地点表读取", "use a table or a vector layer",
                "请使用表格或矢量图层"),
    # sources.yaml
    "GP-S001": ("not a key of sources.yaml", "不是 sources.yaml 的键", "{hint}", "{hint_zh}"),
    "GP-S002": ("must be {given}", "须为 {given}", "mend sources.yaml", "请修正 sources.yaml"),
    "GP-S003": ("anchors and aliases are not used here", "此处不使用锚点与别名", "write the value out", "请直接写出内容"),
}  # fmt: skip


def finding(
    code: str, file: str, place: str = "", value: object = "", severity: Severity = "error", count: int = 1, **fields: object
) -> Finding:
    """The finding of a code, its fields filled in.

    >>> finding("GP-F001", "a.csv").sentence()
    'GP-F001 a.csv: the file does not exist; check the path and the spelling'
    """
    en, zh, advice_en, advice_zh = (part.format(**fields) for part in MESSAGES[code])
    return Finding(code, file, place, Text(en, zh), Text(advice_en, advice_zh), str(value), severity, count)


def refuse(code: str, file: str, place: str = "", value: object = "", **fields: object) -> NoReturn:
    """Raise at once: nothing more can be learned from this file."""
    raise InputError(finding(code, file, place, value, **fields))


def nearest(name: str, known: list[str]) -> dict[str, str]:
    """The fields `hint` and `hint_zh` of a message: the nearest known name, or all of them.

    >>> nearest("nmae", ["name", "kind"])["hint"]
    'did you mean name?'
    """
    from difflib import get_close_matches

    near = get_close_matches(name.casefold(), {k.casefold(): k for k in known}, n=1)
    if near:
        found = next(k for k in known if k.casefold() == near[0])
        return {"hint": f"did you mean {found}?", "hint_zh": f"是否为 {found}？"}
    return {"hint": f"there are: {', '.join(known[:30])}", "hint_zh": f"现有：{'、'.join(known[:30])}"}
