"""Tells schemathesis what our scalars look like; those that it knows by name, such as DateTime, are not here."""

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

schemathesis.graphql.scalar("EmailAddress", st.emails().map(nodes.String))
schemathesis.graphql.scalar("Secret", st.text(max_size=20).map(lambda text: nodes.String(f"CANARY-{text}")))
