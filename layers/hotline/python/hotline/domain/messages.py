"""Why a message to a citizen did not go out."""

from __future__ import annotations

from hotline.domain.errors import HotlineError, Unavailable


class MessageRefused(HotlineError):
    """The supplier will never take this message: a wrong number, an opt-out, no way to reach the person."""

    code = "message-refused"
    title = "Message refused"
    status = 422

    def __init__(self, why: str) -> None:
        super().__init__("消息无法发送", f"The message cannot be sent: {why}", why=why)


class AnswerLost(Unavailable):
    """The supplier may have the message, and would recognise it: ask this one again, and no other."""


class MessageInDoubt(HotlineError):
    """The supplier fell silent after the message was handed over.

    Not retried by itself: the citizen would get it twice if it went out. A person decides
    (``hotline notices retry``).
    """

    code = "message-in-doubt"
    title = "Message in doubt"
    status = 504

    def __init__(self, supplier: str) -> None:
        super().__init__(
            "无法确认消息是否已发出",
            f"{supplier} did not say whether it has taken the message",
            supplier=supplier,
        )
