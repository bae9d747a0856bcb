"""Target files for tests, with the keys, certificates and secrets that they lead to, in a folder of the test's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from targets.lab import fleet
from targets.lab.machines import machines
from targets.loader import TARGETS

LAB_STORE = "/var/lib/recette/lab"
LAB_USERS = ("alice", "bob", "carol", "dave", "erin", "frank", "mallory", "setup")
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKo2sEyCTkiYyvPDJNFDCz5jFvIZCWnJoNHqPPSRKk"


def certificate(name: str) -> tuple[str, str]:
    """Make a self-signed certificate for a host name; return it and its key, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


def lab_copy(folder: Path) -> Path:
    """Write `targets/lab.yaml` with a store of the test's own; return its path."""
    for name in LAB_USERS:
        private(folder / "secrets" / name, f"password of {name}\n")
    public, key = certificate("idp.cleanroom.test")
    private(folder / "saml" / "idp.pem", public + key)
    (folder / "ca.pem").write_text(public)
    (folder / "known_hosts").write_text(f"mc1.cleanroom.test,10.77.0.11 {HOST_KEY}\n")
    private(folder / "id_ed25519", "a key")
    private(folder / "gnupg" / "public.asc", "a public key")
    fleet.write(folder / "fleet", machines())
    copy = folder / "lab.yaml"
    copy.write_text((TARGETS / "lab.yaml").read_text().replace(LAB_STORE, str(folder)))
    return copy


def private(path: Path, content: str) -> Path:
    """Write a file that only its owner may read; return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(content)
    return path
