"""What the rules need to know of a language: a table that each language's own module fills in.

    processors.english  processors.japanese  processors.korean  processors.chinese (both scripts)

The words of a language stand in config/taxonomy (`cues-ja.toml`, `actions-ja.toml`); here are the patterns around them.
Patterns see folded text in its scanned form (`processors.lexicon.scan_form`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

# As no text is that long, the engine gives up at once instead of trying at each place.
NEVER: Final = re.compile(r"(?!)(?s:.{1000000000})")
# Not after a single letter: U.S. eases exports.
# That all of it begins with one of a few characters lets the engine skip the others.
SENTENCE_END: Final = re.compile(r"[。！？!?\n;；.](?:(?<!\.)|(?<!\b[a-z]\.)(?=[\s\"'”’)]|$))")


class Reach(NamedTuple):
    """How many characters to the left and right of an action word a modifier is heard."""

    left: int
    right: int


class Around(NamedTuple):
    """Two patterns that prove something only together: before and after a name."""

    before: re.Pattern[str]
    after: re.Pattern[str]


class Grammar(NamedTuple):
    """What stands before (ending at) and after (starting at) a jurisdiction's name in either role."""

    affected_before: re.Pattern[str]
    affected_after: re.Pattern[str]
    implementing_before: re.Pattern[str]
    implementing_after: re.Pattern[str]
    reaches: Mapping[str, Reach]
    """By modifier: negation, hedge, demand, supposition (what is only supposed, asked or feared)."""
    affected_around: Around = Around(NEVER, NEVER)
    question: re.Pattern[str] = NEVER
    """Found in a sentence that asks: nothing is said to happen there."""
    press: re.Pattern[str] = NEVER
    """Single letters for jurisdictions in headlines (美拟限制…), as named groups; what they mean the taxonomy knows."""
    implementing_first: re.Pattern[str] = NEVER
    """After a name: makes it implementing whatever else is found there (demanded of Japan, sued Japan)."""
    heading: re.Pattern[str] = NEVER
    """After a name that begins the line: the actor of a headline."""
    closing: re.Pattern[str] = NEVER
    """Before a name that ends the line: the actor of a headline that names its source last."""
    home: re.Pattern[str] = NEVER
    """The writer's own government, acting, without the name of its state."""
    home_affected: re.Pattern[str] = NEVER
    """The writer's own country, protesting or suffering, without its name; counts where nobody else is affected."""
    borders: re.Pattern[str] = SENTENCE_END
    """What the `…` of a phrase does not pass."""
    talks: re.Pattern[str] = NEVER
    """From a pair of press letters on: talks about the controls of one; a group that matches is the other's letter."""
    joint: re.Pattern[str] = NEVER
    """After a pair of press letters: both act."""
    aside: re.Pattern[str] = NEVER
    """Before a name that has no part: a country of transit, one whose example is followed."""
    verb_last: bool = False
    """Whether the verb ends the sentence: then what is protested against stands before the protest."""
    about: re.Pattern[str] = NEVER
    """Before an item: controls upon it (curbs on sales of)."""
    owned: re.Pattern[str] = NEVER
    """After an item: controls upon it (rare earth permits, chip curbs)."""
    protest_first: re.Pattern[str] = NEVER
    """Words of protest at their start: what stands in the same sentence after them is what is protested against."""
    spoken: re.Pattern[str] = NEVER
    """What another did, as the matter that somebody comments on: 就美方升级限制答记者问."""
    implementing_around: Around = Around(NEVER, NEVER)
