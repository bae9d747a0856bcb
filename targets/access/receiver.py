"""Where an agent sends recordings, seen from the agent's own machine: an Edge Gateway's TCP 8443 over TLS.

The gateway's certificate must be unexpired and issued by a CA that the agent's server trusts (product page,
Components). OpenSSL's own client is asked there; it needs no client certificate to see that much.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from cryptography import x509

from targets.access.certificates import Certificate, read
from targets.access.outcomes import CannotJudgeError
from targets.access.ssh import Session

OK, EXPIRED = 0, 10
"""Codes of openssl-verification-options(1)."""
PATIENCE = 10
PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
CODE = re.compile(r"Verify return code: (\d+) \((.*?)\)")
NO_CLIENT = 127


@dataclass(frozen=True)
class Seen:
    """What a machine saw of a gateway: its certificate (None without an answer), and OpenSSL's word on it."""

    certificate: Certificate | None
    code: int
    words: str
    output: str


def question(host: str, port: int, trusts: str | None) -> str:
    """Return the shell command whose output `parse` reads; `trusts` is a file of CAs there, or None for its own."""
    place, name = shlex.quote(f"{host}:{port}"), shlex.quote(host)
    only = f" -CAfile {shlex.quote(trusts)} -no-CApath -no-CAstore" if trusts else ""
    client = f"openssl s_client -connect {place} -servername {name} -verify_hostname {name}{only}"
    return f"LC_ALL=C timeout {PATIENCE} {client} </dev/null 2>&1"


def parse(output: str) -> Seen:
    """Read the answer to `question`."""
    pem, codes = PEM.search(output), CODE.findall(output)
    certificate = read(x509.load_pem_x509_certificate(pem[0].encode())) if pem else None
    code, words = codes[0] if codes else (-1, " ".join(output.split())[-200:] or "no answer")
    return Seen(certificate, int(code), words, output)


def look(session: Session, host: str, port: int, trusts: str | None) -> Seen:
    """Look from a machine; raise CannotJudgeError where it has no OpenSSL, or not the file of CAs."""
    ran = session.run(question(host, port, trusts), PATIENCE + 5)
    if ran.status == NO_CLIENT:
        raise CannotJudgeError("the machine has no openssl to look with", "apt install openssl there")
    if "calling fopen(" in ran.out:
        raise CannotJudgeError(f"the file {trusts} cannot be read there: {' '.join(ran.out.split())[:200]}")
    return parse(ran.out)
