"""The conversation with an OpenID provider: Authlib's, stricter, and with a secret that rotates."""

from __future__ import annotations

import copy
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import FlaskOAuth2App

from superset_aws.secret import Secret, Value
from superset_aws.settings import current

#: What providers answer to a wrong client secret (RFC 6749, 5.2); Keycloak says the second one.
_REFUSALS = ("invalid_client", "unauthorized_client")

#: Signatures that only the provider can make.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")

_secrets: dict[str, Secret] = {}


def _secret() -> Secret:
    settings = current()
    arn = settings.sign_in_secret
    assert arn is not None
    return _secrets.setdefault(arn, Secret(arn, settings.region))


class OpenIdApp(FlaskOAuth2App):  # type: ignore[misc]
    """One provider, found by the discovery document of its issuer."""

    def load_server_metadata(self) -> Any:
        """The document; one that speaks for another issuer is refused (OpenID Discovery, 4.3)."""
        metadata = super().load_server_metadata()
        issuer = current().sign_in["issuer"]
        if str(metadata.get("issuer")).rstrip("/") != issuer.rstrip("/"):
            metadata.pop("_loaded_at", None)
            raise OAuthError(
                "wrong_issuer", f"{issuer} presents itself as {metadata.get('issuer')!r}"
            )
        offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        metadata["id_token_signing_alg_values_supported"] = [
            name for name in offered if name in _ALGORITHMS
        ]
        return metadata

    def authorize_access_token(self, **options: Any) -> Any:
        """The token; its ID token is made by this issuer for this client."""
        issuer = self.load_server_metadata()["issuer"]
        options["claims_options"] = {
            "iss": {"essential": True, "values": [issuer]},
            "aud": {"essential": True, "values": [self.client_id]},
        }
        token = super().authorize_access_token(**options)
        if not token.get("userinfo"):
            raise OAuthError("no_id_token", "the provider gave no ID token")
        return token

    def fetch_access_token(self, redirect_uri: str | None = None, **options: Any) -> Any:
        """Exchange the code, with the client secret that the provider accepts.

        A provider checks the secret before it looks at the code (RFC 6749, 4.1.3), so a refused
        one does not spend the code.
        """

        def exchange(value: Value) -> Any:
            app = copy.copy(self)
            app.client_secret = value["client_secret"]
            return FlaskOAuth2App.fetch_access_token(app, redirect_uri, **options)

        return _secret().connect(exchange, _is_refusal)


def _is_refusal(problem: Exception) -> bool:
    return isinstance(problem, OAuthError) and problem.error in _REFUSALS
