"""What people read in the place of codes that are no part of the directory."""

from __future__ import annotations

from collections.abc import Mapping

from hotline.domain.phrases import CONCLUDED, Phrase

REASONS: Mapping[str, Phrase] = {
    "outside_duties": Phrase("超出职责范围", "outside the agency's duties"),
    "untrue": Phrase("诉求不属实", "the facts were not as told"),
    "malicious": Phrase("恶意诉求", "malicious"),
    "mass_complaint": Phrase("恶意集中投诉", "part of a malicious mass complaint"),
    "force_majeure": Phrase("不可抗力", "force majeure"),
    "wrong_dispatch": Phrase("派单有误", "dispatched to the wrong agency"),
    "system_fault": Phrase("系统故障", "fault of the system"),
}
"""Why an order was left out of the assessment."""

CHANNELS: Mapping[str, Phrase] = {
    "phone": Phrase("电话", "telephone"),
    "web": Phrase("网页", "web"),
    "wechat": Phrase("微信", "WeChat"),
    "app": Phrase("手机应用", "app"),
    "mini_program": Phrase("小程序", "mini-program"),
    "email": Phrase("电子邮件", "e-mail"),
    "open311": Phrase("Open311", "Open311"),
    "sms": Phrase("短信", "text message"),
    "visit": Phrase("上门", "visit"),
    "link": Phrase("短信链接或查询页面", "link, or tracking page"),
    "unknown": Phrase("未记录", "not recorded"),
}

CALLS: Mapping[str, Phrase] = {
    "reached": Phrase("接通", "reached"),
    "no_answer": Phrase("无人接听", "no answer"),
    "busy": Phrase("占线", "busy"),
    "call_back": Phrase("约定再次回访", "asked to be called later"),
    "wrong_number": Phrase("号码有误", "wrong number"),
    "no_number": Phrase("空号", "number not in use"),
    "language": Phrase("语言不通", "another language needed"),
    "refused": Phrase("拒绝回访", "did not want to answer"),
    "unreachable": Phrase("多次致电未能联系", "unreachable after all attempts"),
    "cancelled": Phrase("不再需要", "no longer needed"),
    "agreed": Phrase("与首次回访一致", "the same as at first"),
    "disagreed": Phrase("与首次回访不一致", "other than at first"),
    "unknown": Phrase("未记录", "not recorded"),
}
"""How attempts and call tasks ended."""

CONCLUSIONS: Mapping[str, Phrase] = CONCLUDED

EVENTS: Mapping[str, Phrase] = {
    "registered": Phrase("诉求登记", "appeals registered"),
    "contacted": Phrase("承办单位联系群众", "agencies' contacts with citizens"),
    "answered": Phrase("群众评价", "citizens' answers"),
    "attempt": Phrase("拨打", "calls"),
    "task": Phrase("回访任务", "call tasks"),
    "contact": Phrase("派单至首次联系", "from dispatch to the first contact"),
    "result": Phrase("首次派单至最后一次办结", 'from the first dispatch to the last "done"'),
}
