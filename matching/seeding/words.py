"""Invented vocabulary: the most frequent words are real, the others are put together from parts.

Words come in the order of how often they are used. Nothing is copied from texts.
"""

from functools import cache
from itertools import product
from random import Random

VOCABULARY = 24_000  # words of each language

_ENGLISH = """
of the and for with in to a by on is from system method material process high control device based
low data model energy temperature surface structure power production quality sensor design network
coating battery treatment water film polymer steel laser image signal algorithm platform monitoring
detection recovery storage cell membrane catalyst alloy ceramic fibre composite powder printing
welding cutting motor bearing pump valve filter cooling heating drying pressure vacuum chip circuit
antenna robot vision speech language protein antibody vaccine enzyme tissue implant diagnosis
screening therapy drug plant seed soil crop feed food waste sludge exhaust carbon hydrogen oxygen
nitrogen lithium sodium silicon copper aluminium titanium glass concrete asphalt timber paper
textile leather rubber resin adhesive pigment solvent acid salt crystal vessel railway vehicle
engine turbine blade aircraft satellite navigation radar sonar microscope spectrum calibration
simulation prediction optimisation scheduling logistics inspection maintenance safety noise
vibration fatigue corrosion wear
"""
_PREFIXES = """
electro thermo hydro photo piezo ferro magneto aero bio nano micro poly mono multi inter trans cyclo
ultra infra super iso hetero homo auto cryo pyro lipo glyco oligo spectro chrono opto acousto meso
para meta ortho peri proto neo
"""
_ROOTS = """
therm phor cat lys morph gen phil phob trop stat dyn metr graph scop plex fluor chrom cytos derm
plast zym sor flux mer crys gran fibr lumin reson sper tens vect spir tor ferm carb sil ox nitr phos
chlor brom sulf tit van cob nick zinc lant cer ytt
"""
_SUFFIXES = """
ic ics ation isation meter al ity or ine ide ate ane ene ol one ium ite ing ed able ive oid osis ent
"""
_CHINESE = """
的 方法 系统 材料 技术 设备 控制 装置 工艺 性能 高 温度 结构 数据 模型 能量 表面 生产 质量 传感
设计 网络 涂层 电池 处理 水 薄膜 聚合 钢材 激光 图像 信号 算法 平台 监测 检测 回收 储能 细胞 膜
催化 合金 陶瓷 纤维 复合 粉末 打印 焊接 切削 电机 轴承 水泵 阀门 过滤 冷却 加热 干燥 压力 真空
芯片 电路 天线 机器 视觉 语音 蛋白 抗体 疫苗 组织 植入 诊断 筛查 治疗 药物 植物 种子 土壤 作物
饲料 食品 废弃 污泥 尾气 碳 氢气 氧化 氮化 锂离 钠离 硅基 铜箔 铝材 钛合 玻璃 混凝 沥青 木材
纸张 纺织 皮革 橡胶 树脂 胶粘 颜料 溶剂 晶体 船舶 铁路 车辆 发动 涡轮 叶片 飞机 卫星 导航 雷达
声纳 显微 光谱 标定 仿真 预测 优化 调度 物流 检验 维护 安全 噪声 振动 疲劳 腐蚀 磨损
"""
_CHARACTERS = """
电磁光热力声水气油煤矿金银铜铁铝钛镁锌镍钴锂钠钾钙硅硼碳氮氧氢氯硫磷氟溴碘铂钯稀土玻陶瓷纤维膜层
涂镀焊铸锻轧挤压拉伸弯折切削磨抛钻铣车刨冲裁冷温湿干燥蒸馏萃取过滤沉淀结晶溶解分散乳化混合搅拌反应
催聚缩加脱还原酸碱盐酯醇醛酮醚胺烯烃苯酚糖脂蛋白酶肽核基因细胞菌病毒疫苗抗体药剂针片胶囊植物动种根
茎叶花果粮棉麻茶桑菜畜禽鱼虾饲料肥农田壤河湖海洋港船舶桥梁隧道路轨机轮轴承齿箱泵阀管罐塔炉窑釜锅网络
通信号天线芯电板模块传感测量检验监控算法数据图像语音视频识别预警定位导航遥无人器臂手爪
"""


@cache
def english_words() -> tuple[str, ...]:
    """Lower case, one word each."""
    groups = [group.split() for group in (_PREFIXES, _ROOTS, _SUFFIXES)]
    parts = ["".join(three) for three in product(*groups)]
    Random(1).shuffle(parts)  # noqa: S311 - an order, not a secret
    return tuple(dict.fromkeys([*_ENGLISH.split(), *parts]))[:VOCABULARY]


@cache
def chinese_words() -> tuple[str, ...]:
    """Mostly of two characters."""
    characters = sorted(set("".join(_CHARACTERS.split())))
    pairs = [a + b for a, b in product(characters, repeat=2) if a != b]
    Random(2).shuffle(pairs)  # noqa: S311 - an order, not a secret
    return tuple(dict.fromkeys([*_CHINESE.split(), *pairs]))[:VOCABULARY]
