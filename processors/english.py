"""The grammar of English: who acts, who is acted upon, and how far a modifier is heard (it stands before the verb)."""

from __future__ import annotations

import re
from typing import Final

from processors.grammar import Grammar, Reach

_REACHES: Final = {"negation": Reach(45, 0), "hedge": Reach(45, 0), "demand": Reach(70, 0)}
_VERB: Final = (
    r"(?:impos|tighten|announc|introduc|bann|ban |bans |restrict|curb|eas(?:e|es|ed|ing)\b|lift|add(?:s|ed)|remov|"
    r"exclud|intensif|toughen|block|halt|suspend|operat|decid|approv|amend|revis|expand|requir|limit|prohibit|stopp|strip|"
    r"allow|permits?\b|authori[sz]|resum|loosen|relax)"
)
_FUNCTION: Final = r"(?:the|an?|its|their|on|in|of|and|or|said|from|over|by|with|about) "
GRAMMAR: Final = Grammar(
    re.compile(
        r"(?:\b(?:re ?)?(?:exports?|exported|exporting|shipments?|shipped|ship|sales?|sells?|selling|sold|"
        r"suppl(?:y|ies|ied)|"
        r"transfers?|transferred|transferring|diver(?:t|ted|sion)|destined|technology|computers?|goods|items|delivered|"
        r"licen[sc]e(?:s|d)?|destinations?)\b[^.;:]{0,60}?"
        r"\b(?:to or within|to|into|within)(?: the| mainland)?"
        r"|\bdestinations? of(?: the)?"
        r"|\b(?:controls?|curbs?|restrictions?|ban|embargo|limits|measures)"
        r"(?: that| which)? (?:on|against|targeting|aimed at)"
        r"(?: the)?"
        r"|\b(?:remov|strik|dropp?|exclud|strip)\w*(?: the)?"
        r"|\b(?:destined for|bound for|entities in|companies in|users? in)(?: the)?) \Z"
    ),
    re.compile(
        r"(?:'s|’s)? (?:bound (?:exports?|shipments?)|access to)|(?:'s|’s)? (?:from (?:its|the|a|japan's)[^.;]{0,20}"
        r"(?:white ?list|list of|group a))"
    ),
    re.compile(r"\b(?:imposed|introduced|announced|adopted|operated|applied|issued) by(?: the)? \Z"),
    re.compile(
        rf"(?:'s|’s|s')?(?: government| commerce ministry| trade ministry| cabinet| commerce department)?"
        rf"(?: (?!{_FUNCTION})[a-z]+){{0,2}}"
        rf"(?: (?:will|would|has|have|had|also|to|is|was|further|again|said it))* {_VERB}"
        r"|(?:'s|’s|s')?(?: (?:new|strict(?:er)?|tight(?:er)?|chip|technology|high tech|semiconductor))*"
        r" (?:export|trade restrictions|curbs|white ?list|controls)"
    ),
    _REACHES,
)
