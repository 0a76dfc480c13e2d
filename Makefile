# Two commands do all the set-up on a machine with python3 >= 3.11 and make: `make demo` and `make test`.

PORT ?= 8000#         of `make demo`
STAGE ?= open#        of the demo's contest: before, open, closed, judging, published
FRESH ?= 0#           1 forgets the data of the last `make demo`
ENTRANTS ?= 5000#     of `make rehearse`
CURVE ?= week#        how they arrive: opening, week, deadline
TARGET ?=#            a deployed platform to rehearse on, instead of one started here
export PORT STAGE FRESH

python := .venv/bin/python

.PHONY: demo test check bench rehearse shell messages lock clean

demo:
	@sh requirements/install.sh demo
	@exec $(python) -m contest.launch

test:
	@sh requirements/install.sh dev
	@CHROMIUM="$$(sh requirements/browser.sh)" && export CHROMIUM && exec $(python) -m pytest -n 2

# The tools read the settings as production would, and need no server.
check messages: export SECRET_KEY := checks-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF
check messages: export CODE_KEY := checks-only-0123456789-abcdefghijklmnopqrstuvwxyz
check messages: export FIELD_KEYS := MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=
check messages: export DATABASE_URL := postgres://nobody@%2Fnonexistent/none
check messages: export REDIS_URL := redis://127.0.0.1:1/0
check messages: export ALLOWED_HOSTS := contest.example
check messages: export SITE_URL := https://contest.example
check messages: export TRUSTED_PROXIES := 1
check messages: export DEBUG := 0
check messages: export DEMO := 0
check messages: export HTTPS := 1
check:
	@sh requirements/install.sh dev
	$(python) requirements/lock.py --check
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	$(python) -m mypy .
	.venv/bin/lint-imports
	.venv/bin/djlint templates --check
	.venv/bin/djlint templates --lint
	$(python) -W "ignore:Got an error checking:RuntimeWarning" manage.py makemigrations --check --dry-run
	$(python) manage.py check --deploy --fail-level WARNING
	$(python) manage.py catalogue --check

bench:
	@sh requirements/install.sh dev
	@exec env BENCH=1 $(python) -m contest.launch --servers var/bench run -- manage.py bench

rehearse:
	@sh requirements/install.sh dev
	@exec $(python) -m contest.launch --servers var/rehearsal run -- manage.py rehearse \
		--entrants $(ENTRANTS) --curve $(CURVE) $(if $(TARGET),--target $(TARGET))

shell:
	@sh requirements/install.sh demo
	@exec $(python) -m contest.launch run -- manage.py shell

messages:
	@sh requirements/install.sh dev
	$(python) manage.py catalogue

lock:
	@sh requirements/install.sh dev
	$(python) requirements/lock.py

clean:
	rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
