"""Every fault of a target file is listed at once, at its own line and column, with what is allowed."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from targets import secret
from targets.loader import LoadedTarget, load, redactor_at_hand
from targets.problems import Problem, TargetError
from targets.secret import Secret
from targets.yaml_document import DEEPEST, MOST_BYTES, Document, UnreadableError, parse
from tests.unit.target_samples import HOST_KEY, certificate, lab_copy, private

MINIMAL = """\
name: site
releases: {from: "4.5", to: "4.6"}
"""


class Folder:
    """A folder in which a test writes a target file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self, text: str) -> LoadedTarget:
        return load(self.write(text.encode()))

    def write(self, content: bytes) -> Path:
        file = self.path / "site.yaml"
        file.write_bytes(content)
        return file

    def problems(self, content: str | bytes) -> list[str]:
        """What is wrong with a file: `line:column: text`."""
        file = self.write(content if isinstance(content, bytes) else content.encode())
        with pytest.raises(TargetError) as caught:
            load(file)
        return [str(problem).removeprefix(f"{file}:") for problem in caught.value.problems]


@pytest.fixture
def site(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def lab(tmp_path: Path) -> str:
    """The text of lab.yaml with a store that is there."""
    return lab_copy(tmp_path).read_text()


def _without(text: str, line: str) -> str:
    assert text.count(line) >= 1
    return text.replace(line, "", 1)


def _with(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


# --- what is well


def test_a_target_comes_with_its_path_hash_and_secrets(tmp_path: Path) -> None:
    file = lab_copy(tmp_path)
    loaded = load(file)
    assert loaded.path == file
    assert loaded.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert loaded.secrets["carol"].reveal() == "password of carol"
    assert set(loaded.secrets) == {user.name for user in loaded.target.users}


def test_the_redactor_of_a_target_knows_all_its_secrets(tmp_path: Path) -> None:
    loaded = load(lab_copy(tmp_path))
    text = ", ".join(secret.reveal() for secret in loaded.secrets.values())
    assert loaded.redactor.scrub(text) == ", ".join(["***"] * len(loaded.secrets))


def test_no_secret_is_in_what_a_target_prints(tmp_path: Path) -> None:
    assert "password of" not in repr(load(lab_copy(tmp_path)))


def test_paths_begin_at_the_target_file(site: Folder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir("/")
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "hosts").write_text(HOST_KEY.join(["# pinned\nhost ", "\n\n@revoked * ", "\n"]))
    loaded = site.load(MINIMAL + "trust: {known_hosts: keys/hosts}")
    assert loaded.target.trust.known_hosts == tmp_path / "keys" / "hosts"


def test_a_tilde_is_the_home(site: Folder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "ca.pem").write_text(certificate("ca.example.com")[0])
    monkeypatch.setenv("HOME", str(home))
    assert site.load(MINIMAL + "trust: {ca_file: ~/ca.pem}").target.trust.ca_file == home / "ca.pem"


def test_aliases_and_a_byte_order_mark_are_fine(site: Folder) -> None:
    text = "\ufeff" + MINIMAL + "machines:\n- {name: a, address: &a a.example.com}\n- {name: b, address: *a}\n"
    assert site.load(text).target.machine("b").address == "a.example.com"


# --- no file to read


def test_an_absent_file_says_which_names_there_are() -> None:
    with pytest.raises(TargetError, match=r"nowhere: there is no such file; .* name of this checkout: example, lab"):
        load("nowhere")


def test_a_directory_is_no_target(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="is not a file"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["a\0b", "~nobody-of-that-name/x", "x" * 5000, "\x1b[31mred"])
def test_a_hostile_name_gets_a_printable_answer(name: str) -> None:
    with pytest.raises(TargetError) as caught:
        load(name)
    assert str(caught.value).isprintable()


# --- no YAML


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "1:1: is empty: begin with a copy of targets/example.yaml"),
        (b"# nothing but words\n", "1:1: is empty: begin with a copy of targets/example.yaml"),
        (b"name: site\nportal:\n\turl: x\n", "3:1: is not YAML: a tab cannot indent; use spaces"),
        (b"name: 'si", "1:10: is not YAML: found unexpected end of stream while scanning a quoted scalar"),
        (
            b"name: [a, b",
            "1:12: is not YAML: expected ',' or ']', but got '<stream end>' while parsing a flow sequence",
        ),
        (b"name: a\nb: \x00\n", "2:4: holds a control character: it is not a text file"),
        (b"\x7fELF\x02\x01\x01\x00", "1:1: holds a control character: it is not a text file"),
        ("name: é\n".encode("latin-1"), "1:7: is not UTF-8 text: save it as UTF-8"),
        ("name: a\n".encode("utf-16"), "1:1: is not UTF-8 text: save it as UTF-8"),
        (b"a: *nowhere", "1:4: is not YAML: found undefined alias 'nowhere'"),
        (b"a: 1\n---\nb: 1\n", "2:1: is not YAML: but found another document expected a single document in the stream"),
        (b'a: "\\U00110000"', "1:1: is not YAML: chr() arg not in range(0x110000)"),
        (b"[" * 5000, f"1:{DEEPEST + 1}: is nested deeper than a target file may be ({DEEPEST} levels)"),
        (b"#" * (MOST_BYTES + 1), "1:1: is larger than a target file may be (1024 KiB)"),
        (b"a: &a [*a]", f"1:4: unfolds to more than 20000 values or {DEEPEST} levels"),
    ],
)
def test_what_cannot_be_read_says_where_and_why(site: Folder, content: bytes, problem: str) -> None:
    assert site.problems(content) == [problem]


