"""What could be bought or switched off: the same stacks at other prices or hours."""

from __future__ import annotations

from dataclasses import dataclass

from commands.cost.amounts import HOURS, WEEK
from commands.problems import Mistakes


@dataclass(frozen=True)
class Options:
    """How what runs is paid, and when it runs.

    `spot`: tasks that the stacks put on Fargate Spot run there. `savings_plan`: a Compute Savings
    Plan (1 year, nothing upfront) covers the tasks on demand that always run. `reserved`: reserved
    instances of RDS and reserved nodes of ElastiCache (the same terms). `hours_per_week`: how long
    the services run, and with `stop_database` the database too; the rest cannot be stopped.
    """

    spot: bool = True
    savings_plan: bool = False
    reserved: bool = False
    hours_per_week: float = WEEK
    stop_database: bool = False

    def __post_init__(self) -> None:
        wrong = []
        stopped = self.hours_per_week < WEEK
        if not 0 <= self.hours_per_week <= WEEK:
            wrong.append(f"hours per week are {self.hours_per_week:g}; must be 0 to {WEEK:g}")
        if stopped and self.savings_plan:
            wrong.append(
                "a Savings Plan is also paid while services are stopped: choose one "
                f"(--hours-per-week {WEEK:g} lets them run)"
            )
        if self.stop_database and self.hours_per_week == WEEK:
            wrong.append("the database stops with the services: say how many hours a week they run")
        if self.stop_database and self.reserved:
            wrong.append(
                "a reserved instance is also paid while the database is stopped: choose one "
                f"(--hours-per-week {WEEK:g} lets it run)"
            )
        if wrong:
            raise Mistakes(wrong)

    @property
    def service_hours(self) -> float:
        """Hours a month in which services run."""
        return HOURS * self.hours_per_week / WEEK

    @property
    def database_hours(self) -> float:
        """Hours a month in which the database runs."""
        return self.service_hours if self.stop_database else HOURS
