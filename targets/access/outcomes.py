"""The two ways in which an exchange can end without an answer.

    OutcomeError
        PlatformFailed     the platform did not do what it should: the criterion failed (an AssertionError too)
        CannotJudgeError   the judge failed, not the platform: the criterion is unknown

Whatever else escapes from an exchange is a fault of ours, and therefore also unknown, never a pass and never the
platform's.
"""

from __future__ import annotations

import errno
import socket

OUR_OWN_NETWORK = {errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.EMFILE, errno.ENFILE}
OUR_OWN_RESOLVER = {socket.EAI_AGAIN, socket.EAI_FAIL, socket.EAI_SYSTEM, socket.EAI_MEMORY}


class OutcomeError(Exception):
    """Why an exchange or a judgement ended so, and what to do about it where that is known.

    `picture` is what the platform showed then, as PNG; empty where there was nothing to see. `host` is the one that did
    not do what it should, where that is known; `at_fault` names what is to blame where that is no part of the platform.
    """

    def __init__(self, reason: str, advice: str | None = None) -> None:
        super().__init__(reason)
        self.advice = advice
        self.picture = b""
        self.host: str | None = None
        self.at_fault: str | None = None

    def __str__(self) -> str:
        reason = str(self.args[0])
        return f"{reason}: {self.advice}" if self.advice else reason


class PlatformFailed(OutcomeError, AssertionError):  # noqa: N818 -- an AssertionError: a failure for pytest and Allure
    """The platform did not do what it should."""


class CannotJudgeError(OutcomeError):
    """The judge failed, not the platform."""


def network_outcome(what: str, error: OSError) -> PlatformFailed | CannotJudgeError:
    """Tell whose fault a network error is.

    A refused, reset or silent connection is the platform's: users would see the same. Only what says that this
    machine has no network or no resolver is ours.
    """
    if isinstance(error, socket.gaierror):
        if error.errno in OUR_OWN_RESOLVER:
            return CannotJudgeError(f"{what}: the resolver here does not answer ({error.strerror})")
        return PlatformFailed(f"{what}: the name does not resolve ({error.strerror})")
    if error.errno in OUR_OWN_NETWORK:
        return CannotJudgeError(f"{what}: no route from this machine ({error.strerror})")
    return PlatformFailed(f"{what}: {describe(error)}")


def describe(error: OSError) -> str:
    """Return an error's words without Python's decoration."""
    if isinstance(error, TimeoutError):
        return "no answer within the time limit"
    return error.strerror or str(error) or type(error).__name__
