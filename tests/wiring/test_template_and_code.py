"""The template and the code say the same: routes, environment, permissions, queues."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator

import pytest

from hotline.edges.http import STAFF, HttpApp
from tests.template import OPEN_APIS, FunctionSpec, load, references
from tests.wiring.code import Reach
from web.staff_app import StaffApp

FUNCTIONS = load().functions
APIS = {name: function for name, function in FUNCTIONS.items() if function.handler.endswith(".app")}
STANDING = {
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_SERVICE_NAME",
    "POWERTOOLS_LOG_LEVEL",
    "PYDANTIC_DISABLE_PLUGINS",
}
"""Variables that libraries read."""

ACTIONS = {
    "get_item": {"dynamodb:GetItem"},
    "put_item": {"dynamodb:PutItem"},
    "update_item": {"dynamodb:UpdateItem"},
    "delete_item": {"dynamodb:DeleteItem"},
    "query": {"dynamodb:Query"},
    "scan": {"dynamodb:Scan"},
    "batch_get_item": {"dynamodb:BatchGetItem"},
    "batch_write_item": {"dynamodb:BatchWriteItem"},
    "send_message": {"sqs:SendMessage"},
    "get_queue_url": {"sqs:GetQueueUrl"},
    "change_message_visibility": {"sqs:ChangeMessageVisibility"},
    "change_message_visibility_batch": {"sqs:ChangeMessageVisibility"},
    "put_events": {"events:PutEvents"},
    "get_secret_value": {"secretsmanager:GetSecretValue"},
    "publish": {"sns:Publish"},
    "put_object": {"s3:PutObject"},
    "get_object": {"s3:GetObject"},
    "head_object": {"s3:GetObject"},
    "delete_object": {"s3:DeleteObject"},
    "delete_objects": {"s3:DeleteObject"},
    "list_objects_v2": {"s3:ListBucket"},
    "generate_presigned_post": {"s3:PutObject"},
    "generate_presigned_url": {"s3:GetObject"},
}
"""What each call of an AWS client needs; transactions need what is in them."""

IN_TRANSACTIONS = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
}

BEYOND_THE_CALLS = {"VerifyAttachments": {"s3:ListBucket"}}
"""Without the right to list, S3 answers "forbidden" for a file that is gone."""

ONLY_THE_NAME = {"AssessmentApi": {"dynamodb:PutItem", "dynamodb:UpdateItem"}}
"""Found because ``str.count`` looks like ``Tallies.count``; never reached."""

KNOWS_THE_DIRECTORY = {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem"}
"""Given together for the directory's table, which holds nothing private."""


def app_of(function: FunctionSpec) -> HttpApp:
    module, _, name = function.handler.rpartition(".")
    app: HttpApp = getattr(importlib.import_module(module), name)
    return app


def settings_of(function: FunctionSpec) -> set[str]:
    """The variables that the code of a function asks for."""
    asked: set[str] = set()
    for node in Reach(function).nodes():
        call = isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
        if call and (ast.unparse(node.func) in ("setting", "os.environ.get", "os.getenv")):  # type: ignore[attr-defined]
            asked.add(node.args[0].value)  # type: ignore[attr-defined]
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            assert isinstance(node.slice, ast.Constant)
            asked.add(str(node.slice.value))
    return asked


def actions_of(function: FunctionSpec) -> set[str]:
    """The AWS actions that the code of a function can come to need."""
    reach = Reach(function)
    needed: set[str] = set()
    for node in reach.nodes():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = ast.unparse(node.func.value)
            if owner.endswith("client") or owner in ("sqs(NOBODY_WAITS)", "secretsmanager()", "self._s3"):
                needed |= ACTIONS.get(node.func.attr, set())
    for owner_node in reach.methods_calling("transact_write_items"):
        words = {node.value for node in ast.walk(owner_node) if isinstance(node, ast.Constant)}
        needed |= {action for word, action in IN_TRANSACTIONS.items() if word in words}
    return needed


