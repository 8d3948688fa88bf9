"""The grammar of English: who acts, who is acted upon, and how far a modifier is heard (it stands before the verb)."""

from __future__ import annotations

import re
from typing import Final

from processors.grammar import Around, Grammar, Reach

_REACHES: Final = {
    "negation": Reach(45, 0),
    "hedge": Reach(45, 0),
    "demand": Reach(70, 0),
    "supposition": Reach(60, 0),
}
_FUNCTION: Final = (
    r"(?:the|an?|its|their|on|in|of|and|or|said|from|over|by|with|about|to|for|against|that|who|which|protest\w*|"
    r"buyers?|customers?|users?|firms?|compan\w+|entit\w+|exporters?|makers?|chipmakers?|fabs?|makes?) "
)
_CONTROLS: Final = (
    r"(?:controls?|curbs?|restrictions?|ban|bans|embargo(?:es)?|limits?|caps?|measures?|sanctions|clampdown|"
    r"crackdown|"
    r"chokehold|blockade|squeeze)"
)
_LISTS: Final = (
    r"(?:lists?|blacklist|white ?list|group|tier|category|categories|status|countries|destinations|partners|register|"
    r"roster|uvl)\b"
)
# Firms, schools, armies and other receivers: whoever stands before them owns them, it does not act.
_PARTY: Final = (
    r"(?:buyers?|customers?|users?|end users?|entit(?:y(?! list)|ies)|firms?|compan(?:y|ies)|(?:chip ?|carmakers?|"
    r"chip )makers?|"
    r"manufacturers?|fabs?|foundr(?:y|ies)|part(?:y|ies)|persons?|military|army|navy|armed forces|"
    r"defen[cs]e contractors?|"
    r"contractors?|research(?:ers)?|universit(?:y|ies)|institut\w+|importers?|recipients?|rivals?|consignees?|"
    r"subsidiar(?:y|ies)|"
    r"industry|groups?|clients?|vendors?|distributors?|suppliers?|nationals|citizens?|students?|chip industry|"
    r"labs?|laborator(?:y|ies)|factor(?:y|ies)|plants?|affiliates?|individuals?|organi[sz]ations?|tech giants?|"
    r"startups?|developers?|producers?|businesses|aggression|market|semiconductor industry|programmes?|programs?|"
    r"destinations?|addresses|names)\b"
)
_GOODS_GO: Final = (
    r"(?:(?:re ?)?export(?:s|ed|ing|able)?|shipments?|shipp?(?:s|ed|ing)?|sales?|sells?|selling|sold|resold|"
    r"resell\w*|"
    r"suppl(?:y|ies|ied|ying)|transfers?|transferred|transferring|diver(?:t|ted|ting|sions?)|destined|technology|"
    r"know how|computers?|goods|items|chips?|tools?|equipment|machines?|software|arms|weapons|parts|materials?|"
    r"deliver(?:y|ies|ed|ing|s)?|send|sends|sent|sending|smuggl(?:e|ed|ing)|flows?|flowing|provid(?:e|ed|ing|es)|"
    r"releas(?:e|ed|ing)|outflows?|leaks?|leaked|consignments?|cargo(?:es)?|licen[sc](?:es?|ed|ing)|permits?|"
    r"took|takes?|taking|brought|carried|passed|authori[sz]ations?|approvals?|destinations?|servic(?:e|ing)|"
    r"trade|traffick\w*|trans ?ship\w*|procur\w+)"
)
_TELLS: Final = r"(?: (?:said|says|announced|confirmed)(?: (?:on )?[a-z]+)?(?:,)?(?: (?:it|they|that|he|she))?)?"
_VERB: Final = (
    r"(?:(?:tighten|bann|bans? |restrict|curb|curtail|eas(?:e|es|ed|ing)\b|intensif|toughen|prohibit|loosen|"
    r"relax|barr?(?:s|ed|ing)?\b|"
    r"forbid|forbade|outlaw|blacklist|delist|decontrol|seiz|clamp|crack|choke|squeez|freez|froze|detain|"
    r"confiscat|intercept|liberali[sz]|"
    r"prosecut|indict|fin(?:es|ed)\b|controls? (?:the |all )?(?:export|ship|sale))"
    r"|(?:impos|announc|introduc|lift|add(?:s|ed|ing)?\b|remov|exclud|block|halt|suspend|operat|decid|approv|"
    r"amend|revis|expand|"
    r"requir|limit|stop|strip|allow|permit(?:s|ted)?\b|authori[sz]|resum|widen|broaden|extend|plac(?:e|es|ed|"
    r"ing)\b|puts? |putting|"
    r"drop(?:s|ped|ping)?\b|audit|investigat|prob(?:e|es|ed|ing)\b|charg|arrest|convict|grant|issu(?:es|ed|"
    r"ing)\b|refus|"
    r"den(?:y|ies|ied)(?! (?:that|it|the|any|having|wrong))|revok|renew|paus|defer|delay|postpon|scrap|rescind|"
    r"withdr[ae]w|repeal|review|weigh|consider|mull|plan|propos|draft|adopt|publish|unveil|clears? |cleared |lets? |"
    r"subject(?:s|ed)? |exempt|waiv|sanction|reinstat|restor|return(?:s|ed) |cuts? |cutting|end(?:s|ed) |launch|"
    r"enforc|"
    r"strengthen|scrutini[sz]|check(?:s|ed) |slap|rol(?:l|ls|led) |reclassif|downgrad|upgrad|readmit|streamlin|"
    r"simplif|"
    r"updat|implement|invit|hit |hits |targets? |targeted |designat|sen(?:ds|t) |takes? aim|sets? (?:a |out |up )|"
    r"keep(?:s|ing)? |maintain|retain|enact|appl(?:y|ies|ied) |rein(?:s|ed)? in|loses? |seeks? to|wants? to|"
    r"moves? |prepar|read(?:y|ies|ied) |screen|track|strik|struck|vets?\b|vetted|turn(?:s|ed) down|stockpil|"
    r"joins? |joined |pass(?:es|ed) |follow(?:s|ed) )"
    r")"
)
_KIND: Final = rf"(?: (?!{_VERB}|and |said |says |to |for |on |from |over |will |has )[a-z0-9]+){{0,2}}?"
_PROTEST: Final = (
    r"(?:protest(?:s|ed|ing)?\b|complain|condemn|deplor|rejects?\b|rejected|denounc|slam|blast|decr(?:y|ies|ied)|"
    r"oppos(?:es|ed)|objects? to|objected|hits? (?:back|out)(?! with| by)|lashes|lashed|lodg|files? (?:a |"
    r"an )?(?:complaint|case|suit)|"
    r"filed (?:a |an )?(?:complaint|case|suit|dispute)|asks? for a panel|asked for a panel|seeks? (?:a )?panel|"
    r"requests? consultations|requested consultations|requested a panel|requests? a panel|sues?\b|sued|"
    r"takes? [^.;]{0,30}"
    r"to (?:the )?wto|took [^.;]{0,30}to (?:the )?wto|challeng|criticis|criticiz|voic|expressed (?:regret|"
    r"concern|anger)|"
    r"express(?:es)? (?:regret|concern|anger)|summon|accus(?:es|ed)|told (?:the )?(?:wto|world trade)|"
    r"tells (?:the )?(?:wto|world trade)|vows? (?:to )?retaliat|vowed (?:to )?retaliat|"
    r"threatens? (?:to )?retaliat|(?:withdr[ae]w\w*|drop(?:s|ped)?|suspend(?:s|ed)?) (?:a |its |"
    r"the )?(?:wto )?(?:complaint|case|dispute)|"
    r"(?:urg|call|demand|ask|press|want|insist|appeal|seek|lobb)(?:s|es|ed|ing|ies|ied|ght)?\b[^.;]{0,60}"
    r"\b(?:withdraw\w*|lift|lifting|scrap|retract|reconsider|revers\w+|eas(?:e|ing)|repeal|drop|undo|rescind|"
    r"remov\w+|"
    r"relax|exempt\w*|roll back|cancel|abolish|end to|lifted|withdrawn|scrapped|stop (?:abus|us|generali)\w+))"
)
_PAST_WORDS: Final = r"(?:(?:'s|’s)? (?!to |for |on |in |from |and |said )[\"“]?[a-z]+){0,4}?(?:,)? [\"“]?"
_NOT_ITS: Final = (
    r"(?:on|of|to|for|from|in|and|or|over|will|now|must|has|had|have|is|are|was|were|be|said|says|say|after|as|at|"
    r"under|without|with|by|that|who|which|because|when|where|amid|despite|but|before|until|faces?|needs?|"
    r"requir\w*|cannot|may|might|can|could|would|should|not|no) "
)
_OWN_RULES: Final = (
    rf"(?:(?: (?!{_NOT_ITS}|their |its |the |explain)[a-z0-9]+){{0,3}}?(?: (?:export|re ?export|"
    rf"trade)) ?(?:control|curb|restriction|ban|licen|administration|"
    r"rule|law|regulation|limit|embargo|prohibition|permit|authori|blacklist|clampdown|measure|regime|polic)"
    rf"|(?: (?!{_NOT_ITS})[a-z0-9]+){{0,3}}? "
    r"(?:curbs?\b|restrictions?\b|ban\b|embargo|controls?\b(?! of)|white ?list|blacklist|"
    r"entity list|rules?\b|regulations?\b|decision\b|measures?\b|licensing\b|licen[sc]es?\b|permits?\b|regime\b|"
    r"clampdown|crackdown|export list|control list|catch all|prosecutors?\b|customs\b|court\b|authorities\b|"
    r"regulators?\b|law\b|sanctions\b|approval\b))"
)
_OFFICE: Final = (
    r"(?: government| administration| cabinet| parliament| authorities| officials?| lawmakers| regulators?|"
    r" prosecutors?|"
    r" police| customs(?: service)?(?: officers)?| (?:commerce|trade|foreign|economy|industry|defen[cs]e|finance|law|"
    r"justice|state) (?:minister|ministry|department|secretary)|'s (?:[a-z]+ ){0,3}(?:ministry|minister|government|"
    r"department|cabinet|directorate(?: general)?(?: of [a-z]+(?: [a-z]+)?)?|agency|bureau|office|authority|"
    r"authorities|"
    r"parliament|customs))"
)
_AUXILIARY: Final = (
    r"(?: (?:will|would|has|have|had|also|to|is|was|were|are|further|again|formally|newly|now|quietly|then|may|might|"
    r"could|plans to|set to|about to|expected to|first|recently|already|jointly|agreed to|moves? to|moved to|began|"
    r"starts?|started|ready to|had|no (?:plans?|intention) (?:to|of)|[a-z]+ly|on [a-z]+day|today|yesterday))*"
)
# Before what is looked for backwards: no need to try it at the end of every word too.
_AT_A_WORD: Final = r"\b(?=\w)"
GRAMMAR: Final = Grammar(
    affected_before=re.compile(
        rf"{_AT_A_WORD}(?:{_GOODS_GO}\b[^.;:]{{0,60}}?"
        r"\b(?=to|in|within|reach)"
        r"(?<!contrary )(?<!subject )(?<!according )(?<!due )(?<!threat )(?<!risk )(?<!important )(?<!respect )"
        r"(?<!specific )(?<!applicable )(?<!relating )(?<!related )(?<!pursuant )"
        r"\b(?:to or within|to|into|within|reach(?:ed|ing)?)"
        r"(?: the| mainland| communist| customers in| buyers in| users in| firms in| companies in| entities in)*"
        rf"|\b(?:export\w*|sales?|shipments?|licen[sc](?:es?|ing)|permits?|approvals?|authori[sz]ations?|"
        rf"suppl(?:y|ies))\b"
        rf"[^.;:,]{{0,30}}?\bfor(?: the)?"
        r"|\b(?:sells?|sold|selling|sales?|servic(?:e|ing)|install\w*|used|end users?|users?|customers?|buyers?|"
        r"clients?|"
        r"consignees?|entit(?:y|ies)|part(?:y|ies)|persons|firms|companies|facilit(?:y|ies)|chipmakers|fabs|located|"
        r"addresses|military end users?)(?: [a-z0-9]+){0,5}? (?:in|inside)(?: the| mainland)?"
        r"|\b(?:entities|entries|entry|persons|parties|addresses|additions|under|one|two|three|four|five|six|"
        r"seven|eight|"
        r"nine|ten|eleven|twelve|\d+)(?: [a-z]+)? (?:under|in)(?: the)?(?: destinations? of)?(?: the)?"
        r"|\bdestinations? of(?: the)?"
        rf"|\b(?:{_CONTROLS}|checks) on [^.;:,]{{0,40}}?\b(?:for|to)(?: the)?"
        rf"|\b{_CONTROLS}(?: that| which)?(?: [a-z]+)? (?:on|against|targeting|aimed at|towards?|for)(?: the)?"
        r"|\b(?:target|targets|targeting|targeted|aimed at|aims at|hits|hitting|isolate|punish|starve|contain|"
        r"crack\w* down on|clamp\w* down on)(?: the)?"
        r"|\b(?:remov|strik|struck|dropp?|exclud|strip|reinstat|restor|readmit|delist|downgrad|demot|"
        r"return)[a-z]*(?: the)?"
        r"|\b(?:bar|bars|barred|barring|deny|denies|denied|denying|keep|kept|keeping|with?held|withhold|cut)\b"
        r"[^.;]{0,40}? (?:from|off|out of)(?: the)?|\b(?:deny|denies|denied|denying|preventing|prevent|stop|keep|"
        r"cut off)(?: the)?"
        r"|\b(?:destined for|bound for|headed for|heading for|en route to|on (?:its|their) way to|intended for|"
        r"meant for|"
        r"reach(?:ed|es|ing)?|entered|ended up in|found in|turned up in|entities in|companies in|"
        r"users? in)(?: the)?) \Z"
    ),
    affected_after=re.compile(
        r"(?:'s|’s|s')? bound\b|(?:'s|’s|s')? (?:[a-z]+ ){0,2}?(?:access to|ability to|capacity to|efforts to|"
        r"military (?:modern"
        r"|capab|build))|(?:'s|’s)? (?:from (?:its|the|a|japan's)[^.;]{0,20}"
        rf"(?:white ?list|list of|group a))"
        rf"|(?:'s|’s)? (?:back )?(?:on|to|from|off|in)(?:to)? (?:its|the|a|his|their|japan's|"
        rf"korea's)(?: [a-z]+){{0,3}}? {_LISTS}"
        rf"|(?: (?:was|were|is|are|has been|have been|had been|be|being))(?: [a-z]+)? (?:removed|dropped|"
        rf"excluded|added|"
        rf"placed|put|moved|taken|restored|struck|demoted|returned|reinstated|readmitted|hit by|targeted|barred|"
        rf"denied)"
        rf"|{_KIND} {_PARTY}[^.;]{{0,60}}?\b(?:on|to|onto|from|off|under)(?: [a-z'.]+){{0,5}}? "
        rf"(?:list\b|blacklist|white ?list|uvl\b)"
        rf"|{_KIND} {_PARTY}[^.;]{{0,20}}?(?:blacklisted|delisted|(?:was|were|are|is|been) (?:added|barred|"
        rf"banned|denied))"
        rf"|{_PAST_WORDS}{_PROTEST}"
        rf"|(?: (?!{_VERB}|{_NOT_ITS})[a-z0-9]+){{0,2}}? (?:sales|shipments|deliveries|orders|servicing)\b"
    ),
    implementing_before=re.compile(
        rf"{_AT_A_WORD}(?:"
        r"\b(?:imposed|introduced|announced|adopted|operated|applied|issued|required|granted|set|levied|taken|"
        r"enforced)"
        r" by(?: the)? \Z"
        r"|\b(?:prosecutors|court|jury|judge|police|authorities|customs|ministry|regulators) in"
        r"(?: the)? \Z"
        r"|\b(?:violat(?:e|ed|ing|ions? of)|breach(?:ed|ing|es)?(?: of)?|evad(?:e|ed|ing)|circumvent(?:ed|ing|"
        r"ion of)?|"
        r"comply with|compliance with|skirt(?:ed|ing)?|flouting|flouted)(?: the)? \Z"
        r"|\b(?:exports|shipments|sales|supplies|suppl(?:y|ied)|flows?|exported|shipped|"
        r"deliveries)\b[^.;:]{0,40}? from(?: the)? \Z"
        r"|\b(?:complaints?|case|suit|dispute|protests?|retaliat\w+|countermeasures|countersuit) against(?: the)? \Z"
        r"|\b(?:licen[sc]es?|permits?|approval|permission) to (?:buy|import|receive|acquire|obtain|use) \Z"
        r"|\b(?:buying|obtaining|acquiring|receiving|using|purchasing) \Z"
        r"|\b(?:urg(?:e|es|ed|ing)|demand(?:s|ed)? that|call(?:s|ed|ing) on|ask(?:s|ed|ing)?|slam(?:s|med|ming)?|"
        r"blast(?:s|ed)?|condemn(?:s|ed)?|denounc(?:es|ed)|press(?:es|ed|ing)|lobb(?:y|ies|ied|ying)|accus(?:e|"
        r"es|ed|ing)|sue|sues|sued|suing)"
        r"(?: the)? \Z)"
    ),
    implementing_after=re.compile(
        rf"(?!(?:'s|’s)? (?:bound|access|ability))(?:{_OFFICE}|'s|’s|s')?{_TELLS}"
        rf"(?: (?!{_FUNCTION})[a-z0-9]+){{0,2}}{_AUXILIARY} {_VERB}"
        rf"|(?:'s|’s|s')?(?!{_KIND} {_PARTY}){_OWN_RULES}"
        r"|(?:'s|’s|s') [a-z ]{0,24}?(?:export control|strategic trade|catch all)"
        r"|(?:,| and [a-z]+)? in (?:curbing|restricting|limiting|tightening|banning|imposing)"
        r"|(?:'s|’s|s') (?:[a-z]+ ){0,3}exports? (?:of [^.;]{0,40})?(?:to|for) "
        r"|(?:'s|’s) (?:[a-z]+ ){0,2}(?:trade|commerce|economy|industry|industries)(?: [a-z]+){0,2} "
        r"(?:ministry|minister|agency|department|spokes\w+) (?:said|says|told|announced|confirmed)"
    ),
    reaches=_REACHES,
    affected_around=Around(
        re.compile(
            rf"(?:{_AT_A_WORD}(?:to|for|by|against|on|of|upon|from|between|at|bars?|barred|barring|block\w*|add\w*|list\w*|"
            r"puts?|plac\w+|"
            r"blacklist\w*|target\w*|sanction\w*|remov\w*|den(?:y|ies|ied|ying)|prevent\w*|vital to|stop\w*|"
            r"supply|supplying|hit|hits|hitting|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
            r"dozens? of|"
            r"\d+|more|several|some|other|certain|many|major|two other|help|helping|reach\w*|cut\w*(?: off)?)"
            r"(?: the| an?| any| its| all| other| more| certain| major| each| every)*"
            r"|,|\b(?:and|or))(?<!according to)(?<!contrary to) \Z"
        ),
        re.compile(rf"{_KIND} {_PARTY}"),
    ),
    question=re.compile(r"\?"),
    implementing_around=Around(re.compile(r"\b(?:under|by)(?: the)?(?: [a-z]+)? \Z"), re.compile(_OWN_RULES)),
    implementing_first=re.compile(
        rf"(?:'s|’s)(?! (?:bound|access|ability)){_OWN_RULES}|"
        r"(?:'s|’s)? (?:decision|move|plan|threat|refusal|step) (?:to|on|over|against)\b"
        r"|(?:'s|’s)? (?:to )(?:withdraw|lift|scrap|retract|reconsider|reverse|ease|repeal|undo|rescind|relax|"
        r"roll back|"
        r"cancel|abolish|end) "
    ),
    aside=re.compile(
        rf"{_AT_A_WORD}(?:"
        r"\b(?:hurt|harm|damag)\w*\b[^.;]{0,40}? to(?: the)? \Z"
        r"|\b(?:re ?export|divert|smuggl|trans ?ship|rerout|resold|launder)\w*(?: [a-z]+){0,3}? (?:from|out of) \Z|"
        r"\b(?:(?:arms|weapons) (?:sales|deals?|packages?|support) (?:to|for|with)|via|by way of|through|"
        r"transit(?:ing|s)?|"
        r"except(?: for)?|other than|excluding|with the exception of|unlike|apart from|not from|competitors? in|"
        r"rivals? in|"
        r"front company in|shell company in|front companies in|intermediar(?:y|ies) in|passing through|stopover in|"
        r"imports? (?:of [^.;]{0,30})?from|(?:on|over) imports of)(?: the| a)?(?: [a-z]+ (?:company|firm) in)? \Z)"
    ),
    about=re.compile(
        r"\b(?:buying|obtaining|acquiring|receiving|access to)(?: [a-z.]+){0,3} \Z|"
        r"\b(?:halt|curb|restrict|limit|suspend|block|cap|control|ration)\w*(?: off)?(?: the| all| its)?"
        r" (?:sales?|shipments?|suppl(?:y|ies)|flows?|outflows?) of(?: [a-z]+){0,2} \Z|"
        rf"\b(?:{_CONTROLS}|checks?|rules?|permits?|licen[sc]es?|approvals?) (?:on|for|over)(?: the)?(?: (?:sales?|"
        rf"shipments?|shipping|selling|suppl(?:y|ies)|transfers?|flow|outflow|supply|"
        r"shipping|export|trade) (?:of|in))?(?: (?!to |for |from |and )[a-z.]+){0,3} \Z"
    ),
    owned=re.compile(
        r"(?: (?:making|manufacturing|export|sales?|technology|tool|equipment|supply))* "
        r"(?:curbs?|controls|restrictions?|ban|bans|embargo|permits?|licen[sc]es?|licensing|clampdown|crackdown|"
        r"limits|caps?|rules?|shipments)\b"
    ),
    protest_first=re.compile(
        r"complain|condemn|protest|urg|demand|deplor|denounc|oppos|firmly|strongly|reject|object|criti|call|lodg|"
        r"slam|"
        r"sue|file|ask|request|stern|express|take"
    ),
)
