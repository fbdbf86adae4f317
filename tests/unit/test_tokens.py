"""Secrets that are derived: each opens one thing, for one purpose, with one key (S5)."""

from __future__ import annotations

from hotline.domain.identifiers import keyed, tracking_number
from hotline.domain.tokens import SurveyRef, Tokens, command_fingerprint, key_hash

APPEAL = tracking_number(bytes(range(32)))
OTHER = tracking_number(bytes(range(1, 33)))


def tokens(secret: bytes = b"one stack") -> Tokens:
    return Tokens(lambda purpose: keyed(secret, "key", purpose))


def test_a_survey_token_opens_its_survey_and_no_other() -> None:
    text = tokens().survey_token(SurveyRef(APPEAL, 1))
    assert tokens().read_survey_token(text) == SurveyRef(APPEAL, 1)
    assert tokens(b"another stack").read_survey_token(text) is None
    assert tokens().read_survey_token(text.replace(".1.", ".2.")) is None
    assert tokens().read_survey_token(text.replace(APPEAL, OTHER)) is None


def test_a_reply_token_is_proof_of_one_order_to_one_agency() -> None:
    proofs = {
        tokens(secret).reply_token(order, agency)
        for secret in (b"one stack", b"another stack")
        for order in (f"{APPEAL}.1", f"{OTHER}.1")
        for agency in ("990101001", "990102001")
    }
    assert len(proofs) == 8


def test_no_purpose_can_serve_as_another() -> None:
    every = tokens()
    derived = {
        every.reply_token(APPEAL, "1"),
        every.citizen_index(APPEAL),
        every.secret_key(APPEAL, b"1"),
        every.survey_token(SurveyRef(APPEAL, 1)).rpartition(".")[2],
    }
    assert len(derived) == 4
    assert all(len(each) == 22 for each in derived)


def test_the_entropy_of_an_appeal_belongs_to_caller_and_key_together() -> None:
    every = tokens()
    assert every.appeal_entropy("public", "k") == tokens().appeal_entropy("public", "k")
    assert every.appeal_entropy("public", "k") != every.appeal_entropy("wechat", "k")
    assert every.secret_key(APPEAL, b"1") != every.secret_key(APPEAL, b"2")


def test_what_is_stored_of_a_key_does_not_contain_it() -> None:
    key = tokens().secret_key(APPEAL, b"1")
    assert (len(key_hash(key)), key.encode() in key_hash(key)) == (16, False)
    assert key_hash("\ud83d") != key_hash("")


def test_the_parts_of_a_command_id_do_not_run_into_each_other() -> None:
    assert command_fingerprint("ab", "c") != command_fingerprint("a", "bc")
    assert len(command_fingerprint("ab", "c")) == 8
