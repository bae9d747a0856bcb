"""One attempt, once, at every beat: how services that behave badly are found, and what a late sampler says."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
import time
from pathlib import Path
from typing import Any

import pytest

from reports.samples import Sample, Stage, State
from targets.services import Protocol
from tests.unit.target_samples import certificate
from tests.unit.watch_samples import Talk, floods, hangs, resets, sample, says, service, serving, trickles
from watch import journal as journals
from watch.beat import Beat, Pulse
from watch.http import ask
from watch.journal import Journal
from watch.lane import KeptLane, Lane
from watch.network import Connection, FailedError, Network

EVERY = 0.5


def page(body: str, status: str = "200 OK", **headers: str) -> bytes:
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{lines}\r\n{body}".encode()


def lane(kind: type[Lane], port: int, protocol: Protocol = Protocol.POSTGRESQL, **more: Any) -> Lane:  # noqa: ANN401 -- fields of the service
    pulse = Pulse(10)
    network = Network({}, None)
    return kind(service(port, protocol, **more), network, pulse, origin=time.monotonic(), every=EVERY)


def asked(talk: Talk, protocol: Protocol = Protocol.POSTGRESQL, **more: object) -> Sample:
    async def run() -> Sample:
        async with serving(talk) as port:
            return await lane(Lane, port, protocol, **more).sample()

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("talk", "words"),
    [
        (hangs, "no answer in time"),
        (resets, "closed without an answer"),
        (says(b"\x00garbage"), "is no PostgreSQL"),
        (says(b""), "closed without an answer"),
        (trickles, "is no PostgreSQL"),
    ],
)
def test_what_does_not_answer_as_it_should_is_away_in_its_protocol(talk: Talk, words: str) -> None:
    found = asked(talk)
    assert (found.state, found.stage) == (State.AWAY, Stage.PROTOCOL)
    assert words in found.text


@pytest.mark.parametrize("talk", [hangs, trickles, floods])
@pytest.mark.parametrize("protocol", [Protocol.SSH, Protocol.RDP])
def test_no_attempt_outlasts_its_beat_whatever_is_sent(protocol: Protocol, talk: Talk) -> None:
    found = asked(talk, protocol)
    assert found.state is State.AWAY
    assert found.took < EVERY


async def greets(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-x\r\n")


@pytest.mark.parametrize(
    ("talk", "protocol"), [(says(b"N"), Protocol.POSTGRESQL), (greets, Protocol.SSH), (hangs, Protocol.TCP)]
)
def test_what_answers_is_well(talk: Talk, protocol: Protocol) -> None:
    assert asked(talk, protocol).state is State.OK


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_closed_port_is_away_when_it_is_connected() -> None:
    found = asyncio.run(lane(Lane, closed_port()).sample())
    assert (found.state, found.stage, found.text) == (State.AWAY, Stage.CONNECT, "the connection is refused")


def test_a_refusal_answers_for_our_own_network() -> None:
    assert asyncio.run(lane(Lane, closed_port(), Protocol.TCP).sample()).state is State.OK


def test_a_name_that_is_gone_is_away_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    found = asyncio.run(lane(Lane, 1, host="nowhere.test").sample())
    assert (found.state, found.stage) == (State.AWAY, Stage.NAME)


def test_a_resolver_here_that_does_not_answer_says_nothing_of_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    found = asyncio.run(lane(Lane, 1, host="somewhere.test").sample())
    assert (found.state, found.stage) == (State.UNKNOWN, None)
    assert "the resolver here does not answer" in found.text


@pytest.mark.parametrize("number", [errno.ENETUNREACH, errno.EMFILE, errno.EADDRNOTAVAIL])
def test_a_machine_without_network_or_sockets_says_nothing_of_the_platform(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(asyncio, "open_connection", fail)
    assert asyncio.run(lane(Lane, 1).sample()).state is State.UNKNOWN


def test_an_address_without_a_route_here_does_not_hide_that_the_other_one_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    errors = {"192.0.2.1": errno.ECONNREFUSED, "2001:db8::1": errno.ENETUNREACH}

    async def fail(address: str, *_: object, **__: object) -> None:
        raise OSError(errors[address], os.strerror(errors[address]))

    monkeypatch.setattr(asyncio, "open_connection", fail)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (each, 1)) for each in errors])
    found = asyncio.run(lane(Lane, 1, host="both.test").sample())
    assert (found.state, found.stage, found.text) == (State.AWAY, Stage.CONNECT, "the connection is refused")


def test_a_resolver_that_hangs_is_waited_for_by_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: list[object] = []

    def slow(host: object, *_: object, **__: object) -> list[object]:
        asked_for.append(host)
        time.sleep(1.2)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)

    async def run() -> list[Sample]:
        slow_lane = lane(Lane, 1, host="slow.test")
        return [await slow_lane.sample() for _ in range(2)]

    found = {(each.state, each.text) for each in asyncio.run(run())}
    assert found == {(State.UNKNOWN, "the resolver here does not answer")}
    assert asked_for == ["slow.test"]


class Web:
    """A TLS server on loopback that says what it is told to, and counts its connections."""

    def __init__(self, folder: Path) -> None:
        public, key = certificate("localhost")
        (folder / "ca.pem").write_text(public)
        (folder / "key.pem").write_text(public + key)
        self.network = Network({}, folder / "ca.pem")
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(folder / "key.pem")
        self.answers: dict[str, bytes] = {}
        self.connections = 0
        self.answers_a_connection = 1000
        self.last_words = b""
        self.bytes_at_once, self.apart = 1_000_000, 0.0

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            for _ in range(self.answers_a_connection):
                head = await reader.readuntil(b"\r\n\r\n")
                await self._say(writer, self.answers[head.split()[1].decode()])
            await reader.readuntil(b"\r\n\r\n")
            writer.write(self.last_words)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()

    async def _say(self, writer: asyncio.StreamWriter, answer: bytes) -> None:
        for begin in range(0, len(answer), self.bytes_at_once):
            writer.write(answer[begin : begin + self.bytes_at_once])
            await writer.drain()
            await asyncio.sleep(self.apart)

    async def asked(
        self, kind: type[Lane] = Lane, times: int = 1, host: str = "localhost", **more: object
    ) -> list[Sample]:
        async with serving(self._talk, self.context) as port:
            found = service(port, Protocol.HTTPS, host, **more)
            one = kind(found, self.network, Pulse(10), origin=time.monotonic(), every=2.0)
            samples = [await one.sample() for _ in range(times)]
            if isinstance(one, KeptLane) and one._connection:
                one._connection.close()
        return samples


@pytest.fixture
def web(tmp_path: Path) -> Web:
    return Web(tmp_path)


def outcome(found: list[Sample]) -> tuple[State, Stage | None, str]:
    return found[0].state, found[0].stage, found[0].text


def test_a_maintenance_page_that_says_200_is_an_outage(web: Web) -> None:
    web.answers["/"] = page("<title>Back soon</title>")
    state, stage, text = outcome(asyncio.run(web.asked(shows="Intranet")))
    assert (state, stage) == (State.AWAY, Stage.CONTENT)
    assert text == "answers 200, “Back soon”, without “Intranet”"


def test_a_page_that_shows_what_it_must_is_well_after_redirects_on_the_same_host(web: Web) -> None:
    web.answers = {"/": page("", "302 Found", Location="/sign-in"), "/sign-in": page("<input type='password'>")}
    assert outcome(asyncio.run(web.asked(shows='type="password"')))[0] is State.OK
    assert web.connections == 1


@pytest.mark.parametrize("kind", [Lane, KeptLane])
def test_a_redirect_is_followed_also_where_the_server_ends_the_connection_with_it(web: Web, kind: type[Lane]) -> None:
    """As Apache does with the hundredth answer over a kept connection."""
    web.answers["/"] = page("", "303 See Other", Location="/sign-in", Connection="close")
    web.answers["/sign-in"] = page("Sign in")
    assert {each.state for each in asyncio.run(web.asked(kind, times=2, shows="Sign in"))} == {State.OK}


def test_a_page_of_a_gigabyte_is_judged_by_its_beginning(web: Web) -> None:
    web.answers["/"] = page("Intranet" + "x" * 300_000).replace(b": 300008", b": 1073741824")
    found = asyncio.run(web.asked(KeptLane, times=2, shows="Intranet"))
    assert {each.state for each in found} == {State.OK}
    assert web.connections == 2, "what was not read to its end is not asked again"


def test_a_page_that_comes_byte_by_byte_is_away_before_the_next_beat(web: Web) -> None:
    web.answers["/"] = page("Intranet")
    web.bytes_at_once, web.apart = 1, 0.1
    [found] = asyncio.run(web.asked(shows="Intranet"))
    assert (found.state, found.stage, found.text) == (State.AWAY, Stage.PROTOCOL, "no answer in time")
    assert found.took < 2.0


def test_a_wall_clock_that_is_set_back_moves_no_sample(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    web.answers["/"] = page("Intranet")
    clock = iter(range(10_000, 0, -1))
    monkeypatch.setattr(time, "time", lambda: float(next(clock)))
    found = asyncio.run(web.asked(times=4))
    assert [each.at for each in found] == sorted(each.at for each in found)
    assert all(0 <= each.at < 60 and 0 <= each.took < 2.0 for each in found)


def test_a_redirect_elsewhere_is_judged_by_where_it_leads(web: Web) -> None:
    web.answers["/"] = page("", "302 Found", Location="https://idp.test/sso?SAMLRequest=abc")
    assert outcome(asyncio.run(web.asked(shows="SAMLRequest")))[0] is State.OK
    assert outcome(asyncio.run(web.asked(shows="Intranet")))[:2] == (State.AWAY, Stage.CONTENT)


def test_redirects_in_a_circle_end(web: Web) -> None:
    web.answers["/"] = page("", "302 Found", Location="/")
    assert "redirected more than" in outcome(asyncio.run(web.asked(shows="x")))[2]


def test_an_error_page_is_an_outage_even_with_the_right_words(web: Web) -> None:
    web.answers["/"] = page("Intranet", "503 Service Unavailable")
    assert outcome(asyncio.run(web.asked(shows="Intranet")))[:2] == (State.AWAY, Stage.CONTENT)


def test_a_certificate_for_another_name_is_an_outage_of_tls(web: Web) -> None:
    state, stage, text = outcome(asyncio.run(web.asked(host="127.0.0.1")))
    assert (state, stage) == (State.AWAY, Stage.TLS)
    assert "certificate is not trusted" in text


def test_a_new_connection_is_made_for_each_attempt_and_a_kept_one_is_kept(web: Web) -> None:
    web.answers["/"] = page("well")
    assert {each.state for each in asyncio.run(web.asked(Lane, times=3))} == {State.OK}
    assert web.connections == 3
    assert {(each.state, each.kept) for each in asyncio.run(web.asked(KeptLane, times=3))} == {(State.OK, True)}
    assert web.connections == 4


def test_a_kept_connection_that_the_server_ends_with_its_answer_is_made_anew(web: Web) -> None:
    web.answers["/"] = page("well", Connection="close")
    assert {each.state for each in asyncio.run(web.asked(KeptLane, times=3))} == {State.OK}
    assert web.connections == 3


def test_a_kept_connection_that_the_server_ends_instead_of_an_answer_is_made_anew_at_once(web: Web) -> None:
    """As any server may between two questions, when it has kept the connection for long enough."""
    web.answers["/"] = page("well")
    web.answers_a_connection = 1
    assert {each.state for each in asyncio.run(web.asked(KeptLane, times=3))} == {State.OK}
    assert web.connections == 3


def test_a_kept_connection_that_ends_in_the_middle_of_an_answer_is_an_outage(web: Web) -> None:
    web.answers["/"] = page("well")
    web.answers_a_connection, web.last_words = 1, b"HTTP/1.1 200"
    states = [each.state for each in asyncio.run(web.asked(KeptLane, times=3))]
    assert states == [State.OK, State.AWAY, State.OK]


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", "abcde"),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", "until the end"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", ""),
        (page("x" * 300_000), "x" * 262_144),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n" + b"y" * 300_000, "y" * 262_144),
    ],
)
def test_bodies_are_read_in_each_form_and_never_beyond_their_bound(answer: bytes, body: str) -> None:
    assert asyncio.run(_asked_in_plain(answer)) == body


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-x\r\n\r\n",
        b"x" * 100_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/9 200\r\n\r\n",
    ],
)
def test_what_is_no_http_is_said_to_be_none(answer: bytes) -> None:
    with pytest.raises(FailedError):
        asyncio.run(_asked_in_plain(answer))


async def _asked_in_plain(answer: bytes) -> str:
    async with serving(says(answer)) as port:
        connection = Connection(*await asyncio.open_connection("127.0.0.1", port, limit=64 * 1024))
        try:
            return (await ask(connection, "localhost", "/")).body
        finally:
            connection.close()


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_pulse_that_comes_in_time_holds_nothing_up() -> None:
    clock = Clock()
    pulse = Pulse(1.0, clock)
    for _ in range(20):
        clock.now += 0.13
        pulse.felt()
    assert not pulse.held_up_since(100.0)


def test_a_program_that_was_stopped_knows_it_before_and_after_its_next_pulse() -> None:
    clock = Clock()
    pulse = Pulse(1.0, clock)
    clock.now += 5
    assert pulse.held_up_since(100.0)
    pulse.felt()
    assert pulse.held_up_since(100.0)
    clock.now += 0.1
    assert not pulse.held_up_since(105.05)


def test_an_attempt_during_which_the_program_was_held_up_is_unknown() -> None:
    async def run() -> Sample:
        async with serving(hangs) as port:
            pulse = Pulse(0.4)
            one = Lane(service(port), Network({}, None), pulse, origin=time.monotonic(), every=0.4)
            sampling = asyncio.create_task(one.sample())
            await asyncio.sleep(0.05)
            time.sleep(0.6)
            return await sampling

    found = asyncio.run(run())
    assert (found.state, found.text) == (State.UNKNOWN, "this program was held up")


def test_many_short_stops_hold_an_attempt_up_as_one_long_one_does() -> None:
    clock = Clock()
    pulse = Pulse(1.0, clock)
    for _ in range(5):
        clock.now += 0.125 + 0.11
        pulse.felt()
    assert pulse.held_up_since(100.0)
    assert not pulse.held_up_since(clock.now - 0.3)


def test_a_pulse_through_another_program_feels_whether_that_runs() -> None:
    async def run(through: float) -> bool:
        began, pulse = time.monotonic(), Pulse(0.4)
        beating = asyncio.create_task(pulse.run(lambda: asyncio.sleep(through)))
        await asyncio.sleep(0.5)
        beating.cancel()
        return pulse.held_up_since(began)

    assert asyncio.run(run(0.4))


def test_what_was_answered_is_well_however_late_we_were() -> None:
    async def run() -> Sample:
        async with serving(says(b"N")) as port:
            pulse = Pulse(0.2)
            await asyncio.sleep(0.3)
            return await Lane(service(port), Network({}, None), pulse, origin=time.monotonic(), every=5.0).sample()

    assert asyncio.run(run()).state is State.OK


def test_beats_come_at_a_fixed_distance_and_late_ones_are_left_out() -> None:
    clock = Clock()
    beat = Beat(100.0, 1.0, clock)
    due = []
    for spent in (0.3, 0.9, 0.3, 3.2, 0.1):
        asyncio.run(_at_once(beat, clock))
        due.append(clock.now)
        clock.now += spent
    assert due == [100.0, 101.0, 102.0, 103.0, 106.2]
    asyncio.run(_at_once(beat, clock))
    assert clock.now == 107.0


async def _at_once(beat: Beat, clock: Clock) -> None:
    """Let the clock go on to the next beat instead of waiting for it."""

    async def jump(seconds: float) -> None:
        clock.now += seconds

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "sleep", jump)
        await beat.next()


def test_a_full_disk_loses_nothing_once_there_is_room_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, write, room = tmp_path / "samples.jsonl", os.write, [40]

    def writes(handle: int, data: bytes) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        part = min(room[0], len(data))
        room[0] -= part
        return write(handle, data[:part])

    monkeypatch.setattr(os, "write", writes)
    journal = Journal(path)
    wanted = [sample(at) for at in range(5)]
    for one in wanted:
        journal.add(one)
        journal.flush()
    assert journal.trouble == "No space left on device"
    room[0] = 10_000
    journal.close()
    assert journal.trouble == ""
    assert [Sample.model_validate_json(line) for line in path.read_text().splitlines()] == wanted


def test_what_waits_for_a_full_disk_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "MOST_WAITING", 200)
    journal = Journal(tmp_path / "samples.jsonl")
    for at in range(10):
        journal.add(sample(at))
    journal.close()
    assert journal.lost > 0
    lines = (tmp_path / "samples.jsonl").read_text().splitlines()
    assert len(lines) + journal.lost == 10
    assert [Sample.model_validate_json(line).at for line in lines] == list(range(len(lines)))
