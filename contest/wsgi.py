"""The WSGI application: the hot path with a few middlewares, everything else with all of them."""

import os
import time
from collections.abc import Iterable
from typing import Any

import django
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contest.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402  (settings exist only after the set-up)
from django.utils.module_loading import import_string  # noqa: E402


class HotHandler(WSGIHandler):
    """Django's handler with the middlewares of the hot path only."""

    def load_middleware(self, is_async: bool = False) -> None:
        """Build the chain from HOT_MIDDLEWARE as Django builds its own from MIDDLEWARE."""
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        handler = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]
        for path in reversed(settings.HOT_MIDDLEWARE):
            middleware = import_string(path)(handler)
            if hasattr(middleware, "process_exception"):
                self._exception_middleware.append(self.adapt_method_mode(False, middleware.process_exception))
            handler = convert_exception_to_response(middleware)
        self._middleware_chain = handler


everything, hot = WSGIHandler(), HotHandler()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Stamp the arrival first, so that nobody pays for a slow server, then choose the chain by the path."""
    environ["contest.arrived_at"] = time.time()
    handler = hot if environ["PATH_INFO"].startswith(settings.HOT_PREFIXES) else everything
    response = handler(environ, start_response)
    if not isinstance(response, HttpResponse):
        return response
    # Complete in memory, so it goes out in one piece and with its length; Granian takes anything but a list for a
    # stream, which it sends in chunks and at a higher cost.
    try:
        return [response.content]
    finally:
        response.close()
