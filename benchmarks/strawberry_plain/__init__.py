"""Strawberry and httpx as their tutorials show them: types, one resolver, `GraphQL(schema)` under uvicorn."""
