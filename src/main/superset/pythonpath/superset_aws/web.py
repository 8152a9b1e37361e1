"""The WSGI application that gunicorn serves."""

from superset.app import create_app

from superset_aws.static_files import static_files

app = create_app()
app.wsgi_app = static_files(app.wsgi_app)
