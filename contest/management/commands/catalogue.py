"""`manage.py catalogue`: the Vietnamese catalogue kept in step with the code, without the gettext programs.

Sources are English msgids in our Python and templates, and those of the packages whose pages people see.
The same code and translations always give the same bytes, so that two people's catalogues differ only in what they say.
"""

import ast
import fcntl
import json
import os
import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation.template import templatize

OURS = ("accounts", "contest", "templates")

# Packages without a Vietnamese catalogue, or with gaps in theirs: ours carries what people can see of them.
BORROWED: Mapping[str, tuple[str, ...]] = {
    "django": ("contrib/admin", "contrib/auth", "core/validators.py", "db/models", "forms", "utils/timesince.py"),
    "unfold": (
        "admin.py", "contrib/filters", "contrib/forms", "forms.py", "mixins", "templates", "templatetags", "widgets.py",
    ),
    "allauth": (
        "account", "mfa", "socialaccount/adapter.py", "socialaccount/providers/base", "templates/account",
        "templates/allauth", "templates/mfa", "templates/socialaccount",
    ),
    "auditlog": ("",),
}  # fmt: skip
# Of those, what is switched off here: sign-in by phone message and by passkey, and pages that Unfold replaces.
UNSEEN = re.compile("webauthn|phone|passkey|sms|toggle|nav_sidebar|crispy")

FUNCTIONS = ("gettext", "ngettext", "pgettext", "npgettext")
CONTEXT = "\x04"  # stands between context and msgid, in .mo files as in --fill files
HEADER = (
    "Project-Id-Version: contest\n"
    "Language: vi\n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\n"
    "Plural-Forms: nplurals=1; plural=0;\n"
)
PLACEHOLDER = re.compile(r"%\(\w+\)[-+ #0]*\d*(?:\.\d+)?[a-zA-Z]|%[-+ #0]*\d*(?:\.\d+)?[sdrifg](?!\w)|%%|\{\w*\}")
_STRING = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
TEMPLATE_CALL = re.compile(rf"\b({'|'.join(FUNCTIONS)}|_)\(({_STRING}(?:,\s*{_STRING})*)")


class Key(NamedTuple):
    """What a message is looked up by."""

    context: str
    msgid: str


@dataclass(frozen=True)
class Message:
    """One entry of the catalogue; `translation` is empty as long as nobody has written it."""

    key: Key
    plural: str = ""
    translation: str = ""
    fuzzy: bool = False
    is_used: bool = True  # entries that are no longer in the code are kept until --prune, in case the code comes back


