"""On how many sites each entry of a hash list has hit: keyed tokens in one row, filled up so that they tell of none.

What they mean is `matcher.matching.noisy_entries`'s alone.
"""

from sqlalchemy import Connection, delete, insert, select

from reports.store.schema import flood


def keep(connection: Connection, tokens: bytes) -> None:
    """Write the tokens in place of the earlier ones."""
    connection.execute(delete(flood))
    connection.execute(insert(flood).values(flood_id=1, tokens=tokens))


def kept(connection: Connection) -> bytes:
    """The tokens; none before the first were kept."""
    return connection.scalar(select(flood.c.tokens)) or b""
