"""The screen: a live watch with the index, a list of articles, a reader, the health of the feeds, alerts.

    desk ──changed(revision)──▶ app ──StoreChanged──▶ visible screen ──pulls──▶ widgets (cursor and scroll only)

    app.py       builds the context, runs poller and alerts, passes changes on, holds what every screen can do
    alarm.py     the bell, and asking what is muted;  opening.py  links
    context.py   what all screens share: desk, polling, alerting, times, marks
    screens/     watch, index, articles, reader, event, feeds, alerts, help, choose
    widgets/     lines.py is the virtual list under every table; the others say how a row is drawn
    the rest     pure: cells (widths), times (words for times), look (symbols), changes (what rose), links, situation,
                 tension (the index in words), indexcard (what it is made of), muting (what may be muted)

Text from outside goes through `cells.line` or `cells.prose` (the sanitiser) and is drawn as plain segments or
`Content`, never as markup.
"""
