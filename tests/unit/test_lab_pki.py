from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from targets.lab import pki

CA = pki.authority("a lab CA")


def _load(pair: pki.KeyPair) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pair.certificate.encode())


def _trusts(leaf: pki.KeyPair, name: str, ca: pki.KeyPair = CA) -> None:
    verifier = PolicyBuilder().store(Store([_load(ca)])).build_server_verifier(x509.DNSName(name))
    verifier.verify(_load(leaf), [])


def test_a_server_certificate_is_trusted_for_its_own_name() -> None:
    _trusts(pki.server(CA, ["eg1.cleanroom.test", "10.77.0.21"]), "eg1.cleanroom.test")


def test_a_server_certificate_is_refused_for_another_name() -> None:
    with pytest.raises(VerificationError):
        _trusts(pki.server(CA, ["eg1.cleanroom.test"]), "eg2.cleanroom.test")


def test_a_certificate_of_another_lab_is_refused() -> None:
    with pytest.raises(VerificationError):
        _trusts(pki.server(pki.authority("a lab CA"), ["eg1.cleanroom.test"]), "eg1.cleanroom.test")


def test_a_client_certificate_is_no_server_certificate() -> None:
    with pytest.raises(VerificationError):
        _trusts(pki.client(CA, "recording-agent"), "recording-agent")


def test_certificates_last_more_than_a_year_from_before_now() -> None:
    certificate = _load(pki.server(CA, ["idp.cleanroom.test"]))
    now = datetime.now(UTC)
    assert certificate.not_valid_before_utc < now
    assert certificate.not_valid_after_utc > now + timedelta(days=365)


def test_the_private_key_stays_out_of_messages() -> None:
    assert "PRIVATE" not in repr(CA)


def test_a_pair_is_read_back_as_it_was_written() -> None:
    assert pki.KeyPair.parse(CA.pem) == CA


def test_the_public_half_of_an_ssh_key_is_one_openssh_line() -> None:
    kind, _, rest = pki.ssh_public(pki.ssh_key()).partition(" ")
    assert kind == "ssh-ed25519"
    assert " " not in rest
