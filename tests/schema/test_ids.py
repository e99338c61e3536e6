"""Clients with a cache (Apollo, Relay, urql) keep an object under its `id`: it must be one, and globally unique."""

from graphql import GraphQLNonNull, is_interface_type, is_object_type
from graphql.type import GraphQLID

from gateway.app import writable_fields
from gateway.schema.schema import build_schema
from gateway.vendors.registry import SPECS


def test_only_a_global_id_is_called_id() -> None:
    types = build_schema([spec.details for spec in SPECS.values()], writable_fields())._schema.type_map.values()
    ids = [kind.fields["id"].type for kind in types if (is_object_type(kind) or is_interface_type(kind)) and "id" in kind.fields]
    assert len(ids) > 10
    assert all(isinstance(each, GraphQLNonNull) and each.of_type is GraphQLID for each in ids)
