"""督: every five minutes, count what lies open and what the day has brought, for the dashboard."""

from __future__ import annotations

from typing import Any

from hotline.domain.stock import Flow, Stock
from hotline.edges.batch import LambdaContext
from hotline.observability import count, logger, publish_metrics
from hotline.wiring import stock


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Count; again gives the same figures of the same moment."""
    snapshot = stock.take()
    lying = Stock.sum(snapshot.stocks().values())
    today = Flow.sum(snapshot.days[-1].districts.values())
    facts: dict[str, Any] = {
        "open": lying.open,
        "overdue": lying.overdue,
        "registered": today.registered,
        "closed": today.closed,
        "units": snapshot.units,
        "behind": snapshot.flows_at != snapshot.taken_at,
    }
    logger().info("stock taken", **facts)
    count("OrdersOpen", lying.open)
    count("OrdersOverdue", lying.overdue)
    publish_metrics()
    return facts
