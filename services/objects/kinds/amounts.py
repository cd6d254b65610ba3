"""How lists of resources are kept: in thousandths at the finest."""

from __future__ import annotations

from services.objects import quantity


def default_amounts(amounts: dict[str, str]) -> None:
    """Rounds up, in place. The amounts are canonical already, so that only these endings tell of less."""
    for name, amount in amounts.items():
        if amount[-1:] in "nu" or "e-" in amount:
            amounts[name] = quantity.rounded(amount)
