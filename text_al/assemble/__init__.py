"""From a configuration to the objects of a run: the one place that knows both."""

from text_al.assemble.checks import load_config as load_config
from text_al.assemble.runs import open_run as open_run
