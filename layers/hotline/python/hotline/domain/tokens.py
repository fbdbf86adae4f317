"""Secrets that are derived, not stored: whoever holds the stack's key can check them again.

Each purpose has a sub-key of its own (``adapters/secrets.py``), so a survey token can never serve
as a reply token.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import NamedTuple

from hotline.domain.identifiers import keyed, parse_tracking_number, same, token

Keyring = Callable[[str], bytes]
"""Gives the sub-key of a purpose."""


class SurveyRef(NamedTuple):
    """Which survey of which appeal."""

    appeal_id: str
    number: int


class Tokens:
    """Makes and checks every token of the stack."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def appeal_entropy(self, caller: str, idempotency_key: str) -> bytes:
        """What the id of an appeal is made of, the same for every retry of one registration."""
        return keyed(self._keyring("appeal-id"), "id", caller, idempotency_key)

    def secret_key(self, appeal_id: str, entropy: bytes) -> str:
        """The citizen's secret key for an appeal: 128 bits, shown once, stored only as a hash."""
        return token(keyed(self._keyring("appeal-key"), "key", appeal_id, entropy.hex()))

    def citizen_index(self, identity: str) -> str:
        """The index entry of a citizen; the phone cannot be found from it without the key."""
        return token(keyed(self._keyring("citizen"), "citizen", identity))

    def body_fingerprint(self, body: str) -> bytes:
        """What is kept of a registering body: nobody without the key can try out words or phones on it."""
        return keyed(self._keyring("body"), "body", body)[:12]

    def survey_token(self, ref: SurveyRef) -> str:
        """The one-time token of a survey link.

        It is one-time because the survey is: an answered, expired or replaced survey refuses it.
        """
        proof = token(keyed(self._keyring("survey"), "survey", ref.appeal_id, str(ref.number)))
        return f"{ref.appeal_id}.{ref.number}.{proof}"

    def read_survey_token(self, text: str) -> SurveyRef | None:
        """The survey that a token opens; None when it is not one of ours."""
        parts = text[:80].split(".")
        if len(parts) != 3 or not parts[1].isascii() or not parts[1].isdigit():
            return None
        appeal_id = parse_tracking_number(parts[0])
        if appeal_id is None:
            return None
        ref = SurveyRef(appeal_id, int(parts[1]))
        return ref if same(self.survey_token(ref), f"{appeal_id}.{ref.number}.{parts[2]}") else None

    def reply_token(self, work_order_id: str, agency_id: str) -> str:
        """Proof that an agency has received an order; another agency cannot make it."""
        return token(keyed(self._keyring("reply"), "reply", work_order_id, agency_id))

    def comparison_id(self, later: tuple[str, int], earlier: tuple[str, int]) -> str:
        """Proof that two appeals were shown side by side, each as it was in that version.

        Args:
            later, earlier: an appeal's id and its version.
        """
        shown = (later[0], str(later[1]), earlier[0], str(earlier[1]))
        return token(keyed(self._keyring("comparison"), "comparison", *shown))


def key_hash(secret_key: str) -> bytes:
    """What is stored of a secret key; 128 random bits need no salt.

    Example:
        >>> len(key_hash("abc"))
        16
    """
    return hashlib.sha256(secret_key.encode("utf-8", "surrogatepass")).digest()[:16]


def command_fingerprint(*parts: str) -> str:
    """Eight letters that stand for a command id within one case (48 bits).

    Example:
        >>> command_fingerprint("agency:1", "ack-1") == command_fingerprint("agency:1", "ack-1")
        True
    """
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return token(digest)[:8]
