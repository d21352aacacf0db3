"""Where everything is kept: TinyDB on a storage of its own, behind the typed `Store`.

Store (store.py) ─▶ JournalDB, JournalTable (table.py) ─▶ JournalStorage (journal.py), MemoryJournal (memory.py)
  └─ IdentityIndex (index.py)                               ├─ bytes of both files (records.py)
                                                            └─ the disk (files.py)
"""

from tensionwatch.store.store import Store

__all__ = ["Store"]
