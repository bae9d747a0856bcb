"""What Windows' own commands print (learn.microsoft.com), read in every encoding that they may come in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.access.facts import LogEntry, Service
from targets.access.outcomes import CannotJudgeError
from targets.access.windows import decoded, parse, script
from targets.model.machines import Machine

MACHINE = Machine.model_validate(
    {
        "name": "pilot-win",
        "component": "client",
        "system": "windows",
        "address": "pilot-win.example.com",
        "packages": ["Cleanroom Client*"],
        "services": ["CleanroomClient", "Gone Service"],
        "pilot": {
            "operating_system": "Windows 11 23H2",
            "architecture": "amd64",
            "security_product": "Microsoft Defender",
            "role": "workstation",
            "configuration": [r"C:\Program Files\Cleanroom\client.ini", r"C:\gone.ini"],
            "log": {"file": r"C:\ProgramData\Cleanroom\client.log"},
        },
    }
)
KEYS = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
WOW = r"HKEY_LOCAL_MACHINE\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall"
PROGRAMS64 = f"""
{KEYS}\\AddressBook

{KEYS}\\{{26A24AE4-039D-4CA4-87B4-2F64180361F0}}
    AuthorizedCDFPrefix    REG_SZ    \x20
    Comments    REG_SZ
    DisplayName    REG_SZ    Cleanroom Client (64-bit)
    DisplayVersion    REG_SZ    4.6.0
    EstimatedSize    REG_DWORD    0x1d2f
    UninstallString    REG_EXPAND_SZ    MsiExec.exe /X{{26A24AE4-039D-4CA4-87B4-2F64180361F0}}

{KEYS}\\NoVersion
    DisplayName    REG_SZ    Cleanroom Client leftovers
"""
PROGRAMS32 = f"""
{WOW}\\Médiation
    DisplayName    REG_SZ    Outil de médiation
    DisplayVersion    REG_SZ    1.2
{KEYS}\\{{26A24AE4-039D-4CA4-87B4-2F64180361F0}}
    DisplayName    REG_SZ    Cleanroom Client (64-bit)
    DisplayVersion    REG_SZ    4.6.0
"""
RUNNING_SERVICE = """
SERVICE_NAME: CleanroomClient\x20
        TYPE               : 10  WIN32_OWN_PROCESS \x20
        STATE              : 4  RUNNING\x20
                                (STOPPABLE, NOT_PAUSABLE, ACCEPTS_SHUTDOWN)
        WIN32_EXIT_CODE    : 0  (0x0)
        SERVICE_EXIT_CODE  : 0  (0x0)
        CHECKPOINT         : 0x0
        WAIT_HINT          : 0x0

HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\CleanroomClient
    Start    REG_DWORD    0x2

"""
NO_SERVICE = """[SC] EnumQueryServicesStatus:OpenService FAILED 1060:

The specified service does not exist as an installed service.

ERROR: The system was unable to find the specified registry key or value.
"""
ALL_RUNNING = """These Windows services are started:

   Cleanroom Client
   Connected Devices Platform User Service_5a1f3
   Microsoft Defender Antivirus Service

The command completed successfully.

