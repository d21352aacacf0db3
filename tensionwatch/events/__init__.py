"""From flags to events: what happened, counted once however many outlets tell it. Pure."""

from tensionwatch.events.ledger import Ledger
from tensionwatch.events.regions import belongs

__all__ = ["Ledger", "belongs"]
