import pytest

from services.foundation import definitions
from services.objects.schema import Schema


@pytest.fixture(scope="session")
def schema() -> Schema:
    return Schema(definitions.load())
