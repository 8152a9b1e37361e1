"""SQL that no chart, query or alert may contain.

Superset refuses some functions and tables of each engine, and in SQL Lab only (sql_lab.py, there).
Here the lists are longer, and every statement is looked at that goes to a data source: also that of
a metric, a virtual dataset, an alert. It is no substitute for a login that may only read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

Names = frozenset[str]


def _names(text: str) -> Names:
    return frozenset(text.split())


#: What reads or writes files of the server, reaches other servers, runs a text as SQL (row-level
#: rules do not see it), waits, or ends the work of others; beyond Superset's own list.
_POSTGRES = _names(
    "crosstab crosstabn connectby cursor_to_xml cursor_to_xmlschema database_to_xml_and_xmlschema"
    " dblink dblink_connect dblink_connect_u dblink_exec dblink_fetch dblink_get_result dblink_open"
    " dblink_send_query invoke lo_create lo_export lo_from_bytea lo_get lo_import lo_put lo_unlink"
    " pg_advisory_lock pg_advisory_lock_shared pg_advisory_xact_lock pg_cancel_backend"
    " pg_log_backend_memory_contexts pg_ls_archive_statusdir pg_ls_logdir pg_ls_tmpdir pg_ls_waldir"
    " pg_reload_conf pg_rotate_logfile pg_sleep_for pg_sleep_until pg_stat_file pg_switch_wal"
    " query_export_to_s3 schema_to_xml schema_to_xml_and_xmlschema schema_to_xmlschema set_config"
    " table_import_from_s3 ts_stat xpath_table"
)

FUNCTIONS: Mapping[str, Names] = {
    "postgresql": _POSTGRES,
    "mysql": _names(
        "get_lock is_free_lock is_used_lock master_pos_wait release_all_locks release_lock"
        " source_pos_wait sys_eval sys_exec sys_get sys_set wait_for_executed_gtid_set"
    ),
    # Runs a text in another database, with the connection's login.
    "bigquery": frozenset({"external_query"}),
}

#: Catalogs that hold logins, settings, or what others ask.
TABLES: Mapping[str, Names] = {
    "postgresql": _names(
        "pg_file_settings pg_foreign_server pg_ident_file_mappings pg_largeobject"
        " pg_stat_statements pg_stat_subscription pg_subscription pg_user_mapping"
        " pg_user_mappings"
    ),
    "redshift": _names(
        "stl_connection_log stl_ddltext stl_query stl_querytext stl_utilitytext stv_inflight"
        " stv_recents stv_sessions svl_qlog svl_statementtext sys_query_history sys_query_text"
        " svv_datashares"
    ),
    "mysql": _names("mysql.db mysql.global_priv mysql.proxies_priv mysql.tables_priv"),
}

#: Speaks another engine's functions and catalogs as well.
_KIN = {"redshift": "postgresql", "cockroachdb": "postgresql", "mariadb": "mysql"}

#: An identifier with escapes (PostgreSQL, 4.1.2.3), which hides its name from every list.
_ESCAPED = re.compile(r"\bu&\s*[\"']", re.IGNORECASE)


def configure(app: Any) -> None:
    """Lengthen Superset's lists. superset_config.py cannot: it is imported before they exist."""
    lists = {"DISALLOWED_SQL_FUNCTIONS": FUNCTIONS, "DISALLOWED_SQL_TABLES": TABLES}
    for setting, more in lists.items():
        own: Mapping[str, set[str]] = app.config[setting]
        engines = {*own, *more, *_KIN}
        app.config[setting] = {
            engine: {
                name
                for one in {engine, _KIN.get(engine, engine)}
                for name in {*own.get(one, ()), *more.get(one, ())}
            }
            for engine in engines
        }


def refuse(sql: str, database: Any, **_: Any) -> str:
    """Superset's SQL_QUERY_MUTATOR: the statement as it is, or an exception that Superset shows."""
    from flask import current_app
    from superset.exceptions import (
        SupersetDisallowedSQLFunctionException,
        SupersetDisallowedSQLTableException,
    )

    engine = database.db_engine_spec.engine
    functions = current_app.config["DISALLOWED_SQL_FUNCTIONS"].get(engine, set())
    tables = current_app.config["DISALLOWED_SQL_TABLES"].get(engine, set())
    if _ESCAPED.search(sql):
        raise SupersetDisallowedSQLFunctionException({'U&"…"'})
    # Most statements have none of these words, and need not be parsed once more.
    if not _words(frozenset({*functions, *tables})).search(sql):
        return sql
    from superset.sql.parse import SQLScript

    script = SQLScript(sql, engine=engine)
    if found := {name for name in functions if script.check_functions_present({name})}:
        raise SupersetDisallowedSQLFunctionException(found)
    read = {
        name
        for statement in script.statements
        for table in statement.tables
        for name in (table.table.lower(), f"{table.schema or ''}.{table.table}".lower())
    }
    # Superset compares the bare name of a table, so that its own mysql.user matches nothing.
    if found := {name for name in tables if name.lower() in read}:
        raise SupersetDisallowedSQLTableException(found)
    return sql


@cache
def _words(names: Names) -> re.Pattern[str]:
    bare = {re.escape(name.rpartition(".")[2]) for name in names}
    return re.compile(rf"\b(?:{'|'.join(sorted(bare))})\b" if bare else r"(?!)", re.IGNORECASE)
