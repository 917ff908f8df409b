"""Label Studio, by REST: batches go to a server, and what people decided there comes back."""

from text_al.oracles.label_studio.connector import Connector, Look, people_of
from text_al.oracles.label_studio.oracle import LabelStudioOracle, label_studio
from text_al.oracles.label_studio.pulling import Pulled
from text_al.oracles.label_studio.pushing import Pushed
from text_al.oracles.label_studio.refusals import ServerAwayError
from text_al.oracles.label_studio.settings import Owner, Settings, checked_url

__all__ = [
    "Connector",
    "LabelStudioOracle",
    "Look",
    "Owner",
    "Pulled",
    "Pushed",
    "ServerAwayError",
    "Settings",
    "checked_url",
    "label_studio",
    "people_of",
]
