"""Checks for the values of options: each returns the value or says what would be right.

argparse calls these and puts the option's name before the sentence.
"""

import ipaddress
import re
from argparse import ArgumentTypeError
from collections.abc import Callable

_HOST = re.compile(r"(?![0-9.]+$)[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?", re.IGNORECASE | re.ASCII)
"""Digits and dots alone are a mistyped address."""
_HEADER = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+", re.IGNORECASE | re.ASCII)
_GPU = re.compile(r"cuda:[0-9]{1,3}", re.ASCII)
_SEGMENT = re.compile(r"[a-z0-9_~.-]+", re.IGNORECASE | re.ASCII)


def port(text: str) -> int:
    """A number that a TCP port can have; 0 would be another port each time."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise ArgumentTypeError(f"{text!r} is not a port; a port is a number from 1 to 65535.")
    return int(text)


def device(text: str) -> str:
    """A device by its name, such as ``cuda`` for all GPUs or ``cuda:0`` for the first alone."""
    if text not in ("auto", "cpu", "cuda", "mps") and not _GPU.fullmatch(text):
        raise ArgumentTypeError(
            f"{text!r} is not a device; there are auto, cpu, cuda, mps and, for one GPU of "
            "several, cuda:0, cuda:1 and so on."
        )
    return text


def at_least(least: int) -> Callable[[str], int]:
    """A check for whole numbers from ``least`` up."""

    def number(text: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text) or int(text) < least:
            raise ArgumentTypeError(f"{text!r} is not a whole number of at least {least}.")
        return int(text)

    return number


def listening_host(text: str) -> str:
    """An address of this machine or its name, without brackets."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if not _is_address(bare) and not _HOST.fullmatch(bare):
        raise ArgumentTypeError(
            f"{text!r} is not an address or a host name, such as 127.0.0.1, ::1 or localhost; "
            "the port is an option of its own."
        )
    return bare


def proxy_address(text: str) -> str:
    """An IP address in the form in which the server sees it."""
    if not _is_address(text):
        raise ArgumentTypeError(
            f"{text!r} is not an IP address. Give the one from which the proxy connects, such as "
            "127.0.0.1 or ::1; names and networks are not looked up."
        )
    address = ipaddress.ip_address(text)
    return str(getattr(address, "ipv4_mapped", None) or address)


def host_name(text: str) -> str:
    """A host name as a browser sends it, without the port."""
    if not _HOST.fullmatch(text):
        raise ArgumentTypeError(
            f"{text!r} is not a host name, such as scope.example.org: no http://, no port, no "
            "wildcard, and names in other scripts in their xn-- form."
        )
    return text


def header_name(text: str) -> str:
    """The name of an HTTP header."""
    if not _HEADER.fullmatch(text):
        raise ArgumentTypeError(f"{text!r} is not the name of a header, such as X-Remote-User.")
    return text


def url_prefix(text: str) -> str:
    """A path that begins and ends with a slash."""
    segments = text.strip("/").split("/")
    if segments == [""]:
        return "/"
    if not all(_SEGMENT.fullmatch(segment) and segment.strip(".") for segment in segments):
        raise ArgumentTypeError(
            f"{text!r} is not a path below the host, such as /scope/: letters, digits, - _ ~ and "
            "dots, in parts with one slash between them."
        )
    return f"/{'/'.join(segments)}/"


def not_empty(text: str) -> str:
    """Any value but an empty one, which an unset shell variable leaves behind."""
    if not text.strip():
        raise ArgumentTypeError("the value is empty. Give one, or leave the option out.")
    return text


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
