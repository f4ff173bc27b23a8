"""What a figure measures: a quantity of the vocabulary, else the words beside it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from achievements.units import UnknownUnitError, convert

_HAN = r"\u3400-\u9fff"
_TOKEN = re.compile(rf"[A-Za-z][A-Za-z0-9'’/]*|[{_HAN}]")
_LONGEST_NAME = 14  # tokens: words or Chinese characters
_NEAR = 60  # characters between a name and its figure


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STOP = _words(
    """
    a an the of at in on for to and or by than as is are was were be been being has have had
    having with without shall should must will would can could may might that which who from
    over under between using use uses used achieve achieves achieving provide provides require
    requires required requiring support supports operate operates operating exceed exceeds
    exceeding least most its their this these those each per it we they not no only up down
    within into while when where if also then such all any some less more greater fewer lower
    higher about approximately around capable able demonstrate reach reaching maintain
    maintaining produce producing deliver delivering but both during after before through via
    i ii iii e.g i.e etc including minimum maximum below above there so because goal currently
    typically
    """
)
_NOISE = _words(
    """
    phase figure fig table section page pages topic program contract year years month months
    day days week weeks fy date version step task chapter volume appendix award proposal
    option base first second past last next hours references http https
    conditions production users domains
    """
)
_LEAD = re.compile(
    r"^(?:希望能?|若|如果|并且|而且|同时|以及|要求|需要|需|使得|使|且|并|其中|其|该|将|把|以|在|"
    r"和|与|及|或|实现|保证|确保|满足|"
    r"具有|具备|采用|能够|可以|可|平均|目前|现有|年|约|后|的|了|指标|达到|要|到|为|是|从|由|按|"
    r"如|则|但)+"
)
_TAIL = re.compile(
    r"(?:的|为|是|在|(?<![反效响])应|(?<!认)可|(?<![主必重])要|需要?|至|到|达到?|可达|约|将|须|"
    r"均|都|也|已|仅|只有|控制|"
    r"保持|要求|不得|不能|应该|必须|一般|通常|可以|能够|能达到|能|左右|分别|最高|最低|不|"
    r"[\s:：=（(])+$"
)
_BREAKS = re.compile(
    rf"[^A-Za-z0-9{_HAN}%·\-]+|的(?=[{_HAN}A-Za-z]{{2}})|使得|使(?!用)|具有|具备|采用|要求|需要|能够|"
    rf"可以|实现|满足|"
    r"保证|确保|以及|并且|同时|通过|进行|方面|输入|带有|应用于|存在"
)
_DEVIATION = re.compile(r"误差|偏差|精度|公差|\b(?:error|accuracy|tolerance|deviation|precision)\b")
_GROWS = r"(?:提高|提升|降低|减少|增加|缩短|下降|节约|节省|节能|减小|减轻|减低|增长|延长|节电|改善)"
_CHANGE_OF = re.compile(rf"{_GROWS}(?![到至了])[^，,、的]{{2,14}}$")
_CHANGE = re.compile(
    rf"{_GROWS}了?$"
    r"|\b(?:increas|reduc|decreas|improv|lower|rais|sav|cut|grow)\w*(?: [\w-]+){0,4}? by$"
)
_COMPARED_WITH = re.compile(r"(?:相?比于?|较|相对于?|分别|与).{0,16}$")
# What a measured property's name ends with: so a phrase is cut there and taken for one.
_HEADS_ZH = re.compile(
    r".*(?:率|度|量|值|比|数|寿命|时间|力|尺寸|长|宽|高|重|径|厚|间隔|误差|功率|电压|电流|面积|"
    r"体积|距离|周期|差|耗|"
    r"范围|速|容量|含量|粒径|载荷|行程|比例|规格|深|波长|频率|噪声|噪音|产能|成本|口径|跨度|"
    r"间距|能耗|性能|流速|回收率)"
)
_HEADS_EN = _words(
    """
    ratio rate rates temperature temperatures pressure speed speeds velocity accuracy
    precision error errors resolution efficiency strength life lifetime time power powers
    energy weight mass volume size length width height depth diameter thickness range
    frequency bandwidth wavelength wavelengths density capacity concentration sensitivity
    specificity yield loss losses cost costs distance area level levels load loads force
    torque voltage current gain noise latency throughput flow purity porosity roughness
    hardness stiffness modulus conductivity resistance resistivity reduction increase
    improvement decrease degradation drift variation distortion uncertainty tolerance pitch
    spacing gap radius angle stroke altitude duration period dose dosage output consumption
    content uniformity stability reliability availability viscosity humidity moisture temp
    flux intensity brightness contrast jitter delay linearity responsivity quality fidelity
    aperture field footprint coverage rejection isolation attenuation absorption transmission
    reflectivity emissivity shrinkage elongation strain stress deflection displacement
    probability recall coefficient savings
    """
)


@dataclass(frozen=True)
class Name:
    """What a figure measures: as written or as the vocabulary has it, with the term's number."""

    text: str
    term: int | None = None


