"""What an answer rests on."""

from gateway.inventory.view import View


class Grounds:
    """Of one request. Loaders take note here of what they are asked; one that says nothing else counts as having asked a vendor."""

    def __init__(self) -> None:
        self.taken: dict[str, View] = {}
        """Views of accounts that were asked for news where that was due, by account name."""
        self.peeked: dict[str, View] = {}
        """Views of accounts that nobody was asked about."""
        self.are_views_only = True
        """Whether nothing else was asked for."""
