"""Celery: its broker, its queues and what beat starts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery.schedules import crontab
from celery.signals import before_task_publish, task_postrun, task_prerun

from superset_aws import redis_login, request_ids
from superset_aws.metrics.queues import stamp
from superset_aws.queues_names import broker_prefix
from superset_aws.settings import Redis, Settings

#: A look at the schedules that waited so long is of no use any more. Superset subtracts it from the
#: time at which the task expires, to know which minute the look was for: both are told the same.
SCHEDULER_EXPIRES = timedelta(hours=1)

#: By task; the rest goes to Celery's own queue.
ROUTES = {
    "sql_lab.*": {"queue": "sql_lab"},
    "load_chart_data_into_cache": {"queue": "charts"},
    "load_explore_json_into_cache": {"queue": "charts"},
    "reports.*": {"queue": "reports"},
    "cache-warmup": {"queue": "reports"},
    "cache_chart_thumbnail": {"queue": "reports"},
    "cache_dashboard_thumbnail": {"queue": "reports"},
}


def celery_config(settings: Settings, redis: Redis) -> type:
    """Superset's CELERY_CONFIG.

    Results of tasks are asked by nobody: SQL Lab's rows lie in RESULTS_BACKEND, and charts'
    outcomes in a stream. A task is acknowledged when it starts: a query that may write must not
    run a second time because its worker was lost.
    """
    before_task_publish.connect(stamp)
    before_task_publish.connect(request_ids.send)
    task_prerun.connect(request_ids.take)
    task_postrun.connect(request_ids.leave)
    limit = settings.server.query_timeout
    attributes: dict[str, Any] = {
        "broker_url": f"rediss://{redis.host}:{redis.port}/0",
        "broker_use_ssl": {**redis_login.tls(redis), "credential_provider": redis_login.token()},
        "broker_transport_options": {
            "global_keyprefix": broker_prefix(redis.key_prefix),
            "socket_timeout": 10,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
            "health_check_interval": 30,
            "visibility_timeout": max(3600, 2 * limit),
        },
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        # Nobody who submits waits long for a broker that is gone.
        "task_publish_retry_policy": {"max_retries": 2, "interval_start": 0.1, "interval_max": 0.5},
        "result_backend": None,
        "task_ignore_result": True,
        "task_acks_late": False,
        "worker_prefetch_multiplier": 1,
        # Superset and its drivers do not give back all memory (issues 16523 and 20733).
        "worker_max_tasks_per_child": 500,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_send_task_events": False,
        # Its channels lie outside the prefix that the Redis user may touch; nobody sends commands.
        "worker_enable_remote_control": False,
        "task_routes": ROUTES,
        "task_annotations": {
            "sql_lab.get_sql_results": {"soft_time_limit": limit, "time_limit": limit + 30}
        },
        "imports": (
            "superset.sql_lab",
            "superset.tasks.scheduler",
            "superset.tasks.thumbnails",
            "superset.tasks.cache",
            "superset.tasks.slack",
        ),
        "beat_schedule": _schedule(settings),
    }
    return type("CeleryConfig", (), attributes)


def _schedule(settings: Settings) -> dict[str, Any]:
    return {
        "reports.scheduler": {
            "task": "reports.scheduler",
            "schedule": crontab(minute="*", hour="*"),
            "options": {"expires": int(SCHEDULER_EXPIRES.total_seconds())},
        },
        "reports.prune_log": {
            "task": "reports.prune_log",
            "schedule": crontab(minute=0, hour=0),
        },
        # A dashboard that is opened writes some twenty rows (Superset issue 33283).
        "prune_logs": {
            "task": "prune_logs",
            "schedule": crontab(minute=20, hour="*"),
            "kwargs": {
                "retention_period_days": settings.event_log_days,
                "max_rows_per_run": 100_000,
            },
        },
        "prune_query": {
            "task": "prune_query",
            "schedule": crontab(minute=40, hour=1),
            "kwargs": {"retention_period_days": settings.event_log_days},
        },
    }
