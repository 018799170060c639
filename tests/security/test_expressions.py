"""No regular expression of ours can be kept busy by the text that it reads (ReDoS, CWE-1333).

recheck looks for a text on which an expression takes more than linear time. It reads JavaScript, in which nothing is
possessive; so each attack that it finds is made on the expression itself, and only what then takes long is at fault.
"""

import json
import signal
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest

from tests.parts import FIGURE, NODE_MODULES, require
from tests.security.expressions import Expression, expressions

CHECK = """
const { checkSync } = require("recheck");
const checked = JSON.parse(require("fs").readFileSync(0)).map(([source, flags]) => checkSync(source, flags, { timeout: 20000 }));
console.log(JSON.stringify(checked));
"""
LENGTH = 100_000
"""Characters of an attack. What takes quadratic time on so many takes many seconds."""
SOON = 0.1
"""Seconds of the processor."""


@dataclass(frozen=True)
class Bounded:
    """An expression that is slow on a long text, and why it is never given one."""

    file: str
    begins: str
    length: int
    because: str


BOUNDED = [
    Bounded("blog/transfer/scanning.py", "[A-Za-z][A-Za-z0-9+.-]*$", 40, "it is given the last 40 characters"),
]


@pytest.fixture(scope="module")
def checked() -> list[tuple[Expression, dict[str, Any]]]:
    """Every expression of the code with what the checker says of it."""
    require("the checker of regular expressions")
    known = expressions()
    return list(zip(known, check([one.in_javascript() for one in known]), strict=True))


@pytest.mark.slow
def test_no_expression_takes_long_on_an_attack(checked, record_property):
    slow = []
    attacks = 0
    for expression, said in checked:
        assert said["status"] in ("safe", "vulnerable"), (
            f"{expression.where} {expression.text} is not understood: {said.get('error')}"
        )
        if said["status"] == "vulnerable":
            attacks += 1
            length = next((one.length for one in BOUNDED if is_about(one, expression)), LENGTH)
            if is_slow(expression, said["attack"], length):
                slow.append(f"{expression.where} {expression.text} with {said['attack']['pattern']}")

    assert len(checked) > 170
    assert not slow, "\n".join(slow)
    record_property(
        FIGURE,
        f"{len(checked)} regular expressions, {len(checked) - attacks} are linear by their form, {attacks} when tried",
    )


def test_each_exception_is_still_needed(checked):
    for one in BOUNDED:
        [(expression, said)] = [(each, said) for each, said in checked if is_about(one, each)]
        assert said["status"] == "vulnerable", one
        assert is_slow(expression, said["attack"], LENGTH), f"{one} is not slow anymore"


def test_a_slow_expression_is_found():
    require("the checker of regular expressions")
    known = [Expression("here:1", source, 0, frozenset({"search"})) for source in (r"(a+)+$", r"\s+$", r"\s*,\s*")]

    for expression, said in zip(known, check([one.in_javascript() for one in known]), strict=True):
        assert said["status"] == "vulnerable", expression
        assert is_slow(expression, said["attack"], LENGTH), expression


def check(written: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """What recheck says of each expression with its flags."""
    run = subprocess.run(
        ["node", "--eval", CHECK], input=json.dumps(written), text=True, capture_output=True, check=True,
        timeout=600, cwd=NODE_MODULES.parent,
    )  # fmt: skip
    return json.loads(run.stdout)


def is_about(one: Bounded, expression: Expression) -> bool:
    return expression.where.startswith(f"{one.file}:") and expression.text.startswith(one.begins)


def is_slow(expression: Expression, attack: dict[str, Any], length: int) -> bool:
    """Whether an attack of that length keeps the expression busy for long. What is slow is stopped: it may be exponential."""
    text = attack_of(attack, length)
    before = signal.signal(signal.SIGVTALRM, too_long)
    signal.setitimer(signal.ITIMER_VIRTUAL, SOON)
    try:
        expression.try_on(text)
    except TimeoutError:
        return True
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    return False


def too_long(*_: object) -> None:
    raise TimeoutError


def attack_of(attack: dict[str, Any], length: int) -> str:
    """The attack with its repeated parts so often that it is about as long as asked."""
    pumps, suffix = attack["pumps"], attack["suffix"]
    once = sum(len(pump["pump"]) for pump in pumps)
    rest = len(suffix) + sum(len(pump["prefix"]) + pump["bias"] * len(pump["pump"]) for pump in pumps)
    times = max((length - rest) // once, 1)
    return "".join(pump["prefix"] + pump["pump"] * (times + pump["bias"]) for pump in pumps) + suffix
