"""The door for bytes: parts in, content out, each by a presigned link and nothing else."""
