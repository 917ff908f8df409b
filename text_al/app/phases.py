"""Where a run stands, in one word for the page."""

from typing import Literal

Phase = Literal["starting", "labelling", "training", "choosing", "finished", "failed"]
