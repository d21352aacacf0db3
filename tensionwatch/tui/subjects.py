"""What regions and pairs are called on the screen."""

from __future__ import annotations

from tensionwatch.series import Subject
from tensionwatch.tui.cells import line
from tensionwatch.tui.context import Context


def subject_name(subject: Subject, context: Context) -> str:
    """`Korean Peninsula`, `North Korea – South Korea`"""
    if isinstance(subject, str):
        return line(context.desk.names.regions.get(subject, subject))
    return " – ".join(line(context.desk.country_name(country)) for country in subject)


def short_name(subject: Subject, context: Context) -> str:
    """`Korean Peninsula`, `KOR–PRK`"""
    return subject_name(subject, context) if isinstance(subject, str) else "–".join(subject)
