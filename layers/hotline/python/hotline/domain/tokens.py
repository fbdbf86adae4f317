"""Secrets that are derived, not stored: whoever holds the stack's key can check them again.

Each purpose has a sub-key of its own (``adapters/secrets.py``), so a survey token can never serve
as a reply token.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from hotline.domain.identifiers import keyed, parse_tracking_number, same, token

Keyring = Callable[[str], bytes]
"""Gives the sub-key of a purpose."""


class SurveyRef(NamedTuple):
    """Which survey of which appeal."""

    appeal_id: str
    number: int


class ProvenContact(NamedTuple):
    """The index entry of a contact that was proven, and until when that counts."""

    citizen_index: str
    until: datetime


_LONGEST_PASS = 80
_EPOCH_DIGITS = 10


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

    def opt_out_index(self, identity: str) -> str:
        """What is kept of a contact that wants no text messages; it leads to no appeal."""
        return token(keyed(self._keyring("opt-out"), "opt-out", identity))

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

    def phone_code(self, citizen_index: str, challenge_id: str) -> str:
        """The six digits that prove a number; derived, so that no table holds them, not even as a hash."""
        digest = keyed(self._keyring("phone-code"), "code", citizen_index, challenge_id)
        return f"{int.from_bytes(digest[:8], 'big') % 10**6:06d}"

    def allowance_name(self, limit: str, subject: str) -> str:
        """What a number's or an address's uses are counted under; neither can be found from it."""
        return token(keyed(self._keyring("allowance"), "allowance", limit, subject))

    def citizen_token(self, citizen_index: str, until: datetime) -> str:
        """The pass of whoever has proven a contact: opens that contact's own appeals for a while."""
        return self._until("citizen-pass", citizen_index, until)

    def read_citizen_token(self, text: str, now: datetime) -> ProvenContact | None:
        """The contact that a pass stands for; None when it is not one of ours, or its time is over."""
        parts = text[:_LONGEST_PASS].split(".")
        until = _moment(parts[1]) if len(parts) == 3 else None
        if until is None or not same(self._until("citizen-pass", parts[0], until), ".".join(parts)):
            return None
        return ProvenContact(parts[0], until) if now < until else None

    def lent_key(self, appeal_id: str, until: datetime) -> str:
        """A key that does for a while what an appeal's own does for reading and adding."""
        return self._until("lent-key", appeal_id, until).partition(".")[2]

    def is_lent_key(self, text: str, appeal_id: str, now: datetime) -> bool:
        """Whether a key was lent for this appeal, and still works."""
        until = _moment(text[:_LONGEST_PASS].partition(".")[0])
        if until is None or not same(self.lent_key(appeal_id, until), text):
            return False
        return now < until

    def _until(self, purpose: str, subject: str, until: datetime) -> str:
        end = str(int(until.timestamp()))
        return f"{subject}.{end}.{token(keyed(self._keyring(purpose), purpose, subject, end))}"

    def in_sample(self, appeal_id: str, share: float) -> bool:
        """Whether an appeal is among a share of all: nobody without the key can foresee or choose it.

        Args:
            share: 0 takes none, 1 takes all.
        """
        digest = keyed(self._keyring("sample"), "sample", appeal_id)
        return int.from_bytes(digest[:8], "big") < share * 2**64

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

    def join_ref(self, appeal_id: str, form_id: str) -> str:
        """What stands for somebody else's appeal in one form: it leads nowhere from any other place."""
        return token(keyed(self._keyring("join"), "join", appeal_id, form_id))


def _moment(text: str) -> datetime | None:
    """Read epoch seconds; None when they cannot be any of ours."""
    if len(text) != _EPOCH_DIGITS or not (text.isascii() and text.isdigit()):
        return None
    return datetime.fromtimestamp(int(text), UTC)


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
