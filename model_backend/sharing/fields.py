"""Values as JSON and back, by the types that the fields of ``api``'s dataclasses state.

Nothing in the JSON can name code to run: what is made is the type that was expected, and where a
field may hold one of several dataclasses, one of those. A value of another type is an error both
ways.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from model_backend.api.requests import Request, request_types, result_type
from model_backend.sharing.parts import Parts, checked, listed

NAME = "@"
"""The key under which a JSON object names its dataclass, where that is not known otherwise."""
_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


Pack = Callable[[Any, Parts], Any]


class Type:
    """Conversion of one type to JSON and back."""

    def __init__(self, pack: Pack, unpack: Pack) -> None:
        self.pack, self.unpack = pack, unpack


@cache
def type_of(stated: Any) -> Type:
    """Conversion for a stated type.

    Raises:
        TypeError: nothing is known of such a type.
    """
    origin = get_origin(stated)
    if isinstance(stated, TypeVar):
        return type_of(stated.__bound__ or object)
    if origin in (Union, UnionType):
        return _union(get_args(stated))
    if origin in (tuple, Sequence):
        return _tuple(get_args(stated))
    if origin is Mapping:
        return _mapping(*get_args(stated))
    if hasattr(stated, "array_type"):
        return _array(stated)
    if origin is Request or stated is Request:
        return _named(lambda: request_types().values())
    if stated is Any:
        return Type(_json, _json)
    if stated is object:
        return _optional(_named(_result_types))
    return _plain(origin or stated)


def _plain(stated: Any) -> Type:
    if is_dataclass(stated):
        return _dataclass(stated)
    if stated is float:
        return Type(_pack_float, _unpack_float)
    if isinstance(stated, type) and issubclass(stated, str):  # also the choices of a StrEnum
        return Type(
            lambda value, _: str(checked(isinstance(value, stated), value)),
            lambda value, _: stated(checked(type(value) is str, value)),
        )
    if stated in (int, bool, NoneType):
        same: Pack = lambda value, _: checked(type(value) is stated, value)  # noqa: E731
        return Type(same, same)
    raise TypeError(f"there is no way to write a {stated!r}")


def _dataclass(stated: Any) -> Type:
    @cache
    def types() -> dict[str, Type]:  # found late: a dataclass may hold others of its own type
        hints = get_type_hints(stated)
        return {field.name: type_of(hints[field.name]) for field in fields(stated)}

    def pack(value: Any, parts: Parts) -> Any:
        checked(type(value) is stated, value)
        return {name: one.pack(getattr(value, name), parts) for name, one in types().items()}

    def unpack(value: Any, parts: Parts) -> Any:
        checked(type(value) is dict and value.keys() == types().keys(), value)
        return stated(**{name: one.unpack(value[name], parts) for name, one in types().items()})

    return Type(pack, unpack)


def _named(allowed: Callable[[], Any]) -> Type:
    """One of several dataclasses, by name."""

    def pack(value: Any, parts: Parts) -> Any:
        stated: Any = type(value)
        checked(stated in allowed(), value)
        return {NAME: stated.__name__, "value": type_of(stated).pack(value, parts)}

    def unpack(value: Any, parts: Parts) -> Any:
        checked(type(value) is dict and value.keys() == {NAME, "value"}, value)
        found = {one.__name__: one for one in allowed()}.get(value[NAME])
        return type_of(checked(found, value[NAME])).unpack(value["value"], parts)

    return Type(pack, unpack)


def _optional(type_: Type) -> Type:
    return Type(
        lambda value, parts: None if value is None else type_.pack(value, parts),
        lambda value, parts: None if value is None else type_.unpack(value, parts),
    )


def _union(stated: tuple[Any, ...]) -> Type:
    """One type or None, numbers, or several dataclasses."""
    rest = [one for one in stated if one is not NoneType]
    if set(rest) == {int, float}:
        found = type_of(float)
    elif len(rest) > 1:
        found = _named(lambda: rest)
    else:
        found = type_of(rest[0])
    return _optional(found) if NoneType in stated else found


def _tuple(stated: tuple[Any, ...]) -> Type:
    if len(stated) == 2 and stated[1] is not Ellipsis:
        return _pair(*map(type_of, stated))
    if stated[0] is str:
        return Type(_pack_texts, _unpack_texts)
    item = type_of(stated[0])
    return Type(
        lambda value, parts: [item.pack(one, parts) for one in listed(value)],
        lambda value, parts: tuple(item.unpack(one, parts) for one in listed(value)),
    )


def _pair(first: Type, second: Type) -> Type:
    def both(value: Any) -> Any:
        return checked(len(listed(value)) == 2, value)

    return Type(
        lambda value, parts: [first.pack(both(value)[0], parts), second.pack(value[1], parts)],
        lambda value, parts: (first.unpack(both(value)[0], parts), second.unpack(value[1], parts)),
    )


def _mapping(key: Any, item: Any) -> Type:
    keys, items = type_of(key), type_of(item)

    def pack(value: Any, parts: Parts) -> Any:
        checked(isinstance(value, Mapping), value)
        return {keys.pack(k, parts): items.pack(one, parts) for k, one in value.items()}

    def unpack(value: Any, parts: Parts) -> Any:
        checked(type(value) is dict, value)
        return {keys.unpack(k, parts): items.unpack(one, parts) for k, one in value.items()}

    return Type(pack, unpack)


def _array(stated: Any) -> Type:
    """A NumPy array whose kind of number and number of axes the annotation states."""

    def fits(value: np.ndarray) -> np.ndarray:
        right = value.dtype.name in stated.dtypes and value.ndim == len(stated.dims)
        found: np.ndarray = checked(right, value)
        return found

    def pack(value: Any, parts: Parts) -> Any:
        parts.arrays.append(fits(checked(isinstance(value, np.ndarray), value)))
        return len(parts.arrays) - 1

    return Type(pack, lambda value, parts: fits(_numbered(parts.arrays, value)))


def _pack_float(value: Any, _: Parts) -> Any:
    checked(type(value) in (float, int), value)
    return value if math.isfinite(value) else str(value)


def _unpack_float(value: Any, _: Parts) -> Any:
    if type(value) is str:
        return _NOT_FINITE[value]
    return checked(type(value) in (float, int), value)


def _pack_texts(value: Any, parts: Parts) -> Any:
    return parts.number(value)


def _unpack_texts(value: Any, parts: Parts) -> Any:
    return _numbered(parts.texts, value)


def _json(value: Any, parts: Parts) -> Any:
    """A value that JSON has itself; tuples become lists."""
    if isinstance(value, dict):
        return {checked(type(key) is str, key): _json(one, parts) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_json(one, parts) for one in value]
    if isinstance(value, float):
        return checked(math.isfinite(value), value)
    return checked(isinstance(value, str | int | NoneType), value)


def _numbered(items: Sequence[Any], number: Any) -> Any:
    return items[checked(type(number) is int and 0 <= number < len(items), number)]


def _result_types() -> list[type]:
    """Every dataclass that a request may have as its result."""
    stated = [result_type(one) for one in request_types().values() if one.is_cached]
    return [one for one in stated if isinstance(one, type) and is_dataclass(one)]
