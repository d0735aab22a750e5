"""The door for time: jobs that make follow-up work prompt, and the sweep that makes it sure."""
