"""Give the emulator's REST APIs the gateway responses of the template.

MiniStack 1.5.33 passes over ``GatewayResponses`` of an ``AWS::Serverless::Api``, so a bad token would be answered 403
in the emulator's words where AWS answers with the template's 401. Its API for gateway responses works, and a
new deployment of the stage makes them count. ``tests/local/test_chain.py`` sees the 401; it fails without this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from botocore.client import BaseClient


def apply_gateway_responses(
    apigateway: BaseClient, api_id: str, stage: str, template: Path, api: str
) -> None:
    """Put what the template says about the gateway's own answers into a deployed API.

    Args:
        api: its logical name.
    """
    for name, response in _responses(template, api):
        parameters = response.get("ResponseParameters", {}).get("Headers", {})
        apigateway.put_gateway_response(
            restApiId=api_id,
            responseType=name,
            statusCode=str(response["StatusCode"]),
            responseParameters={
                f"gatewayresponse.header.{header}": value for header, value in parameters.items()
            },
            responseTemplates=response.get("ResponseTemplates", {}),
        )
    apigateway.create_deployment(restApiId=api_id, stageName=stage)


def _responses(template: Path, api: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    document = yaml.load(template.read_text(encoding="utf-8"), Loader=_Loader)
    yield from document["Resources"][api]["Properties"].get("GatewayResponses", {}).items()


class _Loader(yaml.SafeLoader):
    """Reads over CloudFormation's tags, which gateway responses do not use."""


_Loader.add_multi_constructor("!", lambda loader, suffix, node: None)
