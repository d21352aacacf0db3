"""Where everything is kept: TinyDB on a storage of its own, behind the typed `Store`.

Store (store.py) ─┬▶ Articles (articles.py, index.py), KeyedTable (keyed.py)
                  │    └▶ JournalDB, JournalTable (table.py) ─▶ JournalStorage (journal.py), MemoryJournal (memory.py)
                  │                                               ├─ bytes of both files (records.py)
                  │                                               └─ the disk (files.py)
                  ├▶ Months (months.py): ended months, a plain TinyDB file each
                  └▶ stores of earlier versions (migrations.py)
"""

from tensionwatch.store.store import Store

__all__ = ["Store"]
