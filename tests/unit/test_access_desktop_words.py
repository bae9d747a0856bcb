"""What a remote desktop's client said last, in words for people."""

from __future__ import annotations

from targets.access.desktop import said


def test_the_last_words_of_freerdp_lose_prompt_times_and_places() -> None:
    log = (
        "Password: [05:57:43:444] [13641:13650] [ERROR][com.freerdp.core.transport] - BIO_read returned an error\n"
        "[05:57:43:444] [13641:13650] [ERROR][com.freerdp.core] - freerdp_post_connect failed\n"
    )
    assert said(log) == "BIO_read returned an error; freerdp_post_connect failed"


def test_what_another_client_said_stays_as_it_is() -> None:
    assert said("The portal does not answer.\n") == "The portal does not answer."


def test_a_prompt_alone_is_no_word() -> None:
    assert said("Password: \n") == "the client said nothing"
