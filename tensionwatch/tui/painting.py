"""How the screen is painted: in which colours and characters, after what the terminal has and the user chose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rich.console import Console
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import LineFilter, Monochrome, NoColor
from textual.theme import Theme

from tensionwatch.config import UiConfig
from tensionwatch.errors import HungUp
from tensionwatch.logbook import LOG
from tensionwatch.sanitise import visible
from tensionwatch.tui.context import Context
from tensionwatch.tui.driver import TerminalDriver
from tensionwatch.tui.filters import Ascii
from tensionwatch.tui.sheets import Sheets
from tensionwatch.tui.themes import DARK, OWN, SIXTEEN, colours

SAVE_TITLE, RESTORE_TITLE = "\x1b[22;2t", "\x1b[23;2t"
"""Of xterm and those like it: the title that was there comes back."""
_SYSTEMS: dict[str, Literal["standard", "256", "truecolor"]] = {"16": "standard", "256": "256", "all": "truecolor"}


def _title(name: str) -> str:
    return f"\x1b]2;{visible(name)}\x07"


class PaintingApp(App[None]):
    context: Context
    ui: UiConfig
    _window_name = ""
    """What the title of the window has been set to."""

    def paint_as_terminal(self) -> None:
        """Fit what is painted to the terminal; before anything is."""
        terminal = self.context.manners.terminal
        if terminal.colours != "auto":
            self.no_color = terminal.colours == "none"
        self._own_filters: list[LineFilter] = []
        if self.no_color:  # Textual would have shades of grey, which a terminal without colours has not
            self._own_filters.append(NoColor())
        if terminal.ascii:
            self._own_filters.append(Ascii())
        if (system := _SYSTEMS.get(terminal.colours)) is not None:  # else as rich finds
            self.console = Console(
                color_system=system, file=self.console.file, highlight=False, emoji=False, legacy_windows=False,
                force_terminal=True, safe_box=False, no_color=False,
            )  # fmt: skip
        for theme in OWN:
            self.register_theme(theme)
        self.set_reactive(PaintingApp.theme, self._first_theme())  # else all is painted twice at the start
        self.stylesheet = Sheets(variables=self.get_css_variables())

    def get_line_filters(self) -> Sequence[LineFilter]:
        kept = (each for each in super().get_line_filters() if not isinstance(each, (Monochrome, NoColor)))
        return [*kept, *self._own_filters]

    # ---------------------------------------------------------------- the window

    def name_window(self, waiting: int) -> None:
        """Put our name into the title of the window, with the alerts that wait: it is seen where the screen is not."""
        name = f"({waiting}) {self.title}" if waiting else self.title
        if name != self._window_name:
            if not self._window_name:
                self._write(SAVE_TITLE)
            self._window_name = name
            self._write(_title(name))

    def on_mount(self) -> None:
        """In the background the window belongs to others."""
        self.app_suspend_signal.subscribe(self, lambda _: self._write(RESTORE_TITLE), immediate=True)
        self.app_resume_signal.subscribe(self, lambda _: self._come_back())

    def _come_back(self) -> None:
        """The terminal has forgotten what was drawn, which Textual takes for drawn still: a layout that is as it was
        repaints nothing."""
        self._write(SAVE_TITLE + _title(self._window_name))
        self.screen.refresh()

    def on_unmount(self) -> None:
        if self._window_name:
            self._write(RESTORE_TITLE)

    def _write(self, sequence: str) -> None:
        """Textual has no way to set a title but this one."""
        if self._driver is not None and not self.is_headless and self.context.manners.terminal.titled:
            self._driver.write(sequence)

    # ---------------------------------------------------------------- the terminal

    def get_driver_class(self) -> type[Driver]:
        driver = super().get_driver_class()
        return TerminalDriver if driver is LinuxDriver else driver

    def look_for_terminal(self) -> None:
        """End where there is none any more, as SIGHUP would have it."""
        if isinstance(self._driver, TerminalDriver) and self._driver.is_gone and not self._exit:
            LOG.warning("the terminal is gone: the screen ends")
            self.exit(return_code=HungUp.exit_code)

    # ---------------------------------------------------------------- themes

    def _first_theme(self) -> str:
        """The one that was chosen last, or is configured; with sixteen colours the one that is made of them."""
        if self.context.manners.terminal.colours == "16":
            return SIXTEEN.name
        wanted = self.context.manners.choices.theme(self.ui.theme)
        return wanted if wanted in self.available_themes else DARK.name

    def check_theme(self) -> None:
        """Say where the configured one is none, and keep what is chosen from now on."""
        if self.context.manners.terminal.colours == "16":
            return
        if self.ui.theme not in self.available_themes:
            known = ", ".join(sorted(self.available_themes))
            self._warn(f"[ui] theme: there is no '{self.ui.theme}'; there are {known}")
        self.theme_changed_signal.subscribe(self, self._theme_chosen)

    def _warn(self, text: str) -> None:
        self.notify(visible(text), severity="warning", timeout=10, markup=False)

    def _theme_chosen(self, theme: Theme) -> None:
        try:
            self.context.manners.choices.keep_theme(theme.name, self.ui.theme)
        except OSError as error:
            self._warn(f"The theme is not kept for the next time: {error}")

    def get_css_variables(self) -> dict[str, str]:
        """Of every theme those colours that words are written in, as they can be read."""
        self.theme_variables = super().get_css_variables() | colours(self.current_theme)
        return self.theme_variables

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return colours(self.current_theme)
