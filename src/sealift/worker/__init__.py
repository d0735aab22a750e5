"""The door for time: jobs, and the sweep that repeats lost ones."""
