"""HTTP to other servers: http and https only, credentials only on request, retries, errors on one line.

It uses httpx, because the standard library keeps no connection open in `urllib` and has no authentication in `http.client`:
digest authentication of `urllib` sends the whole body twice, and tens of thousands of graphs would need as many connections.
"""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Callable, Generator, Mapping
from html import unescape
from types import TracebackType
from typing import Final, NamedTuple, Self
from urllib.parse import urlsplit, urlunsplit

import httpx

from kg.base.about import VERSION
from kg.base.errors import KgError, UsageError

USER, PASSWORD = "KG_PUBLISH_USER", "KG_PUBLISH_PASSWORD"  # names of environment variables
_AGAIN: Final = (408, 425, 429, 502, 503, 504)
_LONGEST_PAUSE: Final = 60.0
_CONNECT: Final = 20.0
_READ: Final = 600.0
_LOOKED_AT: Final = 20_000  # characters of an error response that are read
_SILENT: Final = ("script", "style", "title")
_KEY: Final = re.compile(r'"(?:message|error|detail)"[ \t\r\n]*+:[ \t\r\n]*+(?=")')
_VALUE: Final = re.compile(r'"((?:\\.|[^"\\])*+)"')
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


class Login(NamedTuple):
    """A name and a password; its repr never shows the password."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Login({self.user!r}, …)"


def read_credentials(user: str = "") -> Login | None:
    """Return the credentials in KG_PUBLISH_USER (or `user`) and KG_PUBLISH_PASSWORD; None if neither is set."""
    name = user or os.environ.get(USER, "")
    password = os.environ.get(PASSWORD)
    if password is None:
        if name:
            raise UsageError(f"there is no password for {name}", hint=f"set {PASSWORD} in the environment")
        return None
    if not name:
        raise UsageError(f"{PASSWORD} is set, but no name", hint=f"set {USER}, or give --user NAME")
    return Login(name, password)


class WebError(KgError):
    """A request that failed; `status` is 0 if there was no response."""

    def __init__(self, message: str, *, hint: str = "", status: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.status = status


def check_url(url: str) -> str:
    """Return a URL if it is http or https, with a host, and without a password. Raises UsageError.

    >>> check_url("http://localhost:7878/query")
    'http://localhost:7878/query'
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise UsageError(f"that is not a URL: {error}", hint="give e.g. http://localhost:7878/query") from None
    if parts.username is not None or parts.password is not None:
        raise UsageError("names and passwords do not belong in a URL", hint=f"set {USER} and {PASSWORD} in the environment")
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise UsageError(f"'{url[:100]}' is not an http or https URL", hint="give e.g. http://localhost:7878/query")
    return urlunsplit(parts._replace(fragment=""))


def redact_url(url: str) -> str:
    """Return a URL for messages, without the part after `?`, which may be a secret."""
    return url.partition("?")[0]


class _Auth(httpx.Auth):
    """Sends name and password only if a server requests them, by the requested method: digest before basic."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._known: httpx.Auth | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._known is None:
            response = yield request
            if response.status_code != 401:
                return
            asked = [value.lower() for value in response.headers.get_list("www-authenticate")]
            if any(value.lstrip().startswith("digest") or ", digest " in value for value in asked):
                self._known = httpx.DigestAuth(*self._login)
            elif any("basic" in value for value in asked):
                self._known = httpx.BasicAuth(*self._login)
            else:
                return
        yield from self._known.auth_flow(request)


class WebRequest(NamedTuple):
    """A request to a server."""

    method: str
    url: str = ""
    """Empty: the URL of the client."""
    params: Mapping[str, str] | None = None
    """Parameters of the URL's query."""
    data: Mapping[str, str] | None = None
    """Fields of a form, sent as the body."""
    content: bytes | None = None
    """The body."""
    headers: Mapping[str, str] | None = None


