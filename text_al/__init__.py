"""Active learning for multilabel text."""

from text_al.version import __version__ as __version__
