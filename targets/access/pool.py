"""Whether repositories really serve the package files that they list, without downloading them.

Asked of apt's own methods, which know the server's proxies, keys and CAs as apt does ("APT Method Interface" in apt's
documentation). One that may take a single byte says how large a file is, and ends before its content comes.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

AT_ONCE = 8
TRIES = 4
"""How often a file is asked for, where apt would too: after a redirect, or a failure that may pass."""
ASK = r"""
asked=$1 uri=$1
answer() { printf '%s %s %s\n' "$1" "$asked" "$2"; exit; }
for try in {1..TRIES}; do
    coproc METHOD { exec "$METHODS/${uri%%:*}" 2>&1; }
    { cat "$T/configuration"
      printf '600 URI Acquire\nURI: %s\nFilename: %s\nMaximum-Size: 1\n\n' "$uri" "$T/byte.$$"; } >&"${METHOD[1]}"
    state= size= words= transient= further=
    while IFS= read -r -t 60 line; do
        case $line in
            [1-4][0-9][0-9]' '*) state=${line%% *} ;;
            'Size: '* | 'Checksum-FileSize-Hash: '*) size=${line#*: } ;;
            'FailReason: MaximumSizeExceeded') state=unsized ;;
            'Message: '*) words=${line#*: } ;;
            'Transient-Failure: true') transient=yes ;;
            'New-URI: '*) further=${line#*: } ;;
        esac
        [ -z "$line" ] || continue
        case $state in
            200 | 201) [ -z "$size" ] || answer there "$size" ;;
            400) [ -n "$transient" ] || answer missing "$words"; break ;;
            103) uri=$further; break ;;
            unsized) break ;;
        esac
    done <&"${METHOD[0]}"
    case $state in 400 | 103) ;; *) break ;; esac
done
[ "$state" = 400 ] && answer missing "$words"
answer unanswered "$words"
""".replace("TRIES", str(TRIES))
"""A program for bash, which every Debian has: the method must be talked with, as it ends when its input does."""

LOOK = """export T METHODS ASK={ask}
eval "$(apt-config -c "$T/apt.conf" shell METHODS Dir::Bin::methods)"
{{ echo '601 Configuration'; apt-config -c "$T/apt.conf" dump \\
  | sed -n 's/%/%25/g; s/^\\([^ ]*\\) "\\(.*\\)";$/Config-Item: \\1=\\2/p'; echo; }} > "$T/configuration"
sed -n "s/^'\\(.*\\)' [^ ]* [0-9]* .*/\\1/p" "$T/files" \\
  | timeout {seconds:.0f} xargs -r -d '\\n' -n 1 -P {at_once} bash -c "$ASK" ask > "$T/answers"
cat "$T/answers\""""


@dataclass(frozen=True)
class PackageFile:
    """A package's file on a repository: its size as listed and as served, in bytes (None where it is not served).

    `words` are apt's where it is not; `answered` is whether anybody said so.
    """

    uri: str
    listed: int
    served: int | None
    words: str = ""
    answered: bool = True

    @property
    def trouble(self) -> str:
        """What keeps an upgrade from getting it, "" where nothing does."""
        if self.served == self.listed:
            return ""
        why = self.words if self.served is None else f"it has {self.served} bytes, {self.listed} are listed"
        return f"{self.uri}: {why}"


def looking(seconds: float) -> str:
    """Return a shell command that asks for every file that ``apt-get --print-uris`` has written into ``$T/files``.

    ``$T/apt.conf`` is apt's configuration; all of it together may take that many seconds.
    """
    return LOOK.format(ask=shlex.quote(ASK), at_once=AT_ONCE, seconds=seconds)


def parse(files: str, answers: str) -> tuple[PackageFile, ...]:
    """Read what apt listed and what its methods answered."""
    said = {uri: (how, words) for how, uri, words in re.findall(r"^(\w+) (\S+) ?(.*)$", answers, re.MULTILINE)}
    listed = re.findall(r"^'(.+)' \S+ (\d+) ", files, re.MULTILINE)
    return tuple(_file(uri, int(size), *said.get(uri, ("unanswered", ""))) for uri, size in listed)


def _file(uri: str, listed: int, how: str, words: str) -> PackageFile:
    if how == "there" and words.isdigit():
        return PackageFile(uri, listed, int(words))
    return PackageFile(uri, listed, None, words, answered=how == "missing")
