"""What only the pages say and templates cannot keep beside their markup: sentences chosen by a code."""

from __future__ import annotations

from typing import NamedTuple

from hotline.domain.appeal import AppealType
from hotline.domain.attachments import MAX_BYTES, PLACES, AttachmentStatus, RefusalReason
from hotline.domain.phrases import Phrase


class Choice(NamedTuple):
    """One of a few, with a word on when to choose it."""

    name: Phrase
    about: Phrase


TYPES = {
    AppealType.COMPLAINT: Choice(Phrase("投诉", "Complaint"), Phrase("有问题要解决", "something is wrong")),
    AppealType.HELP: Choice(Phrase("求助", "Request for help"), Phrase("需要帮助", "you need assistance")),
    AppealType.REPORT: Choice(Phrase("举报", "Report"), Phrase("发现违法违规", "somebody breaks the rules")),
    AppealType.CONSULTATION: Choice(
        Phrase("咨询", "Question"), Phrase("想了解政策或办事流程", "about rules or procedures")
    ),
    AppealType.SUGGESTION: Choice(
        Phrase("建议", "Suggestion"), Phrase("希望城市做得更好", "how the city could do better")
    ),
}
"""The five types of 条例 Art 2; what most people come for stands first."""

LABELS = {
    "type": Phrase("诉求类型", "Kind of appeal"),
    "confidential": Phrase("是否保密", "Confidentiality"),
    "text": Phrase("发生了什么", "What happened"),
    "service_code": Phrase("事项", "Topic"),
    "place.area": Phrase("所在区、街道（乡镇）", "District and sub-district"),
    "place.address_text": Phrase("详细地址", "Address"),
    "contact.name": Phrase("怎么称呼您", "Your name"),
    "contact.phone": Phrase("电话", "Telephone"),
    "contact.email": Phrase("邮箱", "E-mail"),
    "number": Phrase("受理编号", "Tracking number"),
    "key": Phrase("查询密钥", "Secret key"),
    "phone": Phrase("手机号", "Mobile number"),
    "code": Phrase("短信验证码", "Code from the text message"),
    "comment": Phrase("还有什么想说的", "Anything else"),
    "join": Phrase("是不是同一件事", "The same matter?"),
}
"""What stands beside an input, and before its error at the top of the page."""

NEXT = {
    "registered": Phrase("我们正在确定由哪个单位办理。", "We are finding out which agency must handle it."),
    "dispatched": Phrase(
        "承办单位签收后会与您联系。", "The agency will accept it and get in touch with you."
    ),
    "acknowledged": Phrase("承办单位会与您联系，了解情况。", "The agency will get in touch with you."),
    "in_progress": Phrase(
        "承办单位正在办理，办完会把结果告诉您。", "The agency is working on it and will tell you the result."
    ),
    "on_hold": Phrase(
        "受客观条件限制，经批准暂缓办理，到复核日期自动恢复，您不必重新提交。",
        "It has to wait for what nobody can change now, with approval; on the review date it goes on by itself.",
    ),
    "merged": Phrase(
        "与同类诉求一并办理，办完后同样会请您评价。",
        "It is handled together with others on the same matter; you will be asked how it went, too.",
    ),
    "returned": Phrase(
        "原单位认为不归其办理，我们正在重新派单，您不必重新提交。",
        "The first agency says it is not theirs; we are assigning it again. You need not do anything.",
    ),
    "resolved": Phrase("我们会请您评价办理结果。", "We will ask you how it went."),
    "surveying": Phrase(
        "请回答三个问题。如果问题没有解决，会退回继续办理。",
        "Please answer three questions. If the problem is not solved, it goes back to the agency.",
    ),
    "closed": Phrase("如果问题再次出现，请重新反映。", "If the problem comes back, report it again."),
    "withdrawn": Phrase("如有需要，可以重新反映。", "You can report it again at any time."),
}
"""What happens now, by the status of the appeal."""

