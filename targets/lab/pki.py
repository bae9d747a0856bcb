"""Keys and certificates of the lab, as PEM text.

TLS keys are on P-256 (quick to shake hands with on a small computer); SAML keys are RSA, which every SAML
implementation signs and encrypts with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_LIFE = timedelta(days=3650)
LEAF_LIFE = timedelta(days=825)  # the longest that Apple's clients accept from a private CA
CLOCKS_DIFFER = timedelta(days=1)
RSA_BITS = 2048

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True)
class KeyPair:
    """A certificate and its private key, both PEM (RFC 7468); the key is left out of ``repr``."""

    certificate: str
    key: str = field(repr=False)

    @property
    def pem(self) -> str:
        """Both in one text, the certificate first, as HAProxy reads them."""
        return self.certificate + self.key

    @classmethod
    def parse(cls, pem: str) -> KeyPair:
        """Read what ``pem`` wrote."""
        end = "-----END CERTIFICATE-----\n"
        certificate, key = pem.split(end)
        return cls(certificate + end, key)


def authority(name: str) -> KeyPair:
    """Make a certification authority that issues end certificates only (RFC 5280 section 4.2.1.9)."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _certificate(name, name, key.public_key(), CA_LIFE)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
    return _pair(builder.sign(key, hashes.SHA256()), key)


def server(ca: KeyPair, names: Iterable[str], life: timedelta = LEAF_LIFE) -> KeyPair:
    """Issue a TLS server certificate for these host names and addresses (RFC 6125: names are in the SAN)."""
    return _issue(ca, tuple(names), ExtendedKeyUsageOID.SERVER_AUTH, life)


def client(ca: KeyPair, name: str) -> KeyPair:
    """Issue a TLS client certificate."""
    return _issue(ca, (name,), ExtendedKeyUsageOID.CLIENT_AUTH, LEAF_LIFE)


def self_signed(name: str) -> KeyPair:
    """Make a pair for SAML: the metadata carries the certificate, so nobody issues it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    builder = _certificate(name, name, key.public_key(), CA_LIFE)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    return _pair(builder.sign(key, hashes.SHA256()), key)


def ssh_key() -> str:
    """Make an Ed25519 key in OpenSSH's own format."""
    key = ed25519.Ed25519PrivateKey.generate()
    return _private(key, serialization.PrivateFormat.OpenSSH)


def ssh_public(private: str) -> str:
    """Give the public half of a key of ``ssh_key``: one line, without a comment."""
    key = serialization.load_ssh_private_key(private.encode(), password=None)
    encoding, form = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    return key.public_key().public_bytes(encoding, form).decode()


def _issue(ca: KeyPair, names: tuple[str, ...], purpose: x509.ObjectIdentifier, life: timedelta) -> KeyPair:
    issuer = x509.load_pem_x509_certificate(ca.certificate.encode())
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _certificate(names[0], _common_name(issuer), key.public_key(), life)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage("digital_signature"), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    builder = builder.add_extension(x509.SubjectAlternativeName(map(_general_name, names)), critical=False)
    issuer_id = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    authority_id = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_id)
    builder = builder.add_extension(authority_id, critical=False)
    return _pair(builder.sign(_ca_key(ca), hashes.SHA256()), key)


def _certificate(
    name: str, issuer: str, key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey, life: timedelta
) -> x509.CertificateBuilder:
    start = datetime.now(UTC) - CLOCKS_DIFFER
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _common_name(certificate: x509.Certificate) -> str:
    return str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*allowed: str) -> x509.KeyUsage:
    every = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{usage: usage in allowed for usage in every})


def _ca_key(ca: KeyPair) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(ca.key.encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the lab's CA key is not the elliptic curve key that was made")
    return key


def _pair(certificate: x509.Certificate, key: PrivateKey) -> KeyPair:
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    return KeyPair(pem, _private(key, serialization.PrivateFormat.PKCS8))


def _private(key: PrivateKey, form: serialization.PrivateFormat) -> str:
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
