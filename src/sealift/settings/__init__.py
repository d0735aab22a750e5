"""What an operator can set, and how it is read: once, at the start."""
