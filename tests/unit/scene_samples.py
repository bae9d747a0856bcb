"""Runs like those of the lab, scene by scene, for the tests of reports and for looking at the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import JsonValue

from reports.baseline import Baseline, accept, accepted
from reports.evidence import Differs, Record
from reports.records import Phase
from reports.results import Result, Step
from reports.rules import Rule
from reports.run_store import RunStore
from reports.verdicts import Verdict
from tests.unit.reports_samples import STARTED, TARGET, a_picture, a_run, unscrubbed


@dataclass(frozen=True)
class Scene:
    """One criterion on one subject, as a step module would exercise it."""

    criterion: str
    title: str
    feature: str
    subject: str
    steps: tuple[str, ...]
    component: str | None = None
    machine: str | None = None
    seen: dict[str, tuple[JsonValue, Rule | None]] = field(default_factory=dict)
    picture: str | None = None
    text: str | None = None
    advice: str | None = None
    fails: str | None = None
    unknown: str | None = None
    seconds: float = 0.6


def exercise(store: RunStore, scene: Scene, scrub: Callable[[str], str] = unscrubbed) -> Result:
    """Do what pytest's side does with a scenario."""
    before = store.before(scene.criterion, scene.subject)
    record = Record(store.folder, scene.criterion, scene.subject, scrub=scrub, before=before)
    difference = _difference(scene, record)
    reason = scene.unknown or scene.fails or difference
    verdict = Verdict.UNKNOWN if scene.unknown else Verdict.FAILED if reason else Verdict.PASSED
    return store.add(_result(scene, record, verdict, reason, STARTED + timedelta(seconds=len(store.run.results))))


def _difference(scene: Scene, record: Record) -> str | None:
    """Leave what the scene leaves; return how it differs from the baseline."""
    if scene.picture:
        record.image(scene.picture, a_picture(scene.picture, scene.subject))
    if scene.text:
        record.text("Output", scene.text)
    found = [_observed(record, name, value, rule) for name, (value, rule) in scene.seen.items()]
    return next(filter(None, found), None)


def _observed(record: Record, name: str, value: JsonValue, rule: Rule | None) -> str | None:
    try:
        record.observe(name, value, rule)
    except Differs as difference:
        return str(difference)
    return None


def _result(scene: Scene, record: Record, verdict: Verdict, reason: str | None, started: datetime) -> Result:
    return Result(
        criterion=scene.criterion,
        title=scene.title,
        feature=scene.feature,
        subject=scene.subject,
        component=scene.component,
        machine=scene.machine,
        verdict=verdict,
        reason=reason,
        advice=scene.advice if reason else None,
        started=started,
        seconds=scene.seconds,
        steps=tuple(_steps(scene, verdict)),
        observations=tuple(record.observations),
        evidence=tuple(record.evidence),
    )


def _steps(scene: Scene, verdict: Verdict) -> Iterable[Step]:
    last = len(scene.steps) - 1
    for number, text in enumerate(scene.steps):
        yield Step(text=text, verdict=verdict if number == last else Verdict.PASSED, seconds=0.1 * (number + 1))


def make(
    root: Path, phase: Phase, scenes: list[Scene], baseline: Baseline | None = None, planned: int | None = None
) -> RunStore:
    """Make a whole run of some scenes."""
    started = datetime.now(UTC) - timedelta(seconds=48)
    run = a_run(phase, planned=len(scenes) if planned is None else planned, started=started)
    store = RunStore.begin(root, run, scrub=unscrubbed, baseline=baseline)
    for scene in scenes:
        exercise(store, scene)
    store.finish()
    return store


def accepted_baseline(root: Path, scenes: list[Scene]) -> Baseline:
    store = make(root, Phase.BASELINE, scenes)
    accept(store.folder, despite_failures=True)
    return accepted(root, TARGET)


MACHINES = {
    "mc1": "mediation controller",
    "mc2": "mediation controller",
    "eg1": "edge gateway",
    "eg2": "edge gateway",
    "html5": "HTML5 gateway",
    "srv1": "recording agent",
    "pilot1": "client",
    "pilot2": "client",
}


