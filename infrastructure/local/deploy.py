"""`sam deploy` into the embedded AWS, skipped when nothing changed, and the addresses that come out of it."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import boto3
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from infrastructure.local.build import SAM, artifacts
from infrastructure.local.gateway import apply_gateway_responses
from infrastructure.local.place import ACCOUNT, REGION, ROOT, Place, architecture, runtime
from infrastructure.local.sign_in import CLIENT_ID
from infrastructure.local.supervise import last_words, run_tool
from infrastructure.local.trouble import Trouble
from infrastructure.ops.stack import snake_case

ARTIFACT_BUCKET = "hotline-artifacts"
APIS = {"Api": "ApiUrl", "Open311Api": "Open311Url"}
"""The template's REST APIs, and the outputs with their addresses."""

SETTLED = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
NEVER_CREATED = {
    "REVIEW_IN_PROGRESS",
    "ROLLBACK_COMPLETE",
    "ROLLBACK_FAILED",
    "CREATE_FAILED",
    "DELETE_FAILED",
}


def ensure_deployed(place: Place, built: str) -> bool:
    """Deploy unless this build with these parameters is what runs; returns whether it deployed."""
    parameters = _parameters(place)
    fingerprint = hashlib.sha256(f"{built} {place.port} {parameters}".encode()).hexdigest()
    cloudformation = client(place, "cloudformation")
    status = _stack_status(cloudformation, place.stack_name)
    deployed = place.deployed_file
    if status in SETTLED and deployed.exists() and deployed.read_text() == fingerprint:
        return False
    deployed.unlink(missing_ok=True)
    if status in NEVER_CREATED:
        cloudformation.delete_stack(StackName=place.stack_name)
        cloudformation.get_waiter("stack_delete_complete").wait(
            StackName=place.stack_name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
    client(place, "s3").create_bucket(Bucket=ARTIFACT_BUCKET)
    _sam_deploy(place, parameters, cloudformation)
    outputs = _outputs(place)
    for api, output in APIS.items():
        _, _, _, api_id, stage = local_address(outputs[output], place.port).rsplit("/", 4)
        apply_gateway_responses(client(place, "apigateway"), api_id, stage, ROOT / "template.yaml", api)
    deployed.write_text(fingerprint)
    return True


def write_stack_file(place: Place) -> dict[str, Any]:
    """Write ``stack.json``: addresses, names and credentials for whoever wants to use the running system."""
    outputs = _outputs(place)
    stack: dict[str, Any] = {
        "endpoint_url": place.endpoint_url,
        "region": REGION,
        "account": ACCOUNT,
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
        "stack_name": place.stack_name,
        "issuer_url": place.issuer_url,
        "identity_folder": str(place.identity),
        "messages": place.messages,
        **{snake_case(key): local_address(value, place.port) for key, value in outputs.items()},
        "pages_url": browser_address(outputs["ApiUrl"], place.port),
    }
    place.stack_file.write_text(json.dumps(stack, indent=2, ensure_ascii=False) + "\n")
    return stack


def _outputs(place: Place) -> dict[str, str]:
    described = client(place, "cloudformation").describe_stacks(StackName=place.stack_name)
    return {output["OutputKey"]: output["OutputValue"] for output in described["Stacks"][0]["Outputs"]}


def local_address(value: str, port: int) -> str:
    """Turn the address of a REST API into one that every client on this machine reaches.

    The emulator also serves ``<id>.execute-api.localhost``, a name that browsers and curl resolve by
    themselves and Python does not.

    Example: ``https://a1b2.execute-api.us-east-1.amazonaws.com/v1`` with port 4566 becomes
    ``http://127.0.0.1:4566/_aws/execute-api/a1b2/v1``
    """
    match = re.fullmatch(r"https?://(\w+)\.execute-api\.[^/]+/(.*?)/?", value)
    return f"http://127.0.0.1:{port}/_aws/execute-api/{match[1]}/{match[2]}" if match else value


def browser_address(value: str, port: int) -> str:
    """The same with the name by which the emulator knows the API: a host of its own, as cookies want it.

    Example: ``https://a1b2.execute-api.us-east-1.amazonaws.com/v1`` with port 4566 becomes
    ``http://a1b2.execute-api.localhost:4566/v1``
    """
    match = re.fullmatch(r"https?://(\w+)\.execute-api\.[^/]+/(.*?)/?", value)
    return f"http://{match[1]}.execute-api.localhost:{port}/{match[2]}" if match else value


def _parameters(place: Place) -> list[str]:
    """What differs between this machine and an account; everything else is the template's default."""
    return [
        f"RuntimeVersion={runtime()}",
        f"Architecture={architecture()}",
        f"OidcIssuer={place.issuer_url}",
        f"OidcJwksUrl={place.issuer_url}/jwks.json",
        f"OidcClientId={CLIENT_ID}",
        "TokenMaxAgeSeconds=86400",  # nobody wants a new token every three minutes at the terminal
        f"ApiHost=execute-api.localhost:{place.port}",
        f"Open311Url={place.endpoint_url}/_aws/execute-api/{{api}}/open311",
        "Open311Type=test",
        f"NotifyChannel={place.messages}",
        f"NotifyWebhookUrl={place.issuer_url}/webhook",
        "NoticesAtNight=true",  # nobody is asleep in here
        "Scale=laptop",
        "DeletionProtection=false",
        "Analytics=none",  # its files are read without Athena
    ]


def _sam_deploy(place: Place, parameters: list[str], cloudformation: BaseClient) -> None:
    log = place.logs / "deploy.log"
    environment = {**place.client_environment(), "SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "0.2"}
    code = run_tool(
        [
            str(SAM),
            "deploy",
            "--config-env",
            "local",
            "--config-file",
            str(ROOT / "samconfig.toml"),
            "--template-file",
            str(artifacts() / "template.yaml"),
            "--stack-name",
            place.stack_name,
            "--s3-bucket",
            ARTIFACT_BUCKET,
            "--region",
            REGION,
            "--parameter-overrides",
            *parameters,
        ],
        environment,
        log,
        ROOT,
    )
    if code != 0:
        reason = _first_failure(cloudformation, place.stack_name) or last_words(log)
        raise Trouble(
            f"`sam deploy` failed: {reason}", f"The whole output: {log}. To begin from nothing: make reset"
        )


def _stack_status(cloudformation: Any, stack_name: str) -> str | None:
    try:
        return str(cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]["StackStatus"])
    except ClientError:
        return None


def _first_failure(cloudformation: Any, stack_name: str) -> str | None:
    """Which resource failed first in the last deployment, and why. What failed later failed because of it."""
    try:
        newest_first = cloudformation.describe_stack_events(StackName=stack_name)["StackEvents"]
    except ClientError:
        return None
    failure = None
    for event in newest_first:
        of_the_stack = event["LogicalResourceId"] == stack_name
        if of_the_stack and event["ResourceStatus"] in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}:
            break
        if not of_the_stack and event["ResourceStatus"].endswith("_FAILED"):
            reason = event.get("ResourceStatusReason", "no reason given")
            failure = f"{event['LogicalResourceId']} ({event['ResourceType']}): {reason}"
    return failure


def client(place: Place, service: str) -> Any:
    """A boto3 client of the embedded AWS."""
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=place.endpoint_url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
