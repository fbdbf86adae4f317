"""What is not stored of who stays anonymous (FAULTS S42), and where an informant's pictures lie."""

from __future__ import annotations

import json
from io import BytesIO, StringIO
from typing import Any

from PIL import Image

from tests.api_events import SOURCE_IP, api_event
from tests.aws_stack import MotoStack, queue_event, sample
from tests.lives import AGENCY, APPEAL, TRACKING_KEY, Life
from tests.template import load

TABLES = sorted(set(load().of_type("AWS::DynamoDB::Table")) - {"DirectoryTable"})
FILE_NAME = "我家三楼窗外.jpg"
PHONE = "13800138000"


def body_of(answer: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(answer["body"])
    return body


def attributes(stack: MotoStack) -> dict[str, set[str]]:
    """The names of everything that is stored, by table."""
    return {table: {name for item in stack.table(table) for name in item} for table in TABLES}


# ---- anonymous ----------------------------------------------------------------------------------


def registered_by_api(contact: dict[str, str] | None) -> dict[str, Any]:
    event = sample("intake/api.register")
    appeal = {**json.loads(event["body"]), "contact": contact}
    return {**event, "body": json.dumps(appeal), "headers": {**event["headers"], "User-Agent": "Phone/7"}}


def test_whoever_stays_anonymous_leaves_no_contact_no_hash_of_one_and_no_address(
    stack: MotoStack, log: StringIO
) -> None:
    stack.invoke("IntakeApi", registered_by_api({"phone": PHONE}))
    reachable = attributes(stack)
    stack.reset()
    assert stack.invoke("IntakeApi", registered_by_api(None))["statusCode"] == 201
    anonymous = attributes(stack)
    left_out = {table: reachable[table] - anonymous[table] for table in TABLES}
    assert {table: names for table, names in left_out.items() if names} == {
        "CasesTable": {"cp"},
        "TextsTable": {"ct"},
    }
    stored = json.dumps([stack.table(table) for table in TABLES], default=str)
    for trace in (SOURCE_IP, "Phone/7"):
        assert trace not in stored
        assert trace not in log.getvalue()


def test_an_anonymous_informant_leaves_none_in_the_sealed_table_either(stack: MotoStack) -> None:
    event = sample("intake/api.register_confidential")
    appeal = {name: value for name, value in json.loads(event["body"]).items() if name != "contact"}
    record = {"schema": "hotline.channel-record/1", "record_id": "r-1", "appeal": appeal}
    stack.invoke("ChannelRecords", queue_event(record))
    assert [len(stack.table(table)) for table in ("CasesTable", "TextsTable", "SealedTable")] == [1, 1, 1]
    for names in attributes(stack).values():
        assert not names & {"cp", "ct"}


# ---- pictures -----------------------------------------------------------------------------------


def photo() -> bytes:
    target = BytesIO()
    Image.new("RGB", (64, 48), "green").save(target, "JPEG")
    return target.getvalue()


def sent_by_the_informant(stack: MotoStack) -> str:
    """The id of a picture that has arrived and been verified."""
    content = photo()
    offer = stack.invoke(
        "IntakeApi",
        api_event(
            "POST",
            f"/appeals/{APPEAL}/attachments",
            route="/appeals/{number}/attachments",
            body={"content_type": "image/jpeg", "size_bytes": len(content), "file_name": FILE_NAME},
            headers={"X-Tracking-Key": TRACKING_KEY},
        ),
    )
    attachment_id: str = body_of(offer)["attachment_id"]
    key = f"uploads/{APPEAL}/{attachment_id}"
    stack.s3.put_object(Bucket=stack.lookup("UploadsBucket", None), Key=key, Body=content)
    stack.invoke("VerifyAttachments", {"Records": [{"s3": {"object": {"key": key}}}]})
    return attachment_id


def kept(stack: MotoStack) -> list[str]:
    listed = stack.s3.list_objects_v2(Bucket=stack.lookup("AttachmentsBucket", None))
    return [each["Key"] for each in listed.get("Contents", ())]


def listed_for_the_agency(stack: MotoStack) -> dict[str, Any]:
    event = api_event(
        "GET",
        f"/orders/{APPEAL}.1/attachments",
        route="/orders/{order_id}/attachments",
        claims={"sub": "zhang", "role": "agency", "agency_id": AGENCY},
    )
    return body_of(stack.invoke("HandlingApi", event))


def test_an_informants_pictures_are_kept_where_no_agency_can_reach_them(
    stack: MotoStack, log: StringIO
) -> None:
    Life(stack, confidential=True).dispatched()
    attachment_id = sent_by_the_informant(stack)
    assert attachment_id.startswith("s01-")
    assert kept(stack) == [f"sealed/{APPEAL}/{attachment_id}.jpg"]
    assert not [item for item in stack.table("TextsTable") if item["sk"]["S"].startswith("F#")]
    assert listed_for_the_agency(stack) == {"attachments": []}
    assert FILE_NAME not in log.getvalue()


def test_the_informant_and_on_record_the_hotline_see_the_pictures(stack: MotoStack) -> None:
    Life(stack, confidential=True).referred()
    attachment_id = sent_by_the_informant(stack)
    own = body_of(stack.run("intake/api.list_attachments"))["attachments"]
    revealed = body_of(stack.run("dispatch/api.reveal"))["attachments"]
    for (picture,) in (own, revealed):
        assert (picture["attachment_id"], picture["file_name"]) == (attachment_id, FILE_NAME)
        assert f"/sealed/{APPEAL}/{attachment_id}.jpg" in picture["url"]


def test_pictures_of_other_appeals_stay_where_their_agency_sees_them(stack: MotoStack) -> None:
    Life(stack).dispatched()
    attachment_id = sent_by_the_informant(stack)
    assert kept(stack) == [f"attachments/{APPEAL}/{attachment_id}.jpg"]
    assert [each["attachment_id"] for each in listed_for_the_agency(stack)["attachments"]] == [attachment_id]
    assert stack.table("SealedTable") == []


# ---- logs ---------------------------------------------------------------------------------------


def test_neither_a_report_nor_a_look_at_it_leaves_words_in_the_log(stack: MotoStack, log: StringIO) -> None:
    stack.run("intake/api.register_confidential")
    stack.reset()
    Life(stack, confidential=True).referred()
    assert stack.run("dispatch/api.dispatch_confidential")["statusCode"] == 200
    assert stack.run("dispatch/api.reveal")["statusCode"] == 200
    written = log.getvalue()
    assert written
    for word in ("王女士", PHONE, "渣土", "路灯", "核实地点"):
        assert word not in written