@dataclass(frozen=True)
class Quantity:
    """A term of the vocabulary, as far as finding needs it."""

    pk: int
    label_en: str
    label_zh: str
    unit: str


class Vocabulary:
    """The names of quantities in both languages, looked up word by word.

    ``named`` maps each name, folded, to the quantities that have it.
    """

    def __init__(self, named: Mapping[str, Iterable[Quantity]]) -> None:
        self._named = {_key(name): tuple(found) for name, found in named.items() if name}

    def within(self, text: str, unit: str) -> list[tuple[int, int, Quantity]]:
        """Every place of a quantity that is measured in such a unit: begin, end, quantity."""
        tokens = [(hit.start(), hit.end(), hit[0]) for hit in _TOKEN.finditer(text)]
        found = []
        for first in range(len(tokens)):
            for last in range(min(len(tokens), first + _LONGEST_NAME), first, -1):
                begin, end = tokens[first][0], tokens[last - 1][1]
                fitting = self._fitting(text[begin:end], unit)
                if fitting is not None:
                    found.append((begin, end, fitting))
                    break
        return [
            hit
            for hit in found
            if not any(o != hit and o[0] <= hit[0] and hit[1] <= o[1] for o in found)
        ]

    def _fitting(self, words: str, unit: str) -> Quantity | None:
        key = _key(words)
        rows = self._named.get(key) or (self._named.get(key[:-1]) if key.endswith("s") else None)
        for row in rows or ():
            if measured_in(row.unit, unit):
                return row
        return None

    def name(
        self, before: str, behind: str, *, unit: str, change: str = "", bounded: bool = False
    ) -> Name | None:
        """What the figure between ``before`` and ``behind`` measures; None where nothing tells.

        ``change``: the figure is by how much something grows or falls, so the name of that
        something alone is not what it measures. ``bounded``: a comparison is written, so words
        that do not look like a property may name it too; the person corrects them.
        """
        ahead = [hit for hit in self.within(before + change, unit) if not _generic(before, hit)]
        if change:
            ahead = [hit for hit in ahead if hit[0] <= len(before) < hit[1]]
        later = [] if change else self.within(behind, unit)
        near = [hit for hit in ahead if len(before) - hit[1] <= _NEAR]
        nearest = max(near, key=lambda hit: (hit[1], -hit[0]), default=None)
        if nearest is not None and _DEVIATION.search(before[nearest[1] :]):
            nearest = None  # how exactly it is measured, not how much it is
        following = min(later, key=lambda hit: (hit[0], -hit[1]), default=None)
        if following is not None and _follows(behind[: following[0]]):
            gap = len(before) - nearest[1] if nearest else _NEAR
            if nearest is None or gap > 12:
                return Name(behind[following[0] : following[1]].strip(), following[2].pk)
        if nearest is not None:
            return Name((before + change)[nearest[0] : nearest[1]].strip(), nearest[2].pk)
        words = _phrase(before, change, bounded=bounded) or _phrase_behind(behind, bounded=bounded)
        return Name(words) if words else None


def measured_in(usual: str, unit: str) -> bool:
    """Whether what is usually given in one unit can be given in the other."""
    if usual == "dimensionless":
        usual = ""
    if not usual and not unit:
        return True
    if (unit in ("%", "‰")) != (usual in ("percent", "permille", "%")):
        return False
    try:
        return convert(Decimal(1), unit, usual) is not None
    except UnknownUnitError:
        return False


def change_said(before: str, *, share: bool) -> int | None:
    """Where words such as “reduced by” begin at the end of ``before``; None without any.

    ``share``: the figure is a share, so what stands between such a word and it is what changes.
    """
    text = before.rstrip().lower()
    found = _CHANGE.search(text) or (_CHANGE_OF.search(text) if share else None)
    return found.start() if found else None


