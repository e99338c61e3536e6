"""The users who own the mailboxes, and the ids by which they are known."""

from gateway.sandbox.outreach.resource import HOST, Resource, timestamp
from gateway.sandbox.world import Person, World

FIRST_USER_ID = 7
ADMIN_ID = 3
GONE_USER_ID = FIRST_USER_ID + 5
"""Owns mailboxes, but the acting user may not see them: not in `users`, not in `included`."""


def users(people: list[Person], world: World) -> dict[int, Resource]:
    """An administrator, then one user per two mailboxes; one may not be seen, one has no name."""
    owners = {FIRST_USER_ID + person.index // 2: person for person in reversed(people)}
    admin = Person(-1, "Ada Admin", "ada.admin@meridian.example")
    return {
        number: Resource(
            type="user",
            id=number,
            attributes={
                "createdAt": timestamp(world.ago(days=500)),
                "email": person.address,
                "firstName": person.name.partition(" ")[0],
                "lastName": person.name.partition(" ")[2],
                "locked": False,
                "name": None if number == FIRST_USER_ID + 4 else person.name,
                "updatedAt": timestamp(world.ago(days=20)),
            },
            links={"self": f"{HOST}/users/{number}"},
        )
        for number, person in sorted({**owners, ADMIN_ID: admin}.items())
        if number != GONE_USER_ID
    }
