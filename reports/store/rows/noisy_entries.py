"""Counts of the sites on which each entry of a hash list hit: keyed tokens in one row, padded to reveal none.

Only `matcher.matching.noisy_entries` knows their meaning.
"""

from sqlalchemy import Connection, delete, insert, select

from reports.store.schema import flood


def keep(connection: Connection, tokens: bytes) -> None:
    """Write the tokens in place of the earlier ones."""
    connection.execute(delete(flood))
    connection.execute(insert(flood).values(flood_id=1, tokens=tokens))


def kept(connection: Connection) -> bytes:
    """Return the tokens; none before the first were stored."""
    return connection.scalar(select(flood.c.tokens)) or b""
