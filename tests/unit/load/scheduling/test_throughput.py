"""Pods per second from times of arrival."""

from __future__ import annotations

import pytest

from services.load.scheduling.throughput import throughput


def test_nothing_arrived() -> None:
    assert throughput([]) == (0, 0, 0, 0)


def test_a_run_of_less_than_a_second_is_its_average() -> None:
    assert throughput([0.1, 0.25]) == pytest.approx((8, 8, 8, 8))


def test_seconds_are_counted_singly() -> None:
    """10, 30 and 20 pods in whole seconds, and 5 in a last half."""
    arrivals = [*[0.5] * 10, *[1.5] * 30, *[2.5] * 20, *[3.5] * 5]
    average, p50, p90, p99 = throughput(arrivals)
    assert average == pytest.approx(65 / 3.5)
    assert (p50, p90, p99) == (10, 30, 30)


def test_the_blink_at_the_end_says_nothing() -> None:
    assert throughput([*[0.9] * 10, *[1.9] * 10, 2.01])[1:] == (10, 10, 10)


def test_a_second_in_which_nothing_came_counts() -> None:
    assert throughput([*[0.1] * 10, *[2.9] * 10])[1] == 10
    assert throughput([*[0.1] * 10, *[3.9] * 10])[1] == 0
