"""What classes of volumes have in common: who makes the volumes, with which parameters; labels out of fashion."""

from __future__ import annotations

from collections.abc import Mapping

from services.objects import names
from services.objects.kinds.validation.field import Causes, add_invalid, invalid, required, too_long
from services.objects.kinds.validation.labels import qualified_name_errors

_MOST_PARAMETERS = 512
_LARGEST = 256 * 1024
_LONGEST_DRIVER = 63
DEPRECATED_LABELS = {
    "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
    "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
    "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
    "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
    "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
}


def size_of(texts: Mapping[str, str]) -> int:
    """In bytes, keys and values."""
    return sum(len(key.encode("utf-8", "replace")) + len(value.encode("utf-8", "replace"))
               for key, value in texts.items())  # fmt: skip


def validate_provisioner(causes: Causes, path: str, provisioner: str) -> None:
    if provisioner:
        add_invalid(causes, path, provisioner.lower(), qualified_name_errors(provisioner.lower()))
    else:
        causes.append(required(path))


def validate_parameters(causes: Causes, parameters: Mapping[str, str]) -> None:
    if len(parameters) > _MOST_PARAMETERS:
        causes.append(too_long("parameters", _MOST_PARAMETERS))
        return
    if "" in parameters:
        causes.append(invalid("parameters", "", "field can not be empty."))
    if size_of(parameters) > _LARGEST:
        causes.append(too_long("parameters", _LARGEST))


def validate_driver_name(causes: Causes, path: str, name: str) -> None:
    """Of a CSI driver, wherever it is named."""
    if not name:
        causes.append(required(path))
    if len(name.encode("utf-8", "replace")) > _LONGEST_DRIVER:
        causes.append(too_long(path, _LONGEST_DRIVER))
    add_invalid(causes, path, name, names.is_dns1123_subdomain(name.lower()))
