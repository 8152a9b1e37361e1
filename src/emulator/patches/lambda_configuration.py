"""Lambda: moto forgets the logging and dead-letter configuration, and ignores some updates."""

from __future__ import annotations

from typing import Any

from moto.awslambda.models import LambdaFunction

from emulator.patches.tools import around

#: Configuration that a description repeats, with AWS's default.
KEPT: dict[str, Any] = {"LoggingConfig": {"LogFormat": "Text"}, "DeadLetterConfig": None}

#: Updates that moto ignores, and where it keeps the value.
UPDATED = {"KMSKeyArn": "kms_key_arn", "TracingConfig": "tracing_config"}


def install() -> None:
    """Keep and describe the configuration."""
    around(LambdaFunction, "__init__")(_init)
    around(LambdaFunction, "get_configuration")(_configuration)
    around(LambdaFunction, "update_configuration")(_update)


def _init(
    original: Any, self: LambdaFunction, account_id: str, spec: Any, *args: Any, **kw: Any
) -> None:
    original(self, account_id, spec, *args, **kw)
    _keep(self, spec)


def _keep(function: LambdaFunction, given: dict[str, Any]) -> None:
    kept = function.__dict__.setdefault("kept_configuration", dict(KEPT))
    kept.update({name: given[name] for name in KEPT if name in given})
    default = f"/aws/lambda/{function.function_name}"
    logging = {"LogGroup": default, **kept["LoggingConfig"]}
    if logging.get("LogFormat") == "JSON":
        logging = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", **logging}
    kept["LoggingConfig"] = logging
    function.logs_group_name = logging["LogGroup"]


def _configuration(original: Any, self: LambdaFunction, on_create: bool = False) -> dict[str, Any]:
    described: dict[str, Any] = original(self, on_create)
    kept = self.__dict__["kept_configuration"]
    return {**described, **{name: value for name, value in kept.items() if value}}


def _update(original: Any, self: LambdaFunction, config_updates: dict[str, Any]) -> Any:
    _keep(self, config_updates)
    for name, attribute in UPDATED.items():
        if name in config_updates:
            setattr(self, attribute, config_updates[name])
    if "EphemeralStorage" in config_updates:
        self.ephemeral_storage = config_updates["EphemeralStorage"]["Size"]  # type: ignore[assignment]
    return original(self, config_updates)
