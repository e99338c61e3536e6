import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_ast_schema, parse, validate
from graphql.execution.values import get_variable_values

from gateway.app import writable_fields
from gateway.schema.schema import build_schema
from gateway.vendors.registry import SPECS
from gateway.web.graphiql import ExampleQuery
from gateway.web.graphiql_examples import EXAMPLES


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_ast_schema(parse(build_schema([spec.details for spec in SPECS.values()], writable_fields()).as_str()))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.query.split()[1])
def test_runs_as_it_stands(schema: GraphQLSchema, example: ExampleQuery) -> None:
    document = parse(example.query)
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name, "the tab takes its title from it"
    assert validate(schema, document) == []
    assert not isinstance(get_variable_values(schema, operation.variable_definitions or (), dict(example.variables)), list)