class Web:
    """A client for one server, which keeps its connection open. Close it, or use it as a context manager."""

    def __init__(
        self,
        url: str,
        login: Login | None = None,
        *,
        timeout: float | None = None,
        retries: int = 0,
        pause: float = 0.5,
        retrying: Callable[[str], None] = lambda _why: None,
    ) -> None:
        self.url = check_url(url)
        self._retries = retries
        self._pause = pause
        self._retrying = retrying
        self.requests = 0
        """Number of requests that were answered or failed."""
        self._client = httpx.Client(
            auth=_Auth(login) if login else None,
            timeout=httpx.Timeout(timeout or _READ, connect=min(timeout or _CONNECT, _CONNECT)),
            headers={"User-Agent": f"kg/{VERSION}"},
        )
        self._login = login

    @property
    def in_the_clear(self) -> bool:
        """Whether a password would cross a network unencrypted."""
        parts = urlsplit(self.url)
        return self._login is not None and parts.scheme == "http" and parts.hostname not in _LOOPBACK

    def send(self, request: WebRequest, *, retry: bool = True) -> httpx.Response:
        """Return a successful response (2xx), with as many retries as allowed. Raises WebError."""
        target = request.url or self.url
        for attempt in range(self._retries + 1 if retry else 1):
            again: float | None = None
            try:
                response = self._client.request(
                    request.method,
                    target,
                    params=request.params,
                    data=request.data,
                    content=request.content,
                    headers=request.headers,
                )
            except httpx.TransportError as error:
                problem = WebError(
                    f"no answer from {redact_url(target)}: {_reason(error)}", hint="does the server run? is the URL right?"
                )
            except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
                raise WebError(f"can't ask {redact_url(target)}: {_one_line(str(error))}") from None
            else:
                if response.is_success:
                    self.requests += 1
                    return response
                problem = _refusal(response, target, known=self._login is not None)
                if response.status_code not in _AGAIN:
                    self.requests += 1
                    raise problem
                again = _retry_after(response)
            self.requests += 1
            if attempt == self._retries or not retry:
                raise problem
            pause = self._pause * 2**attempt * random.uniform(0.75, 1.25)
            pause = min(max(pause, again or 0.0), _LONGEST_PAUSE)
            self._retrying(f"{problem}; trying again in {pause:.1f} s")
            time.sleep(pause)
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def fetch_file(url: str, limit: int, seconds: float = 300.0) -> bytes:
    """Return a file of the web of at most `limit` bytes; redirects aren't followed. Raises WebError and UsageError."""
    address = check_url(url)
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise UsageError(
            f"{redact_url(address)} is not an https address", hint="anybody on the way could change what http brings"
        )
    headers = {"User-Agent": f"kg/{VERSION}", "Accept-Encoding": "identity"}
    end = time.monotonic() + seconds
    pieces, size = [], 0
    try:
        with httpx.stream("GET", address, headers=headers, timeout=httpx.Timeout(_CONNECT)) as response:
            if not response.is_success:
                raise WebError(f"{redact_url(address)} says HTTP {response.status_code}", status=response.status_code)
            for piece in response.iter_raw(1 << 16):
                pieces.append(piece)
                size += len(piece)
                if size > limit:
                    raise WebError(f"{redact_url(address)} has more than {limit:,} bytes")
                if time.monotonic() > end:
                    raise WebError(f"{redact_url(address)} took more than {seconds:.0f} s")
    except httpx.TransportError as error:
        raise WebError(f"no answer from {redact_url(address)}: {_reason(error)}", hint="is the URL right?") from None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise WebError(f"can't ask {redact_url(address)}: {_one_line(str(error))}") from None
    return b"".join(pieces)


def _reason(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "it took too long"
    return _one_line(str(error)) or type(error).__name__


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("retry-after", "")
    return float(value) if value.isdigit() else None


def _refusal(response: httpx.Response, url: str, *, known: bool) -> WebError:
    status = response.status_code
    where = redact_url(url)
    if status in (401, 403):
        message = f"{where} does not let in {'this name and password' if known else 'strangers'} (HTTP {status})"
        return WebError(message, hint=f"set {USER} and {PASSWORD} in the environment", status=status)
    if response.is_redirect:
        target = redact_url(_one_line(response.headers.get("location", "")))
        return WebError(f"{where} has moved to {target} (HTTP {status})", hint="give the new address", status=status)
    message = message_of(response)
    hint = "is this the right address of the server?" if status in (404, 405, 410, 415) else ""
    return WebError(f"{where} says HTTP {status}" + (f": {message}" if message else ""), hint=hint, status=status)


def message_of(response: httpx.Response) -> str:
    """Return a server's error message on one line. Only the start of its response is read, once."""
    text = response.text[:_LOOKED_AT]
    if "html" in response.headers.get("content-type", "") or text.lstrip()[:1] == "<":
        return _one_line(unescape(_texts(text)))
    return _one_line(_said_in_json(text) or text.strip().partition("\n")[0])


def _texts(page: str) -> str:
    """Return the text of a page, without tags, scripts, styles and title, in linear time."""
    texts = []
    small = page.lower()
    at = 0
    while (start := page.find("<", at)) >= 0:
        texts.append(page[at:start])
        silent = next((tag for tag in _SILENT if small.startswith(tag, start + 1)), "")
        if silent:
            start = small.find(f"</{silent}", start)
        at = page.find(">", start) + 1 if start >= 0 else 0
        if not at:
            return " ".join(texts)
    return " ".join((*texts, page[at:]))


def _said_in_json(text: str) -> str:
    """Return the value of "message", "error" or "detail" in JSON, even if it is truncated; empty if there is none."""
    for m in _KEY.finditer(text):
        value = _VALUE.match(text, m.end())
        if value is not None:
            return value[1]
    return ""


def _one_line(text: str) -> str:
    line = " ".join("".join(c if c.isprintable() or c.isspace() else "\ufffd" for c in text[:4000]).split())
    return line if len(line) <= 240 else line[:240] + "…"
