"""What is kept stays within its bytes, and what was used longest ago leaves first."""

from model_backend import LruCache


def kept(recent: LruCache, names: str) -> str:
    return "".join(name for name in names if recent.get(name) is not None)


def test_what_was_used_longest_ago_leaves_first() -> None:
    recent = LruCache(byte_budget=250)
    for key in "abc":
        recent.keep(key, key, 100)
        recent.get("a")
    assert kept(recent, "abc") == "ac"


def test_what_is_replaced_is_counted_once() -> None:
    recent = LruCache(byte_budget=250)
    for _ in range(10):
        recent.keep("a", "a", 100)
    recent.keep("b", "b", 100)
    assert kept(recent, "ab") == "ab"


def test_what_is_too_large_is_not_kept_and_drives_nothing_out() -> None:
    recent = LruCache(byte_budget=250)
    recent.keep("a", "a", 100)
    recent.keep("b", "b", 251)
    assert kept(recent, "ab") == "a"


def test_what_begins_with_a_name_can_be_forgotten_and_makes_room() -> None:
    recent = LruCache(byte_budget=200)
    recent.keep(("one", 1), "a", 100)
    recent.keep(("two", 1), "b", 100)
    recent.forget("one")
    recent.keep(("two", 2), "c", 100)
    assert [recent.get(key) for key in (("one", 1), ("two", 1), ("two", 2))] == [None, "b", "c"]
