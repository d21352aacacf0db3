"""What the application says in passing, and does with links: opens them in a browser, copies them."""

from __future__ import annotations

from tensionwatch.tui.cells import line
from tensionwatch.tui.links import LinkRefused, host_of, open_link
from tensionwatch.tui.painting import PaintingApp


class OpeningApp(PaintingApp):
    def say(self, text: str, *, severity: str = "information", timeout: float = 4) -> None:
        """A toast; the text may come from outside."""
        self.notify(line(text), severity=severity, timeout=timeout, markup=False)  # type: ignore[arg-type]  # its Literal is not exported

    def open_article(self, article_id: str | None) -> None:
        link = self._link(article_id)
        if link is not None:
            self.open_address(link)

    def open_address(self, link: str) -> None:
        self.run_worker(self._open(link), group="browser")

    async def _open(self, link: str) -> None:
        try:
            self.say(f"Opened at {await open_link(link)}")
        except LinkRefused as refused:
            self.say(f"Not opened, {refused}: {link}", severity="warning", timeout=15)

    def copy_article(self, article_id: str | None) -> None:
        link = self._link(article_id)
        if link is not None:
            self.copy_address(link)

    def cite_article(self, article_id: str) -> None:
        """Copy title, publisher and link, a line each but for the first two."""
        if (article := self.context.desk.article(article_id)) is not None:
            said = f"{line(article.title)} ({line(article.publisher)})"
            self.copy_to_clipboard("\n".join(filter(None, (said, line(article.link or "")))))
            self.say(f"Copied with its source: {said}")

    def copy_address(self, link: str) -> None:
        self.copy_to_clipboard(line(link))
        self.say(f"Copied ({_host(link)}): {link}", timeout=8)

    def _link(self, article_id: str | None) -> str | None:
        article = self.context.desk.article(article_id) if article_id is not None else None
        if article is not None and article.link is None:
            self.say("This article has no link.")
        return article.link if article is not None else None


def _host(link: str) -> str:
    try:
        return host_of(link)
    except LinkRefused as refused:
        return str(refused)
