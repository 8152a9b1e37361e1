"""Names of Celery's queues, by themselves: the entrypoint imports nothing heavy."""

#: What people wait for, and what nobody waits for, do not queue behind each other.
QUEUES = ("celery", "sql_lab", "charts", "reports")


def broker_prefix(key_prefix: str) -> str:
    """Of the keys in which the queues lie."""
    return f"{key_prefix}:celery:"
