"""The browser that draws reports and thumbnails: the system's, signed in without its login page.

Superset lets Playwright start a browser of Playwright's own, which the image does not hold.
"""

from __future__ import annotations

import shutil
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserType
from superset.utils.machine_auth import MachineAuthProvider

from superset_aws.in_place import REPORT_COOKIE


def _use_the_systems() -> None:
    original = BrowserType.launch

    def launch(self: BrowserType, **arguments: Any) -> Any:
        return original(self, **{"executable_path": shutil.which("chromium"), **arguments})

    BrowserType.launch = launch


class MachineAuth(MachineAuthProvider):
    """Named by MACHINE_AUTH_PROVIDER_CLASS; made once per process."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        _use_the_systems()

    def authenticate_browser_context(self, browser_context: Any, user: Any) -> Any:
        """Sign a browser in as a user.

        Superset visits /login/ first, which Playwright does not need, and which may lead to an
        identity provider that a worker cannot reach.
        """
        from flask import current_app

        base = urlsplit(current_app.config["WEBDRIVER_BASEURL"])
        browser_context.add_cookies(
            [
                {
                    "name": name,
                    "value": value,
                    "domain": base.hostname,
                    "path": "/",
                    "secure": True,
                    "httpOnly": True,
                    "sameSite": "Lax",
                }
                for name, value in {**self.get_cookies(user), REPORT_COOKIE: "1"}.items()
            ]
        )
        return browser_context
