"""The lab store: where everything the lab makes lies, with the keys and secrets of this one lab.

Keys, certificates and secrets are made when first asked for and then kept, so the same store gives the same values.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp

from pydantic import SecretStr

from targets.lab import pki
from targets.lab.machines import PORTAL_ADDRESS, PORTAL_HOST, SERVERS
from targets.lab.pki import KeyPair
from targets.lab.role import Machine

LAB_STORE = Path("/var/lib/recette/lab")
SECRET_BYTES = 18
USER_SSH_KEY = "id_ed25519"


@dataclass(frozen=True)
class Store:
    """A lab store at ``path``."""

    path: Path = LAB_STORE

    def secret(self, name: str) -> SecretStr:
        """Give the random password called ``name`` (``alice``, ``database``...): letters, digits, ``-`` and ``_``."""
        return SecretStr(self._kept(f"secrets/{name}", lambda: secrets.token_urlsafe(SECRET_BYTES)))

    @property
    def ca(self) -> str:
        """The certificate of the lab's CA, also kept for others to read as ``ca.pem``."""
        certificate = self._authority().certificate
        return self._kept("ca.pem", lambda: certificate, mode=0o644)

    def certificate(self, name: str) -> KeyPair:
        """Give the TLS server certificate of a machine (its host name and address) or of ``portal``."""
        names = _names(name)
        return self._pair(f"tls/{name}.pem", lambda: pki.server(self._authority(), names))

    def client_certificate(self, name: str) -> KeyPair:
        """Give the TLS client certificate called ``name``, such as ``recording-agent``."""
        return self._pair(f"tls/client-{name}.pem", lambda: pki.client(self._authority(), name))

    def signing_pair(self, name: str) -> KeyPair:
        """Give the self-signed RSA pair called ``name`` (``idp``, ``sp-signing``, ``sp-encrypt``) for SAML."""
        return self._pair(f"saml/{name}.pem", lambda: pki.self_signed(name))

    def ssh_host_key(self, machine: str) -> str:
        """Give the private SSH host key of a machine; ``pki.ssh_public`` gives its public half."""
        return self._kept(f"ssh/{machine}", pki.ssh_key)

    def ssh_user_key(self) -> str:
        """Give the public key that ``recette`` accepts on every machine; its private half is ``id_ed25519``."""
        public = pki.ssh_public(self._kept(USER_SSH_KEY, pki.ssh_key))
        return self._kept(f"{USER_SSH_KEY}.pub", lambda: public + "\n", mode=0o644).strip()

    def write_known_hosts(self, lab: tuple[Machine, ...]) -> None:
        """Write ``known_hosts`` for the machines, by name and address, and for srv1 behind the Edge Gateways."""
        write(self.path / "known_hosts", "".join(self._known_host(machine) for machine in lab), 0o644)

    def _known_host(self, machine: Machine) -> str:
        key = pki.ssh_public(self.ssh_host_key(machine.name))
        line = f"{machine.name},{machine.host},{machine.address} {key}\n"
        if machine.component == "edge gateway":
            srv1 = pki.ssh_public(self.ssh_host_key("srv1"))
            line += f"[{machine.host}]:2222,[{machine.address}]:2222 {srv1}\n"
        return line

    def _authority(self) -> KeyPair:
        return self._pair("tls/ca.pem", lambda: pki.authority("Recette lab CA"))

    def _pair(self, name: str, make: Callable[[], KeyPair]) -> KeyPair:
        return KeyPair.parse(self._kept(name, lambda: make().pem))

    def _kept(self, name: str, make: Callable[[], str], mode: int = 0o600) -> str:
        path = self.path / name
        if not path.exists():
            _write_first(path, make(), mode)
        return path.read_text()


def write(path: Path, content: str, mode: int) -> None:
    """Write a whole file or none of it, so that a crash leaves no half of a key; a file that is there is replaced."""
    with _draft(path, content, mode) as draft:
        draft.replace(path)


def _write_first(path: Path, content: str, mode: int) -> None:
    """Write a whole file unless it is there: of two who make the same key at once, both then use the first one's."""
    with _draft(path, content, mode) as draft, suppress(FileExistsError):
        path.hardlink_to(draft)


@contextmanager
def _draft(path: Path, content: str, mode: int) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = mkstemp(prefix=f".{path.name}.", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(content)
        draft.chmod(mode)
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _names(name: str) -> tuple[str, ...]:
    if name == "portal":
        return (PORTAL_HOST, PORTAL_ADDRESS)
    machine = next(machine for machine in SERVERS if machine.name == name)
    return (machine.host, machine.address)
