"""A fault of each area, on real machines: seen by what must see it, and named first. `recette detect` tries all."""

from __future__ import annotations

import pytest

from commands.campaign import chosen
from commands.detect import Campaigner, new_campaign
from reports.detection import Campaign
from targets.lab.faults import AREAS
from targets.lab.store import Store

ONE_OF_EACH_AREA = (
    "service-starting-over-and-over",
    "key-file-open-to-all",
    "any-password-accepted",
    "entity-id-changed",
    "old-tls-accepted",
    "idle-session-cut",
    "guacd-stopped",
    "recordings-cut-short",
    "controller-out-of-the-pool",
    "backup-truncated",
    "two-versions-installed",
    "both-gateways-down-at-once",
)
FAULTS = [(area, fault) for area, fault in chosen([]) if fault.name in ONE_OF_EACH_AREA]


@pytest.fixture(scope="module")
def campaign(lab_of_its_module: Store, tmp_path_factory: pytest.TempPathFactory) -> Campaign:  # noqa: ARG001 - takes it down
    folder = tmp_path_factory.mktemp("campaign")
    return Campaigner(folder, new_campaign()).run(FAULTS, upgrades=1)


def test_every_area_is_tried() -> None:
    assert {area for area, _ in FAULTS} == {area for area, entries in AREAS.items() if entries}
    assert len(FAULTS) == len(ONE_OF_EACH_AREA)


@pytest.mark.parametrize("name", ONE_OF_EACH_AREA)
def test_a_fault_is_seen_and_the_right_place_is_named_first(name: str, campaign: Campaign) -> None:
    trial = next(trial for trial in campaign.trials if trial.fault == name)
    assert (trial.trouble, trial.detected, trial.placed) == ("", True, True), trial


def test_an_upgrade_without_a_fault_raises_no_alarm(campaign: Campaign) -> None:
    assert [upgrade.silent for upgrade in campaign.clean] == [True], campaign.clean
