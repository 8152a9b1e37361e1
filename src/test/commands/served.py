"""AWS in memory for programs that the commands call: Terraform, the AWS CLI."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from commands import environment


@contextmanager
def aws() -> Iterator[str]:
    """The address of an empty account, and an environment that leads there."""
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        running.start()
        try:
            host, port = running.get_host_and_port()
            url = f"http://{host}:{port}"
            for name in environment.without_user_settings():
                patch.delenv(name, raising=False)
            for name, value in environment.emulator_variables(url).items():
                patch.setenv(name, value)
            yield url
        finally:
            running.stop()
