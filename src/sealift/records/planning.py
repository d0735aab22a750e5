"""What the planner is told where it would choose the wrong index.

PostgreSQL has looked at the rows. SQLite has not, and takes two indexes that have as many of the
wanted columns for equally good.
"""

from sqlalchemy import ColumnElement, func, literal_column

from sealift.records.transaction import Transaction


def holding_for(
    tx: Transaction, share: float, condition: ColumnElement[bool]
) -> ColumnElement[bool]:
    """The condition, which about such a share of the rows meet."""
    if tx.connection.dialect.name == "postgresql":
        return condition
    return func.likelihood(condition, literal_column(f"{share:f}"))
