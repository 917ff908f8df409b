"""Configuration: a YAML file in, one frozen RunConfig out, and every problem in one message."""

from text_al.config.check import Check
from text_al.config.dump import diff, json_schema, to_yaml
from text_al.config.load import LoadedConfig, config_from_dict, load_config
from text_al.config.schema import RunConfig
from text_al.config.starter import starter

__all__ = [
    "Check",
    "LoadedConfig",
    "RunConfig",
    "config_from_dict",
    "diff",
    "json_schema",
    "load_config",
    "starter",
    "to_yaml",
]