def test_laughter_does_not_unfold(site: Folder) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 6)]
    [problem] = site.problems("\n".join(lines))
    assert "unfolds to more than 20000 values" in problem


@pytest.mark.parametrize("content", ["just text", "- a\n- b\n", "3", "null"])
def test_a_file_that_is_no_mapping_is_refused(site: Folder, content: str) -> None:
    assert site.problems(content) == ["1:1: the file must be keys with values"]


@pytest.mark.parametrize("cut", range(20, 4000, 311))
def test_a_half_written_file_is_at_fault_only_where_it_is_written(site: Folder, lab: str, cut: int) -> None:
    """Or it is a whole target, where it happens to end after one."""
    half = lab[:cut]
    try:
        site.load(half)
    except TargetError as error:
        assert all(1 <= problem.line <= half.count("\n") + 1 for problem in error.problems)


def test_a_file_that_ends_too_soon_names_what_is_missing(site: Folder, lab: str) -> None:
    problems = site.problems(lab.split("    certificate_name:", maxsplit=1)[0])
    assert "“proof” is missing here: How the desktop shows that it takes the keyboard" in "".join(problems)


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=60) | st.text("ab:-[]{}&*!|>'\"#%@`,? \n\t\0é\ud7ff", max_size=60).map(str.encode))
def test_no_bytes_at_all_make_the_reader_stumble(content: bytes) -> None:
    try:
        assert isinstance(parse(content), Document)
    except UnreadableError as error:
        assert error.fault.place.line >= 1


# --- YAML that says something else than it may


