"""Any change of rulesets, carried out as the kernel would: it is accepted, and leads where it should."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.node_agent.network.proxy.ruleset import Ruleset, change

NAMES = st.sampled_from("abcde")


class Kernel:
    """As strict as nftables: nothing is made twice, nothing unknown is changed, nothing that is in use goes away."""

    def __init__(self) -> None:
        self.chains: dict[str, list[str]] = {}
        self.elements: dict[tuple[str, str], str] = {}
        self.sets: dict[str, int] = {}

    def run(self, text: str) -> None:
        for line in text.splitlines():
            match line.split():
                case ["add", "set", "ip", "t", name, *rest]:
                    assert name not in self.sets
                    self.sets[name] = int(rest[rest.index("timeout") + 1].removesuffix("s;"))
                case ["delete", "set", "ip", "t", name]:
                    assert not any(f"@{name}" in rule for rules in self.chains.values() for rule in rules)
                    del self.sets[name]
                case ["add", "chain", "ip", "t", name]:
                    assert name not in self.chains
                    self.chains[name] = []
                case ["flush", "chain", "ip", "t", name]:
                    self.chains[name].clear()
                case ["delete", "chain", "ip", "t", name]:
                    used = [*self.elements.values(), *(rule for rules in self.chains.values() for rule in rules)]
                    assert f"goto {name}" not in used
                    assert not self.chains.pop(name)
                case ["add", "rule", "ip", "t", chain, *rule]:
                    self._refer(" ".join(rule))
                    self.chains[chain].append(" ".join(rule))
                case ["add", "element", "ip", "t", where, "{", key, ":", *verdict, "}"]:
                    self._refer(" ".join(verdict))
                    assert (where, key) not in self.elements
                    self.elements[where, key] = " ".join(verdict)
                case ["delete", "element", "ip", "t", where, "{", key, "}"]:
                    del self.elements[where, key]
                case _:
                    raise AssertionError(line)

    def _refer(self, rule: str) -> None:
        if rule.startswith("goto "):
            assert rule.removeprefix("goto ") in self.chains
        if rule.startswith("@"):
            assert rule.removeprefix("@") in self.sets


@st.composite
def rulesets(draw: st.DrawFn) -> Ruleset:
    affinity = draw(st.dictionaries(NAMES.map("clients-".__add__), st.just(10)))
    chains = draw(st.sets(NAMES.map("svc-".__add__)))
    rules = st.sampled_from(["accept", "drop", *(f"goto {c}" for c in sorted(chains)), *(f"@{s}" for s in affinity)])
    verdicts = st.sampled_from(["drop", *(f"goto {chain}" for chain in sorted(chains))])
    return Ruleset(
        {chain: tuple(draw(st.lists(rules, max_size=3))) for chain in sorted(chains)},
        {("map", key): draw(verdicts) for key in draw(st.sets(NAMES))},
        affinity,
    )


@given(st.lists(rulesets(), min_size=1, max_size=4))
def test_every_change_is_accepted_and_leads_there(steps: list[Ruleset]) -> None:
    kernel, present = Kernel(), Ruleset()
    for wanted in steps:
        kernel.run(change("t", present, wanted))
        assert {name: tuple(rules) for name, rules in kernel.chains.items()} == wanted.chains
        assert kernel.elements == wanted.elements
        assert kernel.sets == wanted.affinity
        present = wanted
