"""How a definition's versions become each other: not at all (None), or by a webhook."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from urllib.parse import urlsplit

from services.objects import names
from services.objects.kinds.validation.field import Causes, forbidden, invalid, required, unsupported
from services.objects.meta import Obj

_PATH = "spec.conversion"
_REVIEWS = ("v1", "v1beta1")


def validate(causes: Causes, given: Obj | None, before: Obj | None, *, established: bool) -> None:
    """`before` is what an update replaces."""
    if given is None:
        return
    strategy, webhook = given.get("strategy") or "", given.get("webhook")
    if not strategy:
        causes.append(required(f"{_PATH}.strategy"))
    elif strategy not in ("None", "Webhook"):
        causes.append(unsupported(f"{_PATH}.strategy", strategy, ("None", "Webhook")))
    reviews = (webhook or {}).get("conversionReviewVersions") or []
    client = (webhook or {}).get("clientConfig")
    if strategy == "Webhook":
        _client(causes, client, established and (before or {}).get("webhook") != webhook)
        known = ((before or {}).get("webhook") or {}).get("conversionReviewVersions") or []
        _review_versions(causes, reviews, recognised=not known or bool(set(known) & set(_REVIEWS)))
        return
    if client is not None:
        causes.append(forbidden(f"{_PATH}.webhookClientConfig",
                                "should not be set when strategy is not set to Webhook"))
    if reviews:
        causes.append(forbidden(f"{_PATH}.conversionReviewVersions",
                                "should not be set when strategy is not set to Webhook"))


def _client(causes: Causes, client: Obj | None, check_bundle: bool) -> None:
    path = f"{_PATH}.webhookClientConfig"
    if client is None:
        causes.append(required(path, "required when strategy is set to Webhook"))
        return
    url, service = client.get("url"), client.get("service")
    if (url is None) == (service is None):
        causes.append(required(path, "exactly one of url or service is required"))
    elif url is not None:
        _url(causes, url, f"{path}.url")
    else:
        _service(causes, service or {}, f"{path}.service")
    if client.get("caBundle") and check_bundle and "BEGIN CERTIFICATE" not in _decoded(client["caBundle"]):
        causes.append(invalid(f"{path}.caBundle", client["caBundle"],
                              "unable to load root certificates: unable to parse bytes as PEM block"))


def _decoded(text: str) -> str:
    return base64.b64decode(text).decode("utf-8", "replace")


def _url(causes: Causes, url: str, path: str) -> None:
    form = "; desired format: https://host[/path]"
    try:
        parts = urlsplit(url)
    except ValueError as error:
        causes.append(required(path, f"url must be a valid URL: {error}{form}"))
        return
    if parts.scheme != "https":
        causes.append(invalid(path, parts.scheme, f"'https' is the only allowed URL scheme{form}"))
    if not parts.netloc:
        causes.append(invalid(path, parts.netloc, f"host must be specified{form}"))
    if "@" in parts.netloc:
        causes.append(invalid(path, parts.netloc.partition("@")[0], "user information is not permitted in the URL"))
    if parts.fragment:
        causes.append(invalid(path, parts.fragment, "fragments are not permitted in the URL"))
    if parts.query:
        causes.append(invalid(path, parts.query, "query parameters are not permitted in the URL"))


def _service(causes: Causes, service: Obj, path: str) -> None:
    for name in ("name", "namespace"):
        if not service.get(name):
            causes.append(required(f"{path}.{name}", f"service {name} is required"))
    port = service.get("port", 443)
    if errors := names.is_port_number(port):
        causes.append(invalid(f"{path}.port", port, f"port is not valid: {','.join(errors)}"))
    url_path = service.get("path")
    if url_path is None or url_path == "/":
        return
    if not url_path.startswith("/"):
        causes.append(invalid(f"{path}.path", url_path, "must start with a '/'"))
    for step in url_path.strip("/").split("/") if url_path else ():
        if not step or names.is_dns1123_subdomain(step):
            why = "segment may not be empty" if not step else ",".join(names.is_dns1123_subdomain(step))
            causes.append(invalid(f"{path}.path", url_path, why))


def _review_versions(causes: Causes, versions: Sequence[str], *, recognised: bool) -> None:
    path = f"{_PATH}.conversionReviewVersions"
    if not versions:
        causes.append(required(path))
        return
    for index, version in enumerate(versions):
        if version in versions[:index]:
            causes.append(invalid(f"{path}[{index}]", version, "duplicate version"))
            continue
        causes += [invalid(f"{path}[{index}]", version, error) for error in names.is_dns1035_label(version)]
    if recognised and not set(versions) & set(_REVIEWS):
        causes.append(invalid(path, list(versions), f"must include at least one of {', '.join(_REVIEWS)}"))
