"""The least that the official image must be told: where the database, the caches and the key are.

Everything else is Superset's default: the event log in the database with each event, connections,
compression, static files. The limit of requests is raised as it is for the other side.
"""

from superset_aws.caches import caches
from superset_aws.database import metadata
from superset_aws.settings import current

_settings = current()
metadata.install(metadata.connector())

globals().update(caches(_settings))
SQLALCHEMY_DATABASE_URI = metadata.URI
SECRET_KEY = _settings.secret_key
RATELIMIT_ENABLED = True
RATELIMIT_APPLICATION = _settings.rate_limit
