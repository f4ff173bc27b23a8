"""Every pattern of the code against long hostile texts, in a process with a limit of its own.

The limit is one of processor time for one text, some thousand times what a pattern needs whose
time grows with the text, so that a busy machine changes nothing. With HOSTILE in the environment
the texts have 100,000 characters, and a pattern whose time grows with the square is found as well.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LENGTH = 100_000 if "HOSTILE" in os.environ else 5_000
SECONDS = 0.5 if LENGTH < 100_000 else 5.0

# Run in the other process: finds the patterns, then asks each about each text.
PROGRAM = r"""
import ast, importlib, json, pkgutil, re, signal, sys
import django

django.setup()
LENGTH, SECONDS = int(sys.argv[1]), float(sys.argv[2])
PACKAGES = ("accounts", "achievements", "matching", "deals", "transfer")
MATCHED = {"_BEHIND_RE"}  # tables whose patterns are asked at one place of the text only
SHORT = {"_LINE": 1000, "_TAIL": 400}  # patterns that are asked about no longer texts
ASKED = {"match", "search", "sub", "subn", "fullmatch", "findall", "finditer", "split"}
patterns = {}  # the pattern: where it is, and its names
verbs = {}  # the name of a pattern: how it is asked anywhere in the code


def note(value, where, name, asked=()):
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        new = (where, set(), set())
        _place, names, ways = patterns.setdefault((value.pattern, value.flags), new)
        names.add(name)
        ways.update(asked)
    elif isinstance(value, dict):
        for each in [*value, *value.values()]:
            note(each, where, "", ["match"] if name in MATCHED else ())
    elif isinstance(value, (list, tuple, set, frozenset)) and len(value) < 2000:
        for each in value:
            note(each, where, "")


def read(module):
    for node in ast.walk(ast.parse(open(module.__file__, encoding="utf-8").read())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        base = getattr(node.func.value, "id", "") or getattr(node.func.value, "attr", "")
        if base == "re" and node.args and isinstance(node.args[0], ast.Constant):
            if node.func.attr in ASKED:
                note(re.compile(node.args[0].value), module.__name__, "", [node.func.attr])
        elif node.func.attr in ASKED and base:
            verbs.setdefault(base, set()).add(node.func.attr)


for package in PACKAGES:
    root = importlib.import_module(package)
    for info in pkgutil.walk_packages(root.__path__, package + "."):
        if ".migrations" in info.name or ".settings" in info.name or "__main__" in info.name:
            continue
        module = importlib.import_module(info.name)
        read(module)
        for name, value in list(vars(module).items()):
            note(value, info.name, name)
            if isinstance(value, type) and value.__module__ == info.name:
                for inner, held in vars(value).items():
                    note(held, info.name, inner)


class Slow(Exception):
    pass


def stop(*args):
    raise Slow


def ask(compiled, way, text):
    if way in ("sub", "subn"):
        return compiled.sub("", text)
    return list(compiled.finditer(text)) if way == "finditer" else getattr(compiled, way)(text)


signal.signal(signal.SIGVTALRM, stop)
units = ["a", "A", "1", " ", "\n", "长", "-", ",", ".", "(", "a ", "1,", "1 ", "a-", "a.", "1-1 "]
slow = []
for (pattern, flags), (where, names, ways) in sorted(patterns.items()):
    compiled = re.compile(pattern, flags)
    ways = ways.union(*(verbs.get(name, set()) for name in names)) or {"search"}
    own = sorted(set(re.findall(r"[^\\\[\](){}*+?|^$.\s]", pattern)))[:6]
    for way in sorted(ways):
        length = min([LENGTH, *(SHORT[name] for name in names if name in SHORT)])
        for unit in [*units, *own]:
            signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
            try:
                ask(compiled, way, "a1 " + unit * (length // len(unit)) + "\0")
            except Slow:
                slow.append([where, way, unit, pattern[:300]])
                break
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
print(json.dumps({"patterns": len(patterns), "slow": slow}))
"""


def test_no_pattern_takes_long() -> None:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(LENGTH), str(SECONDS)],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "transfer.settings.test"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    said = json.loads(result.stdout.splitlines()[-1])

    assert said["slow"] == []
    assert said["patterns"] > 100
