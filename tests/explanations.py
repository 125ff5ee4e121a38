"""Reads an explanation of a line as its reader does: every figure has to follow from those before it."""

from __future__ import annotations

import math
import re

NUMBER = r"-?[\d,]+(?:\.\d+)?"
TENTH = 0.05  # every figure is rounded to a tenth


def figure(text: str) -> float:
    return float(text.replace(",", ""))


def line_of(text: str, word: str) -> str:
    return next((line for line in text.splitlines() if line.startswith(word)), "")


def near(left: float, right: float, figures: int) -> bool:
    return abs(left - right) <= TENTH * figures + 1e-6


def chain_faults(text: str) -> list[str]:
    """What in the way from need and position to the quantity does not follow; of an optimized line that no pin sets."""
    faults: list[str] = []
    position, end = _position(line_of(text, "Position"), faults)
    asked = re.search(rf"of cases no more than ({NUMBER})", line_of(text, "Need: "))
    target = _target(line_of(text, "Target: "), asked.group(1) if asked else "", position, faults)
    steps = line_of(text, "Quantity: ")
    units = _steps(steps, position, target, faults)
    told = re.search(rf"(?:order|send|Order|Send) ({NUMBER}) units", text.splitlines()[0])
    quantity = figure(told.group(1)) if told else 0.0
    if not math.isclose(units, quantity, abs_tol=1e-6):
        faults.append(f"the steps end at {units:g}, the line has {quantity:g}")
    if end:
        faults.append(f"position: {end}")
    return faults


def _position(line: str, faults: list[str]) -> tuple[str, str]:
    sums, total = re.search(rf": (.*) = ({NUMBER}) units\.$", line).groups()
    sums = re.sub(r"\([^)]*\)", "", sums)
    parts = [figure(sums.split(" ")[0])]
    signs = re.findall(rf" ([+-]) ({NUMBER}) ", sums)
    parts += [figure(units) * (1 if sign == "+" else -1) for sign, units in signs]
    if not near(sum(parts), figure(total), len(parts) + 3):  # parts below a tenth are not told
        faults.append(f"{sums} gives {sum(parts):g}, not {total}")
    return total, ""


def _target(line: str, asked: str, position: str, faults: list[str]) -> str:
    if not line:
        return asked
    first = re.match(rf"Target: ({NUMBER}) (as needed|since nothing)", line)
    now = first.group(1)
    if first.group(2) == "as needed" and now != asked:
        faults.append(f"the target starts at {now}, the need is {asked}")
    for more, after in re.findall(rf"raises it by ({NUMBER}) to ({NUMBER})", line):
        if not near(figure(now) + figure(more), figure(after), 3):
            faults.append(f"{now} and {more} give no {after}")
        now = after
    earned = re.search(rf"({NUMBER}) packs? of ({NUMBER}) on top of the position of ({NUMBER})", line)
    if earned:
        packs, size, start = earned.groups()
        if start != position:
            faults.append(f"packs on top of {start}, the position is {position}")
        if not near(figure(start) + figure(packs) * figure(size), figure(now), 2):
            faults.append(f"{packs} packs of {size} on {start} give no {now}")
    if "raises it" not in line and "since nothing" not in line:
        faults.append("a target that nothing raises")
    return now


def _steps(line: str, position: str, target: str, faults: list[str]) -> float:
    taken = re.match(rf"Quantity: ({NUMBER}) - ({NUMBER}) = ({NUMBER})", line)
    holds = re.match(rf"Quantity: the position of ({NUMBER}) holds the target of ({NUMBER}), so (0) are needed", line)
    if taken:
        was, less, need = taken.groups()
        if not near(figure(was) - figure(less), figure(need), 3):
            faults.append(f"{was} - {less} is not {need}")
    elif holds:
        less, was, need = holds.groups()
        if figure(less) < figure(was):
            faults.append(f"{less} does not hold {was}")
    else:
        return math.nan
    if was != target:
        faults.append(f"the target is {target}, not {was}")
    if less != position:
        faults.append(f"the position is {position}, not {less}")
    units = figure(need)
    if least := re.search(rf"at least the minimum quantity of ({NUMBER})", line):
        if figure(least.group(1)) < units:
            faults.append(f"{least.group(1)} is no more than {units:g}")
        units = figure(least.group(1))
    size = 0.0
    if packed := re.search(rf"in packs of ({NUMBER}): ({NUMBER})", line):
        size, whole = map(figure, packed.groups())
        if whole % size or not -2 * TENTH <= whole - units < size + 2 * TENTH:
            faults.append(f"{units:g} in packs of {size:g} is not {whole:g}")
        units = whole
    if cut := re.search(rf"cut to ({NUMBER})", line):
        units = figure(cut.group(1))
    for packs, word, after in re.findall(rf"({NUMBER}) packs? (more|less) for [^:.]*: ({NUMBER})", line):
        change = figure(after) - units
        if (change > 0) != (word == "more") or (size and not near(abs(change), figure(packs) * size, 1)):
            faults.append(f"{packs} packs {word} from {units:g} are not {after}")
        units = figure(after)
    if sent := re.search(rf"of which ({NUMBER}) can be sent", line):
        units = figure(sent.group(1))
    return units
