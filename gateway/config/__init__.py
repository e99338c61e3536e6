"""`gateway.toml` and the environment, read into frozen and checked settings: `load_settings`."""

from gateway.config.credential import ROTATING
from gateway.config.load import load_settings, read_settings
from gateway.config.problem import ConfigurationError, Problem
from gateway.config.settings import (
    SCOPES,
    AccountSettings,
    CallerSettings,
    DocumentSettings,
    IssuerSettings,
    Manifest,
    ServerSettings,
    Settings,
)

__all__ = [
    "ROTATING",
    "SCOPES",
    "AccountSettings",
    "CallerSettings",
    "ConfigurationError",
    "DocumentSettings",
    "IssuerSettings",
    "Manifest",
    "Problem",
    "ServerSettings",
    "Settings",
    "load_settings",
    "read_settings",
]
