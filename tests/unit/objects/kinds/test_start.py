"""All processes import all kinds, and pay for what the kinds import."""

import subprocess
import sys

_LARGE = ("cryptography", "re2", "yaml", "jsonpatch", "numpy", "aiohttp", "services.objects.cel.libraries",
          "services.objects.cel.parsing", "services.objects.wire")  # fmt: skip


def test_large_libraries_come_with_the_first_that_needs_them():
    program = "import sys, services.objects.kinds; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert "services.objects.kinds.core.pod" in loaded
    assert [name for name in _LARGE if name in loaded] == []
