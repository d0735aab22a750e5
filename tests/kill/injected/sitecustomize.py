"""Faults for a server that is killed: loaded by every Python that has this folder on its path.

KILL_FAULTS names what is put in place of a right piece; without it nothing is changed.
"""

import os
from importlib import import_module

for _name in os.environ.get("KILL_FAULTS", "").split():
    import_module(f"tests.kill.injected.{_name}")
