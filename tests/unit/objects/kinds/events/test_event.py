"""Events of both groups."""


import pytest

from services.objects.kinds import EVENT, EVENTS_EVENT

META = {"name": "web", "namespace": "default"}
QUALIFIED = ("name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
             "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
             "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')")  # fmt: skip


class TestEvents:
    @pytest.mark.parametrize(("namespace", "about", "expected"), [
        ("default", "default", []),
        ("default", "", []),
        ("kube-system", "", ['involvedObject.namespace: Invalid value: "": does not match event.namespace']),
        ("other", "default", ['involvedObject.namespace: Invalid value: "default": does not match event.namespace']),
        ("other", "", ['involvedObject.namespace: Invalid value: "": does not match event.namespace']),
    ])  # fmt: skip
    def test_an_event_lives_beside_what_it_is_about(self, told, namespace, about, expected):
        event = {"metadata": {"name": "a", "namespace": namespace}, "involvedObject": {"namespace": about}}
        assert told(EVENT.validate(event)) == expected

    good = (
        ("eventTime", "2026-01-02T03:04:05.000000Z"), ("reportingController", "example.com/x"),
        ("reportingInstance", "x-1"), ("action", "Binding"), ("reason", "Scheduled"), ("type", "Normal"),
        ("regarding", {"namespace": "default"}),
    )  # fmt: skip

    @pytest.mark.parametrize(("fields", "expected"), [
        ({}, []),
        ({"eventTime": None}, ["eventTime: Required value"]),
        ({"reportingController": "a b"}, [f'reportingController: Invalid value: "a b": {QUALIFIED}']),
        ({"reason": "x" * 129}, ['reason: Invalid value: "": can have at most 128 characters']),
        ({"note": "x" * 1025}, ['message: Invalid value: "": can have at most 1024 characters']),
        ({"deprecatedCount": 3, "deprecatedSource": {"component": "x"}}, [
            'count: Invalid value: "": needs to be unset', 'source: Invalid value: "": needs to be unset']),
        ({"series": {"count": 1}}, [
            'series.count: Invalid value: "": should be at least 2', "series.lastObservedTime: Required value"]),
        ({"type": "Odd"}, ['type: Invalid value: "": has invalid value: Odd']),
        ({"action": ""}, ["action: Required value"]),
    ])  # fmt: skip
    def test_the_newer_kind_is_strict(self, told, fields, expected):
        event = {"metadata": META, **dict(self.good), **fields}
        assert told(EVENTS_EVENT.validate(event) + EVENTS_EVENT.validate_create(event)) == expected

    @pytest.mark.parametrize(("fields", "expected"), [
        ({}, []),
        ({"eventTime": "2026-01-02T03:04:05.000000Z"}, [
            "reportingComponent: Required value",
            'reportingComponent: Invalid value: "": name part must be non-empty',
            f'reportingComponent: Invalid value: "": {QUALIFIED}',
            "reportingInstance: Required value", "action: Required value", "reason: Required value"]),
        ({"eventTime": "2026-01-02T03:04:05.000000Z", "reportingComponent": "example.com/x", "reportingInstance": "x",
          "action": "a", "reason": "r", "message": "é" * 513}, [
              'message: Invalid value: "": can have at most 1024 characters']),
    ])  # fmt: skip
    def test_the_older_kind_is_strict_with_new_clients(self, told, fields, expected):
        event = {"metadata": META, "involvedObject": {"namespace": "default"}, **fields}
        assert told(EVENT.validate(event)) == expected

    def test_only_the_series_changes(self, told):
        old = {"metadata": META, **dict(self.good)}
        series = {"count": 2, "lastObservedTime": "2026-01-02T03:04:06.000000Z"}
        assert EVENTS_EVENT.validate_update({**old, "series": series}, old) == []
        assert told(EVENTS_EVENT.validate_update({**old, "note": "x"}, old)) == [
            'message: Invalid value: "x": field is immutable']
