"""How tense a region is: three numbers, never one blend. Pure: events and counts in, numbers in words out.

    Event ─weight▶ intensity        conflict, and cooperation beside it; each halves in 48 hours
    articles and flags ─▶ level     the share of news, as the GPR; publishers that come and go do not move it
    (event, voice) pairs ─▶ surprise    is today unusual for this region and family?

Formulas and sources stand in the modules; `docs/method.md` tells them to an analyst.
"""
