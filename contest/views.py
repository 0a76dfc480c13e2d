"""The front page, a person's data from all rooms, and what a load balancer and a monitor ask."""

from __future__ import annotations

import prometheus_client
from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from accounts.requests import Request, SignedInRequest
from contest.attempts import owning
from contest.entries import owning as entries
from contest.notices.models import Notice
from contest.rounds import reading

MOST_DRIFT = 0.5  # seconds that this host's clock may be off the database's


@require_GET
def front(request: Request) -> HttpResponse:
    """The only public contest, or the list of them."""
    contests = reading.public()
    if len(contests) == 1:
        return redirect(contests[0])
    return render(request, "front.html", {"contests": contests})


@never_cache
@login_required
@require_GET
def my_data(request: SignedInRequest) -> HttpResponse:
    """Everything that is kept about the person, as a file."""
    told = Notice.objects.of(request.user)
    found = {
        **owning.everything_about(request.user),
        "entries": entries.everything_about(request.user),
        "notices": [{"text": one.sentence(), "told_at": one.told_at, "read_at": one.read_at} for one in told],
    }
    response = JsonResponse(found, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


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
