"""The image's entrypoint: ``python -m superset_aws.start web|worker|beat|init|websocket``.

`replication` says how far the region's database has followed the writer, `export` and `import`
write and read what people made; they are run as the init task with another command. Checks the
environment, then becomes the process. A wrong environment is said at once, all of it.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import version

from superset_aws.queues_names import QUEUES
from superset_aws.settings import PROCESS_VARIABLE, PROCESSES, BadEnvironment, Settings

APP = "superset_aws.worker:app"

#: Besides the processes: a command and its module; it runs as the init task, with its environment.
COMMANDS = {
    "replication": "superset_aws.database.replication",
    "export": "superset_aws.exports",
    "import": "superset_aws.exports",
}


def command(settings: Settings) -> list[str]:
    """What a process is."""
    match settings.process:
        case "web":
            return ["gunicorn", "--config", "python:superset_aws.gunicorn", "superset_aws.web:app"]
        case "worker":
            assert settings.redis is not None
            processes = str(settings.redis.celery_processes)
            options = ["--pool", "prefork", "-O", "fair", "--concurrency", processes]
            quiet = ["--without-gossip", "--without-mingle", "--loglevel", settings.log_level]
            return ["celery", "--app", APP, "worker", *options, *quiet, "-Q", ",".join(QUEUES)]
        case "beat":
            files = ["--schedule", f"{_temporary()}/celerybeat-schedule", "--pidfile", ""]
            scheduler = ["--scheduler", "superset_aws.beat:Scheduler"]
            level = ["--loglevel", settings.log_level]
            return ["celery", "--app", APP, "beat", *scheduler, *files, *level]
        case "websocket":
            return [sys.executable, "-m", "superset_aws.websocket"]
    return [sys.executable, "-m", "superset_aws.init"]


def _temporary() -> str:
    return os.environ.get("TMPDIR", "/tmp")


def main() -> int:
    """Returns only when the process cannot start."""
    arguments = sys.argv[1:]
    if len(arguments) != 1 or arguments[0] not in (*PROCESSES, *COMMANDS):
        print(f"usage: start {'|'.join((*PROCESSES, *COMMANDS))}", file=sys.stderr)
        return 2
    process = "init" if arguments[0] in COMMANDS else arguments[0]
    try:
        settings = Settings.read(process, os.environ)
    except BadEnvironment as problem:
        print(problem, file=sys.stderr)
        return 78  # EX_CONFIG (sysexits.h)
    installed = version("apache-superset")
    if installed != settings.version:
        print(
            f"superset-{process} cannot start: the image holds Superset {installed}, and"
            f" SUPERSET_VERSION is {settings.version}",
            file=sys.stderr,
        )
        return 78
    os.environ[PROCESS_VARIABLE] = process
    # Superset's own commands and gunicorn look for them.
    os.environ.setdefault("FLASK_APP", "superset.app:create_app()")
    if arguments[0] in COMMANDS:
        words = [sys.executable, "-m", COMMANDS[arguments[0]], arguments[0]]
    else:
        words = command(settings)
    return os.execvp(words[0], words)


if __name__ == "__main__":
    sys.exit(main())
