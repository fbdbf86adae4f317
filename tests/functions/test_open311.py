"""Open311 GeoReport v2, line by line of ``functions/open311/README.md``; the names begin with the line they hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest

from hotline.domain.open311.answers import (
    Discovery,
    PostedItems,
    RequestItems,
    ServiceDefinition,
    ServiceItems,
    TokenItems,
    UpdateItems,
)
from tests.aws_stack import MotoStack, failed, queue_event, sample
from tests.lives import AGENCY, APPEAL, SERVICE, Life
from tests.open311_calls import App, Reply, as_text
from tests.template import load

REPORT = {"service_code": SERVICE, "lat": "39.91", "long": "116.40", "description": "路灯不亮"}
OTHER = "road.damage"
TWINS = (
    "/discovery",
    "/v2/services",
    "/v2/services/water.outage",
    "/v2/requests",
    "/v2/requests/{id}",
    "/v2/tokens/{id}",
    "/v2/servicerequestupdates",
)


@pytest.fixture
def app(stack: MotoStack) -> App:
    return App(stack)


def told(stack: MotoStack, life: Life, *names: str) -> None:
    """Bring the events of a case to KeepRequests, as the bus does."""
    envelope = json.loads(sample("open311/keep_requests.dispatched")["Records"][0]["body"])
    bodies = []
    for event in life.case.events:
        if not names or event.name in names:
            detail = {
                **envelope["detail"],
                "event_id": f"{life.appeal_id}:{event.number}",
                "name": event.name,
                "occurred_at": event.at.isoformat(),
            }
            bodies.append({**envelope, "detail-type": event.name, "detail": detail})
    assert failed(stack.invoke("KeepRequests", queue_event(*bodies))) == []


def closed(stack: MotoStack, appeal_id: str = APPEAL) -> Life:
    """A whole life by the web, and everybody was told."""
    life = Life(stack, appeal_id=appeal_id).dispatched().acknowledged().contacted()
    life.resolved().surveying().answered()
    told(stack, life)
    return life


def errors_of(reply: Reply) -> list[str]:
    """The parameters that a refusal names."""
    return [each["description"].partition(":")[0] for each in reply.json]


# ---- general ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", TWINS)
def test_g1_g3_g4_every_xml_answer_says_field_by_field_what_its_json_twin_says(app: App, path: str) -> None:
    closed(app.stack)
    number = app.report(media_url="https://pictures.example/1.jpg", address_string="南池子大街 <12> & 号")
    app.post("/v2/servicerequestupdates.json", service_request_id=number, update_id="1", description="还是黑")
    told(app.stack, _reported(app.stack, number))
    path = path.format(id=number)
    for language in ("zh-CN", "en"):
        for extended in ("true", ""):
            asked: dict[str, Any] = {"headers": {"Accept-Language": language}, "extensions": extended}
            as_json, as_xml = app.get(f"{path}.json", **asked), app.get(f"{path}.xml", **asked)
            assert as_json.status == as_xml.status == 200
            assert as_xml.xml == as_text(as_json.json)


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("/discovery", Discovery),
        ("/v2/services", ServiceItems),
        ("/v2/services/water.outage", ServiceDefinition),
        ("/v2/requests", RequestItems),
        ("/v2/requests/{id}", RequestItems),
        ("/v2/tokens/{id}", TokenItems),
        ("/v2/servicerequestupdates", UpdateItems),
    ],
)
def test_g4_json_has_the_documented_shape_and_lists_are_bare_arrays(app: App, path: str, model: Any) -> None:
    closed(app.stack)
    answer = app.get(f"{path.format(id=app.report())}.json").json
    model.model_validate_json(json.dumps(answer), strict=True)
    assert isinstance(answer, list) == model.__name__.endswith("s")


def test_g5_every_time_says_its_zone_and_requests_are_in_the_citys(app: App) -> None:
    closed(app.stack)
    (entry,) = app.get(f"/v2/requests/{APPEAL}.json").json
    times = [
        datetime.fromisoformat(entry[f"{name}_datetime"]) for name in ("requested", "updated", "expected")
    ]
    assert {at.utcoffset() for at in times} == {timedelta(hours=8)}


@pytest.mark.parametrize("path", ["/v2/services", "/v2/requests", "/discovery", f"/v2/services/{SERVICE}"])
def test_g6_an_empty_parameter_is_as_good_as_none(app: App, path: str) -> None:
    blank = dict.fromkeys(
        ("jurisdiction_id", "status", "start_date", "service_request_id", "page", "api_key"), ""
    )
    assert app.get(f"{path}.json", **blank).text == app.get(f"{path}.json").text


def test_g6_an_empty_parameter_of_a_form_too(app: App) -> None:
    blank = {"jurisdiction_id": "", "address_string": "", "email": "", "phone": "", "attribute[x]": ""}
    assert app.post("/v2/requests.json", **REPORT, **blank).status == 200
    assert app.post("/v2/requests.json", **{**REPORT, "lat": ""}).status == 400


def test_g7_a_jurisdiction_is_passed_over(app: App) -> None:
    assert app.get("/v2/services.json", jurisdiction_id="beijing.gov.cn").status == 200
    assert app.post("/v2/requests.json", **REPORT, jurisdiction_id="elsewhere").status == 200


def test_g8_ids_and_codes_are_strings(app: App) -> None:
    number = app.report()
    assert all(isinstance(each["service_code"], str) for each in app.get("/v2/services.json").json)
    (entry,) = app.get(f"/v2/requests/{number}.json").json
    assert {type(entry[name]) for name in ("service_request_id", "service_code", "status")} == {str}


# ---- discovery, services, definitions -----------------------------------------------------------------


def test_d1_d2_discovery_says_where_and_since_when(app: App) -> None:
    answer = app.run_sample("open311/api.discovery").json
    (endpoint,) = answer["endpoints"]
    assert endpoint["url"] == "https://f6g7h8i9j0.execute-api.cn-north-1.amazonaws.com.cn/open311/v2"
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint["formats"] == ["text/xml", "application/json"]
    assert endpoint["type"] == "production"
    assert datetime.fromisoformat(answer["changeset"]) <= datetime.now().astimezone()


def test_d1_no_host_header_is_repeated(app: App) -> None:
    assert "evil" not in app.get("/discovery.json", headers={"Host": "evil.example"}).text


def test_s1_the_service_list_needs_no_key_and_tells_all_services(app: App) -> None:
    services = app.run_sample("open311/api.services").xml
    assert len(services) == len(app.stack.directory.services)
    assert {each["metadata"] for each in services} == {"true", "false"}
    assert {each["type"] for each in services} == {"realtime"}
    lighting = next(each for each in services if each["service_code"] == SERVICE)
    assert "路灯" in lighting["keywords"].split(",")


def test_s1_names_are_english_for_whoever_prefers_it(app: App) -> None:
    english = {"Accept-Language": "en-GB,en;q=0.9"}
    (entry,) = [
        each for each in app.get("/v2/services.json", english).json if each["service_code"] == SERVICE
    ]
    assert entry["service_name"] == "Street lighting"


def test_f1_f2_a_definition_lists_attributes_in_order(app: App) -> None:
    answer = app.run_sample("open311/api.service_definition").json
    assert [each["order"] for each in answer["attributes"]] == [1, 2]
    extent = answer["attributes"][0]
    assert (extent["variable"], extent["required"], extent["datatype"]) == (True, True, "singlevaluelist")
    assert {each["key"] for each in extent["values"]} == {"home", "building", "area"}


def test_f1_a_definition_without_attributes_has_an_empty_list(app: App) -> None:
    assert app.get("/v2/services/water.quality.json").json["attributes"] == []


def test_f3_an_unknown_code_is_404(app: App) -> None:
    assert app.get("/v2/services/no.such.json").json[0]["code"] == 404


# ---- reporting ----------------------------------------------------------------------------------------


def test_p1_a_missing_a_wrong_and_a_revoked_key_are_403_alike(app: App) -> None:
    missing = app.run_sample("open311/api.report_refused")
    wrong = app.send("POST", "/v2/requests.xml", form={**REPORT, "api_key": "o311_guess"})
    app.keys.revoke(app.api_key, app.stack.clock())
    revoked = app.post("/v2/requests.xml", **REPORT)
    assert missing.status == wrong.status == revoked.status == 403
    assert missing.text == wrong.text == revoked.text
    assert missing.xml[0]["code"] == "403"


def test_p1_a_revoked_key_is_out_within_a_minute(app: App) -> None:
    from hotline.wiring import open311

    app.report()
    app.keys.revoke(app.api_key, app.stack.clock())
    assert app.post("/v2/requests.json", **REPORT).status == 200
    store = open311._kept_keys(*_cached_arguments(app))
    store._timer = _later(store._timer, 61)
    assert app.post("/v2/requests.json", **REPORT).status == 403


def test_p1_a_key_may_come_in_the_query(app: App) -> None:
    assert app.send("POST", "/v2/requests.json", form=REPORT, query={"api_key": app.key}).status == 200


def test_p2_no_service_code_is_400_and_an_unknown_one_404(app: App) -> None:
    without = {name: value for name, value in REPORT.items() if name != "service_code"}
    assert app.post("/v2/requests.json", **without).status == 400
    assert app.post("/v2/requests.json", **{**REPORT, "service_code": "no.such"}).status == 404


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        ({}, ["address_string"]),
        ({"lat": "39.91"}, ["long"]),
        ({"long": "116.4"}, ["lat"]),
        ({"lat": "39,91", "long": "east"}, ["lat", "long"]),
        ({"lat": "48.2", "long": "16.4"}, ["lat"]),
        ({"lat": "NaN", "long": "116.4"}, ["lat"]),
        ({"address_id": "999999"}, ["address_id"]),
    ],
)
def test_p3_without_a_place_in_the_city_there_is_no_report(
    app: App, place: dict[str, str], wrong: list[str]
) -> None:
    reply = app.post("/v2/requests.json", service_code=SERVICE, description="黑", **place)
    assert reply.status == 400
    assert errors_of(reply) == wrong


@pytest.mark.parametrize(
    "place",
    [{"lat": "39.91", "long": "116.4"}, {"address_string": "南池子大街 12 号"}, {"address_id": "110101001"}],
)
def test_p3_any_one_way_to_say_where_is_enough(app: App, place: dict[str, str]) -> None:
    reply = app.post("/v2/requests.json", service_code=SERVICE, description="黑", **place)
    PostedItems.model_validate(reply.json)


def test_p3_an_address_id_is_a_place_of_ours(app: App) -> None:
    number = app.post("/v2/requests.json", service_code=SERVICE, address_id="110101001").json[0]
    (entry,) = app.get(f"/v2/requests/{number['service_request_id']}.json").json
    assert (entry["address_id"], entry["address"]) == ("110101001", "东城区东华门街道")


def test_p4_attributes_are_checked_and_kept(app: App) -> None:
    water = {**REPORT, "service_code": "water.outage"}
    assert errors_of(app.post("/v2/requests.json", **water)) == ["attribute[extent]"]
    refused = app.post("/v2/requests.json", **water, **{"attribute[extent]": "moon", "attribute[x]": "1"})
    assert errors_of(refused) == ["attribute[x]", "attribute[extent]"]
    assert app.post("/v2/requests.json", **water, **{"attribute[extent]": "home"}).status == 200


def test_p4_several_values_come_with_brackets(app: App) -> None:
    code, field = next(
        (service.service_code, field)
        for service in app.stack.directory.services.values()
        for field in service.fields
        if field.datatype == "multivaluelist"
    )
    needed = {
        f"attribute[{each.code}]": each.values[0].key if each.values else "1"
        for each in app.stack.directory.services[code].fields
        if each.required and each.code != field.code
    }
    chosen = {f"attribute[{field.code}][]": [value.key for value in field.values[:2]]}
    assert app.post("/v2/requests.json", **{**REPORT, "service_code": code}, **needed, **chosen).status == 200


def test_p5_what_is_optional_is_kept_or_left_as_it_should_be(app: App, log: StringIO) -> None:
    person = {"first_name": "Li", "last_name": "Wang", "phone": "13800138000", "email": "li@example.com"}
    app.report(**person, device_id="a-device", account_id="an-account")
    (words,) = [item for item in app.stack.table("TextsTable") if item["sk"]["S"] == "T"]
    assert json.loads(words["ct"]["S"]) == {
        "name": "Li Wang",
        "phone": "13800138000",
        "email": "li@example.com",
    }
    assert "an-account" not in str(app.stack.table("CasesTable")) + str(words)
    assert "13800138000" not in log.getvalue()


def test_p5_a_description_has_at_most_4000_characters(app: App) -> None:
    assert app.post("/v2/requests.json", **{**REPORT, "description": "黑" * 4000}).status == 200
    assert errors_of(app.post("/v2/requests.json", **{**REPORT, "description": "黑" * 4001})) == [
        "description"
    ]


@pytest.mark.parametrize("link", ["ftp://x/1.jpg", "javascript:alert(1)", "file:///etc/passwd", "http:// x"])
def test_p5_a_picture_is_a_link_of_the_web_or_refused(app: App, link: str) -> None:
    assert errors_of(app.post("/v2/requests.json", **REPORT, media_url=link)) == ["media_url"]


def test_p5_a_link_is_kept_for_people_and_nobody_fetches_it(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = "http://169.254.169.254/latest/meta-data/"
    monkeypatch.setattr("socket.create_connection", _no_network)
    number = app.report(media_url=link)
    assert app.get(f"/v2/requests/{number}.json").json[0]["media_url"] == link
    told(app.stack, _reported(app.stack, number))


def test_p6_the_answer_is_the_id_at_once_and_no_token_or_account(app: App) -> None:
    (posted,) = app.run_sample("open311/api.report").json
    assert set(posted) == {"service_request_id"}
    (entry,) = app.get(f"/v2/requests/{posted['service_request_id']}.json").json
    assert (entry["status"], entry["address"]) == ("open", "东华门街道南池子大街 12 号")


def test_p6_a_notice_names_the_emergency_line(app: App) -> None:
    (posted,) = app.post("/v2/requests.json", **{**REPORT, "description": "着火了，快来人"}).json
    assert "119" in posted["service_notice"]


def test_p7_several_errors_come_together(app: App) -> None:
    reply = app.post("/v2/requests.xml", **{**REPORT, "media_url": "x", "description": "a\u0000b"})
    assert reply.status == 400
    assert len(reply.xml) == 2


def test_the_same_form_again_is_the_same_report_and_another_is_another(app: App) -> None:
    first = app.report()
    app.stack.clock.pass_(minutes=9)
    assert app.report() == first
    assert app.report(description="另一盏") != first
    app.stack.clock.pass_(minutes=21)
    assert app.report() != first


def test_an_idempotency_key_is_stronger_than_the_form(app: App) -> None:
    sent: dict[str, Any] = {"headers": {"Idempotency-Key": "report-0001"}}
    one = app.post("/v2/requests.json", **sent, **REPORT).json
    app.stack.clock.pass_(days=2)
    assert app.post("/v2/requests.json", **sent, **REPORT).json == one
    assert app.post("/v2/requests.json", **sent, **{**REPORT, "lat": "39.92"}).status == 400


def test_two_apps_with_the_same_form_are_two_reports(app: App) -> None:
    assert App(app.stack, "another").report() != app.report()


# ---- tokens -------------------------------------------------------------------------------------------


def test_t1_the_id_is_its_own_token_and_an_unknown_one_is_404(app: App) -> None:
    number = app.report()
    assert app.get(f"/v2/tokens/{number}.json").json == [{"service_request_id": number, "token": number}]
    assert app.get("/v2/tokens/nothing.xml").xml[0]["code"] == "404"


# ---- lists --------------------------------------------------------------------------------------------


def test_l1_ids_override_everything_else(app: App) -> None:
    numbers = [app.report(description=f"第 {count} 盏") for count in range(3)]
    asked = {
        "service_request_id": f"{numbers[0]}, {numbers[2]},unknown",
        "status": "nonsense",
        "page_size": "x",
    }
    assert [each["service_request_id"] for each in app.get("/v2/requests.json", **asked).json] == [
        numbers[0],
        numbers[2],
    ]


def test_l1_filters_by_service_status_and_date(app: App) -> None:
    light = app.report()
    app.stack.clock.pass_(days=2)
    leak = app.report(service_code=OTHER)
    closed(app.stack)

    def found(**asked: str) -> set[str]:
        return {each["service_request_id"] for each in app.get("/v2/requests.json", **asked).json}

    assert found() == {light, leak, APPEAL}
    assert found(service_code=SERVICE) == {light, APPEAL}
    assert found(service_code=f"{SERVICE},{OTHER}") == {light, leak, APPEAL}
    assert found(service_code="no.such") == set()
    assert found(status="closed") == {APPEAL}
    assert found(status="open") == {light, leak}
    assert found(status="open,closed", service_code=OTHER) == {leak}
    assert found(end_date="2026-05-07T00:00:00Z") == {light}
    assert found(start_date="2026-05-07T00:00:00 08:00") == {leak, APPEAL}
    assert found(start_date="2026-01-01", end_date="2026-02-01") == set()


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-04-02T00:00:00Z"}, "end_date"),
        ({"start_date": "2026-04-02T00:00:00Z", "end_date": "2026-01-01T00:00:00Z"}, "start_date"),
        ({"start_date": "yesterday"}, "start_date"),
        ({"start_date": "0001-01-01T00:00:00+14:00"}, "start_date"),
        ({"status": "open,pending"}, "status"),
        ({"page_size": "1001"}, "page_size"),
        ({"page_size": "0"}, "page_size"),
        ({"page": "-1"}, "page"),
        ({"page": "101", "page_size": "100"}, "page"),
        ({"bbox": "1,2,3"}, "bbox"),
        ({"bbox": "10,20,5,30"}, "bbox"),
        ({"bbox": "a,b,c,nan"}, "bbox"),
    ],
)
def test_l2_l3_a_question_that_cannot_be_is_400(app: App, asked: dict[str, str], wrong: str) -> None:
    reply = app.get("/v2/requests.json", **asked)
    assert reply.status == 400
    assert errors_of(reply) == [wrong]


def test_l2_the_range_may_be_90_days_and_without_dates_is_the_latest_90(app: App) -> None:
    number = app.report()
    app.stack.clock.pass_(days=89)
    assert [each["service_request_id"] for each in app.get("/v2/requests.json").json] == [number]
    app.stack.clock.pass_(days=2)
    assert app.get("/v2/requests.json").json == []
    asked = {"start_date": "2026-03-01T00:00:00Z", "end_date": "2026-05-30T00:00:00Z"}
    assert len(app.get("/v2/requests.json", **asked).json) == 1


def test_extension_pages_the_newest_first(app: App) -> None:
    numbers = []
    for count in range(5):
        numbers.append(app.report(description=f"第 {count} 盏"))
        app.stack.clock.pass_(minutes=1)
    pages = [app.get("/v2/requests.json", page=str(page), page_size="2").json for page in (1, 2, 3, 4)]
    assert [[each["service_request_id"] for each in page] for page in pages] == [
        [numbers[4], numbers[3]],
        [numbers[2], numbers[1]],
        [numbers[0]],
        [],
    ]


def test_extension_what_changed_since(app: App) -> None:
    early, late = app.report(), app.report(description="另一盏")
    app.stack.clock.pass_(days=1)
    since = app.stack.clock().isoformat()
    app.stack.clock.pass_(minutes=1)
    app.post("/v2/servicerequestupdates.json", service_request_id=early, update_id="1", description="还黑")
    told(app.stack, _reported(app.stack, early))
    newest = app.report(description="第三盏")
    found = app.get("/v2/requests.json", updated_after=since).json
    assert {each["service_request_id"] for each in found} == {early, newest}
    before = app.get("/v2/requests.json", updated_before=since).json
    assert {each["service_request_id"] for each in before} == {late}


def test_extension_what_lies_in_a_box(app: App) -> None:
    number = app.report(lat="39.95", long="116.30")
    app.report()
    found = app.get("/v2/requests.json", bbox="116.2,39.93,116.35,40").json
    assert [each["service_request_id"] for each in found] == [number]


def test_extension_more_than_may_be_looked_at_is_refused_not_half_answered(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.use_cases.read_public_requests.EXAMINED", 2)
    monkeypatch.setattr("hotline.use_cases.read_public_requests.AT_ONCE", 1)
    for count in range(3):
        app.report(description=f"第 {count} 盏")
    assert app.get("/v2/requests.json", page_size="2").status == 200
    assert errors_of(app.get("/v2/requests.json", bbox="1,1,2,2")) == ["start_date"]


def test_extension_extended_attributes_and_notes(app: App) -> None:
    closed(app.stack)
    (plain,) = app.get(f"/v2/requests/{APPEAL}.json").json
    (extended,) = app.get(f"/v2/requests/{APPEAL}.json", extensions="true").json
    assert set(extended) - set(plain) == {"extended_attributes", "notes"}
    assert extended["extended_attributes"]["agency_id"] == AGENCY
    assert [note["type"] for note in extended["notes"]] == ["WorkOrderResolved", "WorkOrderClosed"]


# ---- one request --------------------------------------------------------------------------------------


def test_r1_one_request_is_a_list_of_one_and_an_unknown_id_404(app: App) -> None:
    number = app.report()
    assert len(app.get(f"/v2/requests/{number}.json").json) == 1
    assert len(app.get(f"/v2/requests/{number}.xml").xml) == 1
    assert app.get("/v2/requests/JWY6FERAEG2P4X00Q.json").status == 404
    assert app.run_sample("open311/api.request").status == 404


def test_r2_r3_a_life_is_open_until_the_citizens_word_ends_it(app: App) -> None:
    life = Life(app.stack).dispatched()
    told(app.stack, life)

    def entry() -> dict[str, Any]:
        (found,) = app.get(f"/v2/requests/{APPEAL}.json").json
        return dict(found)

    dispatched = entry()
    assert (dispatched["status"], dispatched["agency_responsible"]) == ("open", "东华门街道办事处")
    due = life.case.clocks["handling"].due_at
    assert datetime.fromisoformat(dispatched["expected_datetime"]) == due
    life.acknowledged().contacted().resolved().surveying()
    assert (entry()["status"], entry()["status_notes"]) == ("open", "正在征求市民评价")
    life.answered()
    ended = entry()
    assert (ended["status"], ended["status_notes"]) == ("closed", "已办结")
    assert datetime.fromisoformat(ended["updated_datetime"]) == life.case.events[-1].at


def test_r4_what_others_wrote_is_not_for_everybody(app: App, log: StringIO) -> None:
    closed(app.stack)
    (entry,) = app.run_sample("open311/api.requests", query={"status": "closed", "jurisdiction_id": ""}).json
    assert "description" not in entry
    assert entry["address"] == "东城区东华门街道"
    everything = "".join(
        app.get(f"{path}.{ending}", extensions="true").text
        for path in ("/v2/requests", f"/v2/requests/{APPEAL}", "/v2/servicerequestupdates")
        for ending in ("json", "xml")
    )
    for secret in ("王女士", "13800138000", "12 号楼", "更换灯泡"):
        assert secret not in everything + log.getvalue() + str(app.stack.table("PublicRequestsTable"))


def test_r4_numbers_and_addresses_of_e_mail_in_an_apps_words_are_masked(app: App) -> None:
    number = app.report(description="找我 138-0013-8000 或 li@example.com，010 6512 3456", first_name="王")
    (entry,) = app.get(f"/v2/requests/{number}.json").json
    assert entry["description"] == "找我 *** 或 ***，***"


def test_r4_a_service_that_is_not_public_is_seen_by_its_app_alone(app: App) -> None:
    hidden = next(
        each for each in app.stack.directory.services.values() if not each.public and not each.fields
    )
    number = app.report(service_code=hidden.service_code)
    other = App(app.stack, "another")
    for asked in ({}, {"api_key": other.key}):
        assert app.get(f"/v2/requests/{number}.json", **asked).status == 404
        assert app.get(f"/v2/tokens/{number}.json", **asked).status == 404
        assert app.get("/v2/requests.json", **asked).json == []
        assert app.get("/v2/requests.json", service_request_id=number, **asked).json == []
    own = app.get(f"/v2/requests/{number}.json", api_key=app.key).json
    assert own == app.get("/v2/requests.json", api_key=app.key).json
    assert app.get(f"/v2/requests/{number}.json", api_key="o311_wrong").status == 403


def test_r4_confidential_reports_are_nowhere(app: App) -> None:
    told(app.stack, Life(app.stack, confidential=True).dispatched())
    assert app.stack.table("PublicRequestsTable") == []
    assert app.get(f"/v2/requests/{APPEAL}.json").status == 404


def test_r4_what_becomes_another_matter_is_hidden_at_once(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    closed(app.stack)
    services = app.stack.directory.services
    hidden = services[SERVICE].model_copy(update={"public": False})
    monkeypatch.setattr(
        "hotline.use_cases.read_public_requests.is_public", lambda case, directory: hidden.public
    )
    assert app.get("/v2/requests.json").json == app.get("/v2/servicerequestupdates.json").json == []


# ---- updates ------------------------------------------------------------------------------------------


def test_updates_have_ids_of_their_own_oldest_first(app: App) -> None:
    life = closed(app.stack)
    told(app.stack, life)
    updates = app.get("/v2/servicerequestupdates.json").json
    assert [each["status"] for each in updates] == ["open", "closed"]
    assert len({each["update_id"] for each in updates}) == 2
    assert app.run_sample("open311/api.updates").xml == as_text(updates)
    span = {"start_date": "2026-05-06T00:00:00Z", "end_date": "2026-05-06T00:30:00Z"}
    assert app.get("/v2/servicerequestupdates.json", **span).json == []


def test_an_update_is_posted_once_and_comes_back_under_the_same_id(app: App) -> None:
    number = app.report()
    said = {"service_request_id": number, "update_id": "fms-7", "description": "还是黑，13800138000"}
    (posted,) = app.post("/v2/servicerequestupdates.json", **said).json
    again = app.post("/v2/servicerequestupdates.xml", **said)
    assert (again.status, again.xml[0]["code"]) == (400, "400")
    told(app.stack, _reported(app.stack, number))
    (update,) = app.get("/v2/servicerequestupdates.json").json
    assert (update["update_id"], update["description"]) == (posted["update_id"], "还是黑，***")


def test_an_update_of_another_app_or_of_what_is_closed_is_refused(app: App) -> None:
    number = app.report()
    said = {"service_request_id": number, "update_id": "1", "description": "x"}
    assert App(app.stack, "another").post("/v2/servicerequestupdates.json", **said).status == 404
    closed(app.stack)
    assert app.post("/v2/servicerequestupdates.json", **{**said, "service_request_id": APPEAL}).status == 404
    case = _reported(app.stack, number)
    case.withdrawn()
    assert app.post("/v2/servicerequestupdates.json", **said).status == 400
    missing = app.post("/v2/servicerequestupdates.json", update_id="1")
    assert errors_of(missing) == ["service_request_id", "description"]


# ---- errors, limits -----------------------------------------------------------------------------------

UNKNOWN = (
    "open311/api.unknown_get_four",
    "open311/api.unknown_post_one",
    "open311/api.unknown_post_three",
    "open311/api.unknown_post_four",
    "open311/api.unknown_put_one",
    "open311/api.unknown_put_two",
    "open311/api.unknown_put_three",
    "open311/api.unknown_put_four",
    "open311/api.unknown_patch_one",
    "open311/api.unknown_patch_two",
    "open311/api.unknown_patch_three",
    "open311/api.unknown_patch_four",
    "open311/api.unknown_delete_one",
    "open311/api.unknown_delete_two",
    "open311/api.unknown_delete_three",
    "open311/api.unknown_delete_four",
)


@pytest.mark.parametrize("name", UNKNOWN)
def test_e1_e2_every_wrong_address_and_method_is_refused_in_its_format(app: App, name: str) -> None:
    reply = app.run_sample(name)
    errors = reply.json if sample(name)["path"].endswith("json") else reply.xml
    assert reply.status in (400, 404)
    assert [str(each["code"]) for each in errors] == [str(reply.status)]


def test_e1_a_known_address_by_a_wrong_method_is_400_an_unknown_one_404(app: App) -> None:
    assert app.send("DELETE", "/v2/requests.json").status == 400
    assert app.get("/v2/requests.html").status == 404
    assert app.get("/v3/requests.json").status == 404


@pytest.mark.parametrize(
    ("path", "accept", "kind"),
    [
        ("/v2/nothing", "application/json", "application/json"),
        ("/v2/nothing", "*/*", "text/xml"),
        ("/v2/nothing.json", "text/html", "application/json"),
        ("/v2/nothing.xml", "application/json", "text/xml"),
    ],
)
def test_e2_the_ending_counts_then_what_is_accepted_then_xml(
    app: App, path: str, accept: str, kind: str
) -> None:
    reply = app.get(path, headers={"Accept": accept})
    assert reply.headers["Content-Type"].startswith(kind)


def test_e1_a_body_that_is_no_form_is_400(app: App) -> None:
    for body in ("%zz", "description=%ff", "&".join("a=1" for _ in range(300))):
        assert app.send("POST", "/v2/requests.json", form=body).status == 400
    json_sent = {"Content-Type": "application/json"}
    assert app.send("POST", "/v2/requests.json", form="{}", headers=json_sent).status == 400


def test_e3_too_many_calls_with_a_key_are_429_until_the_minute_is_over(app: App) -> None:
    eager = App(app.stack, "eager", per_minute=2)
    replies = [eager.get("/v2/requests.xml", api_key=eager.key) for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert replies[2].xml[0]["code"] == "429"
    assert 1 <= int(replies[2].headers["Retry-After"]) <= 60
    app.report()
    app.stack.clock.pass_(minutes=1)
    assert eager.get("/v2/requests.xml", api_key=eager.key).status == 200


def test_e3_a_fault_of_ours_keeps_the_form_and_tells_nothing(
    app: App, monkeypatch: pytest.MonkeyPatch, log: StringIO
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("hotline.domain.open311.catalogue.services", broken)
    reply = app.get("/v2/services.xml")
    assert (reply.status, reply.xml[0]["code"]) == (500, "500")
    assert "a secret" not in reply.text + log.getvalue()


def test_e3_the_gateways_own_refusals_have_the_form_too() -> None:
    from defusedxml import ElementTree

    responses = load().of_type("AWS::Serverless::Api")["Open311Api"]["GatewayResponses"]
    assert {"THROTTLED", "MISSING_AUTHENTICATION_TOKEN", "DEFAULT_4XX", "DEFAULT_5XX"} <= set(responses)
    for response in responses.values():
        templates = response["ResponseTemplates"]
        assert set(templates) == {"application/json", "text/xml", "application/xml"}
        (error,) = json.loads(templates["application/json"])
        assert str(error["code"]) == response["StatusCode"]
        for kind in ("text/xml", "application/xml"):
            root = ElementTree.fromstring(templates[kind].encode())
            assert {each.tag: each.text for each in root[0]} == as_text(error)


def test_pages_of_other_origins_may_read_it(app: App) -> None:
    assert app.get("/v2/nothing.json").headers["Access-Control-Allow-Origin"] == "*"


# ---- keys ---------------------------------------------------------------------------------------------


def test_the_hour_of_a_keys_last_use_is_kept_and_no_more(app: App) -> None:
    app.report()
    app.stack.clock.pass_(minutes=10)
    app.report(description="另一盏")
    (key,) = app.keys.all_keys()
    assert key.used_at == app.stack.clock().replace(minute=0)
    assert app.key not in str(app.stack.table("ApiKeysTable"))


# ---- what everybody may read, kept --------------------------------------------------------------------


def test_a_batch_of_what_everybody_is_told_is_kept(stack: MotoStack) -> None:
    life = Life(stack).dispatched()
    assert failed(stack.run("open311/keep_requests.dispatched")) == []
    life.acknowledged().contacted().resolved().surveying().answered()
    assert failed(stack.run("open311/keep_requests.told")) == []
    kept = [item["sk"]["S"].partition("#")[2] for item in stack.table("PublicRequestsTable")]
    assert kept == [APPEAL, f"{APPEAL}-5", f"{APPEAL}-7"]
    before = stack.table("PublicRequestsTable")
    assert failed(stack.run("open311/keep_requests.told")) == []
    assert stack.table("PublicRequestsTable") == before


def test_what_cannot_be_read_is_parked(stack: MotoStack) -> None:
    closed(stack)
    assert failed(stack.run("open311/keep_requests.poison")) == []
    assert len(stack.messages("PublicRequestsDeadLetters")) == 1


def test_what_a_citizen_adds_by_the_web_is_not_told(stack: MotoStack) -> None:
    life = Life(stack).dispatched().supplemented()
    told(stack, life)
    assert [item["pk"]["S"][0] for item in stack.table("PublicRequestsTable")] == ["R"]


# ---- inside -------------------------------------------------------------------------------------------


def _reported(stack: MotoStack, appeal_id: str) -> Life:
    """The life of an appeal that an app has reported."""
    life = Life.__new__(Life)
    life.__dict__.update(Life(stack, appeal_id=APPEAL_OF_ANOTHER).__dict__, appeal_id=appeal_id)
    return life


APPEAL_OF_ANOTHER = "0041061050R3GG28A"


def _no_network(*_: object, **__: object) -> None:
    raise AssertionError("the server must not fetch what a citizen names")


def _later(timer: Callable[[], float], seconds: float) -> Callable[[], float]:
    return lambda: timer() + seconds


def _cached_arguments(app: App) -> tuple[Any, str]:
    from hotline.adapters.aws import dynamodb

    return dynamodb(), app.stack.lookup("ApiKeysTable", None)
