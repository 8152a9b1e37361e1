"""One deployed emulator per scenario serves all tests; the order is that of a system's life."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from deployments import Deployment, Deployments
from environments import DEV, PROD, STAGING
from scenarios import deploy_with_cdktf, deploy_with_terraform, killed_deploys, upgrade
from third import third_region

FOLDER = Path(__file__).parent
SECONDS = 2400

#: Modules in the order in which they run; what changes the deployment comes after what reads it.
ORDER = (
    "test_deploy",
    "test_network_exists",
    "test_data_exists",
    "test_services_exist",
    "test_edge_exists",
    "test_reachability",
    "test_tags_and_outputs",
    "test_superset_runs",
    "test_backups_exist",
    "test_audit_exists",
    "test_rotation",
    "test_stored_secrets",
    "test_rollout",
    "test_permissions_used",
    "test_lock",
    "test_drift",
    "test_one_region_alone",
    "test_other_environments",
    "test_upgrade",
    "test_runbooks",
    "test_drill",
    "test_third_region",
    "test_killed_deploy",
    "test_destroy",
)

SCENARIOS = {
    "production": (PROD, deploy_with_cdktf),
    "killed": (DEV, killed_deploys),
    "staging": (STAGING, deploy_with_terraform),
    "upgraded": (STAGING, upgrade),
    "third": (PROD, third_region),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort by ORDER, other folders' tests first; the first test of a scenario waits for it."""
    for item in items:
        if Path(item.path).parent == FOLDER:
            item.add_marker(pytest.mark.timeout(SECONDS))
    items.sort(key=lambda item: _position(item.nodeid))


def _position(nodeid: str) -> int:
    module = nodeid.split("::")[0].rpartition("/")[2].removesuffix(".py")
    return ORDER.index(module) if module in ORDER else -1


@pytest.fixture(scope="session")
def deployments(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployments]:
    """Starts at once every scenario that a chosen test needs."""
    made = Deployments(tmp_path_factory.mktemp("deployments"))
    needed = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    for name, (environment, scenario) in SCENARIOS.items():
        if name in needed:
            made.start(name, environment, scenario)
    yield made
    made.close()


@pytest.fixture(scope="session")
def production(deployments: Deployments) -> Deployment:
    """Every prod stack, deployed by what `make deploy` runs."""
    return deployments.wait("production")


@pytest.fixture(scope="session")
def staging(deployments: Deployments) -> Deployment:
    """Every staging stack, deployed by plain Terraform from the synthesized JSON."""
    return deployments.wait("staging")


@pytest.fixture(scope="session")
def killed(deployments: Deployments) -> Deployment:
    """Every dev stack, deployed in spite of several kills."""
    return deployments.wait("killed")


@pytest.fixture(scope="session")
def upgraded(deployments: Deployments) -> Deployment:
    """Staging of the first release, on which today's JSON was applied by plain Terraform."""
    return deployments.wait("upgraded")


@pytest.fixture(scope="session")
def third(deployments: Deployments) -> Deployment:
    """A production of its own, small, that got a third region and lost the first."""
    return deployments.wait("third")


@pytest.fixture(params=PROD.regions)
def region(request: pytest.FixtureRequest) -> str:
    """Each region of production."""
    return request.param