NEXT_IN_CONFIDENCE = {
    "registered": Phrase(
        "热线工作人员会阅读您的举报，转述后派单。",
        "The hotline will read it and pass on what an agency must know.",
    ),
    **dict.fromkeys(
        ("dispatched", "acknowledged"),
        Phrase(
            "承办单位不知道您是谁，不会联系您；办理情况会显示在这里。",
            "The agency does not know who you are and will not contact you; what it does is shown here.",
        ),
    ),
}
"""The same for a confidential report, where it differs."""

NEXT_CONCLUDED = {
    "resolved": Phrase("我们会请您评价热线的答复。", "We will ask you what you think of the answer."),
    "surveying": Phrase(
        "请回答三个问题。如果您不认可热线的答复，热线会重新处理。",
        "Please answer three questions. If you do not accept the answer, the hotline looks at it again.",
    ),
}
"""The same for what the hotline has answered itself."""

DUE = {
    "dispatch": Phrase("派单时限", "To be assigned by"),
    "response": Phrase("联系您的时限", "First contact by"),
    "handling": Phrase("办结时限", "To be done by"),
}

RUNNING = {
    "registered": ("dispatch",),
    "dispatched": ("response", "handling"),
    "acknowledged": ("response", "handling"),
    "in_progress": ("handling",),
}
"""The limits that still matter to the citizen, by status."""

CLEARER = {
    "type": Phrase("请选择一项", "Choose one"),
    "contact.phone": Phrase(
        "请填写能联系到您的电话（如 138 0013 8000）或邮箱；不想留联系方式，请把三项都留空",
        "Give a working telephone number (such as 138 0013 8000) or e-mail address, or leave all three blank",
    ),
}
"""Errors of inputs that the schema's own sentence would leave a citizen guessing about."""

NEEDED = Phrase("必填", "is required")

SENT_BEFORE = Phrase(
    "这张表单已经提交过一次，内容与这次不同。如要另外反映一件事，请再点一次“提交”。",
    "This form was already sent once with other content. To report one more matter, press the button again.",
)
BUSY = Phrase(
    "系统繁忙，还没有提交成功。您填写的内容都在，请稍后再点“提交”，不会重复登记。",
    "We are busy and could not register it yet. What you typed is still here: press the button again in a"
    " moment. It will not be registered twice.",
)
MORE = Phrase(
    "您选择的事项还有几个问题（见下方“补充信息”），回答后即可提交。",
    "The topic you chose has a few more questions, below under “More about this topic”. Then send it.",
)
WHERE_EXACTLY = Phrase(
    "选到街道、乡镇，能少转一道手。不清楚就直接点“下一步”。",
    "With the sub-district it gets to the right people sooner. If you do not know it, just go on.",
)
NO_SUCH_PLACE = Phrase("没有这个街道或事项，请重新选择。", "No such place or topic. Choose again.")
WRONG_KEY = Phrase(
    "没有查到。请核对受理编号和查询密钥：编号共 17 位，密钥区分大小写。",
    "Nothing found. Check the number (17 characters) and the key (capital and small letters differ).",
)
TOO_MANY = Phrase(
    "这个网络获取或试填验证码的次数过多，请过一小时再试，或拨打 12345。",
    "Too many codes were asked for or tried from your network. Try again in an hour, or call 12345.",
)
WRONG_CODE = Phrase(
    "验证码不正确或已失效。请核对最近一条短信；每个验证码十分钟内有效，最多试五次。",
    "The code is not right or no longer valid. Check your latest text message; a code works for ten minutes"
    " and five tries.",
)
MORE_WORDS = Phrase("补充内容", "What you want to add")
WORDS_ADDED = Phrase("已经补充，承办单位能看到。", "Added; the agency can read it.")
WITHDRAWN = Phrase("已经撤回，不再办理。", "Taken back; nobody works on it any more.")
ENDED = Phrase(
    "这件诉求已经结束，不能再这样做。如有需要，请重新反映。",
    "This appeal has ended, so that is no longer possible. You can report it again.",
)
NOTICES_OFF = Phrase(
    "不再向您的联系方式发送通知；凭编号和密钥随时可以查询。",
    "No more messages to your contact. Number and key always work here.",
)
NOTICES_ON = Phrase("有进展时会通知您。", "We will tell you when something happens.")
NO_CONTACT = Phrase(
    "这件诉求没有留联系方式，不能发送通知。", "No contact was left with this appeal, so nothing can be sent."
)
TOO_MANY_PICTURES = Phrase(f"每件诉求最多 {PLACES} 张图片。", f"An appeal takes at most {PLACES} pictures.")
PICTURES_LATER = Phrase(
    "现在不能上传图片，您的诉求不受影响，请稍后再试。",
    "Pictures cannot be sent just now. Your appeal is safe; try again in a moment.",
)

