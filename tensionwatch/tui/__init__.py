"""The screen: a live watch, a list of articles, a reader, the health of the feeds.

    desk ──changed(revision)──▶ app ──StoreChanged──▶ visible screen ──pulls──▶ widgets (cursor and scroll only)

    app.py       builds the context, runs the poller, passes changes on, holds what every screen can do
    context.py   what all screens share: desk, polling, times, marks
    screens/     watch, articles, reader, event, feeds, help, choose
    widgets/     lines.py is the virtual list under every table; the others say how a row is drawn
    the rest     pure: cells (widths), times (words for times), look (symbols), changes (what rose), links, situation

Text from outside goes through `cells.line` or `cells.prose` (the sanitiser) and is drawn as plain segments or
`Content`, never as markup.
"""
