"""The database's layout. Times are whole microseconds since 1970, bodies are JSON of the domain's structs."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # idle_since: when the last of the work was done; null while a restart would have some to take up.
        """
        CREATE TABLE operations (
            key TEXT PRIMARY KEY,
            state TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            idle_since INTEGER,
            body TEXT NOT NULL,
            work BLOB
        )
        """,
        "CREATE INDEX operations_by_creation ON operations (created_at, key)",
        "CREATE INDEX operations_by_idleness ON operations (idle_since)",
        """
        CREATE TABLE results (
            operation_key TEXT NOT NULL REFERENCES operations (key) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (operation_key, position)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE keys (
            scope TEXT NOT NULL,
            key TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            operation_key TEXT,
            answer BLOB,
            claimed_at INTEGER NOT NULL,
            PRIMARY KEY (scope, key)
        )
        """,
        "CREATE INDEX keys_by_age ON keys (claimed_at)",
        "CREATE TABLE vaults (account TEXT PRIMARY KEY, hidden BLOB NOT NULL)",
    ),
    (
        # question: how it is found out whether a creation happened that was told as not done, or as unknown.
        """
        CREATE TABLE doubts (
            account TEXT NOT NULL,
            address TEXT NOT NULL,
            question BLOB NOT NULL,
            raised_at INTEGER NOT NULL,
            PRIMARY KEY (account, address)
        )
        """,
        "CREATE INDEX doubts_by_age ON doubts (raised_at)",
    ),
)
"""What takes a database from layout n to n + 1, statement by statement. What was released is never edited: add the next one."""
