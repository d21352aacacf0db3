"""Where everything is kept: TinyDB on a storage of its own, behind the typed `Store`.

Store (store.py) ─┬▶ Articles (articles.py, index.py), KeyedTable (keyed.py), AlertRecords (alerting.py)
                  │    └▶ JournalDB, JournalTable (table.py) ─▶ JournalStorage (journal.py), MemoryJournal (memory.py)
                  │                                               ├─ opening: what the files hold (replay.py)
                  │                                               ├─ commits: the journal's file (log.py)
                  │                                               ├─ compaction, in a child process (fold.py)
                  │                                               ├─ the threads of both (background.py)
                  │                                               └─ bytes (records.py), the disk (files.py)
                  ├▶ Months (months.py): ended months, a plain TinyDB file each
                  └▶ stores of earlier versions (migrations.py)
FollowedStore (followed.py), a Store that another process writes ─▶ what that appends (tail.py)
Glimpse (glimpsed.py), a Store of the newest alone, which is shown until all is read ─▶ its file (glimpse.py)
verify.py walks everything and says what is wrong.
"""

from tensionwatch.store.followed import FollowedStore
from tensionwatch.store.store import Store

__all__ = ["FollowedStore", "Store"]
