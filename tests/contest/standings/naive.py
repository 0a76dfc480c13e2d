"""A second, slow reading of the rules to hold boards against: no SQL of ours, and people compared two by two."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from accounts.models import Unit
from contest.attempts.models import Attempt
from contest.rounds.models import Entrant, Office
from contest.standings.models import Decision, Standing, UnitStanding

CENT = Decimal("0.01")


def stored(board):
    """What the tables say: the lines of people, and those of units by unit."""
    people = [
        (
            *(row.ordinal, row.place, row.entrant_id, row.attempt_id, row.unit_id, row.points, row.right),
            *(row.is_all_correct, row.duration_ms, row.prediction, row.distance),
        )
        for row in Standing.objects.filter(board=board, build=board.build).order_by("ordinal")
    ]
    units = {
        row.unit_id: (
            *(row.parent_id, row.ordinal, row.place, row.people, row.attempts, row.obliged, row.completed),
            *(row.completion, row.mean, row.is_qualified, row.lines),
        )
        for row in UnitStanding.objects.filter(board=board, build=board.build)
    }
    return people, units


def valid_attempts(period):
    attempts = Attempt.objects.filter(period=period).exclude(status="open").select_related("entrant")
    found = []
    for attempt in attempts:
        grades = sorted(attempt.grades.all(), key=lambda grade: grade.key_version)
        if attempt.is_completed and not attempt.voided_at and not attempt.entrant.barred_at and grades:
            found.append((attempt, grades[-1]))
    return found


def counting(found, which):
    chosen = {}
    for attempt, _ in found:
        rivals = [(a, g) for a, g in found if a.entrant_id == attempt.entrant_id]
        if which == "last":
            best = max(rivals, key=lambda pair: (pair[0].started_at, pair[0].pk))
        elif which == "first":
            best = min(rivals, key=lambda pair: (pair[0].started_at, pair[0].pk))
        else:
            best = min(rivals, key=lambda pair: (-pair[1].points, pair[0].submitted_at, pair[0].pk))
        chosen[attempt.entrant_id] = best
    return chosen


def of_period(quiz, period):
    """The lines of people and of units, and the actual value."""
    found = valid_attempts(period)
    chosen = counting(found, quiz.counting)
    all_correct = sum(grade.is_all_correct for _, grade in chosen.values())
    actual = {
        "none": None,
        "participants": Decimal(len(chosen)),
        "attempts": Decimal(len(found)),
        "people_all_correct": Decimal(all_correct),
        "percent_all_correct": (Decimal(100 * all_correct) / len(chosen)).quantize(Decimal("0.00001"), ROUND_HALF_UP)
        if chosen
        else None,
    }[quiz.prediction]
    decisions = dict(Decision.objects.filter(period=period).values_list("entrant", "order"))

    def distance(grade):
        return None if grade.prediction is None or actual is None else abs(grade.prediction - actual)

    def figures(entrant):
        attempt, grade = chosen[entrant]
        far = distance(grade)
        by_name = {
            "score:desc": -grade.points,
            "duration:asc": attempt.duration_ms,
            "distance:asc": Decimal(10**30) if far is None else far,
            "submitted:asc": attempt.submitted_at,
            "started:asc": attempt.started_at,
            "decided:asc": decisions.get(entrant, 10**9),
        }
        keys = {
            "A": ["distance:asc", "submitted:asc", "decided:asc"],
            "B": ["score:desc", "duration:asc", "distance:asc", "decided:asc"],
            "C": ["score:desc", "duration:asc", "decided:asc"],
            "D": ["score:desc", "duration:asc", "decided:asc"],
            "own": quiz.ranking_keys,
        }[quiz.ranking]
        return [by_name[key] for key in keys]

    ranked = [entrant for entrant in chosen if quiz.ranking != "A" or chosen[entrant][1].is_all_correct]
    lines = []
    for entrant in ranked:
        attempt, grade = chosen[entrant]
        place = 1 + sum(figures(other) < figures(entrant) for other in ranked)
        ordinal = 1 + sum((figures(other), other) < (figures(entrant), entrant) for other in ranked)
        lines.append(
            (
                *(
                    ordinal,
                    place,
                    entrant,
                    attempt.pk,
                    attempt.unit_id,
                    grade.points,
                    grade.right,
                    grade.is_all_correct,
                ),
                *(attempt.duration_ms, grade.prediction, distance(grade)),
            )
        )
    everyone = {entrant: (attempt.unit_path, grade.points) for entrant, (attempt, grade) in chosen.items()}
    lines.sort()
    return lines, units(quiz.round.contest, quiz.round, everyone, lines, [a.unit_path for a, _ in found]), actual


def of_sum(contest, round, parts):
    """The lines of a sum over (quiz, period), by preset D."""
    weeks = [counting(valid_attempts(period), quiz.counting) for quiz, period in parts]
    totals = {}
    for entrant in {entrant for week in weeks for entrant in week}:
        several = [week[entrant] for week in weeks if entrant in week]
        last = max((attempt for attempt, _ in several), key=lambda attempt: (attempt.submitted_at, attempt.pk))
        totals[entrant] = (
            sum(grade.points for _, grade in several),
            sum(attempt.duration_ms for attempt, _ in several),
            sum(grade.right for _, grade in several),
            len(several) == len(weeks) and all(grade.is_all_correct for _, grade in several),
            last,
        )
    keys = {entrant: (-points, took) for entrant, (points, took, *_) in totals.items()}
    lines = [
        (
            1 + sum((keys[other], other) < (keys[entrant], entrant) for other in totals),
            1 + sum(keys[other] < keys[entrant] for other in totals),
            *(entrant, None, last.unit_id, points, right, is_all_correct, took, None, None),
        )
        for entrant, (points, took, right, is_all_correct, last) in totals.items()
    ]
    everyone = {entrant: (last.unit_path, points) for entrant, (points, _, _, _, last) in totals.items()}
    paths = [attempt.unit_path for _, period in parts for attempt, _ in valid_attempts(period)]
    lines.sort()
    return lines, units(contest, round, everyone, lines, paths)


def units(contest, round, everyone, lines, attempt_paths):
    """Each unit below the contest's top one, ranked among its siblings."""
    people = Entrant.objects.filter(contest=contest, barred_at=None, is_obliged=True)
    obliged = [one for one in people if not Office.objects.filter(contest=contest, user=one.user).exists()]
    rows = {}
    for unit in Unit.objects.with_tree_fields():
        if contest.root_id and contest.root_id not in unit.tree_path:
            continue
        mine = [entrant for entrant, (path, _) in everyone.items() if unit.pk in path]
        due = [one.pk for one in obliged if unit.pk in one.unit_path]
        done = [one for one in due if one in everyone]
        completion = (Decimal(100 * len(done)) / len(due)).quantize(CENT, ROUND_HALF_UP) if due else None
        points = sum(everyone[entrant][1] for entrant in mine)
        mean = (Decimal(points) / 100 / len(mine)).quantize(CENT, ROUND_HALF_UP) if mine else None
        attempts = sum(unit.pk in path for path in attempt_paths)
        by_completion = contest.unit_ranking == "completion"
        reaches = not by_completion or (completion is not None and completion >= contest.completion_threshold)
        nothing = Decimal(-1)
        figures = {
            "completion": (nothing if completion is None else completion, nothing if mean is None else mean),
            "people": (len(mine),),
            "attempts": (attempts,),
        }[contest.unit_ranking]
        rows[unit.pk] = {
            "parent": None if unit.pk == contest.root_id else unit.parent_id,
            "key": (bool(mine or done), reaches, *figures),
            "rest": (len(mine), attempts, len(due), len(done), completion, mean, reaches),
            "lines": [line[0] for line in lines if line[2] in mine],
        }
    made = {}
    for unit, row in rows.items():
        siblings = {other: one["key"] for other, one in rows.items() if one["parent"] == row["parent"]}
        place = 1 + sum(key > row["key"] for key in siblings.values())
        ahead = [o for o, key in siblings.items() if key > row["key"] or (key == row["key"] and o < unit)]
        made[unit] = (row["parent"], len(ahead) + 1, place, *row["rest"], row["lines"])
    return made
