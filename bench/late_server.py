"""Serves a folder's files, each answer so many seconds late: PORT FOLDER LOG SECONDS.

nginx cannot sleep by itself. One answer a connection, no validators; a status a line goes to LOG.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

_TYPES = {".rss": "application/rss+xml", ".atom": "application/atom+xml"}


async def _serve(port: int, folder: Path, log: Path, seconds: float) -> None:
    answers = {f"/{path.name}": _answer(path) for path in folder.iterdir()}
    with log.open("a", encoding="ascii", buffering=1) as lines:

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:  # somebody looked whether we listen
                writer.close()
                return
            await asyncio.sleep(seconds)
            answer = answers.get(head.split(b" ", 2)[1].decode("ascii", "replace"))
            writer.write(answer or b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            lines.write("200\n" if answer else "404\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "0.0.0.0", port, backlog=4096)
        await server.serve_forever()


def _answer(path: Path) -> bytes:
    body = path.read_bytes()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {_TYPES[path.suffix]}\r\nContent-Length: {len(body)}\r\nConnection: close"
    return f"{head}\r\n\r\n".encode() + body


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4])))
