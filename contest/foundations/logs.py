"""Log lines: structured, and without the secrets that stand in some addresses."""

import logging
import re
from typing import Any

import structlog

SECRET_LINK = re.compile(r"(/s/)[A-Za-z0-9_-]{8,}")


class HideSecrets(logging.Filter):
    """Personal links never reach a log: their secret is replaced before a handler sees the record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, its secrets replaced."""
        message = record.getMessage()
        hidden = SECRET_LINK.sub(r"\1…", message)
        if hidden != message:
            record.msg, record.args = hidden, None
        return True


def formatter(json: bool = False) -> logging.Formatter:
    """One line a record: JSON for machines, plain for people."""
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False) if json else structlog.dev.ConsoleRenderer(colors=False)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            renderer,
        ],
    )