def test_all_problems_are_listed_at_once_by_their_place(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECETTE_NOT_THERE", raising=False)
    problems = site.problems(
        dedent("""\
        name: My Site
        releases: {from: 4.10, too: "4.6"}
        portal:
          url: http://me:secret@portal/
          user: bob
          page: 3
        users:
          - {name: bob, login: bob, password: hunter2, local_to: identity provider}
          - {name: alice, login: alice, password: {env: RECETTE_NOT_THERE}}
          - {name: alice, login: alice, password: {env: PATH, file: x}}
        direct_accesses:
          - {protocol: vnc}
          - protocol: ssh
            name: x
            user: alice
            through: [{gateway: mc1, host: a, port: 99999}]
            comand: ls
            returns: x
            recorded: "yes"
        machines:
          - {name: mc1, component: mediation controler, address: a}
        """)
    )
    assert problems == [
        "1:7: “name” must be small letters, digits and - (40 at most), beginning with a letter or digit",
        '2:1: “to” is missing here: Release after the upgrade, for example "4.6"',
        '2:18: “from” must be text: write it in quotes, "4.10"',
        "2:24: “too” is not known here; did you mean “to”? allowed: from, to",
        "3:1: “session_cookie” is missing here: Name of the cookie that carries the session",
        "4:8: “url” must begin with https://",
        "5:9: “user” “bob” is not the name of a user, local_to: platform; allowed: alice",
        "6:9: “page” must be keys with values",
        "8:39: “password” must say where the secret is, never what it is: {env: VARIABLE}, {file: PATH}, "
        "{keyring: service/user} or {prompt: question}",
        "9:43: “alice” has no password: the environment variable RECETTE_NOT_THERE is not set: export it first",
        "10:12: “alice” is there twice: each name here must differ",
        "10:55: “file” is not known here; allowed: env",
        "12:16: “protocol” must be one of 'ssh', 'rdp'",
        "13:5: “command” is missing here: A command that changes nothing",
        "16:25: “gateway” “mc1” is not the name of a machine, component: edge gateway; allowed: nothing, as none is "
        "described",
        "16:45: “port” must be less than or equal to 65535",
        "17:5: “comand” is not known here; did you mean “command”? allowed: server, recorded, protocol, name, user, "
        "through, command, returns, survivor",
        "19:15: “recorded” must be a valid boolean",
        "21:28: “component” must be one of 'client', 'recording agent', 'mediation controller', 'edge gateway' or "
        "'HTML5 gateway'",
    ]


def test_every_problem_is_one_line_of_the_error(site: Folder) -> None:
    file = site.write(b"name: a b\n")
    with pytest.raises(TargetError) as caught:
        load(file)
    assert str(caught.value).splitlines() == [
        f"{file}:1:1: “releases” is missing here: The releases before and after the upgrade",
        f"{file}:1:7: “name” must be small letters, digits and - (40 at most), beginning with a letter or digit",
    ]


def test_a_path_below_here_is_shown_from_here(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(site.path)
    with pytest.raises(TargetError, match=r"^site\.yaml:1:1: "):
        load(site.write(b"[]"))


def test_a_key_stands_once(site: Folder) -> None:
    [problem] = site.problems(MINIMAL + "name: other\n")
    assert problem == "3:1: “name” stands here twice; the first is in line 1"


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system", "!ruby", "!!binary", "!!set"])
def test_no_tag_means_anything(site: Folder, tag: str) -> None:
    assert any(
        "means nothing here: take it away" in problem for problem in site.problems(MINIMAL + f"title: {tag} x\n")
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("? [a, b]\n: c", "a key must be plain text"),
        ('title: "\\ud800"', "holds half a character (a lone surrogate)"),
        ('"\\ud800": x', "holds half a character (a lone surrogate)"),
        ('title: "\\e[2J"', "must be text without control characters"),
        ("title: 3", 'must be text: write it in quotes, "3"'),
        ("title: true", 'must be text: write it in quotes, "true"'),
        ("title: [a]", "“title” must be text"),
        ("users: x", "“users” must be a list"),
        ("users: [x]", "“users” must be keys with values"),
        ("<<: {title: x}", "“<<” is not known here; allowed: name, title, releases"),
        ("names: {a: 300.1.1.1}", "“a” must be an IP address"),
        ("names: {a: 10}", 'must be text: write it in quotes, "10"'),
        ("names: {'a b': 10.0.0.1}", "must be a host name or an IP address"),
        ("limits: {answer: 0}", "must be greater than 0"),
        ("limits: {answer: .inf}", "must be a valid number"),
        ("limits: {answer: 1e999}", "must be less than or equal to 3600"),
        ("limits: {certificate_days: 30.5}", "must be a valid integer"),
        ("limits: {certificate_days: true}", "must be a valid integer"),
        (f"limits: {{certificate_days: {'9' * 5000}}}", "must be a valid integer"),
        ("trust: {known_hosts: nowhere}", "nowhere cannot be used (No such file or directory)"),
        ("trust: {known_hosts: .}", "cannot be used (Is a directory)"),
        ("trust: {known_hosts: site.yaml}", "cannot be used (its line 1 is no host key)"),
        ('trust: {known_hosts: "a\\0b"}', "cannot be used (embedded null byte)"),
        ("trust: {known_hosts: ~nobody-of-that-name/x}", "home"),
        ("trust: {ca_file: site.yaml}", "cannot be used (it holds no certificate in PEM form)"),
    ],
)
def test_a_wrong_value_says_what_is_allowed(site: Folder, line: str, said: str) -> None:
    problems = site.problems(f"{MINIMAL}{line}\n")
    assert any(said in problem for problem in problems), problems
    assert all(problem.startswith("3:") for problem in problems)
    assert all(problem.isprintable() and len(problem) < 600 for problem in problems)


def test_an_address_holds_no_password(site: Folder, lab: str) -> None:
    problems = site.problems(_with(lab, "url: https://portal", "url: https://me:hunter2@portal"))
    assert [problem.split(": ", 1)[1] for problem in problems] == [
        "“url” must hold no user name or password; users are described under users"
    ]


def test_what_stands_where_a_secret_belongs_is_not_shown(site: Folder) -> None:
    users = "users: [{name: a, login: a, password: hunter2}, {name: b, login: b, password: {file: [hunter2]}}]"
    assert "hunter2" not in "".join(site.problems(MINIMAL + users))


# --- references and rules between values


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "  user: alice",
            "  user: bob",
            "“bob” is not the name of a user, local_to: platform; allowed: alice, mallory",
        ),
        ("user: bob", "user: alice", "“alice” is not the name of a user, local_to: identity provider; allowed: bob"),
        ("user: carol", "user: nobody", "“nobody” is not the name of a user; allowed: alice, mallory, bob"),
        ("gateway: eg1", "gateway: mc1", "a machine, component: edge gateway; allowed: eg1, eg2"),
        ("gateway: html5", "gateway: eg1", "a machine, component: HTML5 gateway; allowed: html5"),
        ("pilot: pilot1", "pilot: srv1", "a machine, component: client, with ssh; allowed: pilot1, pilot2"),
        ("machine: srv1", "machine: srv9", "“srv9” is not the name of a machine, with ssh; allowed: mc1, mc2"),
        ("name: srv1-rdp", "name: srv1-ssh", "“srv1-ssh” is there twice: each name here must differ"),
        ("name: Desktop HTML5", "name: Desktop", "“Desktop” is there twice: each name here must differ"),
        ("name: eg2", "name: eg1", "“eg1” is there twice: each name here must differ"),
        ("gateway: eg2", "gateway: eg1", "“eg1” is there twice: each gateway here must differ"),
        ("role: slave", "role: master", "exactly one Mediation Controller with role: master, not 2"),
        ("role: master", "role: slave", "exactly one Mediation Controller with role: master, not 0"),
        ("    role: slave\n", "", "each Mediation Controller of a cluster needs role: master or role: slave"),
        ("role: slave", "role: [slave]", "each Mediation Controller of a cluster needs role: master or role: slave"),
        ("component: client", "role: master", "“role” belongs to a machine with component: mediation controller"),
        ("recordings: &recordings", "x: &recordings", "“x” is not known here; allowed: name, component, role"),
        ("refused_user: mallory", "refused_user: frank", "“frank” signs in elsewhere too"),
        ("held_by: alice", "held_by: mallory", "“mallory” signs in elsewhere too"),
        ("login: mallory", "login: alice", "“mallory” signs in elsewhere too, and a wrong password may lock it"),
        ("{marker}", "marker", "must type {marker}, the value that is new each time"),
    ],
)
def test_what_does_not_fit_together_is_a_problem(site: Folder, lab: str, old: str, new: str, said: str) -> None:
    problems = site.problems(_with(lab, old, new))
    assert any(said in problem for problem in problems), problems


