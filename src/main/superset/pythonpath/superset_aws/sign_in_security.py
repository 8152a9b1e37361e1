"""Superset's security manager with our rules: who signs in, as whom, and which rows he sees."""

from __future__ import annotations

import json
import logging
import secrets
from typing import Any

from flask import g, has_request_context, request
from flask_login import current_user
from sqlalchemy import inspect
from superset.errors import ErrorLevel, SupersetError, SupersetErrorType
from superset.exceptions import SupersetSecurityException
from superset.security import SupersetSecurityManager
from superset.security.manager import _RLSFilterRow

from superset_aws import session_lifetime, sign_in, sign_in_attributes, sign_in_store
from superset_aws.metrics.lines import FAILED_LOGINS, record
from superset_aws.permissions import FewerQueries
from superset_aws.settings import current
from superset_aws.sign_in_pages import RATE_LIMIT, BreakGlassView, without_role
from superset_aws.web_security import HOSTS

logger = logging.getLogger(__name__)


def managed(source: str, schema: str | None, table: str) -> str:
    """Description of a row-level rule that comes from the configuration; says what it protects."""
    return f"From the configuration, for {source}.{schema}.{table}. Changes are undone."


class SecurityManager(FewerQueries, SupersetSecurityManager):  # type: ignore[misc]
    """Named by CUSTOM_SECURITY_MANAGER."""

    # --- Signing in -----------------------------------------------------------------------------

    def __init__(self, appbuilder: Any) -> None:
        super().__init__(appbuilder)
        session_lifetime.install()

    def register_views(self) -> None:
        """Superset's, and with a provider the break-glass form."""
        super().register_views()
        if sign_in.is_oidc(current()):
            view = self.appbuilder.add_view_no_menu(BreakGlassView)
            self.limiter.limit(RATE_LIMIT, methods=["POST"])(view.blueprint)
        for view in self.appbuilder.baseviews:
            # POST /api/v1/security/login takes passwords too, and Superset does not limit it.
            if isinstance(view, self.security_api):
                self.limiter.limit(self.auth_rate_limit, methods=["POST"])(view.blueprint)

    @staticmethod
    def before_request() -> Any:
        """Called by Flask before every request; an answer ends it."""
        session_lifetime.end_when_old()
        g.user = current_user
        return without_role()

    def auth_user_db(self, username: str, password: str) -> Any:
        """Where a provider signs people in, only the service account of an application that embeds
        dashboards: the API would take the passwords of people otherwise."""
        user = super().auth_user_db(username, password)
        if user and sign_in.is_oidc(current()):
            user = user if {role.name for role in user.roles} == {HOSTS} else None
        return self._counted(user, username)

    def auth_break_glass(self, username: str, password: str) -> Any:
        """The administrator whose password is in Secrets Manager; None for all others."""
        user = super().auth_user_db(username, password)
        user = user if user and sign_in_store.is_break_glass(user.id) else None
        return self._counted(user, username)

    def _counted(self, user: Any, username: str) -> Any:
        """Who signs in as it is; nobody is a failed sign-in. A name that nobody has is not written
        down: people type passwords there."""
        if user is None:
            self._refused(username if self.find_user(username=username) else None)
        return user

    @staticmethod
    def _refused(username: str | None) -> None:
        record({FAILED_LOGINS: 1})
        logger.warning("sign-in refused", extra={"user": username, "address": request.remote_addr})

    def set_oauth_session(self, provider: str, oauth_response: Any) -> None:
        """Keeps no token: nothing needs one later, and the cookie is not encrypted."""

    def get_oauth_user_info(self, provider: str, resp: Any) -> dict[str, Any]:
        """Who it is: the verified ID token, and the user info endpoint where that is short."""
        section, remote = current().sign_in, self.oauth_remotes[provider]
        claims = dict(resp["userinfo"])
        if sign_in.lacks(section, claims) and remote.server_metadata.get("userinfo_endpoint"):
            more = remote.userinfo(token=resp)
            # OpenID Connect Core, 5.3.2: another subject's must not be used.
            if more.get("sub") != claims["sub"]:
                raise ValueError("the user info is about somebody else than the ID token")
            claims = {**more, **claims}
        return sign_in.person(section, claims)

    def auth_user_oauth(self, userinfo: dict[str, Any]) -> Any:
        """The user, made or brought up to date; None where he may not sign in."""
        user = self.get_user_by_username(userinfo["username"]) or self._linked(userinfo)
        if user is None:
            user = self._registered(userinfo)
        if not user or not user.is_active or sign_in_store.is_break_glass(user.id):
            return self._refused(userinfo["username"])
        for name in ("first_name", "last_name"):
            setattr(user, name, userinfo[name])
        if userinfo["email"] and not self.find_user(email=userinfo["email"]):
            user.email = userinfo["email"]
        user.roles = self._oauth_calculate_user_roles(userinfo)
        sign_in_store.keep(user.id, userinfo["attributes"])
        self.update_user_auth_stat(user)
        roles = sorted(role.name for role in user.roles)
        logger.info("signed in", extra={"user": user.username, "roles": roles})
        return user

    def _oauth_calculate_user_roles(self, userinfo: dict[str, Any]) -> list[Any]:
        """Those of the groups, and the default ones; FAB knows one default role only."""
        roles = self.get_roles_from_keys(userinfo["role_keys"])
        for name in current().sign_in.get("default_roles") or ():
            role = self.find_role(name)
            if role:
                roles.add(role)
            else:
                logger.warning("there is no role %s, which sign_in.default_roles names", name)
        return list(roles)

    def _linked(self, userinfo: dict[str, Any]) -> Any:
        """The account of the time before this provider, when the provider has verified the address.

        An account of the same provider is left alone: it is another person's, who had the address.
        """
        provider = current().sign_in["provider"]
        user = self.find_user(email=userinfo["email"]) if userinfo["email"] else None
        if user is None or not userinfo["email_verified"]:
            return None
        if user.username.startswith(f"{provider}_") or sign_in_store.is_break_glass(user.id):
            return None
        logger.warning(
            "an account goes over to the provider",
            extra={"before": user.username, "user": userinfo["username"]},
        )
        user.username = userinfo["username"]
        return user

    def _registered(self, userinfo: dict[str, Any]) -> Any:
        if userinfo["email"] and self.find_user(email=userinfo["email"]):
            logger.warning(
                "the address belongs to another account, and the provider did not verify it",
                extra={"user": userinfo["username"]},
            )
            return None
        return self.add_user(
            userinfo["username"],
            userinfo["first_name"],
            userinfo["last_name"],
            userinfo["email"] or f"{userinfo['username']}@invalid",
            password=secrets.token_urlsafe(32),
        )

    # --- Rows -----------------------------------------------------------------------------------

    def get_rls_filters(self, table: Any) -> list[Any]:
        """As Superset's; a clause that asks for what the user lacks lets no row through."""
        return [
            rule
            if sign_in_attributes.is_answerable(rule.clause)
            else _RLSFilterRow(rule.id, rule.group_key, sign_in_attributes.CLOSED)
            for rule in super().get_rls_filters(table)
        ]

    def get_rls_cache_key(self, datasource: Any) -> list[str]:
        """The attributes as well: users in whom they differ share no cached rows.

        Superset's own key has the clauses before their macros are rendered, and it looks for its
        own macros only (ExtraCache.regex). All attributes count, because a macro may also stand in
        a virtual dataset, a column or a filter.
        """
        known = sign_in_attributes.mine()
        mark = [json.dumps(known, sort_keys=True)] if known else []
        return [*super().get_rls_cache_key(datasource), *mark]

    # --- Datasets -------------------------------------------------------------------------------

    def dataset_after_insert(self, mapper: Any, connection: Any, target: Any) -> None:
        """Refuses a dataset on what its maker may not see; applies the rules for its table."""
        self._check_reach(target)
        super().dataset_after_insert(mapper, connection, target)
        from superset.connectors.sqla.models import RLSFilterTables, RowLevelSecurityFilter

        rules = RowLevelSecurityFilter.__table__
        description = managed(target.database.database_name, target.schema, target.table_name)
        found = connection.execute(
            rules.select().with_only_columns([rules.c.id]).where(rules.c.description == description)
        )
        for (rule,) in found.fetchall():
            connection.execute(
                RLSFilterTables.insert().values(table_id=target.id, rls_filter_id=rule)
            )

    def dataset_before_update(self, mapper: Any, connection: Any, target: Any) -> None:
        """A dataset must not move to where its owner may not see."""
        state = inspect(target)
        watched = ("database_id", "database", "catalog", "schema", "table_name")
        if any(state.attrs[name].history.has_changes() for name in watched):
            self._check_reach(target)
        super().dataset_before_update(mapper, connection, target)

    def _check_reach(self, dataset: Any) -> None:
        """Superset lets everybody who may write datasets make one of any table in any database, and
        lets its owner read it (CreateDatasetCommand, raise_for_access)."""
        if not has_request_context():
            return
        from superset.models.core import Database

        database = dataset.database or self.session.get(Database, dataset.database_id)
        catalog = dataset.catalog or database.get_default_catalog()
        schema = self.get_schema_perm(database.database_name, catalog, dataset.schema)
        if self.can_access_catalog(database, catalog) or (
            schema and self.can_access("schema_access", schema)
        ):
            return
        raise SupersetSecurityException(
            SupersetError(
                message=f"You have no access to {database.database_name}.{dataset.schema}",
                error_type=SupersetErrorType.DATASOURCE_SECURITY_ACCESS_ERROR,
                level=ErrorLevel.ERROR,
            )
        )
