import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dj_database_url
import psycopg
import pytest
import redis

from contest.embedded import EmbeddedError, Servers, root, servers
from contest.processes import born, wait_until

pytestmark = pytest.mark.durable
HOLDER = """
import sys, time
from pathlib import Path
from contest.embedded import servers
held = servers(Path(sys.argv[1]), durable=True, given={})
print(held.postgres_pid, held.valkey_pid, held._watcher.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("servers")


@pytest.fixture
def running(folder) -> Iterator[Servers]:
    with servers(folder, durable=True, given={}) as running:
        yield running


def ask(running: Servers, query: str) -> object:
    place = dj_database_url.parse(running.database_url)
    with psycopg.connect(host=place["HOST"], user=place["USER"], dbname=place["NAME"], autocommit=True) as connection:
        answer = connection.execute(query)
        row = answer.fetchone() if answer.description else None
        return row and row[0]


def hold(folder: Path) -> tuple[subprocess.Popen[str], list[int]]:
    """Another process that uses the servers, and the numbers of PostgreSQL, Valkey and its watcher."""
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, folder], cwd=root(), stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    return holder, [int(word) for word in holder.stdout.readline().split()]


def end(holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.communicate()


def test_a_folder_of_sockets_that_leads_elsewhere_is_refused(tmp_path):
    unsafe = Servers(tmp_path, durable=True)
    unsafe.sockets.symlink_to(tmp_path)
    with pytest.raises(EmbeddedError, match="somebody else's"):
        unsafe.start()
    unsafe.sockets.unlink()
    unsafe.stop()


def test_what_does_not_run_has_no_number(tmp_path):
    idle = Servers(tmp_path, durable=True)
    with pytest.raises(EmbeddedError, match="postgres does not run"):
        _ = idle.postgres_pid


def test_data_in_use_is_not_forgotten(running, folder):
    another = Servers(folder, durable=True)
    with pytest.raises(EmbeddedError, match="in use"):
        another.start(is_fresh=True)
    another.stop()
    assert ask(running, "SELECT 1") == 1


def test_what_is_given_is_used_and_not_started(tmp_path):
    given = {"DATABASE_URL": "postgres://elsewhere/contest", "REDIS_URL": "redis://elsewhere/1"}
    with servers(tmp_path, durable=True, given=given) as running:
        assert running.environ == given
        assert [file.name for file in tmp_path.glob("*.pid")] == []


def test_both_answer_by_sockets_alone(running):
    assert ask(running, "SELECT current_setting('listen_addresses') || current_setting('TimeZone')") == "UTC"
    with redis.Redis.from_url(running.redis_url) as client:
        assert client.config_get("port") == {"port": "0"}


def test_the_servers_know_vietnamese_letters(running):
    assert ask(running, "SELECT upper('đặng ưỡn') || ('ĐỖ' ILIKE 'đỗ')::text") == "ĐẶNG ƯỠNtrue"


def test_the_extensions_that_the_tables_need_are_there(running):
    query = "SELECT count(*) FROM pg_available_extensions WHERE name IN ('unaccent', 'pg_trgm')"
    assert ask(running, query) == 2


def test_only_a_careless_server_gives_up_durability(running, tmp_path):
    settings = "SELECT current_setting('fsync') || current_setting('synchronous_commit')"
    with servers(tmp_path, durable=False, given={}) as careless:  # and both run side by side
        assert (ask(running, settings), ask(careless, settings)) == ("onon", "offoff")


def test_a_killed_postgresql_starts_again_with_what_it_had_acknowledged(running):
    ask(running, "CREATE TABLE IF NOT EXISTS kept (word text)")
    ask(running, "TRUNCATE kept")
    ask(running, "INSERT INTO kept VALUES ('acknowledged')")
    os.kill(running.postgres_pid, signal.SIGKILL)
    running.start_postgres()
    assert ask(running, "SELECT word FROM kept") == "acknowledged"


def test_a_hung_server_is_replaced(running):
    hung = running.postgres_pid, running.valkey_pid
    for pid in hung:
        os.kill(pid, signal.SIGSTOP)
    running.start_postgres()
    running.start_valkey()
    assert [born(pid) for pid in hung] == ["", ""]
    assert ask(running, "SELECT 1") == 1


def test_each_can_be_stopped_alone(running):
    running.stop_valkey()
    assert ask(running, "SELECT 1") == 1
    running.start_valkey()
    running.stop_postgres()
    with redis.Redis.from_url(running.redis_url) as client:
        assert client.ping() is True
    running.start_postgres()


def test_the_last_who_leaves_stops_them(folder):
    first = servers(folder, durable=True, given={})
    second = servers(folder, durable=True, given={})
    pids = first.postgres_pid, first.valkey_pid
    assert (second.postgres_pid, second.valkey_pid) == pids
    first.stop()
    assert ask(second, "SELECT 1") == 1
    second.stop()
    assert [born(pid) for pid in pids] == ["", ""]
    assert not second.sockets.exists()


def test_who_is_killed_leaves_nothing_running(folder):
    holder, pids = hold(folder)
    end(holder)
    assert wait_until(lambda: [born(pid) for pid in pids] == ["", "", ""], 15)


def test_who_is_killed_takes_nothing_from_the_others(folder):
    holder, _ = hold(folder)
    with servers(folder, durable=True, given={}) as running:
        end(holder)
        assert wait_until(lambda: holder.poll() is not None, 5)
        assert ask(running, "SELECT 1") == 1


def test_a_start_after_everything_was_killed_goes_on_with_the_same_data(folder):
    with servers(folder, durable=True, given={}) as running:
        ask(running, "CREATE TABLE IF NOT EXISTS here (id integer)")
    holder, pids = hold(folder)
    for pid in (pids[2], holder.pid, pids[1], pids[0]):
        os.kill(pid, signal.SIGKILL)
    end(holder)
    with servers(folder, durable=True, given={}) as running:
        assert ask(running, "SELECT to_regclass('here')::text") == "here"


def test_what_was_left_running_is_ended_before_a_start(folder):
    holder, pids = hold(folder)
    os.kill(pids[2], signal.SIGKILL)  # nobody is left to notice the end of the holder
    end(holder)
    with servers(folder, durable=True, given={}) as running:
        assert running.postgres_pid not in pids
        assert [born(pid) for pid in pids[:2]] == ["", ""]


def test_a_fresh_start_forgets_the_data(folder):
    with servers(folder, durable=True, given={}) as running:
        ask(running, "CREATE TABLE IF NOT EXISTS forgotten (id integer)")
    fresh = Servers(folder, durable=True)
    with fresh.start(is_fresh=True):
        assert ask(fresh, "SELECT to_regclass('forgotten')::text") is None
