"""The table to begin a file with: the columns most files have, and a row that shows how to write
each."""

from achievements.importing.columns import word_for
from achievements.models import Listing

# Name of the column, what the row says in English, and in Chinese.
_ROWS: dict[str, tuple[tuple[str, str, str], ...]] = {
    Listing.Kind.ACHIEVEMENT: (
        ("external_id", "A-001", "A-001"),
        ("title", "Lithium battery cell for cold regions", "面向寒区的锂电池电芯"),
        (
            "summary",
            "The cell keeps 85 % of its capacity at 243 K.",
            "电芯在 243 K 下保持 85% 容量。",
        ),
        ("keywords", "lithium battery; low temperature", "锂电池；低温"),
        ("problem", "Cells of today lose half of it.", "现有电芯在低温下容量损失过半。"),
        ("solution", "An electrolyte that stays liquid.", "采用低温下仍为液态的电解液。"),
        ("advantages", "No heating is needed.", "无需加热。"),
        ("applications", "Vehicles; storage", "车辆；储能"),
        ("fields", "hightech:6.2", "hightech:6.2"),
        ("region", "Jiangsu", "江苏"),
        ("trl", "6", "6"),
        ("readiness_evidence", "Tested in ten vehicles.", "已在十辆车上测试。"),
        ("transfer_modes", "Non-exclusive licence; Joint implementation", "普通许可；合作实施"),
        ("price", "1,000,000-2,000,000 CNY", "100-200万元"),
        (
            "evidence",
            "energy density = 262 Wh/kg (GB/T 31486; third-party lab)",
            "能量密度 = 262 Wh/kg (GB/T 31486; 第三方实验室)",
        ),
        (
            "ip_rights",
            "patent CN209910000233.3, CN, granted, Electrolyte",
            "发明专利 CN209910000233.3, CN, 已授权, 电解液",
        ),
        ("inventors", "Li Ming; Wang Fang", "李明；王芳"),
    ),
    Listing.Kind.DEMAND: (
        ("external_id", "D-001", "D-001"),
        ("title", "Battery that starts vehicles at 233 K", "可在 233 K 启动车辆的电池"),
        ("summary", "Wanted for a fleet in the north.", "用于北方车队。"),
        ("body", "Our lead batteries fail in winter.", "现用铅酸电池冬季失效。"),
        ("keywords", "battery; low temperature", "电池；低温"),
        ("fields", "hightech:6.2", "hightech:6.2"),
        ("region", "Heilongjiang", "黑龙江"),
        ("requirements", "energy density >= 200 Wh/kg (must)", "能量密度 ≥ 200 Wh/kg (必须)"),
        ("trl_min", "6", "6"),
        ("cooperation_modes", "Joint development; Licence", "合作开发；许可"),
        ("budget", "500,000-1,000,000 CNY", "50-100万元"),
        ("deadline", "2099-12-31", "2099-12-31"),
        ("disclosure", "anonymous", "匿名"),
    ),
    Listing.Kind.EXPERT: (
        ("external_id", "E-001", "E-001"),
        ("title", "Li Ming", "李明"),
        ("position", "Professor", "教授"),
        ("affiliation", "A university", "某大学"),
        ("expertise", "Electrolytes for low temperatures.", "低温电解液。"),
        ("keywords", "lithium battery; electrolyte", "锂电池；电解液"),
        ("fields", "hightech:6.2", "hightech:6.2"),
        ("region", "Jiangsu", "江苏"),
        ("services", "Consulting; Joint research", "技术咨询；合作研究"),
        ("languages", "Chinese; English", "中文；英文"),
        ("works", "Electrolytes in the cold, 2099", "低温电解液研究，2099"),
        ("orcid", "", ""),
        ("certificates", "", ""),
        ("availability", "available", "可预约"),
    ),
}


def example_table(kind: str, language: str) -> tuple[list[str], list[str]]:
    """The headers and the example row of a kind, in English (``en``) or Chinese (``zh``)."""
    rows = _ROWS[Listing.Kind(kind)]
    own = 2 if language == "zh" else 1
    return [word_for(row[0], language) for row in rows], [row[own] for row in rows]
