"""Every field that costs vendor calls says so where estimates are made."""

from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_object_type

from gateway.app import writable_fields
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.details import MAILBOX_PART, parts_of
from gateway.schema import details
from gateway.schema.cost.need import Need, needs
from gateway.schema.cost.paths import PATHS, STAY
from gateway.schema.schema import build_schema
from gateway.vendors.registry import SPECS

SCHEMA = build_schema([spec.details for spec in SPECS.values()], writable_fields(), federation=True)._schema
MARKED = ("(detail)", "(one call per account)")
LOADED_BY_ARGUMENT = {("Mailbox", "thread")}
"""Its path asks, since only one mailbox does."""


def fields() -> dict[tuple[str, str], GraphQLField]:
    objects = [each for each in SCHEMA.type_map.values() if isinstance(each, GraphQLObjectType) and not each.name.startswith("__")]
    return {(each.name, name): field for each in objects for name, field in each.fields.items()}


def asked() -> dict[tuple[str, str], Need]:
    return {place: need({}) for place, need in needs().items()}


def test_every_field_marked_as_a_detail_is_declared() -> None:
    marked = {place for place, field in fields().items() if (field.description or "").startswith(MARKED)}
    assert len(marked) > 40
    assert marked - asked().keys() - LOADED_BY_ARGUMENT == set(), "Add them to gateway/schema/cost/need.py."


def test_every_declared_field_is_in_the_schema() -> None:
    assert asked().keys() | PATHS.keys() | STAY <= fields().keys()


def test_every_field_that_returns_mailboxes_or_accounts_says_whose() -> None:
    """Fields of the roots of mutations and subscriptions are about one mailbox each."""
    found = {place for place, field in fields().items() if get_named_type(field.type).name in {"Mailbox", "Account", "Node", "_Entity"}}
    assert found - PATHS.keys() == STAY, "Add them to gateway/schema/cost/paths.py."


def test_what_is_asked_is_a_part_or_a_method_of_the_port() -> None:
    parts = {part for spec in SPECS.values() for part in parts_of(spec.details)} | {MAILBOX_PART}
    assert {need.what for need in asked().values() if not hasattr(MailboxAdapter, need.what)} == parts


def test_prices_are_of_what_can_be_asked() -> None:
    for spec in SPECS.values():
        known = {need.what for need in asked().values() if hasattr(spec.adapter, need.what)} | parts_of(spec.details) | {MAILBOX_PART}
        assert spec.adapter.prices.keys() <= known, spec.vendor


def test_every_vendors_details_are_found_by_name() -> None:
    for spec in SPECS.values():
        assert is_object_type(SCHEMA.type_map[details.type_name(spec.vendor)])
        assert details.type_name(spec.vendor) == spec.details.__name__
