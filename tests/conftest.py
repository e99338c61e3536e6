"""What holds for every test."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from copy import copy

import pytest
from hypothesis import settings

import gateway.app
from gateway.domain.mailbox import Details
from gateway.domain.vendor import Vendor
from gateway.domain.writable import VendorFields
from gateway.schema.schema import GatewaySchema, build_schema

# The machine may be busy: a property is about what is true, never about how long it takes.
settings.register_profile("gateway", deadline=None, print_blob=True)
settings.load_profile("gateway")


class _Schemas:
    """Those of gateways, built once for all tests that want the same: half of the time of most went into that."""

    def __init__(self) -> None:
        self._built: dict[Hashable, GatewaySchema] = {}

    def build(self, details: Sequence[type[Details]], fields: Mapping[Vendor, type[VendorFields]], **options: Hashable) -> GatewaySchema:
        """Like `build_schema`. Each has documents of its own."""
        key = frozenset(options.items())
        if key not in self._built:
            self._built[key] = build_schema(details, fields, **options)  # type: ignore[arg-type] # they are those of `build_schema`
        schema = copy(self._built[key])
        vars(schema).pop("documents", None)
        return schema


@pytest.fixture(scope="session", autouse=True)
def _schemas_are_built_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gateway.app, "build_schema", _Schemas().build)
        yield
