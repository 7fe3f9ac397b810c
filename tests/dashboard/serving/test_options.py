"""Wrong options are refused where they are given, in a sentence that says what would be right."""

import subprocess
import sys
import time
from argparse import Namespace

import pytest

from dashboard.serving.options import read_options
from dashboard.serving.server import announcement
from tests.browser.serving import ROOT

DEVICES = (
    "tpu",
    "",
    "CPU",
    "cpu:0",
    "cuda:",
    "cuda:-1",
    "cuda:x",
    "cuda:0,1",
    "cuda:1e3",
    "cuda:٣",
)


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOST", "PORT", "CACHE_URL", "STUDIES"):
        monkeypatch.delenv(name, raising=False)


def given(*arguments: str) -> Namespace:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["app.py", *arguments])
        return read_options()


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("--port", value) for value in ("0", "-1", "99999", "65536", "", "80.0", "http", "٣")),
        *(("--host", value) for value in ("", " ", "http://x", "x:80", "a b", "1.2.3.4.5", "[::1")),
        *(("--queue", value) for value in ("0", "-3", "", "1.5", "many", "9" * 30)),
        *(("--max-tokens", value) for value in ("0", "-5", "")),
        *(("--cache-mb", value) for value in ("-1", "", "1e3")),
        *(("--url-prefix", value) for value in ("../x", "x/../y", ".", "a b", "/x?y", "a//b", "é")),
        *(("--url-prefix", value) for value in ("http://x/", "%2e%2e", "<b>")),
        *(("--trusted-proxy", value) for value in ("localhost", "", "10.0.0.0/8", "10.0.0.1:80")),
        *(("--allowed-host", value) for value in ("", "https://x.org", "x.org:80", "*", "é.org")),
        *(("--user-header", value) for value in ("", "X User", "X-User:", "Ü")),
        *((option, "") for option in ("--password-file", "--model", "--adapter", "--catalogue")),
        ("--worked-examples", " "),
        *(
            ("--log-level", "loud"),
            *(("--device", device) for device in DEVICES),
            ("--dtype", "int8"),
            ("--quantize", "1"),
        ),
    ],
)
def test_a_value_that_cannot_be_right_is_refused_by_the_options_name(
    option: str, value: str, capsys: pytest.CaptureFixture
) -> None:
    with pytest.raises(SystemExit) as refused:
        given(f"{option}={value}")
    assert refused.value.code == 2
    assert f"error: argument {option}: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "values", "kept"),
    [
        ("--port", ("1", "65535"), [1, 65535]),
        ("--host", ("0.0.0.0", "::1", "[::1]", "my-host"), ["0.0.0.0", "::1", "::1", "my-host"]),
        ("--queue", ("1", "1000000"), [1, 1000000]),
        ("--device", ("cpu", "cuda", "cuda:0", "cuda:15"), ["cpu", "cuda", "cuda:0", "cuda:15"]),
        ("--cache-mb", ("0", "100000"), [0, 100000]),
        ("--url-prefix", ("", "/", "scope", "/a/b.c/"), ["/", "/", "/scope/", "/a/b.c/"]),
        (
            "--trusted-proxy",
            ("10.0.0.1", "0:0:0:0:0:0:0:1", "::FFFF:10.0.0.1"),
            [["10.0.0.1"], ["::1"], ["10.0.0.1"]],
        ),
        ("--allowed-host", ("Scope.example.org", "7bit"), [["Scope.example.org"], ["7bit"]]),
        ("--user-header", ("X-Remote-User",), ["X-Remote-User"]),
    ],
)
def test_the_smallest_and_largest_right_values_are_taken(
    option: str, values: tuple[str, ...], kept: list[object]
) -> None:
    name = option.strip("-").replace("-", "_")
    assert [getattr(given(f"{option}={value}"), name) for value in values] == kept


def test_options_that_were_not_given_are_empty() -> None:
    options = given()
    assert (options.password_file, options.user_header, options.models) == ("", "", [])
    assert (options.host, options.port, options.url_prefix) == ("127.0.0.1", 8050, "/")


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "")
    monkeypatch.setenv("PORT", "")
    assert (given().host, given().port) == ("127.0.0.1", 8050)
    monkeypatch.setenv("PORT", "99999")
    with pytest.raises(SystemExit):
        given()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "for this machine only"),
        (("--host", "::1"), "http://[::1]:8050/ for this machine only"),
        (("--host", "0.0.0.0"), "for EVERYONE"),
        (("--host", "0.0.0.0", "--password-file", "x"), "for those who sign in"),
    ],
)
def test_the_server_says_who_can_reach_it(arguments: tuple[str, ...], said: str) -> None:
    assert said in announcement(given(*arguments))


def test_help_is_there_at_once_and_imports_nothing_large() -> None:
    check = (
        "import sys; sys.argv = ['app.py', '--help']\n"
        "from dashboard.serving.main import main\n"
        "try: main()\n"
        "except SystemExit: print(sorted({'torch', 'dash', 'numpy', 'flask'} & set(sys.modules)))"
    )
    start = time.monotonic()
    answer = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True)
    assert answer.stdout.splitlines()[-1] == "[]", answer.stderr
    assert time.monotonic() - start < 5
