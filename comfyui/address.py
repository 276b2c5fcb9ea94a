"""The address of a ComfyUI server, apart from the client: importing aiohttp takes a quarter of a second."""

from __future__ import annotations

from yarl import URL


def server_url(text: str) -> URL:
    """Return the address of a server as people write it; http:// may be missing. Raises ValueError."""
    scheme, separator, rest = text.rpartition("://")
    shown = f"{scheme}{separator}{rest.rpartition('@')[2]}"  # without a password
    try:
        url = URL(text if separator else f"http://{text}")
        valid = url.scheme in ("http", "https") and bool(url.host) and url.port is not None
    except ValueError as error:
        raise ValueError(f"{shown!r} is not the address of a server: {error}") from error
    if not valid:
        raise ValueError(f"{shown!r} is not the address of a server; write it like http://127.0.0.1:8188")
    return url.with_query(None).with_fragment(None)


def shown_url(url: str | URL) -> str:
    """Return the address without a password, for messages. Raises ValueError as `server_url` does."""
    url = server_url(url) if isinstance(url, str) else url
    return str(url.with_user(None)).rstrip("/")