PICTURE_STATE = {
    AttachmentStatus.OFFERED: Phrase(
        "还没有收到，或正在检查；过一会儿刷新。", "Not here yet, or being checked. Refresh in a moment."
    ),
    AttachmentStatus.VERIFIED: Phrase("已收下", "Taken"),
}
PICTURE_REFUSED = {
    RefusalReason.WRONG_SIZE: Phrase(
        f"没有收下：文件不完整或超过 {MAX_BYTES // 2**20} MB。请重新选择。",
        f"Not taken: the file is not whole, or larger than {MAX_BYTES // 2**20} MB. Choose another.",
    ),
    RefusalReason.WRONG_TYPE: Phrase(
        "没有收下：这不是 JPEG、PNG 或 WebP 图片。请换一张照片或截图。",
        "Not taken: this is no JPEG, PNG or WebP picture. Send a photo or a screenshot.",
    ),
    RefusalReason.TOO_MANY_PIXELS: Phrase(
        "没有收下：图片的像素太多。请缩小后再传。", "Not taken: it has too many pixels. Make it smaller."
    ),
    RefusalReason.UNREADABLE: Phrase(
        "没有收下：图片打不开。请换一张照片或截图。", "Not taken: it cannot be opened. Send another."
    ),
}
"""What has become of a picture; why a file was refused and what to do."""

PASS_EXPIRED = Phrase("验证已过期，请重新获取验证码。", "Your proof has expired. Ask for a new code.")

BANDS = {
    "ahead": Phrase("高于同类", "Above their likes"),
    "typical": Phrase("与同类相当", "About as their likes"),
    "behind": Phrase("低于同类", "Below their likes"),
    "not_enough_cases": Phrase("件数不足，不作比较", "Too few cases to compare"),
}
"""Where agencies stand among their likes; in this order on the page."""

ANY_ADVICE = Phrase(
    "请返回首页重试，或拨打 12345。", "Go back to the home page and try again, or call 12345."
)
ADVICE = {
    "route-unknown": Phrase("请核对网址，或从首页进入。", "Check the address, or start from the home page."),
    "month-unknown": Phrase(
        "每个月的数据在次月公布。请看更早的月份。",
        "A month is published in the next one. Look at an earlier one.",
    ),
    "survey-unknown": Phrase(
        "短信中的链接可能没有复制完整，请从短信中重新打开；也可以凭受理编号和查询密钥查询。",
        "The link may have been cut off when it was copied: open it from the text message itself."
        " You can also track your appeal with its number and key.",
    ),
    "survey-closed": Phrase(
        "一份回答有效，提交后只在一段时间内可以更改，过期后不能再用。您可以凭受理编号和查询密钥查看办理结果；"
        "如果问题仍未解决，请重新反映或拨打 12345。",
        "One answer counts; it can be changed only for a while, and the link ends after some days. Track your"
        " appeal with its number and key to see the outcome."
        " If the problem is still there, report it again or call 12345.",
    ),
    "payload-too-large": Phrase("请缩短内容后重新提交。", "Shorten the text and send it again."),
    "unavailable": Phrase("请稍等片刻再试，或拨打 12345。", "Try again in a moment, or call 12345."),
    "directory-missing": Phrase("请稍等片刻再试，或拨打 12345。", "Try again in a moment, or call 12345."),
}
"""What to do after a refusal, by its code."""
