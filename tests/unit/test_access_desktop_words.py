"""What a remote desktop's client said last, in words for people, and what its screen shows."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from targets.access.desktop import differ, is_blank, said
from targets.access.outcomes import CannotJudgeError


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


def picture(*dots: tuple[int, int]) -> bytes:
    image = Image.new("RGB", (20, 10), "black")
    for dot in dots:
        image.putpixel(dot, (255, 255, 255))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def test_one_dot_makes_two_pictures_differ_and_none_leaves_them_alike() -> None:
    assert differ(picture((1, 1)), picture((1, 1), (19, 9)))
    assert not differ(picture((1, 1)), picture((1, 1)))


def test_a_screen_of_one_colour_is_blank() -> None:
    assert is_blank(picture())
    assert not is_blank(picture((3, 3)))


def test_what_is_no_picture_is_the_judge_s_failure() -> None:
    with pytest.raises(CannotJudgeError, match="cannot be read"):
        is_blank(b"no picture")
