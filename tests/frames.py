"""What a client makes of an answer in frames, and what it may rely on."""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any


def merged(frames: Iterable[Mapping[str, Any]]) -> tuple[Any, Sequence[Mapping[str, Any]]]:
    """The data and the errors of all frames together, each as JSON has it. Fails where they break the rules of incremental delivery."""
    first, *rest = deepcopy([*frames])
    data, errors, paths, open_ids = first["data"], list(first.get("errors", ())), {}, set()
    for number, frame in enumerate([first, *rest]):
        assert frame["hasNext"] is (number < len(rest)), "the last one alone is the last"
        for each in frame.get("pending", ()):
            assert each["id"] not in paths, "an id is announced once"
            paths[each["id"]] = each["path"]
            open_ids.add(each["id"])
        for each in frame.get("incremental", ()):
            assert each["id"] in open_ids, "nothing comes unannounced, or too late"
            _add(data, [*paths[each["id"]], *each.get("subPath", ())], each["data"])
            errors += each.get("errors", ())
        for each in frame.get("completed", ()):
            open_ids.remove(each["id"])
            errors += each.get("errors", ())
    assert not open_ids, "what was announced came to an end"
    return data, errors


def _add(data: Any, path: Sequence[str | int], more: dict[str, Any]) -> None:  # noqa: ANN401 - JSON
    for key in path:
        data = data[key]
    assert not data.keys() & more.keys(), "nothing is sent twice"
    data.update(more)
