"""What can be refused, in words for the person who is refused.

The domain raises these; ``edges/http.py`` turns them into RFC 9457 problem details once, and the
queue edges decide by ``retryable`` whether a message comes back. ``detail`` is for citizens and
officers (zh-CN), ``detail_en`` says the same in English.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class HotlineError(Exception):
    """The root of every refusal.

    Attributes:
        code: kebab-case name of the problem; the last part of its ``type`` URI.
        status: the HTTP status that this refusal stands for.
        retryable: whether the same input may succeed later without being changed.
    """

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "Error"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str, detail_en: str, **facts: Any) -> None:
        super().__init__(f"{self.code}: {detail_en}")
        self.detail = detail
        self.detail_en = detail_en
        self.facts: Mapping[str, Any] = facts


class InvalidInput(HotlineError):
    """The input breaks its schema or a rule on its values.

    ``facts["errors"]`` is a list of ``{"field", "message", "message_en"}``.
    """

    code = "invalid-input"
    title = "Invalid input"
    status = 400

    def __init__(self, errors: Sequence[Mapping[str, str]]) -> None:
        super().__init__(
            "提交的内容有误，请按提示修改后重新提交",
            "The input is not valid; correct the fields listed and send it again",
            errors=list(errors),
        )

    @classmethod
    def field(cls, field: str, message: str, message_en: str) -> InvalidInput:
        """One wrong field."""
        return cls([{"field": field, "message": message, "message_en": message_en}])


class PayloadTooLarge(HotlineError):
    """The body is larger than any honest one."""

    code = "payload-too-large"
    title = "Payload too large"
    status = 413

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"提交的内容超过 {limit // 1024} KB", f"The body exceeds {limit // 1024} KB", limit=limit
        )


class Unauthenticated(HotlineError):
    """No usable bearer token came with a staff request."""

    code = "unauthenticated"
    title = "Sign-in required"
    status = 401

    def __init__(self) -> None:
        super().__init__("请先登录", "Sign in first")


class Forbidden(HotlineError):
    """The caller's role does not allow this action at all."""

    code = "forbidden"
    title = "Not allowed"
    status = 403

    def __init__(self, role: str, action: str) -> None:
        super().__init__(
            f"当前角色（{role}）无权执行此操作", f"Role {role} may not {action}", role=role, action=action
        )


class NotFound(HotlineError):
    """Unknown, or not the caller's: the two are never told apart (OWASP API1)."""

    code = "not-found"
    title = "Not found"
    status = 404

    def __init__(self, what: str = "appeal") -> None:
        super().__init__(
            "没有找到，请核对编号和查询密钥", "Not found; check the number and the key", what=what
        )


class TransitionNotAllowed(HotlineError):
    """The lifecycle has no such command in this status.

    Example:
        >>> TransitionNotAllowed("closed", "resolve").status
        409
    """

    code = "transition-not-allowed"
    title = "Not possible in this state"
    status = 409

    def __init__(self, status: str, command: str, why: str = "", why_en: str = "", **facts: Any) -> None:
        super().__init__(
            why or f"当前状态（{status}）不能执行“{command}”",
            why_en or f"A case in status {status} does not allow {command}",
            current_status=status,
            command=command,
            **facts,
        )


class SidesOpen(HotlineError):
    """The lead says done while an assist has not reported (条例 Art 14); ``facts["open"]`` names them."""

    code = "assist-open"
    title = "An assist is open"
    status = 409

    def __init__(self, order_ids: Sequence[str]) -> None:
        super().__init__(
            "协办单位尚未反馈；确需先行办结的，请说明理由",
            "An assisting agency has not reported; to resolve all the same, state why",
            open=list(order_ids),
        )


class BoundExceeded(HotlineError):
    """More, or longer, extensions or holds than the policy allows (条例 Art 15)."""

    code = "bound-exceeded"
    title = "Beyond what the policy allows"
    status = 409

    def __init__(self, kind: str, **facts: Any) -> None:
        super().__init__(
            "超出延期或挂账的次数、期限上限",
            "More, or longer, than the policy allows",
            kind=kind,
            **facts,
        )


class VersionConflict(HotlineError):
    """Somebody else changed the case since the caller last read it."""

    code = "version-conflict"
    title = "Changed by someone else"
    status = 409

    def __init__(self, current_version: int) -> None:
        super().__init__(
            "该件已被他人更新，请刷新后重试",
            "The case has changed since it was read; load it again",
            current_version=current_version,
        )


class IdempotencyKeyReused(HotlineError):
    """The same Idempotency-Key came with another body."""

    code = "idempotency-key-reused"
    title = "Idempotency key reused"
    status = 422

    def __init__(self) -> None:
        super().__init__(
            "同一幂等键已用于另一份内容，请更换后重试",
            "This Idempotency-Key was used with another body; choose a new one",
        )


class SurveyClosed(HotlineError):
    """The survey link has been used or has expired."""

    code = "survey-closed"
    title = "Survey no longer open"
    status = 410

    def __init__(self) -> None:
        super().__init__("该回访链接已使用或已过期", "This survey link has been used or has expired")


class CalendarYearMissing(HotlineError):
    """A due date needs a year that the calendar, as imported, does not have.

    Retryable: the message waits (or is redriven) until the directory is imported again.
    """

    code = "calendar-year-missing"
    title = "Working calendar incomplete"
    status = 503
    retryable = True

    def __init__(self, calendar_id: str, year: int) -> None:
        super().__init__(
            f"工作日历 {calendar_id} 未覆盖 {year} 年，请重新导入目录",
            f"Calendar {calendar_id} does not reach {year}; run: hotline directory import",
            calendar_id=calendar_id,
            year=year,
        )


class DirectoryMissing(HotlineError):
    """No directory has been imported into this stack yet."""

    code = "directory-missing"
    title = "Directory not imported"
    status = 503
    retryable = True

    def __init__(self) -> None:
        super().__init__(
            "系统尚未导入单位与事项目录", "No directory has been imported; run: hotline directory import"
        )


class Unavailable(HotlineError):
    """A service we depend on did not answer in time; nothing was half-written."""

    code = "unavailable"
    title = "Temporarily unavailable"
    status = 503
    retryable = True

    def __init__(self, dependency: str) -> None:
        super().__init__("系统繁忙，请稍后重试", "Busy; try again in a moment", dependency=dependency)


class TooManyRequests(HotlineError):
    """Somebody has asked or tried too often; ``retry_after`` is in seconds."""

    code = "too-many-requests"
    title = "Too many requests"
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            "请求过于频繁，请稍后重试，或拨打 12345",
            "Too many requests; try again later, or call 12345",
            retry_after=retry_after,
        )
