"""Log lines: structured, and without the secrets that stand in some addresses."""

import logging
import re
from typing import Any

import structlog

SECRET_LINK = re.compile(r"(/s/)[A-Za-z0-9_-]{8,}")
# PostgreSQL's "DETAIL: Key (phone)=(0912345678) already exists." and "Failing row contains (…)."
STORED_VALUES = re.compile(r"(\bKey \([^)]*\)=|Failing row contains )\(.*\)")


class HideSecrets(logging.Filter):
    """Personal links never reach a log: their secret is replaced before a handler sees the record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, its secrets replaced."""
        message = record.getMessage()
        hidden = hide(message)
        if hidden != message:
            record.msg, record.args = hidden, None
        return True


def hide(text: str) -> str:
    """The text without the secrets of personal links, and without the values that a constraint names."""
    return STORED_VALUES.sub(r"\1…", SECRET_LINK.sub(r"\1…", text))


def hide_in_line(_logger: Any, _method: str, line: Any) -> str:
    """The whole line, a traceback and what it says included."""
    return hide(str(line))


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
            hide_in_line,
        ],
    )