def test_a_slave_is_not_alone(site: Folder, lab: str) -> None:
    first, rest = lab.split("  - name: mc1\n", 1)
    [problem] = site.problems(
        first
        + "  - name: mc2\n"
        + rest.split("  - name: mc2\n", 1)[1]
        .replace("*ssh", "&ssh {user: recette, key_file: id_ed25519}", 1)
        .replace("*packages", "&packages [x]", 1)
        .replace("*controller_services", "[x]")
        .replace("*controller_files", "[/x]")
        .replace("    delivered_account: *delivered_account\n", "")
        .replace("of: mc1, machine: mc1", "of: mc2, machine: mc2")
    )
    assert "a slave is not alone: describe the other controller, or say role: standalone" in problem


def test_what_is_read_by_ssh_needs_ssh(site: Folder) -> None:
    [problem] = site.problems(MINIMAL + "machines: [{name: a, address: a, component: client, packages: [x]}]")
    assert problem == "3:63: “packages” is read by SSH: this machine needs “ssh” (user, key_file)"


def test_an_account_that_was_delivered_needs_its_console(site: Folder, lab: str) -> None:
    [problem] = site.problems(_with(lab, "    console: https://mc2.cleanroom.test/system/\n", ""))
    assert "it signs in to the console: give this machine “console”" in problem


DOWNLOAD = "downloads: [{name: a, component: client, file: /a, %s}]"


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ("size: 1", "nothing says what is in this file: give its “sha256”, “checksums” or “signature”"),
        ("signature: /a.asc", "“signature” needs “signed_by” beside it"),
        ("sha256: ABC", "“sha256” must be 64 hexadecimal digits in small letters"),
    ],
)
def test_a_download_that_nothing_vouches_for_is_refused(site: Folder, keys: str, fault: str) -> None:
    assert fault in "; ".join(site.problems(MINIMAL + DOWNLOAD % keys))


def test_backups_of_servers_and_databases_have_names_of_their_own(site: Folder) -> None:
    machine = "{name: m, address: m, component: edge gateway, ssh: {user: r, key_file: key}}"
    backup = "{name: b, of: m, machine: m, files: /b}"
    private(site.path / "key", "a key")
    [problem] = site.problems(
        f"{MINIMAL}machines: [{machine}]\nbackups: [{backup}]\n"
        "database_backups: [{name: b, database: d, machine: m, files: /d}]"
    )
    assert "“b” is there twice" in problem


