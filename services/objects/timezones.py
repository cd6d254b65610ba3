"""The names of time zones: those of the package tzdata, so that every process of a release knows the same.

The system's own database was rejected: it differs between machines (minimal images have none), and looking a user's
text up in it is a file access per request. Names handed in by foundation were rejected as well: every kind's rules
would have to take an argument for one field of one kind. The list comes with the package as its code does, and is read
by Python's import machinery, once and only when somebody asks for a zone: to this module it is a constant.
"""

from __future__ import annotations

import functools
import pkgutil


@functools.cache
def names() -> frozenset[str]:
    listed = pkgutil.get_data("tzdata", "zones")
    assert listed is not None, "tzdata lists its zones"
    return frozenset(listed.decode("ascii").split())


def is_known(name: str) -> bool:
    return name in names()
