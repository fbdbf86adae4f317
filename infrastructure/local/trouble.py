"""The one error of the runner: what is wrong and what to do, in words for the person at the keyboard."""

from __future__ import annotations


class Trouble(Exception):
    """Something that a person can put right. Printed as it is, without a traceback; exit code 1.

    Example: ``Trouble("Port 4566 is in use by python (pid 812).", "Stop that program or set HOTLINE_PORT.")``
    """

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what}\n  {remedy}" if remedy else what)
