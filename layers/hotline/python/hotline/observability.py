"""Logs and metrics, the same way in every function: AWS Lambda Powertools, one JSON line a fact.

What a citizen said never enters a log, and an exception's message may quote it (a validation error
repeats its input). So a logged exception keeps its types and its frames and drops its words, unless
the words are our own.

Example:
    >>> logger().info("work order dispatched", work_order_id="…", agency_id="…")  # doctest: +SKIP
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import MetricUnit

from hotline.domain.errors import HotlineError

FRAMES = 30
"""How many of the innermost frames of an exception are logged."""


@cache
def logger() -> Logger:
    """The process's logger; its service name comes from POWERTOOLS_SERVICE_NAME."""
    return Logger(logger_formatter=DiscreetFormatter(serialize_stacktrace=False))


@cache
def metrics() -> Metrics:
    """The process's metrics; their namespace comes from POWERTOOLS_METRICS_NAMESPACE."""
    return Metrics(namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "Hotline"))


def count(name: str, value: float = 1) -> None:
    """Add to a counter, which ``publish_metrics`` writes out at the end of the invocation.

    Without dimensions beyond the service: an agency dimension would cost more than the hotline does.
    """
    metrics().add_metric(name=name, unit=MetricUnit.Count, value=value)


def publish_metrics() -> None:
    """Write the metrics of this invocation as one CloudWatch EMF line, if there are any."""
    if metrics().metric_set:
        metrics().flush_metrics()


class DiscreetFormatter(LambdaPowertoolsFormatter):
    """Powertools' JSON line, with exceptions as ``describe`` tells them."""

    def formatException(self, ei: Any) -> str:
        return describe(ei[1])

    def _extract_log_message(self, log_record: Any) -> str:
        # Powertools would parse a message that happens to be JSON, so that text could pose as keys.
        return str(log_record.getMessage())


def describe(error: BaseException) -> str:
    """Tell where and of what kind an exception and its causes are, without what they quote.

    Example:
        >>> describe(ValueError("phone 13800138000"))
        'ValueError'
    """
    return "\ncaused by ".join(_link(link) for link in _chain(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _link(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    places = (f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
    return "\n".join((_name(error), *places))


def _name(error: BaseException) -> str:
    kind = type(error).__qualname__
    if isinstance(error, HotlineError):
        return f"{kind}: {error}"
    answer = getattr(error, "response", None)  # botocore's ClientError: which call, which permission
    if isinstance(answer, dict) and "Error" in answer:
        return f"{kind}: {error}"
    return kind
