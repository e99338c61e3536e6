"""When a list repeats itself."""

from gateway.vendors.seen import Seen


def test_a_page_of_nothing_new() -> None:
    seen = Seen()
    assert not seen.repeats(["a", "b"])
    assert not seen.repeats(["b", "c"]), "a row that moved"
    assert seen.repeats(["c", "a"])


def test_an_empty_page_repeats_nothing() -> None:
    seen = Seen()
    assert [seen.repeats(()), seen.repeats(["a"]), seen.repeats(())] == [False, False, False]
