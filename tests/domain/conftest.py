"""Hypothesis with next to no examples, for counting which branches the other tests take.

Chance must not decide whether a branch counts as tested.
"""

from hypothesis import settings

settings.register_profile("few", max_examples=1, deadline=None)
