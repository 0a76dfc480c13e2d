"""The front page, and what a load balancer and a monitor ask."""

from __future__ import annotations

import prometheus_client
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from accounts.requests import Request
from contest.rounds import reading

MOST_DRIFT = 0.5  # seconds that this host's clock may be off the database's


@require_GET
def front(request: Request) -> HttpResponse:
    """The only public contest, or the list of them."""
    contests = reading.public()
    if len(contests) == 1:
        return redirect(contests[0])
    return render(request, "front.html", {"contests": contests})


@require_GET
def healthz(request: Request) -> HttpResponse:
    """The process is alive; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


@require_GET
def readyz(request: Request) -> HttpResponse:
    """Whether this host may get traffic: PostgreSQL answers, and its clock and ours agree."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        row = cursor.fetchone()
    drift = abs(float(row[0]) - request.now.timestamp())
    ready = drift <= MOST_DRIFT
    return JsonResponse({"ready": ready, "clock_drift_seconds": round(drift, 3)}, status=200 if ready else 503)


@require_GET
def metrics(request: Request) -> HttpResponse:
    """This process's figures for Prometheus."""
    return HttpResponse(prometheus_client.generate_latest(), content_type=prometheus_client.CONTENT_TYPE_LATEST)


@csrf_exempt
@require_POST
def floor(request: Request) -> HttpResponse:
    """What a save is compared with: a bare view with one durable INSERT, on the same server and middlewares."""
    connection.ensure_connection()
    connection.connection.execute(
        "INSERT INTO bench_floor (received_at, body) VALUES (%s, %s)", [request.now, request.body.decode()]
    )
    return JsonResponse({"saved": 1})
