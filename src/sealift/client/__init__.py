"""The client library, which needs the rules and the wire only."""
