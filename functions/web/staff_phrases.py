"""What staff pages say by a code; all other sentences stand in the templates as ``say(中文, English)``."""

from __future__ import annotations

from datetime import datetime

from hotline.domain.actor import Role
from hotline.domain.phrases import Phrase
from web.view import View

ROLES = {
    Role.OPERATOR: Phrase("话务员", "Operator"),
    Role.AGENCY: Phrase("承办单位", "Agency"),
    Role.ADJUDICATOR: Phrase("裁定员", "Adjudicator"),
    Role.SUPERVISOR: Phrase("督办员", "Supervisor"),
    Role.ADMIN: Phrase("管理员", "Administrator"),
    Role.AUDITOR: Phrase("审计员", "Auditor"),
}

STATUSES = {
    "registered": Phrase("待派单", "To be assigned"),
    "dispatched": Phrase("待签收", "To be accepted"),
    "acknowledged": Phrase("已签收", "Accepted"),
    "in_progress": Phrase("办理中", "In progress"),
    "on_hold": Phrase("挂账中", "On hold"),
    "returned": Phrase("已退单", "Returned"),
    "resolved": Phrase("已办结", "Done"),
    "surveying": Phrase("回访中", "Being surveyed"),
    "merged": Phrase("已并单", "Joined"),
    "closed": Phrase("已归档", "Closed"),
    "withdrawn": Phrase("已撤回", "Withdrawn"),
    "asked": Phrase("待签收", "To be accepted"),
    "arrived": Phrase("已到场", "At the place"),
    "claimed": Phrase("处理中", "Claimed"),
    "done": Phrase("已完成", "Finished"),
    "cancelled": Phrase("已取消", "Cancelled"),
}
"""An order's status in one word, for lists."""

DONE: dict[str, Phrase] = {
    "acknowledged": Phrase("已签收。", "Accepted."),
    "some-acknowledged": Phrase(
        "已签收；其中有的工单已不在待签收状态，没有改动。",
        "Accepted; some of them were no longer waiting for it and stay as they are.",
    ),
    "nothing-chosen": Phrase("没有选择工单。", "Nothing was chosen."),
    "done": Phrase("已提交。", "Done."),
    "asked": Phrase("已提交申请，可在“协办、申请”中查看。", "Asked; see “Asked of others”."),
    "reported": Phrase("已反馈。", "Reported."),
    "resolved": Phrase("已办结，热线将回访诉求人。", "Reported as done; the citizen will be surveyed."),
    "returned": Phrase("已退单，等待裁定。", "Returned; it will be adjudicated."),
}
"""What a page says after a form has been taken, by the code in ``?done=``."""

SIGN_IN_AGAIN = Phrase("请重新登录。", "Sign in again.")
ANY_ADVICE = Phrase(
    "请返回上一页重试；如果一直这样，请联系系统管理员，并告知出现的时间。",
    "Go back and try again. If it stays like this, tell your administrator at what time it happened.",
)
ADVICE = {
    "session-ended": Phrase(
        "您刚才提交的内容没有保存。请先在新窗口登录，再回到这里，按“再次提交”。",
        "What you just sent has not been saved. Sign in in a new window, come back here and press “Send again”.",
    ),
    "form-of-old-session": Phrase(
        "内容还没有保存。请核对下面的内容，确认无误后再次提交。",
        "Nothing has been saved yet. Look at it below, and if it is right, send it again.",
    ),
    "foreign-form": Phrase(
        "为了安全，没有执行。请从本系统的页面重新操作。",
        "For safety nothing was done. Start again from a page of this system.",
    ),
    "forbidden": Phrase(
        "这个页面属于其他岗位。如果您需要使用，请联系管理员调整角色，然后重新登录。",
        "This page belongs to another role. If you need it, ask your administrator for the role, then sign in again.",
    ),
    "no-role": Phrase(
        "账号本身没有问题。请联系管理员为它分配角色，然后重新登录。",
        "The account itself is fine. Ask your administrator to give it a role, then sign in again.",
    ),
    "sign-in-refused": Phrase(
        "可能是登录页打开太久，或同时在另一个窗口登录。请重新登录。",
        "The sign-in page may have been open too long, or you signed in in another window meanwhile. Sign in again.",
    ),
    "not-found": Phrase(
        "可能已经转给其他单位，或编号有误。请从待办列表进入。",
        "It may have gone to another agency, or the number is wrong. Open it from your list.",
    ),
    "route-unknown": Phrase("请核对网址，或从导航进入。", "Check the address, or use the navigation."),
    "unavailable": Phrase(
        "请稍等片刻再试；您可以用浏览器的“后退”找回填写的内容。",
        "Try again in a moment; your browser's “Back” brings back what you typed.",
    ),
}
"""What to do after a refusal, by its code."""


def due(at: datetime, now: datetime, view: View) -> tuple[str, str]:
    """The colour and the words of a due time: by day when there are days left, else by hour and minute.

    Example:
        >>> from datetime import UTC, timedelta
        >>> noon = datetime(2026, 5, 6, 12, tzinfo=UTC)
        >>> view = View("en", False, "./")
        >>> due(noon + timedelta(hours=30), noon, view), due(noon - timedelta(minutes=5), noon, view)
        (('good', '1 d 6 h left'), ('late', '5 min over'))
    """
    minutes = int(abs(at - now).total_seconds()) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        span = view.say(f"{days} 天 {hours} 小时", f"{days} d {hours} h")
    elif minutes >= 60:
        span = view.say(f"{hours} 小时 {minutes % 60} 分", f"{hours} h {minutes % 60} min")
    else:
        span = view.say(f"{minutes} 分钟", f"{minutes} min")
    if at < now:
        return "late", view.say(f"超时 {span}", f"{span} over")
    return "good" if days else "soon", view.say(f"剩余 {span}", f"{span} left")
