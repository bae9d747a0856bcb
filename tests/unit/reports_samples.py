"""Runs like those of the lab, for the tests of reports and for looking at the page."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from pydantic import JsonValue

from reports.baseline import Baseline, accept, accepted
from reports.evidence import Differs, Record
from reports.records import Environment, Phase, ReleaseStep, Run, TargetFile
from reports.results import Result, Step
from reports.rules import Rule
from reports.run_store import RunStore
from reports.verdicts import Change, Verdict

STARTED = datetime(2026, 11, 23, 21, 4, 12, tzinfo=UTC)
TARGET = TargetFile(
    name="lab",
    title="Cleanroom embedded lab",
    portal="https://portal.cleanroom.test/",
    file="targets/lab.yaml",
    sha256="a" * 64,
)
ENVIRONMENT = Environment(
    recette="0.1.0",
    python="3.11.2",
    platform="Linux 6.1 x86_64, Debian 12",
    time_zone="Europe/Paris",
    tools={"chromium": "156.0", "xfreerdp": "2.11.7"},
)


def unscrubbed(text: str) -> str:
    return text


def a_run(phase: Phase = Phase.BASELINE, **changes: object) -> Run:
    run = Run(
        phase=phase,
        target=TARGET,
        releases=ReleaseStep(from_="4.5", to="4.6"),
        started=STARTED,
        planned=1,
        environment=ENVIRONMENT,
    )
    return run.model_copy(update=changes)


def a_result(criterion: str = "WEB-01", subject: str = "Intranet", **changes: object) -> Result:
    result = Result(
        criterion=criterion,
        title="A user opens a web application",
        feature="Web applications",
        subject=subject,
        verdict=Verdict.PASSED,
        started=STARTED,
        seconds=0.5,
    )
    return result.model_copy(update=changes)


def broke(subject: str, component: str | None, machine: str | None, **changes: object) -> Result:
    """Give a result that failed, and passed in the baseline."""
    fields = {"component": component, "machine": machine, "verdict": Verdict.FAILED, "verdict_before": Verdict.PASSED}
    return a_result(subject=subject).model_copy(update=fields | {"change": Change.REGRESSED} | changes)


def a_picture(title: str, line: str = "", size: tuple[int, int] = (1280, 800), tint: str = "#12324a") -> bytes:
    """Draw what could be a screenshot."""
    image = Image.new("RGB", size, "#f5f6f8")
    draw = ImageDraw.Draw(image)
    large, small = ImageFont.load_default(size=34), ImageFont.load_default(size=20)
    draw.rectangle((0, 0, size[0], 84), fill=tint)
    draw.text((40, 22), title, font=large, fill="white")
    for number in range(4):
        top = 130 + number * 130
        draw.rounded_rectangle((40, top, size[0] - 40, top + 100), 12, fill="white", outline="#d5dae0", width=2)
        draw.text((70, top + 36), f"{line} {number + 1}" if line else f"Row {number + 1}", font=small, fill="#333")
    encoded = io.BytesIO()
    image.save(encoded, "PNG")
    return encoded.getvalue()


@dataclass
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
    if scene.picture:
        record.image(scene.picture, a_picture(scene.picture, scene.subject))
    if scene.text:
        record.text("Output", scene.text)
    reason = scene.unknown or scene.fails
    for name, (value, rule) in scene.seen.items():
        try:
            record.observe(name, value, rule)
        except Differs as difference:
            reason = reason or str(difference)
    verdict = Verdict.UNKNOWN if scene.unknown else Verdict.FAILED if reason else Verdict.PASSED
    return store.add(
        Result(
            criterion=scene.criterion,
            title=scene.title,
            feature=scene.feature,
            subject=scene.subject,
            component=scene.component,
            machine=scene.machine,
            verdict=verdict,
            reason=reason,
            advice=scene.advice if reason else None,
            started=STARTED + timedelta(seconds=len(store.run.results)),
            seconds=scene.seconds,
            steps=tuple(_steps(scene, verdict)),
            observations=tuple(record.observations),
            evidence=tuple(record.evidence),
        )
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


def service_scenes(after: bool) -> list[Scene]:
    seconds = 0.42 if after else 0.38
    return [
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
        *(
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
        ),
        *(
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
        ),
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


def platform(release: str, left_behind: str | None = None) -> list[Scene]:
    """All of the lab at a release; one machine may have been left at 4.5.0."""
    expected = f"{release}.0"
    versions = [version_scene(m, "4.5.0" if m == left_behind else expected, expected) for m in MACHINES]
    return versions + service_scenes(after=release == "4.6")
