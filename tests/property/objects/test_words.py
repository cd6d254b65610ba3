"""Laws of quantities, selectors, durations and times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.objects import durations, names, quantity, selectors, times
from services.objects.errors import BadRequest

SUFFIXES = {"n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000), "": Fraction(1),
            "k": Fraction(10**3), "M": Fraction(10**6), "G": Fraction(10**9), "T": Fraction(10**12),
            "Ki": Fraction(2**10), "Mi": Fraction(2**20), "Gi": Fraction(2**30), "Ti": Fraction(2**40),
            "e3": Fraction(1000), "E-2": Fraction(1, 100), "e+0": Fraction(1)}  # fmt: skip
AMOUNTS = st.tuples(st.sampled_from(["", "-", "+"]), st.from_regex(r"[0-9]{1,6}(\.[0-9]{0,5})?", fullmatch=True),
                    st.sampled_from(sorted(SUFFIXES)))  # fmt: skip


def exact(amount: tuple[str, str, str]) -> Fraction:
    sign, digits, suffix = amount
    return Fraction(digits) * SUFFIXES[suffix] * (-1 if sign == "-" else 1)


def up_to_nano(amount: Fraction) -> Fraction:
    size = -(-abs(amount) * 10**9 // 1)
    return Fraction(size if amount >= 0 else -size, 10**9)


@given(AMOUNTS)
def test_quantities_are_exact(amount: tuple[str, str, str]) -> None:
    parsed = quantity.parse("".join(amount))
    assert Fraction(parsed.nano, 10**9) == up_to_nano(exact(amount))
    assert quantity.value("".join(amount)) == -(-up_to_nano(exact(amount)) // 1)


@given(AMOUNTS, AMOUNTS)
def test_the_order_of_quantities_is_that_of_numbers(left: tuple[str, str, str], right: tuple[str, str, str]) -> None:
    less = quantity.parse("".join(left)).nano < quantity.parse("".join(right)).nano
    assert less == (up_to_nano(exact(left)) < up_to_nano(exact(right)))


@given(st.lists(AMOUNTS, min_size=3, max_size=3))
def test_quantities_are_in_one_order(amounts: list[tuple[str, str, str]]) -> None:
    low, middle, high = sorted(quantity.parse("".join(amount)) for amount in amounts)
    assert low.nano <= middle.nano <= high.nano
    assert low <= high


@given(AMOUNTS)
def test_lists_of_resources_keep_thousandths_rounded_away_from_nothing(amount: tuple[str, str, str]) -> None:
    kept, given = quantity.nano(quantity.rounded("".join(amount))), quantity.nano("".join(amount))
    assert kept % 10**6 == 0
    assert abs(given) <= abs(kept) < abs(given) + 10**6
    assert quantity.rounded(quantity.rounded("".join(amount))) == quantity.rounded("".join(amount))
    assert quantity.milli("".join(amount)) == -(-given // 10**6)


@given(AMOUNTS)
def test_canonical_text_keeps_the_amount_and_stays(amount: tuple[str, str, str]) -> None:
    parsed = quantity.parse("".join(amount))
    text = quantity.canonical(parsed)
    assert quantity.parse(text).nano == parsed.nano
    assert quantity.canonical(quantity.parse(text)) == text
    assert "." not in text


@given(st.text(max_size=30))
def test_any_text_is_a_quantity_or_refused(text: str) -> None:
    try:
        quantity.parse(text)
    except quantity.QuantityError as error:
        assert str(error)  # noqa: PT017


NAME = st.from_regex(r"[a-z]([a-z0-9.]{0,5}[a-z0-9])?", fullmatch=True).filter(lambda name: name not in ("in", "notin"))
LABELS = st.dictionaries(NAME, st.one_of(NAME, st.integers(-3, 12).map(str)), max_size=4)
VALUES = st.lists(st.one_of(NAME, st.just("")), min_size=1, max_size=3)
REQUIREMENTS = st.one_of(
    st.builds(selectors.requirement, NAME, st.sampled_from([selectors.EXISTS, selectors.DOES_NOT_EXIST])),
    st.builds(selectors.requirement, NAME, st.sampled_from([selectors.IN, selectors.NOT_IN]), VALUES),
    st.builds(selectors.requirement, NAME, st.sampled_from(["=", "==", "!="]), NAME.map(lambda name: [name])),
    st.builds(selectors.requirement, NAME, st.sampled_from(["gt", "lt"]), st.integers(0, 9).map(lambda n: [str(n)])),
)


@given(st.lists(REQUIREMENTS, max_size=4))
def test_a_selector_is_what_it_prints(requirements: list[selectors.Requirement]) -> None:
    selector = selectors.LabelSelector(requirements)
    assert selectors.parse_label(str(selector)) == selector


def meaning(requirement: selectors.Requirement, labels: dict[str, str]) -> bool:
    """The table of the documentation, written out."""
    present, value = requirement.key in labels, labels.get(requirement.key)
    number = int(value) if value is not None and value.lstrip("-").isdigit() else None
    return {
        "exists": present, "!": not present, "in": present and value in requirement.values,
        "notin": not present or value not in requirement.values,
        "=": present and value in requirement.values, "==": present and value in requirement.values,
        "!=": not present or value not in requirement.values,
        "gt": number is not None and bool(requirement.values) and number > int(requirement.values[0])
        if requirement.operator == "gt" else False,
        "lt": number is not None and bool(requirement.values) and number < int(requirement.values[0])
        if requirement.operator == "lt" else False,
    }[requirement.operator]  # fmt: skip


@given(st.lists(REQUIREMENTS, max_size=4), LABELS)
def test_a_compiled_selector_means_its_requirements(
    requirements: list[selectors.Requirement], labels: dict[str, str]
) -> None:
    expected = all(meaning(requirement, labels) for requirement in requirements)
    assert selectors.LabelSelector(requirements).matches(labels) is expected


@given(st.dictionaries(NAME, NAME, max_size=3), st.lists(st.tuples(NAME, VALUES), max_size=2))
def test_a_selector_in_json_is_the_one_in_text(labels: dict[str, str], sets: list[tuple[str, list[str]]]) -> None:
    expressions = [{"key": key, "operator": "NotIn", "values": values} for key, values in sets]
    said = [f"{key}={value}" for key, value in labels.items()]
    said += [f"{key} notin ({','.join(values)})" for key, values in sets]
    json = selectors.from_json({"matchLabels": labels, "matchExpressions": expressions})
    assert sorted(map(str, json.requirements)) == sorted(map(str, selectors.parse_label(",".join(said)).requirements))
    assert selectors.parse_label(str(json)) == json


FIELDS = st.lists(st.builds(selectors.FieldRequirement, st.sampled_from(["metadata.name", "spec.nodeName"]),
                            st.sampled_from(["=", "!="]), st.text(max_size=8)), max_size=3)  # fmt: skip


@given(FIELDS, st.text(max_size=4), st.text(max_size=4))
def test_a_field_selector_is_what_it_prints_and_means_it(
    requirements: list[selectors.FieldRequirement], name: str, node: str
) -> None:
    selector = selectors.FieldSelector(requirements)
    parsed = selectors.parse_field(str(selector), ("spec.nodeName",))
    assert parsed.requirements == selector.requirements
    values = {"metadata.name": name, "spec.nodeName": node}
    expected = all((values[path] == value) is (operator == "=") for path, operator, value in requirements)
    assert parsed.matches(lambda path: values[path]) is expected


@given(st.text(alphabet="ab=!(),><in \\", max_size=20))
def test_any_text_is_a_selector_or_a_bad_request(text: str) -> None:
    for parse in (selectors.parse_label, lambda text: selectors.parse_field(text, ("a", "b"))):
        try:
            parse(text)
        except BadRequest as error:
            assert error.message  # noqa: PT017


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)), st.integers(-14 * 60, 14 * 60))
def test_times_round_trip(naive: datetime, offset: int) -> None:
    moment = naive.replace(tzinfo=UTC)
    assert times.parse(times.micro(moment)) == moment
    assert times.parse(times.rfc3339(moment)) == moment.replace(microsecond=0)
    sign, minutes = ("+", offset) if offset >= 0 else ("-", -offset)
    local = (moment + timedelta(minutes=offset)).replace(tzinfo=None).isoformat(timespec="microseconds")
    assert times.parse(f"{local}{sign}{minutes // 60:02d}:{minutes % 60:02d}") == moment


@given(st.timedeltas(min_value=timedelta(days=-999), max_value=timedelta(days=999)))
def test_durations_round_trip(duration: timedelta) -> None:
    assert durations.parse(durations.text(duration)) == duration


@given(st.text(max_size=70))
def test_safe_encoding_makes_parts_of_names(text: str) -> None:
    encoded = names.safe_encode(text)
    assert set(encoded) <= set(names.ALPHABET)
    assert len(encoded) == len(text.encode())
