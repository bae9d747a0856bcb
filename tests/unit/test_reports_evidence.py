"""What a criterion leaves: bounded, without secrets, in files that say what they are."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image
from pydantic import JsonValue

from reports.evidence import LARGEST_PICTURE, LARGEST_TEXT, Differs, Record
from reports.results import Observation
from reports.rules import Rule
from tests.unit.reports_samples import a_picture, a_result

SECRET = "correct horse"  # noqa: S105 - made up for these tests


def without_secret(text: str) -> str:
    return text.replace(SECRET, "***")


def a_record(folder: Path, *before: Observation) -> Record:
    past = a_result(observations=before) if before else None
    return Record(folder, "WEB-01", "Intranet of /../ 1", scrub=without_secret, before=past)


def test_a_broken_rule_names_the_value_before_and_now(tmp_path: Path) -> None:
    record = a_record(tmp_path, Observation(name="portal.applications", value=["A", "B"], rule=Rule.lost_none()))
    with pytest.raises(Differs, match=r"^portal\.applications was \[A, B\] before and is \[A\] now: lost B$"):
        record.observe("portal.applications", ["A"], Rule.lost_none())
    assert record.observations[0].value == ["A"], "what was seen is kept, also when it differs"


def test_a_baseline_only_records(tmp_path: Path) -> None:
    record = a_record(tmp_path)
    record.observe("portal.applications", ["A"], Rule.lost_none())
    assert record.observations == [Observation(name="portal.applications", value=["A"], rule=Rule.lost_none())]


def test_a_volatile_value_is_never_compared(tmp_path: Path) -> None:
    a_record(tmp_path, Observation(name="clock", value=1)).observe("clock", 2)


def test_an_observation_has_a_name_of_its_own(tmp_path: Path) -> None:
    record = a_record(tmp_path)
    record.observe("status", 200)
    with pytest.raises(ValueError, match="status was observed already"):
        record.observe("status", 500)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (f"it is {SECRET}", "it is ***"),
        ([{SECRET: [SECRET]}], [{"***": ["***"]}]),
        ("half a pair \ud800", "half a pair ?"),
        (None, None),
    ],
)
def test_observations_are_scrubbed_all_the_way_down(tmp_path: Path, value: JsonValue, kept: JsonValue) -> None:
    record = a_record(tmp_path)
    record.observe("value", value)
    assert record.observations[0].value == kept


def test_long_texts_are_cut_and_still_told_apart(tmp_path: Path) -> None:
    record = a_record(tmp_path)
    record.observe("one", "x" * 10_000 + "1")
    record.observe("two", "x" * 10_000 + "2")
    one, two = (observation.value for observation in record.observations)
    assert one != two
    assert len(str(one)) < 4200


@pytest.mark.parametrize("value", [["x" * 100] * 1000, float("nan"), object()])
def test_what_cannot_be_kept_is_refused(tmp_path: Path, value: JsonValue) -> None:
    with pytest.raises(ValueError, match=r"too large|finite|valid"):
        a_record(tmp_path).observe("value", value)


def test_text_is_scrubbed_named_and_hashed(tmp_path: Path) -> None:
    record = a_record(tmp_path)
    record.text(f"Answer/with {SECRET}", f"<script>{SECRET}</script>", "text/html")
    [evidence] = record.evidence
    content = (tmp_path / evidence.file).read_bytes()
    assert evidence.file == "evidence/WEB-01-intranet-of-1-1-answer-with.txt", "no browser runs a .txt"
    assert content == b"<script>***</script>"
    assert (evidence.title, evidence.size) == ("Answer/with ***", len(content))
    assert evidence.sha256 == hashlib.sha256(content).hexdigest()


def test_a_secret_at_the_cut_does_not_leave_half_of_it(tmp_path: Path) -> None:
    record = a_record(tmp_path)
    record.text("Output", "é" * ((LARGEST_TEXT - 4) // 2) + SECRET + "x" * 100)
    content = (tmp_path / record.evidence[0].file).read_text(encoding="utf-8")
    assert SECRET[:3] not in content
    assert "[Recette kept the first" in content
    assert len(content.encode()) < LARGEST_TEXT + 200


def test_no_file_is_written_over_another(tmp_path: Path) -> None:
    first, second = a_record(tmp_path), a_record(tmp_path)
    first.text("Output", "one")
    second.text("Output", "two")
    names = [record.evidence[0].file for record in (first, second)]
    assert [(tmp_path / name).read_text(encoding="utf-8") for name in names] == ["one", "two"]


def test_a_picture_is_encoded_anew(tmp_path: Path) -> None:
    record = a_record(tmp_path)
    record.image("Home page", a_picture("Home") + b"<script>trailing</script>")
    [evidence] = record.evidence
    content = (tmp_path / evidence.file).read_bytes()
    assert evidence.file == "evidence/WEB-01-intranet-of-1-1-home-page.png"
    assert b"trailing" not in content
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == (1280, 800)


def test_a_picture_that_does_not_compress_is_made_smaller(tmp_path: Path) -> None:
    noise = Image.effect_noise((2000, 1500), 200).convert("RGB")
    encoded = io.BytesIO()
    noise.save(encoded, "PNG", compress_level=1)
    record = a_record(tmp_path)
    record.image("Noise", encoded.getvalue())
    assert record.evidence[0].media_type == "image/png"
    assert record.evidence[0].size <= LARGEST_PICTURE


def a_bomb(side: int) -> bytes:
    """A PNG of a few bytes that claims side times side pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def a_gif() -> bytes:
    """A sound picture that asks for a decoder which screenshots do not need."""
    encoded = io.BytesIO()
    Image.new("RGB", (4, 4)).save(encoded, "GIF")
    return encoded.getvalue()


@pytest.mark.parametrize(
    "picture",
    [b"", b"not a picture", b"<svg/>", a_picture("Cut")[:400], a_gif()],
)
def test_what_is_no_picture_leaves_a_note(tmp_path: Path, picture: bytes) -> None:
    record = a_record(tmp_path)
    record.image("Home page", picture)
    [evidence] = record.evidence
    assert evidence.media_type == "text/plain"
    assert "could not be kept" in (tmp_path / evidence.file).read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [7_000, 12_000, 60_000])
def test_a_picture_of_too_many_pixels_is_not_even_decoded(tmp_path: Path, side: int) -> None:
    record = a_record(tmp_path)
    record.image("Home page", a_bomb(side))
    assert "decoded safely" in (tmp_path / record.evidence[0].file).read_text(encoding="utf-8")