def _follows(between: str) -> bool:
    """Whether only small words stand between a figure and the name behind it."""
    words = between.lower().replace("-", " ").split()
    return len(between) <= 20 and all(w in _STOP or w == "的" for w in words) and len(words) <= 2


def _generic(before: str, hit: tuple[int, int, Quantity]) -> bool:
    """“range” says what is meant only together with the word before it."""
    return before[hit[0] : hit[1]].lower() in ("range", "ranges", "rate", "level")


def _phrase(before: str, change: str, *, bounded: bool) -> str:
    """The noun phrase at the end of ``before``, with the word of change behind it."""
    if re.search(rf"[{_HAN}]", (before + change)[-24:]):
        return _chinese_phrase(before, change, bounded=bounded)
    if change:
        words = [word for word in change.split() if word.lower() not in _STOP]
        ahead = _phrase(before, "", bounded=True)
        return " ".join(words if len(words) > 1 or not ahead else [ahead, *words])
    said = re.findall(r"[A-Za-z][A-Za-z0-9\-/]*|[^\sA-Za-z]+", before)
    while said and (said[-1].lower() in _STOP or not said[-1][0].isalpha()):
        said.pop()
    kept: list[str] = []
    for word in reversed(said):
        if word.lower() in _STOP or not word[0].isalpha() or len(kept) == 4:
            break
        kept.insert(0, word)
    return _if_property(kept, bounded=bounded)


def _if_property(words: list[str], *, bounded: bool) -> str:
    """The words if the last of them names a property, or at least something, by its form."""
    if not words or words[-1].lower() in _NOISE:
        return ""
    last = words[-1].lower()
    if [word.lower() for word in words] in (["range"], ["ranges"]) or words[-2:] == [
        "sea",
        "level",
    ]:
        return ""
    if last in _HEADS_EN:
        return " ".join(words)
    adverb = re.search(r"(?:ly|ed|able|ible|ing|ant|ous|ive|ful|al|out)$", last)
    named = bounded and len(words) > 1 and not adverb and len(last) > 2
    return " ".join(words) if named else ""


def _chinese_phrase(before: str, change: str, *, bounded: bool) -> str:
    near = before.strip()[-400:]  # a name is the last few words, and long runs of blanks take long
    text = _TAIL.sub("", re.sub(r"[由从].{0,4}\d.*$", "", near))
    part = _BREAKS.split(text)[-1] if text else ""
    part = _LEAD.sub("", part.strip("-·% "))[-14:]
    if change:
        part = _COMPARED_WITH.sub("", part)
        whole = part + re.sub(r"了$", "", change)
        return whole if len(part) >= 2 or len(change) > 3 else ""
    head = _HEADS_ZH.match(part)
    if head is not None and len(part) - head.end() <= 3:
        part = head[0]
    elif not bounded or len(part) < 3 or re.search(r"[了着较比]|高于|低于", part):
        return ""
    if re.match(r"[较比对向按]|相对于", part) or re.search(r"(?:难题|问题|方面|情况|项目)$", part):
        return ""
    return part if len(part) >= 2 and re.search(rf"[{_HAN}A-Za-z]", part) else ""


def _phrase_behind(behind: str, *, bounded: bool) -> str:
    """What the figure is said of right behind it, as in “5 mm pitch” and “40 % less weight”."""
    chinese = re.match(rf"\s*的?([{_HAN}]{{2,8}})$", behind)
    if chinese:
        head = _HEADS_ZH.fullmatch(chinese[1])
        return chinese[1] if head and not chinese[1].startswith(("为", "是", "的")) else ""
    words = re.match(r"[\s-]*((?:less |more |lower |higher )?[A-Za-z]+(?: [A-Za-z]+){0,2})", behind)
    if words is None:
        return ""
    said = words[1].split()
    lead = said[:1] if said[0] in ("less", "more", "lower", "higher") else []
    kept: list[str] = []
    for word in said[len(lead) :]:
        if word.lower() in _STOP or word.lower() in _NOISE:
            break
        kept.append(word)
        if word.lower() in _HEADS_EN:
            break
    if lead:
        return " ".join([*lead, *kept]) if kept else ""
    return _if_property(kept, bounded=False)


def _key(text: str) -> str:
    """Width is folded already; case, hyphens and blanks make no difference."""
    return re.sub(r"[\s\-_‐‑–—]+", " ", text).strip().casefold()
