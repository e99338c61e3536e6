"""Every field that a vendor documents can be reached through GraphQL; every documented secret cannot."""

import json
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from graphql import GraphQLObjectType, get_named_type
from strawberry.utils.str_converters import to_camel_case

from gateway.app import writable_fields
from gateway.domain.details import fields_of
from gateway.domain.mailbox import Details
from gateway.domain.vendor import Vendor
from gateway.schema.details import graphql_name
from gateway.schema.schema import build_schema
from gateway.vendors.registry import SPECS

FOLDER = Path(__file__).parents[1] / "vendors"
SCHEMA = build_schema([spec.details for spec in SPECS.values()], writable_fields())._schema
NOUNS = {
    "mailbox": "Mailbox",
    "folder": "Folder",
    "rule": "Rule",
    "rulecondition": "RuleCondition",
    "ruleaction": "RuleAction",
    "identity": "Identity",
    "message": "Message",
    "messagepage": "MessageConnection",
    "thread": "Thread",
    "attachment": "Attachment",
    "correspondent": "Correspondent",
    "domain": "Domain",
    "campaign": "Campaign",
    "owner": "MailboxOwner",
    "warmup_day": "WarmupDay",
}
RENAMED = {
    ("Mailbox", "account_name"): "account",
    ("Mailbox", "domain_vendor_id"): "domain",
    ("MessageConnection", "messages"): "nodes",
    ("MessageConnection", "cursors"): "edges",
    ("MessageConnection", "has_next"): "pageInfo",
}
INDIRECT = {("Mailbox", "client_id")}
"""Not a field of its own: it is in the details, and a filter."""


DERIVED = {"prospect_email_exclusion_patterns", "shared_imap"}
"""Made by us from documented fields: a list out of a text, and a count of references."""


def documented() -> list[tuple[Vendor, dict[str, Any]]]:
    return [
        (vendor, row) for vendor in Vendor for row in json.loads((FOLDER / vendor.lower() / "documented_fields.json").read_text("utf-8"))
    ]


def field_type(type_name: str, attribute: str) -> str:
    """The name of a GraphQL field's type; fails when there is no such field."""
    graphql_type = SCHEMA.type_map[type_name]
    assert isinstance(graphql_type, GraphQLObjectType)
    name = RENAMED.get((type_name, attribute)) or to_camel_case(attribute.rstrip("_"))
    assert name in graphql_type.fields, f"{type_name} has no field {name}"
    return str(get_named_type(graphql_type.fields[name].type))


def struct_of(annotation: Any) -> type[msgspec.Struct] | None:  # noqa: ANN401 - a type expression
    origin, choices = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType, tuple, list):
        return next((found for choice in choices if choice not in (NoneType, ...) and (found := struct_of(choice))), None)
    return annotation if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct) else None


def walk_details(details: type[Details], path: str) -> None:
    struct: type[msgspec.Struct] | None = details
    for name in path.split("."):
        assert struct is not None, f"{path} goes on behind a plain value"
        field = next((each for each in fields_of(struct) if each.name == name), None)
        assert field is not None, f"{struct.__name__} has no field {name}"
        graphql_type = SCHEMA.type_map[struct.__name__]
        assert isinstance(graphql_type, GraphQLObjectType)
        assert graphql_name(name) in graphql_type.fields
        struct = struct_of(field.annotation)


@pytest.mark.parametrize(("vendor", "row"), documented(), ids=lambda value: value.lower() if isinstance(value, Vendor) else value["wire"])
def test_a_documented_field_is_reachable(vendor: Vendor, row: dict[str, Any]) -> None:
    places = {key: path for key, path in row.items() if key != "wire"}
    assert places, f"{row['wire']} leads nowhere"
    for key, path in places.items():
        if key == "secret":
            continue
        if key == "details":
            walk_details(SPECS[vendor].details, path)
            continue
        type_name = NOUNS[key]
        for attribute in path.split("."):
            if (type_name, attribute) in INDIRECT:
                continue
            type_name = field_type(type_name, attribute)


@pytest.mark.parametrize("vendor", list(Vendor), ids=str)
def test_a_documented_secret_has_no_field_anywhere(vendor: Vendor) -> None:
    secrets = {row["wire"].rpartition(".")[2] for owner, row in documented() if owner is vendor and row.get("secret")}
    seen: set[type[msgspec.Struct]] = set()
    waiting: list[type[msgspec.Struct]] = [SPECS[vendor].details]
    while waiting:
        struct = waiting.pop()
        if struct in seen:
            continue
        seen.add(struct)
        hints = get_type_hints(struct)
        for name in struct.__struct_fields__:
            assert name not in secrets
            assert to_camel_case(name) not in secrets
            if (inner := struct_of(hints[name])) is not None:
                waiting.append(inner)


@pytest.mark.parametrize("vendor", list(Vendor), ids=str)
def test_every_details_field_is_a_documented_one(vendor: Vendor) -> None:
    named = {row["details"].split(".")[0] for owner, row in documented() if owner is vendor and "details" in row}
    own = {field.name for field in fields_of(SPECS[vendor].details)}
    assert own <= named | DERIVED, "write where the field is documented"