def permissions(function: FunctionSpec) -> Iterator[tuple[str, str]]:
    """Every action with the logical name, or the pattern, of what it is allowed on."""
    for statement in function.statements:
        resources = (
            statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        )
        for action in statement["Action"]:
            for resource in resources:
                named = [name for name in references(resource) if not name.startswith("AWS::")]
                yield action, named[0] if named else str(resource)


# ---- routes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", APIS)
def test_an_api_answers_exactly_the_routes_that_the_template_gives_it(name: str) -> None:
    assert app_of(APIS[name]).gateway_routes == set(APIS[name].routes)


def test_no_two_functions_have_the_same_route() -> None:
    routes = [(route.method, route.path) for function in FUNCTIONS.values() for route in function.routes]
    assert len(routes) == len(set(routes))


def test_what_is_not_public_stands_behind_the_authorizer() -> None:
    apis = load().of_type("AWS::Serverless::Api")
    assert {name for name, api in apis.items() if "Auth" not in api} == {
        reference["Ref"] for reference in OPEN_APIS
    }
    auth = apis["Api"]["Auth"]
    assert auth["DefaultAuthorizer"] in auth["Authorizers"]
    for function in FUNCTIONS.values():
        for event in function.events.values():
            if event["Type"] == "Api":
                override = event["Properties"].get("Auth", {})
                assert override in ({}, {"Authorizer": "NONE"}), f"{function.name}: {override}"


@pytest.mark.parametrize("name", APIS)
def test_only_operations_that_say_so_are_public(name: str) -> None:
    """Public in the template, that is: before a page of a session stands no authorizer, but its application."""
    public = {(route.method, route.path) for route in APIS[name].routes if route.public}
    app = app_of(APIS[name])
    if all(route.public for route in APIS[name].routes) and not isinstance(app, StaffApp):
        assert not any(operation.roles for operation in app.operations)
        return
    for operation in app.operations:
        no_authorizer = not operation.roles or operation.session
        assert ((operation.method, operation.path) in public) == no_authorizer
        assert isinstance(app, StaffApp) or not operation.session


def test_pages_behind_the_sign_in_are_given_to_roles_and_to_nobody_without_a_session() -> None:
    for name in APIS:
        app = app_of(APIS[name])
        if isinstance(app, StaffApp):
            for operation in app.operations:
                assert operation.public != operation.session, f"{operation.method} {operation.path}"
                assert operation.public or operation.roles <= STAFF


# ---- environment --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_gets_exactly_the_variables_that_its_code_asks_for(name: str) -> None:
    given = set(FUNCTIONS[name].environment) - STANDING
    assert given == settings_of(FUNCTIONS[name]) - STANDING


def test_every_function_says_its_name_in_logs() -> None:
    names = [function.environment["POWERTOOLS_SERVICE_NAME"] for function in FUNCTIONS.values()]
    assert len(names) == len(set(names))