"""
HASH_NEW = "SHA256 hash of C:\\Program Files\\Cleanroom\\client.ini:\n" + "ab" * 32 + "\nCertUtil: -hashfile ok.\n"
HASH_OLD = "SHA256 hash of file C:\\x:\n" + " ".join(["ab"] * 32) + "\nCertUtil: -hashfile ok.\n"
NO_FILE = "CertUtil: -hashfile command FAILED: 0x80070002 (WIN32: 2 ERROR_FILE_NOT_FOUND)\n"


def sections(**parts: str | bytes) -> bytes:
    known: dict[str, str | bytes] = {
        "codepage": "Active code page: 850\n",
        "hostname": "PILOT-WIN\n",
        "programs64": PROGRAMS64,
        "programs32": PROGRAMS32,
        "service0": RUNNING_SERVICE,
        "service1": NO_SERVICE,
        "running": ALL_RUNNING,
        "file0": HASH_NEW,
        "file1": NO_FILE,
        "log": "readable\n",
        "errors": "3:2026-11-23 ERROR no policy\n7:2026-11-23 Error: again\n",
        "end": "",
    }
    known.update(parts)
    answer = b"Microsoft Windows [Version 10.0.22631.4460]\r\n"
    for name, part in known.items():
        content = part if isinstance(part, bytes) else part.replace("\n", "\r\n").encode()
        answer += f"=== recette {name} ===\r\n".encode() + content
    return answer


def test_programs_of_both_views_are_read_once_each() -> None:
    facts = parse(sections(), MACHINE)
    assert [(p.name, p.version) for p in facts.packages] == [
        ("Cleanroom Client (64-bit)", "4.6.0"),
        ("Outil de médiation", "1.2"),
    ]
    assert [p.name for p in facts.packages_like(MACHINE.packages)] == ["Cleanroom Client (64-bit)"]
    assert facts.hostname == "PILOT-WIN"


@pytest.mark.parametrize("encoding", ["utf-8", "cp850", "utf-16-le", "utf-16"])
def test_each_program_is_read_in_its_own_encoding(encoding: str) -> None:
    part = PROGRAMS32.replace("\n", "\r\n").encode(encoding)
    assert "Outil de médiation" in [p.name for p in parse(sections(programs32=part), MACHINE).packages]


def test_services_are_read_whatever_the_language_of_windows() -> None:
    french = RUNNING_SERVICE.replace("STATE     ", "ÉTAT      ").encode("cp850")
    for said in (RUNNING_SERVICE, french):
        assert parse(sections(service0=said), MACHINE).services == (
            Service("CleanroomClient", "active", "enabled"),
            Service("Gone Service", "not installed", "not installed"),
        )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("4  RUNNING", "1  STOPPED"), Service("CleanroomClient", "stopped", "enabled")),
        (("DWORD    0x2", "DWORD    0x4"), Service("CleanroomClient", "active", "disabled")),
        (("DWORD    0x2", "DWORD    0x3"), Service("CleanroomClient", "active", "on demand")),
        (("DWORD    0x2", "SZ    0x2"), Service("CleanroomClient", "active", "unknown")),
    ],
)
def test_a_service_that_is_stopped_or_does_not_start_by_itself_shows(words: tuple[str, str], expected: Service) -> None:
    assert parse(sections(service0=RUNNING_SERVICE.replace(*words)), MACHINE).services[0] == expected


def test_what_a_pilot_has_beside_its_client_is_read() -> None:
    pilot = parse(sections(), MACHINE).pilot
    assert pilot is not None
    assert pilot.configuration[r"C:\Program Files\Cleanroom\client.ini"] == "ab" * 32
    assert "ERROR_FILE_NOT_FOUND" in pilot.configuration[r"C:\gone.ini"]
    assert pilot.running == ("Cleanroom Client", "Microsoft Defender Antivirus Service")
    assert pilot.errors == (
        LogEntry("line 3", "2026-11-23 ERROR no policy"),
        LogEntry("line 7", "2026-11-23 Error: again"),
    )
    assert pilot.log_unread == ""


def test_older_windows_puts_spaces_into_hashes() -> None:
    pilot = parse(sections(file0=HASH_OLD), MACHINE).pilot
    assert pilot is not None
    assert set(pilot.configuration.values()) >= {"ab" * 32}


def test_a_log_that_is_not_there_is_no_log_without_errors() -> None:
    pilot = parse(sections(log="", errors=""), MACHINE).pilot
    assert pilot is not None
    assert pilot.log_unread


def test_what_a_log_holds_stays_out_of_the_evidence() -> None:
    assert "no policy" not in parse(sections(), MACHINE).raw


@pytest.mark.parametrize("section", ["hostname", "programs64", "programs32", "running", "end"])
def test_an_answer_that_breaks_off_is_no_answer(section: str) -> None:
    answer = sections()
    with pytest.raises(CannotJudgeError, match=f"incomplete: no .*{section}"):
        parse(answer[: answer.index(f"=== recette {section} ".encode())], MACHINE)


def test_a_name_that_cmd_could_take_for_more_is_refused() -> None:
    for name in ('x" & del y', "%PATH%", "a\nb"):
        with pytest.raises(CannotJudgeError, match="cannot be given"):
            script(MACHINE.model_copy(update={"services": (name,)}))


def test_everything_is_asked_in_one_script() -> None:
    text = script(MACHINE)
    start = r'reg query "HKLM\SYSTEM\CurrentControlSet\Services\CleanroomClient" /v Start'
    for words in ("/s /reg:64", "/s /reg:32", f'sc query "CleanroomClient" & {start}'):
        assert words in text
    assert max(map(len, text.splitlines())) < 8191, "cmd takes no longer line"


@given(st.binary(), st.sampled_from(["cp437", "cp850", "cp1252"]))
def test_whatever_bytes_come_are_text(part: bytes, codepage: str) -> None:
    assert isinstance(decoded(part, codepage), str)
