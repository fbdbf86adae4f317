"""What becomes of our statuses in GeoReport v2, which knows ``open`` and ``closed``, and back.

Closed is what has ended: an agency's "done" is not the end, the citizen's word is (DESIGN: status types).
What exactly is going on is told in words, for everybody, not for the citizen alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from hotline.domain.lifecycle import Status
from hotline.domain.phrases import Phrase

PublicStatus = Literal["open", "closed"]

NOTES: Mapping[Status, Phrase] = {
    Status.REGISTERED: Phrase("已受理，待派单", "Registered, to be assigned"),
    Status.DISPATCHED: Phrase("已派给承办单位", "Assigned to an agency"),
    Status.ACKNOWLEDGED: Phrase("承办单位已签收", "Accepted by the agency"),
    Status.IN_PROGRESS: Phrase("正在办理", "Being handled"),
    Status.ON_HOLD: Phrase("经批准暂缓办理", "On hold with approval"),
    Status.RETURNED: Phrase("正在重新派单", "Being assigned to another agency"),
    Status.RESOLVED: Phrase(
        "承办单位已答复，待回访", "The agency says it is done; the citizen will be asked"
    ),
    Status.SURVEYING: Phrase("正在征求市民评价", "The citizen is being asked"),
    Status.MERGED: Phrase("与同类诉求一并办理", "Handled together with another request on the same matter"),
    Status.CLOSED: Phrase("已办结", "Closed"),
    Status.WITHDRAWN: Phrase("市民已撤回", "Withdrawn by the citizen"),
}


def public_status(status: Status) -> PublicStatus:
    """Open or closed, by status type.

    Example:
        >>> public_status(Status.SURVEYING), public_status(Status.WITHDRAWN)
        ('open', 'closed')
    """
    return "closed" if status.ended else "open"
