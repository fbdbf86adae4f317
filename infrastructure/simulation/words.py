"""What citizens and agencies write in the simulation: made of parts, so that honest replies differ."""

from __future__ import annotations

import random
from typing import Literal, NamedTuple

from hotline.domain.directory import Service

Manner = Literal["honest", "short", "stock", "copied"]

_PLACES = (
    "东门",
    "南侧",
    "北门外",
    "地下车库",
    "主干道",
    "菜市场旁",
    "学校门口",
    "公交站旁",
    "河边",
    "社区广场",
)
_SINCE = ("已经三天了", "一周没人管", "昨晚开始", "反映过两次", "下雨后更严重", "老人出行不便", "影响休息")
_WISHES = ("请尽快处理", "希望派人来看看", "请给个说法", "盼解决", "请有关部门核实", "多次联系物业无果")
_CREWS = (
    "市政养护班组",
    "城管队员",
    "社区网格员",
    "值班工程师",
    "属地所长带队",
    "抢修二队",
    "综合执法队",
    "专业公司师傅",
)
_CAUSES = (
    "系设备老化所致",
    "因施工单位未按要求恢复",
    "系管线接头松动",
    "因责任界线不清拖延",
    "系临时摆放未及时清运",
    "因夜间作业噪声超标",
    "系前期整改后反弹",
    "因配件缺货等待到货",
    "系产权单位疏于维护",
    "因高峰时段超负荷运行",
)
_ACTIONS = (
    "当场更换损坏部件并调试正常",
    "组织清运并用围挡隔离",
    "约谈负责人并下达整改通知书",
    "安排挖掘机开挖修复后回填",
    "协调产权单位出资更新",
    "增设警示牌和减速带",
    "连夜排查上下游阀门",
    "对违规行为立案处罚",
    "补发差额并重新核算账单",
    "调整班次加派人手值守",
    "重新铺设沥青并压实",
    "张贴公示接受居民监督",
)
_RESULTS = (
    "当日恢复使用",
    "次日复查未见反复",
    "居民代表现场签字确认",
    "检测数据已达标",
    "后续每周巡查一次",
    "余下部分列入季度计划",
    "诉求人表示认可",
    "已建立台账销号管理",
)
_STOCK = "您好，您反映的{place}{what}问题，{crew}已处理，{result}，感谢您对我们工作的支持。"
_COPIED = (
    "您好，您的来电已收悉，我单位高度重视，立即安排人员进行核实处理，感谢您对我们工作的理解与支持。",
    "您好，经工作人员现场核实，您反映的情况已按照相关规定处理，感谢您的来电，祝您生活愉快。",
    "您反映的问题我单位已知悉，相关部门正在积极推进，后续将持续跟进，感谢您的关注与支持。",
)


class Text(NamedTuple):
    """An appeal and where it is about."""

    appeal: str
    what: str
    place: str


def appeal(service: Service, chosen: random.Random) -> Text:
    """What a citizen writes about a service."""
    what = chosen.choice(service.keywords or (service.name_zh,))
    place = f"{chosen.randint(1, 60)}号院{chosen.choice(_PLACES)}"
    return Text(f"{place}{what}，{chosen.choice(_SINCE)}，{chosen.choice(_WISHES)}。", what, place)


def reply(text: Text, manner: Manner, agency_id: str, chosen: random.Random) -> str:
    """What an agency answers."""
    if manner == "copied":
        return _COPIED[sum(agency_id.encode()) % len(_COPIED)]
    if manner == "stock":
        crew, result = chosen.choice(_CREWS), chosen.choice(_RESULTS)
        return _STOCK.format(place=text.place, what=text.what, crew=crew, result=result)
    if manner == "short":
        return f"{text.place}{text.what}，{chosen.choice(_CREWS)}{chosen.choice(_ACTIONS)}。"
    day = f"{chosen.randint(1, 12)}月{chosen.randint(1, 28)}日"
    first, second = chosen.sample(_ACTIONS, 2)
    return (
        f"关于{text.place}{text.what}一事，{day}{chosen.choice(_CREWS)}到场查看，{chosen.choice(_CAUSES)}。"
        f"现已{first}，并{second}，{chosen.choice(_RESULTS)}，{chosen.choice(_RESULTS)}。"
    )
