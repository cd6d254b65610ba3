"""cel-go's string library at the version that Kubernetes has (2: with quote and format, without reverse)."""

from __future__ import annotations

import math
from typing import Any

from services.objects.cel.checking.overloads import Overload
from services.objects.cel.costs.metering import Frame, work
from services.objects.cel.errors import EvaluationError
from services.objects.cel.running.text import double_text, duration_text, timestamp_text
from services.objects.cel.running.values import Duration, Timestamp, TypeValue, UInt, key_of, keys, type_name

_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"  # fmt: skip  # noqa: E501
_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_UPPER = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LONGEST = 10_000_000  # characters of a result; beyond every budget


def _out_of_range(place: int) -> EvaluationError:
    return EvaluationError(f"index out of range: {place}")


def _char_at(text: str, place: int) -> str:
    if not 0 <= place <= len(text):
        raise _out_of_range(place)
    return text[place:place + 1]


def _index_of(text: str, part: str, offset: int = 0) -> int:
    if not part:
        return offset
    if offset < 0:
        raise _out_of_range(offset)
    return text.find(part, offset)


def _last_index_of(text: str, part: str) -> int:
    return text.rfind(part)


def _last_index_before(text: str, part: str, offset: int) -> int:
    if not part:
        return offset
    if offset < 0:
        raise _out_of_range(offset)
    if offset >= len(text):
        return -1
    return text.rfind(part, 0, offset + len(part))


def _substring(text: str, start: int, end: int | None = None) -> str:
    if end is None:
        if not 0 <= start <= len(text):
            raise _out_of_range(start)
        return text[start:]
    if start > end:
        raise EvaluationError(f"invalid substring range. start: {start}, end: {end}")
    for place in (start, end):
        if not 0 <= place <= len(text):
            raise _out_of_range(place)
    return text[start:end]


def _replace_all(text: str, old: str, new: str, frame: Frame) -> str:
    return _replace(text, old, new, -1, frame)


def _replace(text: str, old: str, new: str, most: int, frame: Frame) -> str:
    found = (len(text) + 1 if not old else text.count(old)) if most < 0 else most
    if len(text) + min(found, len(text) + 1) * max(len(new) - len(old), 0) > _LONGEST:
        raise EvaluationError("result too long")
    replaced = text.replace(old, new, most if most >= 0 else -1)
    work(frame, len(replaced) // 10)
    return replaced


def _split(text: str, separator: str, most: int = -1) -> list[str]:
    if most == 0:
        return []
    if separator:
        return text.split(separator, most - 1 if most > 0 else -1)
    if most < 0 or most >= len(text):
        return list(text)
    return [*text[:most - 1], text[most - 1:]]


def _join(parts: list[str], separator: str = "") -> str:
    if len(separator) * len(parts) > _LONGEST:
        raise EvaluationError("result too long")
    return separator.join(parts)


_ESCAPES = str.maketrans({
    "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\", '"': '\\"',
})  # fmt: skip


def _quote(text: str) -> str:
    return f'"{text.translate(_ESCAPES)}"'


# format


def _shown(value: Any, frame: Frame) -> str:
    """What %s makes of a value."""
    kind = type(value)
    if kind is str:
        return str(value)
    if kind is bool:
        return "true" if value else "false"
    if kind is int or kind is UInt:
        return str(int(value))
    if kind is float:
        return double_text(value)
    if value is None:
        return "null"
    if isinstance(value, list):
        work(frame, len(value) + 1)
        return f"[{', '.join(_inner(each, frame) for each in value)}]"
    if isinstance(value, dict):
        work(frame, len(value) + 1)
        pairs = sorted((_inner_key(key, frame), _inner(value[key_of(key)], frame)) for key in keys(value))
        return f"{{{', '.join(f'{key}:{shown}' for key, shown in pairs)}}}"
    if kind is Timestamp:
        return timestamp_text(value)
    if kind is Duration:
        return duration_text(value)
    if kind is bytes:
        return bytes(value).decode("utf-8", "replace")
    if kind is TypeValue:
        return str(value.name)
    raise EvaluationError("error during formatting: string clause can only be used on strings, bools, bytes, ints, "
                          "doubles, maps, lists, types, durations, and timestamps, was given "
                          f"{type_name(value)}")  # fmt: skip


def _inner_key(key: Any, frame: Frame) -> str:
    if type(key) is float:
        raise EvaluationError("no formatting function for map key of type double")
    return _inner(key, frame)


def _inner(value: Any, frame: Frame) -> str:
    """Inside a list or a map, as a literal."""
    if type(value) is str:
        return _quote(value)
    if type(value) is bytes:
        return f"b{_quote(_shown(value, frame))}"
    if type(value) is float:
        return f"{value:.6f}" if math.isfinite(value) else f'"{double_text(value)}"'
    if type(value) is Timestamp:
        return f'timestamp("{timestamp_text(value)}")'
    if type(value) is Duration:
        return f'duration("{duration_text(value)}")'
    return _shown(value, frame)


def _refused(clause: str, wants: str, value: Any) -> EvaluationError:
    return EvaluationError(f"error during formatting: {clause} clause can only be used on {wants}, was given "
                           f"{type_name(value)}")  # fmt: skip


def _double(value: Any, clause: str) -> float:
    if type(value) is str and value in ("NaN", "Infinity", "-Infinity"):
        return float(value)
    if type(value) is not float:
        raise _refused(clause, "doubles", value)
    return value


_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "+")


