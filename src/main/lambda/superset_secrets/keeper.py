"""What is done with one secret, in the writer region and in the others.

Every step may be the last one of a killed run, and every run starts by looking at what is there:

    pending here -> pending elsewhere -> master password -> current here -> current elsewhere

At each point the database's password is pending or current in every region that answers.
"""

from collections.abc import Callable

from superset_secrets.container import Container, NotDeployed, Stages
from superset_secrets.database import Database
from superset_secrets.regions import Regions, RegionUnreachable
from superset_secrets.settings import Settings
from superset_secrets.values import ADMIN, CANARY, CANARY_USERNAME, DATABASE, generate, parse
from superset_secrets.versions import number_of
from superset_shared.log import log


class Keeper:
    """Keeps one secret of this region as the configuration wants it."""

    def __init__(
        self, name: str, wanted: int, settings: Settings, regions: Regions, database: Database
    ) -> None:
        self._name = name
        self._wanted = wanted
        self._settings = settings
        self._regions = regions
        self._database = database
        self._home = self._container(settings.region)

    def as_writer(self) -> str:
        """Generate, restore, heal, rotate or enforce; returns filled, healed, rotated or kept."""
        stages = self._stages_here()
        if stages.empty:
            if not self._restore():
                self._generate(None)
                return "filled"
            stages = self._home.stages()
        self._refuse_lower(stages)
        healed = self._heal(stages)
        current = self._stages_here().current
        assert current is not None
        number = number_of(current)
        if number != self._wanted:
            self._generate(self._home.value(current))
            return "rotated"
        if not healed:
            healed = self._settle(self._home.value(current), self._wanted)
        return "healed" if healed else "kept"

    def as_follower(self, writer: str) -> str:
        """Copy from the writer region what is missing here; returns filled, rotated or kept."""
        stages = self._stages_here()
        self._refuse_lower(Stages(stages.current, None, stages.previous))
        if stages.current is not None and number_of(stages.current) == self._wanted:
            if stages.pending == stages.current:
                self._home.make_current(stages.current)
            return "kept"
        try:
            number, value = self._regions.ask(writer, self._current_of)
        except RegionUnreachable:
            raise RuntimeError(
                f"version {self._wanted} of {self._name} must be copied from {writer}, "
                "which does not answer"
            ) from None
        self._home.make_current(self._home.put_pending(number, value))
        log("copied", secret=self._name, version=number, source=writer)
        return "filled" if stages.empty else "rotated"

    def _container(self, region: str) -> Container:
        return Container(self._regions.client("secretsmanager", region), region, self._name)

    def _stages_here(self) -> Stages:
        try:
            return self._home.stages()
        except NotDeployed as error:
            raise RuntimeError(str(error)) from None

    def _refuse_lower(self, stages: Stages) -> None:
        if stages.number is not None and stages.number > self._wanted:
            raise RuntimeError(
                f"version {stages.number} of {self._name} is stored in {self._settings.region}, "
                f"but {self._wanted} is configured: a version is never lowered"
            )

    def _generate(self, current: str | None) -> None:
        settings = self._settings
        usernames = {ADMIN: settings.admin_username, CANARY: CANARY_USERNAME}
        username = usernames.get(self._name, settings.database_username)
        value = generate(self._name, username, current)
        self._settle(self._home.put_generated(self._wanted, value), self._wanted)

    def _restore(self) -> bool:
        """Take an empty container's value from a region that still has one.

        A secret key that is made anew would make everything unreadable that Superset encrypted.
        """

        def offer(region: str) -> tuple[int, str] | None:
            container = self._container(region)
            try:
                current = container.stages().current
            except NotDeployed:
                return None
            number = number_of(current)
            return None if number is None else (number, container.value(current or ""))

        offers = [offer for offer in self._regions.ask_others(offer) if offer is not None]
        if not offers:
            return False
        number, value = max(offers, key=lambda offered: offered[0])
        self._home.put_pending(number, value)
        log("restored from another region", secret=self._name, version=number)
        return True

    def _heal(self, stages: Stages) -> bool:
        """Finish what an earlier run left pending, and give a value put by hand a number."""
        if stages.pending is not None:
            number = number_of(stages.pending) or self._wanted
            self._settle(self._home.value(stages.pending), number)
            return True
        by_hand = stages.current is not None and number_of(stages.current) is None
        if by_hand and stages.number in (None, self._wanted):
            self._settle(self._home.value(stages.current or ""), self._wanted)
            return True
        return False

    def _settle(self, value: str, number: int) -> bool:
        """Make `value` the one that every region has and the database accepts.

        Returns whether any container had to be changed.
        """
        fields = parse(self._name, value)
        changed = not self._home.holds(value, number)
        if changed:
            identifier = self._home.put_pending(number, value)
        pushed = [one for one in self._regions.ask_others(self._push(value, number)) if one]
        if self._name == DATABASE:
            self._database.set_password(fields["username"], fields["password"])
        if changed:
            self._home.make_current(identifier)
        self._finish(dict(pushed))
        log("settled", secret=self._name, version=number, regions=[region for region, _ in pushed])
        return changed or bool(pushed)

    def _push(self, value: str, number: int) -> Callable[[str], tuple[str, str] | None]:
        """An action that makes the value pending in another region unless it has it."""

        def push(region: str) -> tuple[str, str] | None:
            container = self._container(region)
            try:
                if container.holds(value, number):
                    return None
                return region, container.put_pending(number, value)
            except NotDeployed as missing:
                log("not pushed", secret=self._name, region=region, reason=str(missing))
                return None

        return push

    def _finish(self, pushed: dict[str, str]) -> None:
        """Make current in the other regions what was pushed there."""

        def finish(region: str) -> None:
            if region in pushed:
                self._container(region).make_current(pushed[region])

        self._regions.ask_others(finish)

    def _current_of(self, writer: str) -> tuple[int, str]:
        """The wanted version's number and value, as the writer region has it."""
        source = self._container(writer)
        try:
            stages = source.stages()
        except NotDeployed:
            stages = Stages(None, None, None)
        number = number_of(stages.current)
        if stages.current is None or number is None or number < self._wanted:
            raise RuntimeError(
                f"{writer} does not have version {self._wanted} of {self._name} yet: "
                f"deploy {writer} first"
            )
        if number > self._wanted:
            raise RuntimeError(
                f"{writer} has version {number} of {self._name}, but {self._wanted} is "
                "configured: a version is never lowered"
            )
        value = source.value(stages.current)
        parse(self._name, value)
        return number, value
