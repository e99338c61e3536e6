"""How long is waited, and how often is asked, where a vendor is at work or an answer was lost."""

import msgspec


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """All in seconds.

    `looks` are the pauses before each look after an answer was lost: a vendor may take its time to do what it was asked, so that
    something is not there counts only at the last of them. While nobody can be asked, looking goes on for `give_up`.
    `first_poll` to `most_poll` are the pauses between two questions after a creation that the vendor is still at work on; SendKit's and
    Woodpecker's pages name none, and Woodpecker's questions share one place in its queue.
    """

    looks: tuple[float, ...] = (0.5, 1, 2, 4, 8, 15, 30)
    give_up: float = 900.0
    first_poll: float = 1.0
    poll_factor: float = 1.4
    most_poll: float = 10.0
