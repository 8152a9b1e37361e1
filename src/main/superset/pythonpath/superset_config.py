"""What Superset imports: every setting, made from the environment."""

from superset_aws.configuration import configuration
from superset_aws.settings import current

globals().update(configuration(current()))
