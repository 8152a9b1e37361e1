"""Databases, datasets, charts, dashboards and saved queries: Superset's own export of everything.

The archive can also be imported by hand, through /api/v1/assets/import/.
"""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import yaml
from sqlalchemy.engine import make_url
from superset.constants import PASSWORD_MASK
from superset.extensions import db, security_manager

from superset_aws.settings import Settings

ROOT = "export"

#: What stands for a password until somebody enters it.
NOT_EXPORTED = "not-exported"


@contextlib.contextmanager
def administrator(settings: Settings) -> Iterator[None]:
    """As the break-glass administrator: Superset shows everybody only what is theirs."""
    from superset.utils.core import override_user

    assert settings.admin is not None
    user = security_manager.find_user(username=settings.admin.username)
    if user is None:
        raise RuntimeError("there is no administrator yet: run init first")
    with override_user(user):
        yield


def pack() -> bytes:
    """The archive. Superset leaves passwords out of it."""
    from superset.commands.export.assets import ExportAssetsCommand

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in ExportAssetsCommand().run():
            archive.writestr(f"{ROOT}/{name}", text())
    return packed.getvalue()


def unpack(packed: bytes) -> list[str]:
    """Import an archive; the names of the databases that are without a password now.

    Databases that init has registered keep what the configuration says. A Superset that has
    content of its own is refused: an import overwrites, and would bring back what is old.
    """
    from superset.commands.importers.v1.assets import ImportAssetsCommand

    files = _files(packed)
    _refuse_other_content(files)
    passwords = {}
    for name in [name for name in files if name.startswith("databases/")]:
        database = yaml.safe_load(files[name])
        if _is_registered(database):
            del files[name]
        elif make_url(database["sqlalchemy_uri"]).password == PASSWORD_MASK:
            passwords[name] = NOT_EXPORTED
    # sparse: what is not in the archive, the registered databases, is looked up.
    ImportAssetsCommand(files, passwords=passwords, sparse=True).run()
    return sorted(yaml.safe_load(files[name])["database_name"] for name in passwords)


def _files(packed: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {
            name.partition("/")[2]: archive.read(name).decode()
            for name in archive.namelist()
            if not name.endswith("/")
        }


def _is_registered(exported: dict[str, Any]) -> bool:
    """Whether there is a database of that name; it takes on the exported one's identity."""
    from superset.models.core import Database

    name = exported["database_name"]
    found = db.session.query(Database).filter_by(database_name=name).one_or_none()
    if found is None:
        return False
    found.uuid = exported["uuid"]
    db.session.commit()
    return True


def _refuse_other_content(files: dict[str, str]) -> None:
    from superset.connectors.sqla.models import SqlaTable
    from superset.models.dashboard import Dashboard
    from superset.models.slice import Slice

    for model, folder, word in (
        (Dashboard, "dashboards/", "dashboards"),
        (Slice, "charts/", "charts"),
        (SqlaTable, "datasets/", "datasets"),
    ):
        known = {
            yaml.safe_load(text)["uuid"] for name, text in files.items() if name.startswith(folder)
        }
        others = [one for (one,) in db.session.query(model.uuid) if str(one) not in known]
        if others:
            raise RuntimeError(
                f"this Superset has {len(others)} {word} that the export does not know: import"
                " into an empty one (superset.examples: false)"
            )
