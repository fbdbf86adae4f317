"""One secret, fetched once, from which every purpose has its own key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from hotline.adapters import aws, secrets
from hotline.domain.errors import Unavailable


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "cn-north-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        aws.forget_clients()
        secrets._secret.cache_clear()
        client = boto3.client("secretsmanager")
        arn = client.create_secret(Name="signing", SecretString="one long random text")["ARN"]
        monkeypatch.setenv("SIGNING_SECRET_ARN", arn)
        yield client
    secrets._secret.cache_clear()
    aws.forget_clients()


def test_each_purpose_has_its_own_key_of_32_bytes(vault: Any) -> None:
    cursor, survey = secrets.signing_key("cursor"), secrets.signing_key("survey")
    assert len(cursor) == len(survey) == 32
    assert cursor != survey


def test_a_purpose_has_the_same_key_in_every_process(vault: Any) -> None:
    first = secrets.signing_key("cursor")
    secrets._secret.cache_clear()
    assert secrets.signing_key("cursor") == first


def test_another_secret_means_other_keys(vault: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = secrets.signing_key("cursor")
    other = vault.create_secret(Name="other", SecretString="another long random text")["ARN"]
    monkeypatch.setenv("SIGNING_SECRET_ARN", other)
    assert secrets.signing_key("cursor") != first


def test_the_secret_is_fetched_once_per_process(vault: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = secrets.signing_key("cursor")
    monkeypatch.setattr(secrets, "secretsmanager", lambda: pytest.fail("asked twice"))
    assert secrets.signing_key("cursor") == first


class BusyOnce:
    """Secrets Manager on a bad day: throttles, then answers."""

    def __init__(self) -> None:
        self.calls = 0

    def get_secret_value(self, **_: str) -> dict[str, str]:
        self.calls += 1
        if self.calls == 1:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "GetSecretValue")
        return {"SecretString": "one long random text"}


def test_a_failure_is_unavailable_and_not_remembered(vault: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = BusyOnce()
    monkeypatch.setattr(secrets, "secretsmanager", lambda: busy)
    with pytest.raises(Unavailable):
        secrets.signing_key("cursor")
    assert len(secrets.signing_key("cursor")) == 32
