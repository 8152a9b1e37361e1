"""The WSGI application that gunicorn serves."""

from superset.app import create_app

app = create_app()
