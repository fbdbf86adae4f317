"""Take in what suppliers say: delivered, failed, and citizens who want no more messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hotline.domain.errors import NotFound, Unavailable
from hotline.domain.notices import asks_to_stop
from hotline.domain.phones import e164
from hotline.domain.receipts import (
    BELIEVED_FOR,
    Inbound,
    Receipt,
    Receipts,
    ReceiptsTaken,
    SignatureInvalid,
    signed_at,
)
from hotline.domain.tokens import Tokens
from hotline.ports import Clock as Now
from hotline.ports import Notices, OptOuts, Proofs

_TRIES = 3


def prove_receipts(
    supplier: str,
    suppliers: Sequence[str],
    body: str,
    timestamp: str,
    given: str,
    *,
    key_of: Callable[[str], bytes],
    proofs: Proofs,
    now: Now,
) -> None:
    """Believe a body because the supplier signed it a moment ago, and never before (FAULTS S18).

    Raises:
        NotFound: no such supplier sends messages for this hotline.
        SignatureInvalid: see there.
    """
    if supplier not in suppliers:
        raise NotFound("supplier")
    signed_at(key_of(supplier), timestamp, given, body, now())
    if proofs.was_used(given):
        raise SignatureInvalid


def take_receipts(
    supplier: str,
    suppliers: Sequence[str],
    command: Receipts,
    given: str,
    *,
    notices: Notices,
    opt_outs: OptOuts,
    proofs: Proofs,
    tokens: Tokens,
    now: Now,
) -> ReceiptsTaken:
    """Move notices on, and remember who wants none.

    The signature is used up at the end: what broke off half-way may be sent again as it was.
    """
    other = next((name for name in suppliers if name != supplier), None)
    news = sum(_take(supplier, receipt, other, notices, now) for receipt in command.receipts)
    out = sum(_stop(inbound, opt_outs, tokens, now) for inbound in command.inbound)
    proofs.mark_used(given, now() + 2 * BELIEVED_FOR)
    return ReceiptsTaken(receipts=news, opted_out=out)


def _take(supplier: str, receipt: Receipt, other: str | None, notices: Notices, now: Now) -> bool:
    for _ in range(_TRIES):
        notice = notices.find_notices([receipt.key]).get(receipt.key)
        if notice is None:
            return False
        became = notice.received(supplier, receipt.state == "delivered", other, now())
        if became is None:
            return False
        if notices.change_notice(became):
            return True
    raise Unavailable("dynamodb")


def _stop(inbound: Inbound, opt_outs: OptOuts, tokens: Tokens, now: Now) -> bool:
    number = e164(inbound.phone)
    if number is None or not asks_to_stop(inbound.text):
        return False
    opt_outs.opt_out(tokens.opt_out_index(number), now())
    return True
