class Task:
    retries: int
