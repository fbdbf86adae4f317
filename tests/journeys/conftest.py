"""Cities to live in: on moto, or on a dictionary where a thousand lives must be quick."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from moto import mock_aws

from hotline.adapters.dynamodb.directory import DirectoryStore
from hotline.observability import logger
from tests.aws_stack import MotoStack, forget_everything, standing_environment
from tests.journeys.fast_dynamodb import FastDynamoDB
from tests.journeys.pump import City, Faults
from tests.template import load
from tests.unit.builders_directory import tiny_directory, tiny_loaded, tiny_parts
