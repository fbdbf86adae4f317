"""The one base of every value, command and answer."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable model that refuses unknown fields.

    ``defer_build`` postpones pydantic's schema until first use: importing a module that holds
    twenty models must not slow every cold start that needs two of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
