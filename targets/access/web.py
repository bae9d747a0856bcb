"""Web pages by plain requests: status, headers, title and time, bounded in size and time."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import requests
from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import RequestException, SSLError, Timeout

from targets.access.certificates import trusting
from targets.access.futures import within
from targets.access.outcomes import CannotJudgeError, PlatformFailed, network_outcome

T = TypeVar("T")
LARGEST_PAGE = 5 * 1024 * 1024
MOST_REDIRECTS = 10
LONGEST_HEAD = 16 * 1024
"""Characters in which a page's title is looked for: html.parser takes quadratic time over a hostile page."""
LANGUAGE = re.compile(r"<html\b[^>]{0,500}?\blang\s*=\s*[\"']?([a-z-]{2,35})", re.IGNORECASE)
SECURITY_HEADERS = (
    "strict-transport-security",
    "content-security-policy",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "permissions-policy",
)


@dataclass(frozen=True)
class Page:
    """What a request brought back; `seconds` from sending it to the last byte."""

    url: str
    status: int
    headers: Mapping[str, str]
    text: str
    title: str
    seconds: float

    @property
    def security_headers(self) -> dict[str, str]:
        """The response's security headers, by their lower-case names."""
        return {name: self.headers[name] for name in SECURITY_HEADERS if name in self.headers}

    @property
    def language(self) -> str | None:
        """What the page, or its header, says that it is written in; None where neither does."""
        said = LANGUAGE.search(self.text[:LONGEST_HEAD])
        return said[1].lower() if said else self.headers.get("content-language")

    def as_evidence(self) -> str:
        """Return the response as text for a person, without cookies."""
        shown = [f"{name}: {value}" for name, value in self.headers.items() if name != "set-cookie"]
        return "\n".join([f"{self.url} answered {self.status} in {self.seconds:.3f} s", *shown, "", self.text])


class Web:
    """Requests to one target, verified against its CA."""

    def __init__(self, ca_file: Path | None, time_limit: float) -> None:
        self._ca_file = ca_file
        self._time_limit = time_limit

    def get(self, url: str) -> Page:
        """Fetch a page and follow its redirects; one attempt, and the time limit holds for the whole of it.

        Raises PlatformFailed where the platform does not answer as it should, CannotJudgeError where this machine
        has no network or cannot read the CA.
        """
        return self._in_time(url, lambda: self._fetch(url)[0])

    def post(self, url: str, form: Mapping[str, str], cookies: str) -> tuple[Page, dict[str, str]]:
        """Post a form with cookies (a header's value); return the answer and the cookies that it sets.

        Where it redirects to is in the answer's header `location` and is not followed. Raises as `get` does.
        """
        return self._in_time(url, lambda: self._fetch(url, form, cookies))

    def _in_time(self, url: str, fetch: Callable[[], T]) -> T:
        trusting(self._ca_file)  # requests would blame the platform for a CA file that is none
        try:
            return within(self._time_limit, fetch)
        except TimeoutError:
            raise PlatformFailed(f"{url}: no whole answer within the time limit") from None

    def _fetch(self, url: str, form: Mapping[str, str] | None = None, cookies: str = "") -> tuple[Page, dict[str, str]]:
        began = time.monotonic()
        with requests.Session() as session:
            # An environment's REQUESTS_CA_BUNDLE or proxy would otherwise override the target's own CA and route.
            session.trust_env = False
            session.verify = str(self._ca_file) if self._ca_file else True
            session.max_redirects = MOST_REDIRECTS
            session.hooks["response"].append(_leave_redirect_unread)
            try:
                with session.request(
                    "GET" if form is None else "POST",
                    url,
                    data=form,
                    headers={"Cookie": cookies} if cookies else {},
                    timeout=self._time_limit,
                    allow_redirects=form is None,
                    stream=True,
                ) as response:
                    body = b"" if response.is_redirect else self._read(response, began)
            except RequestException as error:
                raise _outcome(url, error) from None
            except ValueError as error:
                raise PlatformFailed(f"{url} redirects to what is no address ({error})") from None
        text = _decoded(body, response.encoding)
        headers = {name.lower(): value for name, value in response.headers.items()}
        page = Page(response.url, response.status_code, headers, text, title_of(text), time.monotonic() - began)
        return page, {cookie.name: cookie.value or "" for cookie in response.cookies}

    def _read(self, response: requests.Response, began: float) -> bytes:
        body = bytearray()
        for chunk in response.iter_content(64 * 1024):
            body += chunk
            if len(body) > LARGEST_PAGE:
                raise PlatformFailed(f"{response.url} sent more than {LARGEST_PAGE // 1024**2} MiB")
            if time.monotonic() - began > self._time_limit:
                raise PlatformFailed(f"{response.url} was still sending after {self._time_limit:g} s")
        return bytes(body)


def _leave_redirect_unread(response: requests.Response, **_: object) -> None:
    """Keep requests from reading the body of a redirect, which it does to its end, however large."""
    if response.is_redirect:
        response.close()


def _decoded(body: bytes, encoding: str | None) -> str:
    try:
        return body.decode(encoding or "utf-8", "replace")
    except LookupError:  # the platform names an encoding that there is not
        return body.decode("utf-8", "replace")


def _outcome(url: str, error: RequestException) -> PlatformFailed | CannotJudgeError:
    host = urlsplit(url).netloc
    if isinstance(error, SSLError):
        return PlatformFailed(f"{host}: TLS is refused ({_reason(error)})")
    if isinstance(error, Timeout):
        return PlatformFailed(f"{url}: no answer within the time limit")
    if isinstance(error, RequestsConnectionError) and (cause := _os_error(error)):
        return network_outcome(host, cause)
    return PlatformFailed(f"{url}: {_reason(error)}")


def _causes(error: BaseException | None) -> list[BaseException]:
    """Return the chain of what lies behind an error: urllib3 keeps it in `reason`, Python in context and cause."""
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        inner = next((argument for argument in error.args if isinstance(argument, BaseException)), None)
        error = getattr(error, "reason", None) if isinstance(getattr(error, "reason", None), BaseException) else inner
        error = error or chain[-1].__cause__ or chain[-1].__context__
    return chain


def _os_error(error: BaseException) -> OSError | None:
    causes = [cause for cause in _causes(error) if not isinstance(cause, RequestException)]
    return next((cause for cause in reversed(causes) if isinstance(cause, OSError)), None)


def _reason(error: BaseException) -> str:
    return str(_causes(error)[-1])[:300]


class _Title(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._inside = False
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 -- HTMLParser's
        self._inside = self._inside or (tag == "title" and not self.text)

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "title"

    def handle_data(self, data: str) -> None:
        self.text += data if self._inside else ""


def title_of(html: str) -> str:
    """Return the text of a page's first title, white space folded, at most 200 characters."""
    parser = _Title()
    parser.feed(html[:LONGEST_HEAD])
    return " ".join(parser.text.split())[:200]
