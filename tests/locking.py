"""Writes requirements.lock: the version of every package that the pinned ones need, here and there.

python -m tests.locking > requirements.lock     or: make lock
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements.lock"
NO_DEPS = "requirements-models.txt"
"""Its packages are installed with --no-deps."""

HEADER = """\
# Every version that an installation may take. Constraints, which install nothing themselves:
#     pip install -r requirements.txt -c requirements.lock
# `make lock` writes it from what is installed in .venv. CUDA packages (nvidia-*, cuda-*, triton)
# are left out: only one build of PyTorch needs them, and it says itself which versions fit.
"""

OF_TORCH = re.compile(r"(nvidia|cuda|triton)(-.*)?")

SYSTEMS = (
    {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64"},
    {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "aarch64"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64"},
)
PYTHONS = ("3.11", "3.12", "3.13")

Environment = Mapping[str, str]


def environments() -> Iterator[Environment]:
    """Marker environments of every system and Python that the lock covers."""
    for system in SYSTEMS:
        for python in PYTHONS:
            yield {**system, "python_version": python, "python_full_version": f"{python}.1"}


def direct_requirements() -> tuple[Requirement, ...]:
    """The lines of all requirements files of the project."""
    return tuple(line for path in sorted(ROOT.glob("requirements*.txt")) for line in _read(path))


def _read(path: Path) -> Iterator[Requirement]:
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.split("#")[0].strip()
        if text and not text.startswith("-"):
            yield Requirement(text)


def direct_pins() -> dict[str, str]:
    """The versions that the requirements files pin, by name."""
    return {
        canonicalize_name(requirement.name): str(requirement.specifier).removeprefix("==")
        for requirement in direct_requirements()
    }


def needed(environment: Environment | None = None) -> dict[str, str]:
    """The version of every package that the direct ones need, by name; of this machine by default.

    Raises:
        PackageNotFoundError: one is not installed here.
    """
    found: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = list(_wanted(direct_requirements(), "", environment))
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) not in seen:
            seen.add((name, extra))
            found[name], requires = _version_and_requirements(name)
            waiting += _wanted(requires, extra, environment)
    return found


def _wanted(
    requirements: Iterable[Requirement], extra: str, environment: Environment | None
) -> Iterator[tuple[str, str]]:
    """Names that apply there, each with no extra and with every extra that is asked for."""
    for requirement in requirements:
        name, marker = canonicalize_name(requirement.name), requirement.marker
        if marker is None or marker.evaluate({**(environment or {}), "extra": extra}):
            if not OF_TORCH.fullmatch(name):
                yield from ((name, more) for more in ("", *requirement.extras))


def _version_and_requirements(name: str) -> tuple[str, tuple[Requirement, ...]]:
    """As installed; what only other Pythons or systems need has its direct pin, and needs nothing.

    Raises:
        PackageNotFoundError: it is neither.
    """
    try:
        package = distribution(name)
    except PackageNotFoundError:
        if name not in direct_pins():
            raise
        return direct_pins()[name], ()
    alone = {canonicalize_name(requirement.name) for requirement in _read(ROOT / NO_DEPS)}
    lines = () if name in alone else package.requires or ()
    return Version(package.version).public, tuple(map(Requirement, lines))


def main() -> None:
    """Print the lock."""
    versions: dict[str, str] = {}
    try:
        for environment in environments():
            versions |= needed(environment)
    except PackageNotFoundError as error:
        sys.exit(f"{error.name} is needed and not installed here: run make test, then make lock.")
    print(HEADER + "\n".join(f"{name}=={versions[name]}" for name in sorted(versions)))


if __name__ == "__main__":
    main()
