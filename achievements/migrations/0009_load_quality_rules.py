"""The rules a new site begins with; superusers change them in the administration."""

from django.db import migrations

RULES = {'achievement': [('title', 8,
                  {'words_en': [3, 18], 'characters_zh': [6, 40], 'abbreviations': 2}),
                 ('summary', 10, {'words_en': [12, 80], 'characters_zh': [25, 200]}),
                 ('description', 10,
                  {'texts': ['problem', 'solution', 'applications'],
                   'words_en': 25,
                   'characters_zh': 40}),
                 ('claims', 10,
                  {'words_en': ['novel', 'innovative', 'innovation', 'unique', 'breakthrough',
                                'groundbreaking', 'revolutionary', 'state-of-the-art',
                                'state of the art', 'cutting-edge', 'world-leading',
                                'world-class', 'leading-edge', 'superior', 'outstanding',
                                'excellent', 'unparalleled', 'unprecedented',
                                'first of its kind', 'best-in-class', 'remarkable',
                                'significantly', 'greatly', 'dramatically',
                                'highly efficient'],
                   'words_zh': ['首创', '国际领先', '国内领先', '世界领先', '国际先进', '国内先进', '填补空白', '填补了',
                                '独特', '突破性', '重大突破', '颠覆', '一流', '卓越', '优异', '显著', '大幅', '极大',
                                '革命性', '前所未有', '世界首', '全球首', '国内首', '创新性'],
                   'bearable': 2,
                   'shown': 3}),
                 ('comparison', 14,
                  {'words_en': ['than', 'compared', 'comparison', 'versus', 'vs', 'instead of',
                                'conventional', 'existing', 'traditional', 'alternative',
                                'alternatives', 'competing', 'competitors', "today's",
                                'current', 'commercial', 'benchmark', 'baseline'],
                   'words_zh': ['相比', '相较', '对比', '比传统', '比现有', '比常规', '优于', '低于', '高于', '传统',
                                '现有', '常规', '替代', '竞品', '同类', '市售', '进口', '以往']}),
                 ('readiness', 10, {}), ('measures', 14, {'rows': 3}), ('rights', 8, {}),
                 ('contact', 4, {}), ('translation', 5, {}), ('fields', 3, {}),
                 ('keywords', 2, {}), ('terms', 2, {})],
 'demand': [('title', 8, {'words_en': [3, 18], 'characters_zh': [6, 40], 'abbreviations': 2}),
            ('summary', 10, {'words_en': [12, 80], 'characters_zh': [25, 200]}),
            ('description', 14, {'texts': ['body'], 'words_en': 40, 'characters_zh': 60}),
            ('vagueness', 14,
             {'words_en': ['high performance', 'high-performance', 'low cost', 'low-cost',
                           'cheap', 'good quality', 'high quality', 'high-quality',
                           'as soon as possible', 'asap', 'efficient', 'fast', 'robust',
                           'reliable', 'advanced', 'etc', 'various', 'suitable', 'sufficient',
                           'good', 'better', 'improved', 'easy to use', 'state of the art'],
              'words_zh': ['高性能', '低成本', '高质量', '高品质', '优质', '先进', '高效', '尽快', '等等', '若干', '适当',
                           '合适', '良好', '较好', '较高', '较低', '一定的', '稳定可靠', '快速'],
              'bearable': 2,
              'shown': 3}),
            ('measures', 20, {'rows': 3}), ('readiness', 8, {}), ('terms', 10, {}),
            ('contact', 4, {}), ('translation', 6, {}), ('fields', 4, {}),
            ('keywords', 2, {})],
 'expert': [('summary', 25, {'words_en': [8, 80], 'characters_zh': [15, 200]}),
            ('description', 35, {'texts': ['expertise'], 'words_en': 25, 'characters_zh': 40}),
            ('translation', 15, {}), ('fields', 20, {}), ('keywords', 5, {})]}


def load(apps, schema_editor):
    """One set for each kind; what is there already stays."""
    rule_set = apps.get_model("achievements", "LintRuleSet")
    rule = apps.get_model("achievements", "LintRule")
    for kind, rules in RULES.items():
        kept, created = rule_set.objects.get_or_create(kind=kind)
        if created:
            rule.objects.bulk_create(
                rule(rule_set=kept, code=code, weight=weight, params=params)
                for code, weight, params in rules
            )


class Migration(migrations.Migration):

    dependencies = [("achievements", "0008_add_quality")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
