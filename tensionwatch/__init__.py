"""tensionwatch: a terminal watch screen for regional tension."""

__version__ = "0.1.0"