def version_scene(machine: str, release: str, expected: str) -> Scene:
    component = MACHINES[machine]
    package = f"ipdiva-{component.replace(' ', '-')}"
    behind = release != expected
    rule = Rule.newer() if expected.startswith("4.6") else None
    return Scene(
        "VER-01",
        "The server shows the release that the phase expects",
        "Versions",
        machine,
        (
            f"Given the server {machine}",
            "When its packages are listed",
            f"Then each of its packages shows release {expected.rpartition('.')[0]}",
        ),
        component,
        machine,
        seen={f"{package}.version": (release, rule), "packages": ([package], Rule.lost_none())},
        text=f"Desired=Unknown/Install/Remove/Purge/Hold\n||/ Name        Version\nii  {package}  {release}  amd64\n",
        fails=f"{machine} shows {package} {release}, and {expected} is expected" if behind else None,
        advice=f"Upgrade {machine} as the vendor describes, then run validate again" if behind else None,
    )


PORTAL_SCENES = [
    Scene(
        "POR-01",
        "A user signs in with a local account",
        "User portal",
        "portal",
        (
            "Given the user alice",
            "When alice signs in to the portal",
            "Then the portal shows that alice is signed in",
            "And the application list has lost none of what it had before",
        ),
        "mediation controller",
        seen={
            "portal.applications": (["Intranet", "Admin notes", "Desktop", "Desktop HTML5"], Rule.lost_none()),
            "portal.cookie_flags": (["Secure", "HttpOnly"], Rule.same()),
        },
        picture="Applications of alice",
        seconds=1.9,
    ),
    Scene(
        "POR-02",
        "A wrong password is refused",
        "User portal",
        "portal",
        ("When mallory signs in with a wrong password", "Then the portal refuses"),
        "mediation controller",
        picture="Sign-in refused",
    ),
]
FEDERATION_SCENES = [
    Scene(
        "SAM-01",
        "A user signs in through the identity provider",
        "SAMLv2 federation",
        "idp",
        ("When bob signs in through the identity provider", "Then the portal shows that bob is signed in"),
        "mediation controller",
        seen={"saml.entity_id": ("https://portal.cleanroom.test/shibboleth", Rule.same())},
        picture="Applications of bob",
        seconds=2.6,
    ),
]
HTML5_SCENES = [
    Scene(
        "HTM-01",
        "A user works on a desktop in the browser",
        "HTML5 applications",
        "Desktop HTML5",
        ("When dave opens Desktop HTML5", "Then the desktop answers the keyboard"),
        "HTML5 gateway",
        "html5",
        picture="Desktop of dave",
        seconds=6.8,
    ),
]
SSH_SCENES = [
    Scene(
        "SSH-01",
        "A user runs a command by SSH",
        "Direct access",
        f"srv1 through {gateway}",
        (f"When carol connects to srv1 through {gateway}", "Then `id -un` answers carol"),
        "edge gateway",
        gateway,
        seen={"ssh.host_key": ("SHA256:1cYQy3xUQ0k0aWcQ5i1m2w0rjTzs8Y8oV3bnS4sGmXk", Rule.same())},
        text="carol\n",
    )
    for gateway in ("eg1", "eg2")
]


def web_scenes(seconds: float) -> list[Scene]:
    return [
        Scene(
            "WEB-01",
            "A user opens a web application",
            "Web applications",
            f"{application} through {gateway}",
            (
                f"When alice opens {application} through {gateway}",
                "Then the page shows what it should",
                "And it answers within 200 % of the time that it took before",
            ),
            "edge gateway",
            gateway,
            seen={
                "web.status": (200, Rule.same()),
                "web.seconds": (seconds, Rule.within(200)),
                "web.title": (application, Rule.same()),
            },
            picture=application,
            text="HTTP/1.1 200 OK\nContent-Type: text/html\nStrict-Transport-Security: max-age=31536000\n",
        )
        for application in ("Intranet", "Admin notes")
        for gateway in ("eg1", "eg2")
    ]


def service_scenes(after: bool) -> list[Scene]:
    web = web_scenes(seconds=0.42 if after else 0.38)
    return [*PORTAL_SCENES, *FEDERATION_SCENES, *web, *SSH_SCENES, *HTML5_SCENES]


def platform(release: str, left_behind: str | None = None) -> list[Scene]:
    """All of the lab at a release; one machine may have been left at 4.5.0."""
    expected = f"{release}.0"
    versions = [version_scene(m, "4.5.0" if m == left_behind else expected, expected) for m in MACHINES]
    return versions + service_scenes(after=release == "4.6")
