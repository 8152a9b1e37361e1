"""Teams of the configuration become roles, its row-level security becomes rules.

Both are the configuration's: what somebody changed by hand is undone, and what is no longer in the
configuration goes.
"""

from __future__ import annotations

import json
from typing import Any

from superset.extensions import db, security_manager

from superset_aws.settings import Settings
from superset_aws.sign_in import roles_mapping, team_role
from superset_aws.sign_in_security import managed

#: Begins the name of every role of a team; no other role may begin with it.
PREFIX = team_role("")

#: Who has all rows unless a rule names roles.
ADMIN = "Admin"

#: Ends the name of a rule that comes from the configuration.
MARK = " (configuration)"

#: Lets a team make datasets; Gamma may only read them. Where somebody may not see, the security
#: manager refuses (sign_in_security._check_reach).
_DATASETS = [("can_write", "Dataset")]


def teams(settings: Settings) -> str:
    """One role per team: Gamma's rights, its data, and SQL where no rule hides rows."""
    changed = []
    for team in settings.teams:
        role = security_manager.add_role(team_role(team["name"]))
        wanted = {one.id: one for one in _permissions(settings, team)}
        if {one.id for one in role.permissions} != set(wanted):
            role.permissions = list(wanted.values())
            changed.append(role.name)
    db.session.commit()
    removed = _remove({team_role(team["name"]) for team in settings.teams})
    _check_roles(settings)
    parts = [f"changed: {', '.join(changed)}"] if changed else []
    parts += [f"removed: {', '.join(removed)}"] if removed else []
    return "; ".join(parts) or "unchanged"


def _permissions(settings: Settings, team: dict[str, Any]) -> list[Any]:
    found = list(security_manager.find_role("Gamma").permissions)
    if not _has_hidden_rows(settings, team):
        found += security_manager.find_role("sql_lab").permissions
        found += [security_manager.add_permission_view_menu(*one) for one in _DATASETS]
    for source in team.get("data_sources") or ():
        database = _database(source)
        if database:
            found.append(
                security_manager.add_permission_view_menu("database_access", database.perm)
            )
    for path in team.get("schemas") or ():
        source, _, schema = path.partition(".")
        database = _database(source)
        if database:
            perm = security_manager.get_schema_perm(
                database.database_name, database.get_default_catalog(), schema
            )
            found.append(security_manager.add_permission_view_menu("schema_access", perm))
    return found


def _has_hidden_rows(settings: Settings, team: dict[str, Any]) -> bool:
    """Whether a rule hides rows of the team's data from it. Who writes SQL himself gets around a
    rule: Superset finds the rules of a table by its spelling, and ORDERS is not orders to it."""
    sources = {path.partition(".")[0] for path in team.get("schemas") or ()}
    sources |= set(team.get("data_sources") or ())
    names = {team["name"], team_role(team["name"])}
    return any(
        rule["data_source"] in sources and (not rule.get("roles") or names & set(rule["roles"]))
        for rule in settings.row_level_security
    )


def _database(name: str) -> Any:
    from superset.models.core import Database

    found = db.session.query(Database).filter_by(database_name=name).one_or_none()
    if found is None:
        _warn("no such data source", name=name)
    return found


def _remove(kept: set[str]) -> list[str]:
    """Roles of teams that are gone; who has only such a role sees nothing any more."""
    from superset.connectors.sqla.models import RLSFilterRoles

    role_model = security_manager.role_model
    gone = db.session.query(role_model).filter(
        role_model.name.startswith(PREFIX), role_model.name.notin_(kept)
    )
    names = []
    for role in gone.all():
        names.append(role.name)
        db.session.execute(RLSFilterRoles.delete().where(RLSFilterRoles.c.role_id == role.id))
        role.permissions, role.user, role.groups = [], [], []
        db.session.flush()
        db.session.delete(role)
    db.session.commit()
    return sorted(names)


def _check_roles(settings: Settings) -> None:
    named = {role for roles in roles_mapping(settings).values() for role in roles}
    named |= set(settings.sign_in.get("default_roles") or ())
    missing = sorted(name for name in named if security_manager.find_role(name) is None)
    if missing:
        _warn("sign_in names roles that do not exist", roles=missing)


def row_level_security(settings: Settings) -> str:
    """Rules by name; a rule whose table is no dataset yet is applied when one is made of it."""
    from superset.connectors.sqla.models import RowLevelSecurityFilter as Rule

    changed = []
    for one in settings.row_level_security:
        name = one["name"] + MARK
        rule = db.session.query(Rule).filter_by(name=name).one_or_none()
        wanted = _rule(one)
        if rule is None:
            rule = Rule(name=name)
        if any(_plain(getattr(rule, key)) != _plain(value) for key, value in wanted.items()):
            for key, value in wanted.items():
                setattr(rule, key, value)
            db.session.add(rule)
            changed.append(one["name"])
    kept = {one["name"] + MARK for one in settings.row_level_security}
    removed = []
    for rule in db.session.query(Rule).filter(Rule.name.endswith(MARK), Rule.name.notin_(kept)):
        removed.append(rule.name.removesuffix(MARK))
        rule.roles, rule.tables = [], []
        db.session.delete(rule)
    db.session.commit()
    parts = [f"changed: {', '.join(changed)}"] if changed else []
    parts += [f"removed: {', '.join(sorted(removed))}"] if removed else []
    return "; ".join(parts) or "unchanged"


def _rule(one: dict[str, Any]) -> dict[str, Any]:
    from superset.utils.core import RowLevelSecurityFilterType as Type

    roles = [_role(name) for name in one.get("roles") or (ADMIN,)]
    return {
        "description": managed(one["data_source"], one["schema"], one["table"]),
        # A base rule is for everybody but its roles, a regular one for its roles.
        "filter_type": (Type.REGULAR if one.get("roles") else Type.BASE).value,
        "group_key": None,
        "clause": one["clause"],
        "roles": roles,
        "tables": _datasets(one),
    }


def _role(name: str) -> Any:
    """A role, or the role of a team, by name; a rule without its roles would protect nothing."""
    role = security_manager.find_role(team_role(name)) or security_manager.find_role(name)
    if role is None:
        raise RuntimeError(f"row_level_security names the role {name}, which does not exist")
    return role


def _datasets(one: dict[str, Any]) -> list[Any]:
    from superset.connectors.sqla.models import SqlaTable
    from superset.models.core import Database

    found = (
        db.session.query(SqlaTable)
        .join(Database, SqlaTable.database_id == Database.id)
        .filter(
            Database.database_name == one["data_source"],
            SqlaTable.schema == one["schema"],
            SqlaTable.table_name == one["table"],
        )
        .all()
    )
    if not found:
        table = f"{one['data_source']}.{one['schema']}.{one['table']}"
        _warn("the table of a rule is no dataset yet", rule=one["name"], table=table)
    return list(found)


def _plain(value: Any) -> Any:
    """A value that compares: rows of other tables by their ids."""
    if isinstance(value, list):
        return sorted(one.id for one in value)
    return getattr(value, "value", value)


def _warn(text: str, **details: Any) -> None:
    print(json.dumps({"warning": text, **details}), flush=True)