class Command(BaseCommand):
    """Merge new msgids into locale/vi and compile it; `--check` changes nothing and fails when something is missing."""

    help = "Merge msgids into the Vietnamese catalogue and compile it."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Without options the code's messages are merged and compiled."""
        parser.add_argument("--fill", metavar="FILE.json", action="append", default=[], help='{"msgid": "msgstr", …}')
        parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if the catalogue is not whole")
        parser.add_argument("--prune", action="store_true", help="drop entries that are no longer in the code")
        parser.add_argument(
            "--missing", metavar="FOLDER", nargs="?", const="", help="print what lacks Vietnamese, as JSON"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """One of: check, print what is missing, merge."""
        root, folder = Path(settings.BASE_DIR), Path(settings.LOCALE_PATHS[0]) / "vi" / "LC_MESSAGES"
        broken: list[str] = []  # files that somebody is in the middle of writing: they stop a check, and nothing else
        try:
            if options["missing"]:
                self.stdout.write(missing(folder, our_messages(root, broken, options["missing"])))
                return
            found = [*our_messages(root, broken), *borrowed_messages(broken)]
            if options["missing"] is not None:
                self.stdout.write(missing(folder, found))
            elif options["check"]:
                if problems := broken + check(folder, found):
                    raise CommandError("\n".join(problems))
                self.stdout.write("The Vietnamese catalogue is whole.")
            else:
                fills = [json.loads(Path(name).read_text(encoding="utf-8")) for name in options["fill"]]
                for line in broken + merge(folder, found, fills, prune=options["prune"]):
                    self.stdout.write(line)
        except BadSource as error:
            raise CommandError(str(error)) from error


class BadSource(Exception):
    """A source or a catalogue can't be read; the text says which and why."""


# Out of the code -----------------------------------------------------------------------------------------------------


def our_messages(root: Path, broken: list[str], folder: str = "") -> Iterator[Message]:
    """The messages of our own code and templates, or of those in one folder; what can't be read goes to `broken`."""
    for name in [folder] if folder else OURS:
        yield from messages_in(root / name, broken)


def borrowed_messages(broken: list[str]) -> Iterator[Message]:
    """The messages of the packages in BORROWED that the Vietnamese catalogues of Django do not translate.

    Those of its apps that are not installed do not count: they are never loaded.
    """
    loaded = [
        _home("django") / "conf",
        *(Path(app.path) for app in apps.get_app_configs() if app.name.startswith("django.")),
    ]
    catalogues = (path for place in loaded for path in place.glob("locale/vi/LC_MESSAGES/django.po"))
    known = {message.key for path in catalogues for message in read_po(path) if message.translation}
    for package, places in BORROWED.items():
        for place in places:
            for message in messages_in(_home(package) / place, broken, unseen=UNSEEN):
                if message.key not in known:
                    yield message


def _home(package: str) -> Path:
    """The folder of an installed package."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise BadSource(f"The package {package} is not installed.")
    return Path(spec.origin).parent


def messages_in(place: Path, broken: list[str], unseen: re.Pattern[str] | None = None) -> Iterator[Message]:
    """The messages of a file or of all files below a folder, in a stable order; what can't be read goes to `broken`."""
    for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
        if unseen and unseen.search(path.name if place == path else str(path.relative_to(place))):
            continue
        try:
            if path.suffix == ".py":
                yield from python_messages(path.read_text(encoding="utf-8"), str(path))
            elif path.suffix in {".html", ".txt"}:
                yield from template_messages(path.read_text(encoding="utf-8"), str(path))
        except BadSource as error:
            broken.append(str(error))


def python_messages(source: str, origin: str) -> Iterator[Message]:
    """The messages of a Python module, under whatever names it has imported gettext's functions."""
    try:
        tree = ast.parse(source, origin)
    except SyntaxError as error:
        raise BadSource(f"{origin}:{error.lineno}: {error.msg}") from error
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            for alias in node.names:
                names[alias.asname or alias.name] = re.sub("_(lazy|noop)$", "", alias.name)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ""
        if isinstance(node.func, ast.Name):
            name = names.get(node.func.id, "")
        elif isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            name = re.sub("_(lazy|noop)$", "", node.func.attr) if node.func.value.id == "translation" else ""
        if name not in FUNCTIONS:
            continue
        if node.args and isinstance(node.args[0], ast.JoinedStr | ast.BinOp):
            raise BadSource(
                f"{origin}:{node.lineno}: {name} needs a plain string, with its values filled in afterwards"
            )
        strings = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        yield from _message(name, strings)


def template_messages(source: str, origin: str) -> Iterator[Message]:
    """The messages of a Django template."""
    try:
        calls = TEMPLATE_CALL.findall(templatize(source, origin))
    except SyntaxError as error:
        raise BadSource(f"{origin}: {error}") from error
    for name, arguments in calls:
        yield from _message("gettext" if name == "_" else name, list(ast.literal_eval(f"({arguments},)")))


def _message(function: str, strings: list[str]) -> Iterator[Message]:
    """The message that a call with these literal arguments asks for; none where the msgid is not a literal."""
    with_context, with_plural = "p" in function.removesuffix("gettext"), "n" in function.removesuffix("gettext")
    if len(strings) < 1 + with_context + with_plural:
        return
    context = strings.pop(0) if with_context else ""
    if strings[0]:
        yield Message(Key(context, strings[0]), plural=strings[1] if with_plural else "")


# The catalogue -------------------------------------------------------------------------------------------------------


def merge(
    folder: Path, found: Iterable[Message], fills: Iterable[Mapping[str, str | list[str]]] = (), *, prune: bool = False
) -> list[str]:
    """The .po and .mo files hold the code's messages with every translation known; what is left to say is returned."""
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        path = folder / "django.po"
        messages = {message.key: replace(message, is_used=False) for message in read_po(path)}
        for key, message in unite(found).items():
            known = messages.get(key, message)
            messages[key] = replace(known, plural=message.plural or known.plural, is_used=True)
        report = []
        for fill in fills:
            for name, value in fill.items():
                context, _separator, msgid = name.rpartition(CONTEXT)
                key = Key(context, msgid)
                text = value if isinstance(value, str) else value[0]
                if key not in messages or not messages[key].is_used:
                    report.append(f"not in the code, kept aside: {msgid!r}")
                known = messages.get(key, Message(key, is_used=False))
                messages[key] = replace(known, translation=text, fuzzy=False)
        kept = [message for message in messages.values() if message.is_used or (message.translation and not prune)]
        _write(path, po_bytes(kept))
        _write(folder / "django.mo", mo_bytes(kept))
    used = [message for message in kept if message.is_used]
    without = sum(not message.translation for message in used)
    return [
        *report,
        f"{len(used)} messages, {without} without Vietnamese, {len(kept) - len(used)} no longer in the code",
    ]


def missing(folder: Path, found: Iterable[Message]) -> str:
    """The messages that lack Vietnamese, as JSON ready for --fill."""
    known = {message.key for message in read_po(folder / "django.po") if message.translation}
    lacking = {
        key.context + CONTEXT + key.msgid if key.context else key.msgid: [""] if message.plural else ""
        for key, message in sorted(unite(found).items())
        if key not in known
    }
    return json.dumps(lacking, ensure_ascii=False, indent=1)


def check(folder: Path, found: Iterable[Message]) -> list[str]:
    """What keeps the catalogue from being whole; nothing when each message of the code has its Vietnamese, compiled."""
    path = folder / "django.po"
    catalogue = {message.key: message for message in read_po(path)}
    code = unite(found)
    problems = []
    for key in sorted(code.keys() | catalogue.keys()):
        message, name = catalogue.get(key), repr(key.msgid) + (f" ({key.context})" if key.context else "")
        if key not in code:
            problems.append(f"no longer in the code (--prune drops it): {name}")
        elif message is None or not message.is_used or (code[key].plural and message.plural != code[key].plural):
            problems.append(f"not in django.po (run manage.py catalogue): {name}")
        elif not message.translation:
            problems.append(f"no Vietnamese: {name}")
        elif message.fuzzy:
            problems.append(f"fuzzy: {name}")
        elif not same_placeholders(message):
            problems.append(f"placeholders differ: {name} → {message.translation!r}")
    if not problems:
        if path.read_bytes() != po_bytes(catalogue.values()):
            problems.append("django.po is not in its own order and form (run manage.py catalogue)")
        compiled = folder / "django.mo"
        if not compiled.exists() or compiled.read_bytes() != mo_bytes(catalogue.values()):
            problems.append("django.mo is stale (run manage.py catalogue)")
    return problems


def unite(found: Iterable[Message]) -> dict[Key, Message]:
    """Messages by key; one that is asked for with and without a plural has it."""
    united: dict[Key, Message] = {}
    for message in found:
        if message.key not in united or message.plural:
            united[message.key] = message
    return united


def same_placeholders(message: Message) -> bool:
    """Whether the translation fills in what the message does; a singular may leave its number in words."""
    there = set(PLACEHOLDER.findall(message.translation))
    here = set(PLACEHOLDER.findall(message.plural or message.key.msgid))
    return here == there


def read_po(path: Path) -> list[Message]:
    """The entries of a .po file; none when there is no file yet."""
    try:
        from babel.messages.pofile import PoFileError
        from babel.messages.pofile import read_po as parse
    except ImportError as error:
        raise BadSource("Babel is missing: it comes with requirements/dev.txt.") from error
    if not path.exists():
        return []
    try:
        catalogue = parse(BytesIO(path.read_bytes()), locale="vi", abort_invalid=True)
    except PoFileError as error:
        raise BadSource(f"{path}: {error}") from error
    messages = []
    for is_used, entries in ((True, catalogue), (False, catalogue.obsolete.values())):
        for entry in entries:
            ids = [entry.id] if isinstance(entry.id, str) else list(entry.id)
            texts = [entry.string] if isinstance(entry.string, str) else list(entry.string or [""])
            if ids[0]:
                key = Key(entry.context or "", ids[0])
                messages.append(Message(key, "".join(ids[1:2]), texts[0] or "", entry.fuzzy, is_used))
    return messages


def po_bytes(messages: Iterable[Message]) -> bytes:
    """The .po file, sorted by msgid, without dates and line numbers."""
    parts = [f'msgid ""\nmsgstr ""\n{_lines(HEADER)}\n']
    for message in sorted(messages, key=lambda message: (not message.is_used, message.key)):
        lines = [f"msgctxt {_quoted(message.key.context)}"] if message.key.context else []
        lines.append(f"msgid {_quoted(message.key.msgid)}")
        if message.plural:
            lines.append(f"msgid_plural {_quoted(message.plural)}")
        lines.append(f"msgstr{'[0]' if message.plural else ''} {_quoted(message.translation)}")
        text = "\n".join(lines)
        if not message.is_used:
            text = "\n".join(f"#~ {line}" for line in text.split("\n"))
        parts.append(("#, fuzzy\n" if message.fuzzy else "") + text + "\n")
    return "\n".join(parts).encode()


def _quoted(text: str) -> str:
    """The text as a .po string; on several lines where it has several."""
    if "\n" in text.rstrip("\n"):
        return '""\n' + _lines(text)
    return _lines(text) or '""'


def _lines(text: str) -> str:
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") for line in text.split("\n"))
    lines = "\\n\n".join(escaped).split("\n")
    return "\n".join(f'"{line}"' for line in lines if line)


def mo_bytes(messages: Iterable[Message]) -> bytes:
    """The compiled catalogue: what is translated and in use, in the order that the format asks for."""
    pairs = {b"": HEADER.encode()}
    for message in messages:
        if message.translation and message.is_used and not message.fuzzy:
            msgid = message.key.context + CONTEXT + message.key.msgid if message.key.context else message.key.msgid
            if message.plural:
                msgid += "\0" + message.plural
            pairs[msgid.encode()] = message.translation.encode()
    ids = sorted(pairs)
    texts = [pairs[msgid] for msgid in ids]
    start = 28 + 16 * len(ids)
    table, data = b"", b""
    for block in (ids, texts):
        for item in block:
            table += struct.pack("<II", len(item), start + len(data))
            data += item + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, len(ids), 28, 28 + 8 * len(ids), 0, start) + table + data


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Only one process at a time reads, merges and writes the catalogue."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write(path: Path, content: bytes) -> None:
    """The file has this content, whole at any moment; untouched when it has it already."""
    if path.exists() and path.read_bytes() == content:
        return
    fresh = path.with_suffix(path.suffix + ".new")
    fresh.write_bytes(content)
    fresh.replace(path)
