"""A target within reach: one browser, one SSH connection a machine, one sign-in a user, each exchange once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from pydantic import SecretStr

from targets.access import kept, names, pilots, proof, recordings, ssh, windows
from targets.access.applications import Applications
from targets.access.browser import Chromium
from targets.access.exchanges import Exchange, Exchanges
from targets.access.facts import Facts
from targets.access.outcomes import CannotJudgeError
from targets.access.portal import SignedIn, UserPortal
from targets.access.web import Web
from targets.model.components import Component
from targets.model.machines import Machine, Recordings
from targets.model.services import PortThrough, Proof
from targets.model.target import Target

T = TypeVar("T")


class Platform:
    """Everything that steps need to exercise a target; a context that closes what it opened.

    `began` is when it was opened, in Unix seconds; `watched` is the folder of a watch, where one is judged.
    """

    def __init__(self, target: Target, secrets: Mapping[str, SecretStr], *, before_upgrade: bool) -> None:
        self.target = target
        self.before_upgrade = before_upgrade
        self.began = time.time()
        self.limits = target.limits
        self.watched: Path | None = None
        self.exchanges = Exchanges()
        self.web = Web(target.trust.ca_file, self.limits.answer)
        self.browser = Chromium(target.trust.ca_file, target.names, self.limits.answer)
        self._secrets = secrets
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._open.enter_context(names.known(self.target.names))
        self._open.callback(self.browser.close)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.exchanges.close()
        self._open.close()

    @property
    def expected_release(self) -> str:
        """The release that every component should show now."""
        releases = self.target.releases
        return releases.from_ if self.before_upgrade else releases.to

    @cached_property
    def portal(self) -> UserPortal:
        """The user portal; raises CannotJudgeError where the target names none."""
        if self.target.portal is None:
            raise CannotJudgeError("the target file names no portal")
        return UserPortal(self.target.portal, self.browser)

    @cached_property
    def applications(self) -> Applications:
        """What the portal opens."""
        return Applications(self.portal.portal, self.browser)

    def once(self, key: tuple[str, str], call: Callable[[], T]) -> T:
        """Return what `call` returns, or raise what it raises; it is called once a run for each key."""
        answer: T = self.exchanges.answer(Exchange(key, call))
        return answer

    def credentials(self, user: str) -> tuple[str, SecretStr]:
        """Return a user's login and password."""
        return self.target.user(user).login, self._secrets[user]

    def signed_in(self, user: str) -> SignedIn:
        """Return a user's session on the portal; the user signs in once a run, and is never tried again if refused."""
        return self.once(("signed in", user), lambda: self.portal.sign_in(*self.credentials(user)))

    def facts(self, machine: Machine) -> Facts:
        """Return a machine's facts, gathered once a run."""
        return self.once(("facts", machine.name), lambda: self._gather(machine))

    def session(self, machine: Machine) -> ssh.Session:
        """Return the one SSH connection to a machine, by which its facts are read.

        Raises CannotJudgeError whatever goes wrong: our reading account failing says nothing of the platform. A
        machine that did not answer is not asked again, or each criterion would wait for it anew.
        """
        return self.once(("session", machine.name), lambda: self._connect(machine))

    def direct(self, through: PortThrough, user: str) -> ssh.Way:
        """Return the way of a user to a server's SSH through an Edge Gateway."""
        login, password = self.credentials(user)
        return ssh.Way(through.host, through.port, login, self.target.trust.known_hosts, password=password)

    def address(self, host: str) -> str:
        """Return a host's address as the target file gives it, else the host itself."""
        return str(self.target.names.get(host, host))

    def look_for_proof(self, wanted: Proof, marker: str) -> Callable[[], bool]:
        """Return a look at whether what was typed in a session has arrived outside."""
        session = self.session(self.target.machine(wanted.machine))
        return lambda: proof.has_arrived(wanted, marker, session, self.limits.answer)

    def said_with(self, marker: str, wanted: Proof) -> str:
        """Return what arrived outside together with a marker, nothing where it did not."""
        text = proof.said(wanted, self.session(self.target.machine(wanted.machine)), self.limits.answer)
        return text if marker in text else ""

    def recordings_of(self, kind: str, user: str, text: str = "") -> recordings.Search:
        """Return a search on all Edge Gateways for the recording of a user's session that begins after this."""
        gateways = {
            machine.name: (partial(self.session, machine), machine.recordings)
            for machine in self.target.having(Component.EDGE_GATEWAY)
            if isinstance(machine.recordings, Recordings)
        }
        if not gateways:
            raise CannotJudgeError("no Edge Gateway of the target file says where its recordings are")
        wanted = recordings.Wanted(kind, self.target.user(user).login, text)
        return recordings.Search(gateways, wanted, self.target.preparation.clock)

    def examined(self, recording: recordings.Recording, kind: str, text: str = "") -> recordings.Recording:
        """Return a recording with what of it is missing, as its gateway sees it."""
        return recordings.examined(recording, kind, text, *self.recordings_on(recording.gateway))

    def recordings_on(self, gateway: str) -> tuple[ssh.Session, Recordings]:
        """Return how an Edge Gateway is read, and where its recordings are; raise CannotJudgeError if nobody knows."""
        found = next((machine for machine in self.target.machines if machine.name == gateway), None)
        if found is None or found.recordings is None:
            raise CannotJudgeError(f"the target file does not say where the recordings of {gateway} are")
        return self.session(found), found.recordings

    def has_taken_recordings(self, gateway: str) -> bool:
        """Tell whether a recording has arrived at an Edge Gateway since the run began, by whoever's clock is behind."""
        since = self.began - self.target.preparation.clock
        return kept.has_taken(*self.recordings_on(gateway), since, self.limits.answer)

    def _gather(self, machine: Machine) -> Facts:
        ask = windows.gather if machine.system == "windows" else pilots.gather
        return ask(self.session(machine), machine, self.limits.answer)

    def way_to(self, machine: Machine) -> ssh.Way:
        """Return the way by which a machine's facts are read; raise CannotJudgeError where the target gives none."""
        if machine.ssh is None:
            raise CannotJudgeError(f"the target file gives no SSH access to {machine.name}")
        return ssh.Way(
            machine.address, machine.ssh.port, machine.ssh.user, self.target.trust.known_hosts, machine.ssh.key_file
        )

    def _connect(self, machine: Machine) -> ssh.Session:
        way = self.way_to(machine)
        return self._open.enter_context(ssh.connected(way, self.limits.answer, CannotJudgeError, lasting=True))