# ---- permissions --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_may_do_what_its_code_does_and_nothing_else(name: str) -> None:
    function = FUNCTIONS[name]
    allowed = {
        action
        for action, on in permissions(function)
        if on != "DirectoryTable" or action not in KNOWS_THE_DIRECTORY
    }
    needed = actions_of(function)
    if "DIRECTORY_TABLE" in function.environment:
        allowed |= KNOWS_THE_DIRECTORY & needed
    assert allowed - BEYOND_THE_CALLS.get(name, set()) == needed - ONLY_THE_NAME.get(name, set())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_policy_has_a_star_on_data(name: str) -> None:
    for action, on in permissions(FUNCTIONS[name]):
        assert "*" not in action
        assert on != "*" or action == "sns:Publish"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_nobody_may_delete_or_patch_a_case(name: str) -> None:
    on_cases = {action for action, on in permissions(FUNCTIONS[name]) if on == "CasesTable"}
    assert on_cases <= {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:Query"}


def test_only_these_functions_may_read_what_citizens_wrote() -> None:
    readers = {
        name
        for name, function in FUNCTIONS.items()
        if any(on == "TextsTable" and action != "dynamodb:PutItem" for action, on in permissions(function))
    }
    assert readers == {
        "IntakeApi",
        "CallsApi",
        "VerifyAttachments",
        "DispatchAppeals",
        "DispatchApi",
        "RepeatsApi",
        "HandlingApi",
        "DeliverWorkOrders",
        "SendMessages",
        "SendDueNotices",
        "NoticesApi",
        "WeighSignals",
        "CallbacksApi",
        "WebPages",
        "KeepRequests",
        "DeskPages",
        "ConsolePages",
        "ReviewPages",
        "CallbackPages",
        "BoardPages",
    } & set(FUNCTIONS)


@pytest.mark.parametrize(
    ("table", "env"),
    [
        ("CasesTable", "CASES_TABLE"),
        ("TextsTable", "TEXTS_TABLE"),
        ("SealedTable", "SEALED_TABLE"),
        ("EffectsTable", "EFFECTS_TABLE"),
        ("NoticesTable", "NOTICES_TABLE"),
        ("SessionsTable", "SESSIONS_TABLE"),
        ("DirectoryTable", "DIRECTORY_TABLE"),
        ("PublicRequestsTable", "PUBLIC_REQUESTS_TABLE"),
        ("ApiKeysTable", "API_KEYS_TABLE"),
        ("ScorecardsTable", "SCORECARDS_TABLE"),
    ],
)
def test_whoever_may_use_a_table_knows_its_name(table: str, env: str) -> None:
    for name, function in FUNCTIONS.items():
        if any(on == table for _, on in permissions(function)):
            assert function.environment.get(env) == {"Ref": table}, name


# ---- queues -------------------------------------------------------------------------------------

QUEUES = load().of_type("AWS::SQS::Queue")
WORKED = {name for name in QUEUES if load().consumer_of(name)}


def test_every_queue_that_is_worked_on_has_dead_letters_and_every_other_is_some() -> None:
    dead = {
        properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        for properties in QUEUES.values()
        if "RedrivePolicy" in properties
    }
    assert {name for name, properties in QUEUES.items() if "RedrivePolicy" in properties} == WORKED
    for function in FUNCTIONS.values():
        dead |= set(references(function.properties.get("DeadLetterQueue"))) & set(QUEUES)
        dead |= {
            queue
            for event in function.events.values()
            for queue in references(event["Properties"].get("DestinationConfig"))
        }
    assert dead == set(QUEUES) - WORKED


@pytest.mark.parametrize("queue", sorted(WORKED))
def test_a_worker_parks_what_it_refuses_where_its_queue_redrives(queue: str) -> None:
    function = load().consumer_of(queue)
    assert function is not None
    dead = QUEUES[queue]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
    assert function.environment["DEAD_LETTER_QUEUE_URL"] == {"Ref": dead}
    assert ("sqs:SendMessage", dead) in set(permissions(function))


@pytest.mark.parametrize("queue", sorted(WORKED))
def test_a_message_stays_hidden_longer_than_its_worker_can_run(queue: str) -> None:
    function = load().consumer_of(queue)
    assert function is not None
    assert QUEUES[queue]["VisibilityTimeout"] >= 6 * function.properties["Timeout"]
    (event,) = [event["Properties"] for event in function.events.values() if event["Type"] == "SQS"]
    assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@pytest.mark.parametrize("queue", sorted(QUEUES))
def test_queues_are_encrypted_and_keep_for_two_weeks(queue: str) -> None:
    assert QUEUES[queue]["SqsManagedSseEnabled"] is True
    assert QUEUES[queue]["MessageRetentionPeriod"] == 14 * 24 * 3600


@pytest.mark.parametrize("table", sorted(load().of_type("AWS::DynamoDB::Table")))
def test_tables_are_on_demand_encrypted_restorable_and_protected(table: str) -> None:
    properties = load().of_type("AWS::DynamoDB::Table")[table]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["SSESpecification"]["SSEEnabled"]
    assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    assert properties["DeletionProtectionEnabled"] == {"Ref": "DeletionProtection"}
    assert load().document["Resources"][table]["DeletionPolicy"] == "Retain"


def test_only_the_cases_have_a_stream() -> None:
    streamed = {
        name
        for name, table in load().of_type("AWS::DynamoDB::Table").items()
        if "StreamSpecification" in table
    }
    assert streamed == {"CasesTable"}
