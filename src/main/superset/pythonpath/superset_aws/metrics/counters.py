"""Superset's counters: those of the cache of charts' data become metrics."""

from __future__ import annotations

from flask import has_request_context, request
from superset.stats_logger import DummyStatsLogger

from superset_aws.metrics.lines import CACHE_HITS, CACHE_MISSES, Metric, record

#: Superset's names (superset/common/utils/query_cache_manager.py). Of what comes from the source,
#: only what was not refreshed by hand: nobody asked the cache for that.
COUNTED: dict[str, Metric] = {
    "loaded_from_cache": CACHE_HITS,
    "loaded_from_source_without_force": CACHE_MISSES,
}

#: What a worker has just put into the cache is fetched from there, and was a miss.
_FETCHES = (".data_from_cache", ".explore_json_data")


class Counters(DummyStatsLogger):  # type: ignore[misc]
    """Named by STATS_LOGGER."""

    def incr(self, key: str) -> None:
        """Count one."""
        metric = COUNTED.get(key)
        if metric is None or (metric is CACHE_HITS and _is_fetch()):
            return
        record({metric: 1})


def _is_fetch() -> bool:
    return has_request_context() and (request.endpoint or "").endswith(_FETCHES)
