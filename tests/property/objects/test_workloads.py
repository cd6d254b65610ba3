"""Laws of what workloads are made of: schedules, indexes of Jobs, and autoscalers that are read in two versions."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.objects import schedules
from services.objects.kinds import HORIZONTALPODAUTOSCALER as V2
from services.objects.kinds import HORIZONTALPODAUTOSCALER_V1 as V1
from services.objects.kinds import JOB
from services.objects.kinds.autoscaling.annotations import ANNOTATIONS
from services.objects.kinds.batch.job import indexes
from services.objects.meta import Obj
from tests.property.objects.test_kinds import NONSENSE, SCHEMA, processed, slow, whole

PIECES = st.sampled_from([*"0123456789*?/-, \t", "@every ", "@daily", "1h", "MON", "jan", "TZ=UTC ", "é", "59",
                          "99999"])  # fmt: skip
FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))


@given(st.lists(PIECES, max_size=20).map("".join) | st.text(max_size=20))
@example("@every -9223372036854775808ns")
def test_any_text_is_a_schedule_or_wrong(text: str) -> None:
    try:
        schedule = schedules.parse(text)
    except schedules.ScheduleError:
        return
    if isinstance(schedule, schedules.Schedule):
        for values, (lowest, highest) in zip(schedule[:5], FIELDS, strict=True):
            assert values <= set(range(lowest, highest + 1))
    else:
        assert schedule.interval.total_seconds() >= 1


@given(st.data())
def test_a_schedule_written_out_is_the_same(data: st.DataObject) -> None:
    chosen = [data.draw(st.sets(st.integers(lowest, highest), min_size=1)) for lowest, highest in FIELDS]
    text = " ".join(",".join(map(str, sorted(values))) for values in chosen)
    schedule = schedules.parse(text)
    assert isinstance(schedule, schedules.Schedule)
    assert [set(values) for values in schedule[:5]] == chosen
    assert not schedule.any_day


COMPLETIONS = 40
INDEXES = st.sets(st.integers(0, COMPLETIONS - 1))


def written(chosen: set[int]) -> str:
    """As the Job controller writes them."""
    parts: list[list[int]] = []
    for index in sorted(chosen):
        if parts and parts[-1][-1] == index - 1:
            parts[-1][1:] = [index]
        else:
            parts.append([index])
    return ",".join("-".join(map(str, part)) for part in parts)


@given(INDEXES, INDEXES)
def test_indexes_are_those_that_were_written(some: set[int], others: set[int]) -> None:
    assert indexes.count(written(some), COMPLETIONS) == len(some)
    assert indexes.common(written(some), written(others), COMPLETIONS) == min(some & others, default=None)


@given(st.text(alphabet="0123456789,-+ x", max_size=12), INDEXES)
def test_any_text_is_indexes_or_wrong(text: str, others: set[int]) -> None:
    with suppress(indexes.IndexesError):
        assert 0 <= indexes.count(text, COMPLETIONS) <= COMPLETIONS
    indexes.common(text, written(others), COMPLETIONS)


@given(whole(V2))
@slow
def test_an_autoscaler_seen_in_v1_stays_what_it_is(autoscaler: Obj) -> None:
    processed(V2, autoscaler)
    autoscaler |= {"apiVersion": V2.api_version, "kind": V2.kind}
    before = copy.deepcopy(autoscaler)
    seen = V1.from_stored(autoscaler)
    assert autoscaler == before
    assert SCHEMA.check(V1, copy.deepcopy(seen)) == ([], None)
    kept = V1.to_stored(copy.deepcopy(seen))
    assert SCHEMA.check(V2, copy.deepcopy(kept)) == ([], None)
    assert V1.from_stored(kept) == seen
    if not V2.validate(before):
        assert kept["spec"] == before["spec"]


@given(whole(V1), st.fixed_dictionaries({}, optional={name: NONSENSE | st.just("[{") for name in ANNOTATIONS}))
@slow
def test_any_annotation_makes_a_typed_autoscaler(autoscaler: Obj, annotations: dict[str, Any]) -> None:
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in annotations.items()}
    autoscaler["metadata"] = {"name": "a", "annotations": texts}
    processed(V1, autoscaler)
    kept = V1.to_stored(autoscaler)
    assert SCHEMA.check(V2, copy.deepcopy(kept)) == ([], None)
    assert not set(ANNOTATIONS) & (kept["metadata"].get("annotations") or {}).keys()


@given(whole(JOB), st.sampled_from(["", "a", "web"]))
@slow
def test_a_job_that_is_made_selects_its_pods(job: Obj, name: str) -> None:
    job["metadata"] = {"name": name or "x", "uid": "u"}
    job.setdefault("spec", {}).pop("selector", None)
    job["spec"].setdefault("template", {})["metadata"] = {"labels": {"app": "x"}}
    job["spec"]["manualSelector"] = False
    processed(JOB, job)
    fields = {cause.field for cause in JOB.validate(job)}
    assert not any(field.startswith(("spec.selector", "spec.template.metadata.labels")) for field in fields)


@pytest.mark.parametrize("side", ["metrics", "current-metrics", "behavior", "conditions"])
def test_the_annotations_are_those_of_kubernetes(side: str) -> None:
    assert f"autoscaling.alpha.kubernetes.io/{side}" in ANNOTATIONS
