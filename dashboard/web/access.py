"""Access to the server: passwords, a trusted proxy, and the host names it answers to.

python -m dashboard.access alice >> passwords
"""

import getpass
import io
import secrets
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from werkzeug.security import generate_password_hash

from model_backend import BackendError

SHORTEST_PASSWORD = 8

METHODS = ("scrypt:", "pbkdf2:")
"""Prefixes of hashes that werkzeug can check."""


@dataclass(frozen=True)
class Access:
    """People allowed in; without passwords and a header, everyone who reaches the server."""

    passwords: Mapping[str, str] = field(default_factory=dict)
    """The hash of each person's password."""
    user_header: str = ""
    """A header in which a proxy that has signed people in names them."""
    proxies: tuple[str, ...] = ()
    """Addresses of proxies: what they say of a request is believed, and of nobody else."""
    hosts: tuple[str, ...] = ()
    """Names the server answers to, beside localhost, its machine's name and any plain address."""
    secret_key: str = field(default_factory=lambda: secrets.token_hex(32))
    """Signs what keeps people signed in."""
    metrics_token: str = ""
    """Lets a program that has it read the metrics; empty for none."""

    @property
    def is_open(self) -> bool:
        """True if nobody has to sign in."""
        return not self.passwords and not self.user_header


def read_access(options: Namespace) -> Access:
    """Read the access rules from the command line.

    Raises:
        BackendError: the password file is wrong, or a header is to name people and no proxy is
            trusted to set it.
    """
    if options.user_header and not options.trusted_proxy:
        raise BackendError(
            f"--user-header {options.user_header} needs --trusted-proxy ADDRESS: anyone else could "
            "send that header too."
        )
    return Access(
        read_passwords(Path(options.password_file)) if options.password_file else {},
        options.user_header,
        tuple(options.trusted_proxy),
        tuple(options.allowed_host),
        options.secret_key,
        options.metrics_token,
    )


def read_passwords(path: Path) -> dict[str, str]:
    """The hashes in a file of lines ``name:hash``; lines that begin with # are not read.

    Raises:
        BackendError: the file cannot be read, names nobody, or a line of it is no hash.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise BackendError(f"The password file {path} cannot be read: {error}") from error
    passwords = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, hashed = line.strip().partition(":")
        if not name or not hashed.startswith(METHODS):
            raise BackendError(
                f"Line {number} of {path} is not name:hash. "
                "Make one with: python -m dashboard.access NAME"
            )
        passwords[name] = hashed
    if not passwords:
        raise BackendError(f"The password file {path} names nobody, so nobody could sign in.")
    return passwords


def main() -> None:
    """Ask for a password twice and print the line for it."""
    parser = ArgumentParser(
        prog="python -m dashboard.access",
        description="Asks for a password twice and prints a line for --password-file.",
        epilog="For example: python -m dashboard.access alice >> passwords",
    )
    parser.add_argument("name", type=_user_name, help="the name to sign in with")
    name = parser.parse_args().name
    try:
        password = _ask_password()
    except (EOFError, KeyboardInterrupt):
        sys.exit("No password was given, so nothing was written.")
    if isinstance(sys.stdout, io.TextIOWrapper):  # it goes to a file that is read as UTF-8
        sys.stdout.reconfigure(encoding="utf-8")
    print(f"{name}:{generate_password_hash(password)}")


def _ask_password() -> str:
    password = getpass.getpass("Password: ")
    if len(password) < SHORTEST_PASSWORD:
        sys.exit(f"A password has at least {SHORTEST_PASSWORD} characters.")
    if getpass.getpass("Once more: ") != password:
        sys.exit("The two are not the same.")
    return password


def _user_name(text: str) -> str:
    """A name that the password file gives back as it was written."""
    if not text or text != text.strip() or not text.isprintable():
        raise ArgumentTypeError(
            "a name must not be empty, begin or end with a space, or hold characters that cannot "
            "be printed."
        )
    if ":" in text or text.startswith("#"):
        raise ArgumentTypeError(f"{text!r} cannot be read back: no colon, and no # in front.")
    return text


if __name__ == "__main__":
    main()