def test_recorded_sessions_need_a_place_where_recordings_are(site: Folder, lab: str) -> None:
    text = "\n".join(line for line in lab.splitlines() if "recordings:" not in line)
    problems = site.problems(text)
    assert len(problems) == 4
    assert all("no Edge Gateway of machines says where its “recordings” are" in problem for problem in problems)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("sessions: [Desktop]", "sessions: [Desktop HTML5]", "“Desktop HTML5” is not the name of an RDP application"),
        ("sessions: [srv1-ssh, ", "sessions: [Intranet, ", "“Intranet” is not the name of a service with recorded"),
        ("services: &client_services [ipdiva-client.service]", "services: &client_services []", "give this machine"),
        ("component: recording agent", "component: edge gateway", "a pilot is a machine with component: client or"),
    ],
)
def test_a_pilot_has_what_it_is_qualified_by(site: Folder, lab: str, old: str, new: str, words: str) -> None:
    assert any(words in problem for problem in site.problems(lab.replace(old, new)))


def test_what_opens_from_the_portal_needs_a_portal(site: Folder, lab: str) -> None:
    before, after = lab.split("portal:\n", 1)
    problems = site.problems(before + "federations:" + after.split("federations:", 1)[1])
    assert [problem.split(": ", 1)[1] for problem in problems] == [
        f"{what} are reached from the portal: describe “portal”"
        for what in ("federations", "web_applications", "html5_applications")
    ]


# --- secrets


def test_a_missing_secret_is_listed_among_the_others(site: Folder) -> None:
    problems = site.problems("name: X\nusers: [{name: a, login: a, password: {file: nowhere}}]\n")
    assert [problem.split(": ", 1)[0] for problem in problems] == ["1:1", "1:7", "2:39"]
    assert problems[2].endswith(
        "“a” has no password: the file %s cannot be read (No such file or directory)" % (site.path / "nowhere")
    )


def test_nobody_is_asked_while_something_is_wrong(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(question: str) -> None:
        raise AssertionError(f"asked: {question}")

    monkeypatch.setattr(secret, "_ask", ask)
    users = "users: [{name: a, login: a, password: {prompt: Password}}, {name: b, login: b, password: {env: }}]"
    assert len(site.problems(MINIMAL + users)) == 1


def test_a_prompt_without_terminal_is_a_problem(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret, "_ANSWERS", {})
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    [problem] = site.problems(MINIMAL + "users: [{name: a, login: a, password: {prompt: Password}}]")
    assert "nobody can be asked for “Password”: there is no terminal" in problem


def test_secrets_at_hand_are_recognised_without_asking_for_the_others(
    site: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secret, "_ANSWERS", {"Answered": Secret("told before")})
    private(tmp_path / "a.secret", "hush\n")
    sources = ("file: a.secret", "prompt: Password", "env: UNSET", "prompt: Answered")
    users = "".join(f"  - {{name: u{n}, login: u, password: {{{source}}}}}\n" for n, source in enumerate(sources))
    path = site.write(f"{MINIMAL}users:\n{users}".encode())
    assert redactor_at_hand(path).scrub("hush, I was told before") == "***, I was ***"


def test_a_secret_file_lies_beside_the_target_file(site: Folder, tmp_path: Path) -> None:
    private(tmp_path / "a.secret", "hush\n")
    loaded = site.load(MINIMAL + "users: [{name: a, login: a, password: {file: a.secret}}]")
    assert loaded.secrets["a"].reveal() == "hush"


def test_problems_are_sorted_and_each_is_there_once() -> None:
    later, sooner = Problem("f", 10, 1, "b"), Problem("f", 9, 3, "a")
    assert TargetError([later, sooner, later]).problems == [sooner, later]


# --- anything that a person may write


def _values() -> st.SearchStrategy[object]:
    scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    return st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))


KEYS = st.sampled_from(
    ["name", "users", "password", "env", "file", "portal", "user", "machines", "component", "role", "ssh", "through"]
)


@settings(max_examples=150, deadline=None)
@given(
    sections=st.dictionaries(st.sampled_from(["users", "portal", "machines", "direct_accesses", "names"]), _values())
)
def test_any_value_anywhere_is_a_problem_and_not_a_crash(
    sections: dict[str, object], tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("any") / "site.yaml"
    file.write_text(json.dumps({"name": "site", **sections}))
    with pytest.raises(TargetError):
        load(file)
