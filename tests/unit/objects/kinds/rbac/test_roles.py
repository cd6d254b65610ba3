import pytest

from services.objects.kinds import CLUSTERROLE, ROLE

READ = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}


def make(*rules, name="reader", **fields):
    return {"metadata": {"name": name, "namespace": "default"}, "rules": list(rules), **fields}


def cluster(*rules, **fields):
    return {"metadata": {"name": "reader"}, "rules": list(rules), **fields}


@pytest.mark.parametrize(("role", "expected"), [
    (make(READ), []),
    (make(), []),
    (make(READ, name="system:node-reader"), []),
    (make({**READ, "verbs": []}), ["rules[0].verbs: Required value: verbs must contain at least one value"]),
    (make(READ, {"verbs": ["get"]}), [
        "rules[1].apiGroups: Required value: resource rules must supply at least one api group",
        "rules[1].resources: Required value: resource rules must supply at least one resource"]),
    (make({**READ, "nonResourceURLs": ["/x"]}), [
        'rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs',
        'rules[0].nonResourceURLs: Invalid value: ["/x"]: rules cannot apply to both regular resources and '
        "non-resource URLs"]),
])  # fmt: skip
def test_roles(told, role, expected):
    assert told(ROLE.validate(role)) == expected


@pytest.mark.parametrize(("role", "expected"), [
    (cluster({"verbs": ["get"], "nonResourceURLs": ["/x", "/y/*"]}), []),
    (cluster(aggregationRule={"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}), []),
    (cluster(aggregationRule={}), [
        "aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if "
        "aggregationRule is non-nil"]),
    (cluster(aggregationRule={"clusterRoleSelectors": [{"matchExpressions": [{"key": "a", "operator": "Is"}]}]}), [
        'aggregationRule.clusterRoleSelectors[0].matchExpressions[0].operator: Invalid value: "Is": not a valid '
        "selector operator"]),
])  # fmt: skip
def test_cluster_roles(told, role, expected):
    assert told(CLUSTERROLE.validate(role)) == expected
