"""exportwatch: who controls what against whom, since when, with proof."""

__version__ = "0.1.0"
