"""How threads wait is said before torch is there, and the environment goes before."""

import os
import subprocess
import sys

import pytest

from text_al.training import threads
from text_al.training.threads import set_wait_policy, waiting

VARIABLES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    """An environment that says nothing, before torch is imported."""
    for name in VARIABLES:
        monkeypatch.setenv(name, "")  # so that whatever is set in a test is unset afterwards
        monkeypatch.delenv(name)
    monkeypatch.setattr(
        threads.sys, "modules", {name: sys.modules[name] for name in sys.modules if name != "torch"}
    )


@pytest.mark.parametrize("policy", ["passive", "active"])
def test_the_policy_is_set_and_told(policy):
    assert set_wait_policy(policy) == ""
    assert os.environ["OMP_WAIT_POLICY"] == policy.upper()
    assert waiting() == f"waiting {policy}ly"
    assert set_wait_policy(policy) == ""


def test_null_sets_nothing():
    assert set_wait_policy(None) == ""
    assert "OMP_WAIT_POLICY" not in os.environ
    assert waiting() == "waiting as OpenMP does by itself"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("OMP_WAIT_POLICY", "active", "waiting actively"),
        ("GOMP_SPINCOUNT", "1000", "waiting by GOMP_SPINCOUNT=1000"),
        ("KMP_BLOCKTIME", "0", "waiting by KMP_BLOCKTIME=0"),
    ],
)
def test_what_the_environment_says_stays(monkeypatch, name, value, told):
    monkeypatch.setenv(name, value)
    assert set_wait_policy("passive") == ""
    assert os.environ[name] == value
    assert waiting() == told


def test_once_torch_is_imported_it_is_too_late_and_a_sentence_says_so(monkeypatch):
    monkeypatch.setitem(threads.sys.modules, "torch", sys)
    said = set_wait_policy("passive")
    assert "torch was imported before" in said
    assert "OMP_WAIT_POLICY=PASSIVE" in said
    assert "OMP_WAIT_POLICY" not in os.environ
    assert set_wait_policy(None) == ""
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    assert set_wait_policy("passive") == ""


def test_the_module_does_without_torch_and_openmp_hears_the_policy():
    code = (
        "import sys; from text_al.training.threads import set_wait_policy; "
        "assert 'torch' not in sys.modules; set_wait_policy('passive'); import torch"
    )
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={**environment, "OMP_DISPLAY_ENV": "TRUE"},
    )  # fmt: skip
    assert "OMP_WAIT_POLICY = 'PASSIVE'" in done.stderr