def _localized(value: float, code: str, precision: int) -> str:
    """As people in en_US read it: this version of the library prints %f and %e for them (1,234.5 and 1.5 × 10⁰³)."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if code == "f":
        return f"{value:,.{precision}f}"
    mantissa, _, exponent = f"{value:.{precision}e}".partition("e")
    return f"{mantissa}\u202f×\u202f10{exponent.translate(_SUPERSCRIPT)}"


def _clause(verb: str, precision: int, value: Any, frame: Frame) -> str:
    whole = type(value) is int or type(value) is UInt
    match verb:
        case "s":
            return _shown(value, frame)
        case "d":
            if not whole:
                raise _refused("decimal", "integers", value)
            return str(int(value))
        case "f":
            return _localized(_double(value, "fixed-point"), "f", precision)
        case "e":
            return _localized(_double(value, "scientific"), "e", precision)
        case "b":
            if type(value) is bool:
                return "1" if value else "0"
            if not whole:
                raise EvaluationError("error during formatting: only integers and bools can be formatted as binary, "
                                      f"was given {type_name(value)}")  # fmt: skip
            return f"{int(value):b}"
        case "o":
            if not whole:
                raise _refused("octal", "integers", value)
            return f"{int(value):o}"
    if type(value) is str or type(value) is bytes:
        shown = (value.encode() if isinstance(value, str) else bytes(value)).hex()
    elif whole:
        shown = f"{int(value):x}"
    else:
        raise EvaluationError("error during formatting: only integers, byte buffers, and strings can be formatted as "
                              f"hex, was given {type_name(value)}")  # fmt: skip
    return shown.upper() if verb == "X" else shown


def _format(template: str, arguments: list[Any], frame: Frame) -> str:
    shown: list[str] = []
    place = used = 0
    while (mark := template.find("%", place)) >= 0:
        shown.append(template[place:mark])
        place = mark + 1
        if template[place:place + 1] == "%":
            shown.append("%")
            place += 1
            continue
        precision = 6
        if template[place:place + 1] == ".":
            digits = place + 1
            while template[digits:digits + 1].isdigit() and template[digits].isascii():
                digits += 1
            if digits == place + 1 or digits - place > 4:
                raise EvaluationError("could not parse formatting clause: error while parsing precision")
            precision, place = int(template[place + 1:digits]), digits
        verb = template[place:place + 1]
        if not verb:
            raise EvaluationError("could not parse formatting clause: unexpected end of string")
        if verb not in "sdfebxXo":
            raise EvaluationError(f'could not parse formatting clause: unrecognized formatting clause "{verb}"')
        if used >= len(arguments):
            raise EvaluationError(f"error during formatting: index {used} out of range")
        shown.append(_clause(verb, precision, arguments[used], frame))
        work(frame, len(shown[-1]) // 10)
        used += 1
        place += 1
    shown.append(template[place:])
    return "".join(shown)


OVERLOADS = (
    Overload("string_char_at_int", "string.charAt(int) -> string", _char_at),
    Overload("string_index_of_string", "string.indexOf(string) -> int", _index_of),
    Overload("string_index_of_string_int", "string.indexOf(string, int) -> int", _index_of),
    Overload("string_last_index_of_string", "string.lastIndexOf(string) -> int", _last_index_of),
    Overload("string_last_index_of_string_int", "string.lastIndexOf(string, int) -> int", _last_index_before),
    Overload("string_lower_ascii", "string.lowerAscii() -> string", lambda text: text.translate(_LOWER)),
    Overload("string_upper_ascii", "string.upperAscii() -> string", lambda text: text.translate(_UPPER)),
    Overload("string_replace_string_string", "string.replace(string, string) -> string", _replace_all, metered=True),
    Overload("string_replace_string_string_int", "string.replace(string, string, int) -> string", _replace,
             metered=True),
    Overload("string_split_string", "string.split(string) -> list(string)", _split),
    Overload("string_split_string_int", "string.split(string, int) -> list(string)", _split),
    Overload("string_substring_int", "string.substring(int) -> string", _substring),
    Overload("string_substring_int_int", "string.substring(int, int) -> string", _substring),
    Overload("string_trim", "string.trim() -> string", lambda text: text.strip(_SPACE)),
    Overload("list_join", "list(string).join() -> string", _join),
    Overload("list_join_string", "list(string).join(string) -> string", _join),
    Overload("string_format", "string.format(list(dyn)) -> string", _format, metered=True),
    Overload("strings_quote", "strings.quote(string) -> string", _quote),
)  # fmt: skip
