"""Records in SQL. Tables in, frozen dataclasses out, no rules."""
