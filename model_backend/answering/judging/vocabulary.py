"""English (and a few other) words that tell how an answer mentions something."""

import re

FUNCTION_WORDS = frozenset(
    "a an the this that these those there it its he she his her him they their them we our us you "
    "your i my me yes no not well sure in on at of for to from by with without into onto about as "
    "and or but nor so if then than because since while whereas although though is are was were be "
    "been being am do does did has have had will would can could shall should may might must who "
    "whom whose what which when where why how here also both either neither called named known "
    "actually currently officially today now however therefore thus hence specifically located "
    "answer question since until near".split()
)
LINKS = frozenset(
    "of the de da do dos das du des del della di la las le les los el al van von der den bin "
    "ibn".split()
)
TITLES = frozenset(
    "mr mrs ms dr prof professor president king queen sir lord lady captain prince princess "
    "emperor pope minister senator general".split()
)
COMPASS = frozenset(
    f"{point}{end}"
    for point in "north south east west northeast northwest southeast southwest".split()
    for end in ("", "ern")
) | {"central", "mid", "middle"}
CONTINENTS = frozenset({"africa", "asia", "europe", "oceania", "america", "antarctica"})
NOT_A_REGION = frozenset({("south", "africa"), ("middle", "america")})
"""Names of a compass point and a continent that are no part of the continent by name."""

CLAUSE = re.compile(
    r"[,;:.!?()\n\u2014]|\b(?:but|because|since|while|whereas|although|though|so|that|which|who|"
    r"sondern|mais|sino|pero)\b",
    re.IGNORECASE,
)
NEGATED_BEFORE = re.compile(
    r"(?:\b(?:not(?! (?:only|just|merely|simply)\b)|never|neither|nor|cannot|without|no longer|"
    r"rather than|instead of|other than|except|excluding|unlike|whether|if|nicht|kein\w*|"
    r"pas|nunca|no es|non \u00e8|\u043d\u0435)\b|n['\u2019]t\b|\u4e0d\u662f|\u4e0d)"
    r"(?:\W+[\w'\u2019-]+){0,7}\W*$",
    re.IGNORECASE,
)
NEGATED_AFTER = re.compile(
    r"[\"'\u201d\u2019*)]*\s*(?:(?:is|was|are|were|does|did|has|have|would|could|can|do)"
    r"(?:n['\u2019]t|\s+(?:not(?! (?:only|just|merely|simply)\b)|never|no longer))\b|"
    r"(?:is|was|would be) (?:the )?(?:incorrect|wrong|false)\b|ist (?:nicht|kein)|n'est pas|"
    r"\s*(?:\u3067\u306f\u306a|\u3067\u306f\u3042\u308a\u307e\u305b\u3093|\u4e0d\u662f))",
    re.IGNORECASE,
)
FORMER_BEFORE = re.compile(
    r"\b(?:formerly|previously|former|used to be|until recently|once)\b(?! (?:known|called))"
    r"(?:\W+\w+){0,3}\W*$",
    re.IGNORECASE,
)
ASIDE_BEFORE = re.compile(
    r"\b(?:(?:larger|smaller|bigger|higher|lower|older|more|less|fewer|other|different) than|near|"
    r"next to|border(?:s|ed|ing)?(?: (?:by|on|with))?|neighbou?r(?:s|ed|ing)(?: (?:by|on|with))?|"
    r"(?<!the )(?:north|south|east|west)(?:east|west)? of)(?:\W+(?:the|a|an|city|of))*\W*$",
    re.IGNORECASE,
)
SEVERAL = re.compile(r"\b(?:are|both|include|includes|were|between)\b", re.IGNORECASE)
"""Words before "Paris and Lyon" which show that both are given as answers."""

REFUSAL = re.compile(
    r"\bi (?:(?:really |just |honestly )?(?:do not|don.t|cannot|can.t|can not|could not|"
    r"couldn.t|am not able|am unable|was unable|was not able|have no|lack|won.t|will not|would not "
    r"be able)\b(?! (?:help but|only|just))|apologi[sz]e)|"
    r"\bi(?:.m| am) (?:not (?:sure|certain|able|aware|familiar)|unable|sorry)\b|"
    r"\b(?:cannot|can.t|can not|could not) be (?:determined|answered|known)\b|"
    r"\b(?:it is|it.s) (?:not possible|impossible|unclear|unknown)\b|"
    r"\bnot enough information\b|\binsufficient information\b|\bno (?:idea|clue)\b|"
    r"\bunknown\W*$|\b(?:je ne sais pas|ich weiß (?:es )?nicht|no lo sé|no sé|não sei|non lo so|"
    r"я не знаю)\b|わかりません|分かりません|我不知道",
    re.IGNORECASE,
)
TRIES_ANYWAY = re.compile(
    r"\b(?:but|however|though|although)\b(?!,? (?:as an?|let|if|please|feel))"
    r"(?!,? (?:i|we) (?:can|could|would|am|do|don.t|cannot|have|may be able|hope|will|apolog))",
    re.IGNORECASE,
)
UNIT_OF = {
    name: names.split()[0]
    for names in (
        "km kilometre kilometres kilometer kilometers", "m metre metres meter meters",
        "cm centimetre centimetres centimeter centimeters", "mm millimetre millimetres millimeter "
        "millimeters", "mile miles mi", "foot feet ft", "inch inches", "yard yards",
        "kg kilogram kilograms kilo kilos", "g gram grams", "pound pounds lb lbs", "ounce ounces",
        "ton tons tonne tonnes", "litre litres liter liters", "dollar dollars usd",
        "euro euros eur",
        "cent cents", "second seconds", "minute minutes", "hour hours", "day days", "week weeks",
        "month months", "year years", "century centuries", "percent", "degree degrees",
    )
    for name in names.split()
}  # fmt: skip
KOREAN_ENDINGS = frozenset(
    "은 는 이 가 을 를 의 에 에서 로 으로 와 과 도 만 인 시 이다 입니다 이에요 예요 이며 "
    "이고 이라고 라고 였습니다 이었습니다".split()
)
BEFORE_HAN, AFTER_HAN = (
    frozenset("是为為叫即在于於位到和与與或、"),
    frozenset("是的市在和与與或了"),
)
CONCLUSION = re.compile(
    r"(?:\bthat (?:is|makes|leaves)|\bequals|\banswer is|=)[\s*$:]*"
    r"(?=[-\u2212]?\d[\d.,]*(?!\d)(?!\s*(?:[-+*/\u00d7\u00f7\u2212]\s*\d|plus|minus|times|divided)))",
    re.IGNORECASE,
)
"""Words before the number that a calculation comes to; not before one that it goes on from."""
