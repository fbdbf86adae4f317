"""Messages that only leave a line in the log: for trying things out. Nobody is told anything."""

from __future__ import annotations

from hotline.domain.phones import masked
from hotline.observability import logger
from hotline.ports import Message


class ConsoleMessenger:
    """Implements ``ports.Messenger``; logs to whom, never what."""

    def send(self, message: Message) -> None:
        """Log that a message would have been sent."""
        logger().info(
            "message sent to the log only",
            to=masked(message.to.phone or message.to.email or ""),
            key=message.key,
            language=message.language,
            characters=len(message.text),
        )
