"""Rotation of the secret key: what is stored encrypted is encrypted anew."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import Model
from sqlalchemy_utils import EncryptedType
from superset.extensions import db
from superset.utils.encrypt import SecretsMigrator

from superset_aws.settings import Settings


class _Migrator(SecretsMigrator):
    """Superset's own looks for columns in another registry of tables than the one that they are
    declared in, finds none and reports success (Superset issue 37842)."""

    def discover_encrypted_fields(self) -> dict[str, dict[str, EncryptedType]]:
        """Table to column to type."""
        found: dict[str, dict[str, Any]] = {}
        for name, table in Model.metadata.tables.items():
            for column in table.columns:
                if isinstance(column.type, EncryptedType):
                    found.setdefault(name, {})[column.name] = column.type
        return found


def reencrypt(settings: Settings) -> str:
    """Every stored credential can be read with the current key afterwards, or this fails."""
    migrator = _Migrator(settings.previous_secret_key or settings.secret_key)
    columns = migrator.discover_encrypted_fields()
    if not columns:
        raise RuntimeError("no encrypted column was found: Superset's models were not loaded")
    if not settings.previous_secret_key or settings.previous_secret_key == settings.secret_key:
        return "there is no previous key"
    migrator.run()
    return f"{_verify(columns)} values can be read with the current key"


def _verify(columns: dict[str, dict[str, EncryptedType]]) -> int:
    read = 0
    for name in columns:
        table = Model.metadata.tables[name]
        for column in columns[name]:
            # Selecting decrypts; a value of another key raises.
            for (value,) in db.session.execute(table.select().with_only_columns([table.c[column]])):
                read += value is not None
    return read
