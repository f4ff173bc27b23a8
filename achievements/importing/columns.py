"""What a column means: headers in either language, field names and what people commonly write."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from accounts.bilingual import reader_language
from achievements.models import Achievement, Demand, Expert, Listing

MODELS: dict[str, type[Achievement] | type[Demand] | type[Expert]] = {
    Listing.Kind.ACHIEVEMENT: Achievement,
    Listing.Kind.DEMAND: Demand,
    Listing.Kind.EXPERT: Expert,
}

# Where the whole of a generic record's text goes.
BODY = {
    Listing.Kind.ACHIEVEMENT: "solution",
    Listing.Kind.DEMAND: "body",
    Listing.Kind.EXPERT: "expertise",
}

# Synonyms of bilingual contents, without a language: the row's language decides.
BILINGUAL_WORDS: dict[str, str] = {
    "title": "title name 标题 名称 题目 成果名称 需求名称 技术名称 项目名称 难题名称 姓名 名",
    "text": "text abstract description 摘要 简介 正文 内容 描述 成果简介 需求描述 详细内容",
    "summary": "summary 概要 一句话简介 一句话概要 概述",
    "keywords": "keywords keyword tags 关键词 关键字 标签",
    "problem": "problem 问题 解决的问题 拟解决的问题 技术背景",
    "solution": "solution 技术方案 解决方案 方案",
    "advantages": "advantages 优势 技术优势 创新点 主要优势",
    "applications": "applications application 应用 应用领域 应用场景 应用范围",
    "readiness_evidence": "readiness_evidence 成熟度证明 成熟度依据 成熟度说明",
    "funding_source": "funding_source funder funding 资助来源 资金来源 项目来源 经费来源",
    "body": "body need 需求内容 需求详情 需求正文",
    "position": "position 职务 职位 职称",
    "affiliation": "affiliation institution 工作单位 所在单位 任职单位",
    "expertise": "expertise 专长 擅长 擅长领域 专业特长 研究方向",
}

# Synonyms of everything else: the names on the left are fields, or are made into fields by `rows`.
PLAIN_WORDS: dict[str, str] = {
    "external_id": "external_id id number 编号 自有编号 序号 成果编号 需求编号 专家编号",
    "language": "language lang 语言 语种",
    "date": "date year 日期 年份 登记日期",
    "organisation": "organisation organization company 单位 机构 所属单位 单位名称 企业名称",
    "fields": "fields field classification 领域 技术领域 所属领域 行业 所属行业 分类",
    "region": "region province 地区 省份 所在地 所在地区",
    "visibility": "visibility 可见范围",
    "disclosure": "disclosure 公开方式 发布方式",
    "result_kind": "result_kind 成果类型 成果状态",
    "trl": "trl 技术成熟度 成熟度 技术就绪度",
    "transfer_modes": "transfer_modes 转化方式 转让方式 转移方式 交易方式",
    "price": "price price_mode 价格 报价 转让价格 意向价格",
    "price_min": "price_min 最低价格",
    "price_max": "price_max 最高价格",
    "currency": "currency 币种 货币",
    "evidence": "evidence measurements 证据 实测数据 测试数据 性能指标 技术指标",
    "ip_rights": "ip_rights ip patents patent 知识产权 专利 专利号",
    "inventors": "inventors inventor principal_investigator 发明人 完成人 成果完成人 项目负责人",
    "requirements": "requirements 需求指标 指标要求 技术要求 要求",
    "trl_min": "trl_min 最低成熟度 要求成熟度",
    "cooperation_modes": "cooperation_modes 合作方式 合作模式",
    "budget": "budget 预算 投入预算 意向投入 投入金额",
    "budget_min": "budget_min 最低预算",
    "budget_max": "budget_max 最高预算",
    "deadline": "deadline 截止日期 截止时间 需求截止日期",
    "works": "works publications projects 论文 成果 代表作 论著 代表性成果",
    "orcid": "orcid",
    "services": "services 服务 可提供服务 服务内容",
    "languages": "languages 工作语言 掌握语言",
    "certificates": "certificates 证书 资质 资格证书",
    "availability": "availability 可用性 档期 是否可约",
}

# Made into other fields by `rows`; a model has none of them.
MADE = {"text", "language", "date", "organisation", "price", "budget"}
ROW_TABLES = {
    Listing.Kind.ACHIEVEMENT: {"evidence", "ip_rights", "inventors"},
    Listing.Kind.DEMAND: {"requirements"},
    Listing.Kind.EXPERT: set(),
}
NOT_FOR = {
    Listing.Kind.ACHIEVEMENT: {"budget", "disclosure"},
    Listing.Kind.DEMAND: {"price"},
    Listing.Kind.EXPERT: {"price", "budget", "disclosure"},
}
_MARKS = {
    "en": ("english", "英文", "英语", "eng", "en"),
    "zh": ("chinese", "中文", "汉语", "zhhans", "zh", "cn"),
}


@dataclass(frozen=True)
class Column:
    """What one column of a file means: a name of ours, and the language where it says one."""

    name: str
    language: str = ""

    @property
    def target(self) -> str:
        """The name of the field, for the report."""
        return f"{self.name}_{self.language}" if self.language else self.name


def folded(header: str) -> str:
    """A header as it is compared: full-width folded, no case, no blanks, no punctuation."""
    plain = unicodedata.normalize("NFKC", header).casefold()
    return re.sub(r"[\W_]+", "", plain)


def fields_of(kind: str) -> dict[str, models.Field]:
    """The fields of a kind that a file may fill, by name."""
    kept = {"fields"}
    own = {"organisation", "created_by"}
    return {
        field.name: field
        for field in (*MODELS[kind]._meta.concrete_fields, *MODELS[kind]._meta.many_to_many)
        if (field.editable and not field.primary_key and field.name not in own)
        and (not field.many_to_many or field.name in kept)
        and not (field.remote_field and getattr(field.remote_field, "parent_link", False))
    }


def bilingual(kind: str) -> set[str]:
    """The contents of a kind that are kept in both languages, without the language."""
    return {name[:-3] for name in fields_of(kind) if name.endswith("_en")}


_CHOICES = {
    tuple(choices.values): choices
    for model in (Listing, *MODELS.values())
    for choices in vars(model).values()
    if isinstance(choices, type) and issubclass(choices, models.TextChoices)
}


def choices_of(field: models.Field) -> type[models.TextChoices]:
    """The choices a field of the catalogue was made with."""
    return _CHOICES[tuple(value for value, _label in field.flatchoices)]


@cache
def _known_headers(kind: str) -> dict[str, Column]:
    """Folded header → column; what is named first wins."""
    fields = fields_of(kind)
    both = bilingual(kind) | {"text"}
    known: dict[str, Column] = {}
    for name in fields:
        base, language = name[:-3], name[-2:]
        column = Column(base, language) if base in both else Column(name)
        known.setdefault(folded(name), column)
    for name, words in BILINGUAL_WORDS.items():
        if name in both:
            for word in words.split():
                known.setdefault(folded(word), Column(name))
    allowed = (set(fields) | MADE | ROW_TABLES[Listing.Kind(kind)]) - NOT_FOR[Listing.Kind(kind)]
    for name, words in PLAIN_WORDS.items():
        if name in allowed:
            for word in words.split():
                known.setdefault(folded(word), Column(name))
    for code, _language in settings.LANGUAGES:
        with override(code):
            for name, field in fields.items():
                known.setdefault(folded(str(field.verbose_name)), known[folded(name)])
    return known


def find_column(header: str, kind: str) -> Column | None:
    """What ``header`` means for this kind of listing; None where nobody knows."""
    text = folded(header)
    known = _known_headers(kind)
    if text in known:
        return known[text]
    for language, marks in _MARKS.items():
        for mark in marks:
            for rest in (text.removesuffix(mark), text.removeprefix(mark)):
                column = known.get(rest) if rest != text else None
                if column is not None and column.name in bilingual(kind) | {"text"}:
                    return Column(column.name, language)
    return None


def label_of(target: str, kind: str) -> str:
    """What a target is called in the active language: as a field, or by a common word."""
    field = fields_of(kind).get(target)
    if field is not None:
        return str(field.verbose_name)
    name = target if target in PLAIN_WORDS else target.removesuffix("_en").removesuffix("_zh")
    return word_for(name, reader_language())


def word_for(name: str, language: str) -> str:
    """The first common word for a column in ``en`` or ``zh``; it is understood as a header."""
    words = (PLAIN_WORDS.get(name) or BILINGUAL_WORDS.get(name) or name).split()
    own = (word for word in words if word.isascii() == (language == "en"))
    return next(own, words[0]).replace("_", " ")


def targets_of(kind: str) -> dict[str, Column]:
    """Everything that a column of a file can mean, by name, in the order of the form."""
    columns = dict.fromkeys(_known_headers(kind).values())
    return {column.target: column for column in columns}


class ColumnMap:
    """Headers of one file and what they mean; learns new keys as JSON Lines bring them.

    ``chosen`` says, by folded header, what somebody decided; empty: not to be read.
    """

    MAX_HEADERS = 500

    def __init__(self, kind: str, chosen: Mapping[str, str] | None = None) -> None:
        self.kind = kind
        self.chosen = chosen or {}
        self.columns: dict[str, Column | None] = {}
        self._owner: dict[Column, str] = {}

    def find(self, header: str) -> Column | None:
        """The meaning of a header. Raises ValidationError when two headers mean the same."""
        if header not in self.columns:
            if len(self.columns) >= self.MAX_HEADERS:
                raise ValidationError(
                    _("The file has more than %(limit)s different columns."),
                    code="header",
                    params={"limit": self.MAX_HEADERS},
                )
            column = self._meaning(header)
            if column is not None and column in self._owner:
                raise ValidationError(
                    _("The columns “%(first)s” and “%(second)s” mean the same. Keep one of them."),
                    code="header",
                    params={"first": self._owner[column], "second": header},
                )
            if column is not None:
                self._owner[column] = header
            self.columns[header] = column
        return self.columns[header]

    def _meaning(self, header: str) -> Column | None:
        """As somebody chose it, else as it is guessed."""
        target = self.chosen.get(folded(header))
        if target is None:
            return find_column(header, self.kind)
        return targets_of(self.kind).get(target)

    def header_of(self, name: str) -> str:
        """The file's own header for a field of ours, for messages; the field's name without one."""
        base, language = (name[:-3], name[-2:]) if name[-3:] in ("_en", "_zh") else (name, "")
        for column in (Column(base, language), Column(base)):
            if column in self._owner:
                return self._owner[column]
        return name
