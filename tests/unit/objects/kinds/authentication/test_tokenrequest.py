import pytest

from services.objects.kinds.authentication.tokenrequest import default_token_request, validate_token_request


@pytest.mark.parametrize(("spec", "expected"), [
    ({}, []),
    ({"expirationSeconds": 600}, []),
    ({"expirationSeconds": 1 << 32}, []),
    ({"expirationSeconds": 599}, ["Invalid value: 599: may not specify a duration less than 10 minutes"]),
    ({"expirationSeconds": (1 << 32) + 1}, [
        "Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds"]),
])  # fmt: skip
def test_how_long_a_token_lasts(told, spec, expected):
    request = {"spec": dict(spec)}
    default_token_request(request)
    assert request["spec"]["expirationSeconds"] == spec.get("expirationSeconds", 3600)
    assert told(validate_token_request(request)) == [f"spec.expirationSeconds: {cause}" for cause in expected]
