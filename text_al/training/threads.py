"""How the threads of OpenMP wait for each other: asleep or spinning. Free of torch, which reads it once.

The OpenMP that torch's wheels bring (GNU's on Linux, LLVM's on a Mac) reads OMP_WAIT_POLICY when it is
loaded, so that the policy has to be set before torch is imported. What the environment says goes before.
"""

import os
import sys
from typing import Literal

POLICY = "OMP_WAIT_POLICY"
OTHERS = ("GOMP_SPINCOUNT", "KMP_BLOCKTIME")
"""Variables of GNU's and LLVM's own that say the same more finely, and go before the policy."""


def set_wait_policy(policy: Literal["passive", "active"] | None) -> str:
    """Sets the policy for this process and those it starts, unless its environment has one.

    Args:
        policy: passive sleeps, active spins; None sets nothing.

    Returns:
        A sentence for the user where the policy could not be set, else "".
    """
    if policy is None or _said():
        return ""
    if "torch" not in sys.modules:
        os.environ[POLICY] = policy.upper()
        return ""
    return (
        f"compute.wait_policy is '{policy}', but torch was imported before it could be set; "
        f"threads wait as OpenMP does by itself. Set {POLICY}={policy.upper()} in the environment."
    )


def waiting() -> str:
    """How threads wait in this process, in words, such as "waiting passively"."""
    said = _said()
    if said == f"{POLICY}=PASSIVE":
        return "waiting passively"
    if said == f"{POLICY}=ACTIVE":
        return "waiting actively"
    return f"waiting by {said}" if said else "waiting as OpenMP does by itself"


def _said() -> str:
    """What the environment says of waiting, such as "OMP_WAIT_POLICY=PASSIVE", or ""."""
    for name in (*OTHERS, POLICY):
        if os.environ.get(name):
            value = os.environ[name]
            return f"{name}={value.upper() if name == POLICY else value}"
    return ""
