"""The door of whoever runs the system: one supervisor, and administration on the machine."""
