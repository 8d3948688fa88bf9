"""Chinese in both scripts: kinds of phrasing, each with sentences written for these tests."""

from __future__ import annotations

import pytest

from tests.documents import claims

RELEVANT = [
    "中国叫停对日本的稀土供货，企业称订单被卡。",
    "日本将23种半导体制造设备纳入出口管理对象，7月生效。",
    "荷兰拒绝续发阿斯麦设备维修许可。",
    "若日方执意推进，首尔可能向世贸组织提出申诉，反对其出口限制。",
    "有消息称美国可能把更多中国芯片企业列入实体清单。",
    "日本警方逮捕两名高管，二人涉嫌未经许可出口喷雾干燥机至中国。",
    "自下月起，出口人造金刚石微粉须逐批申请，未获许可者海关不予放行。",
    "本次管制涉及钐、钆、铽等7类物项，参考海关商品编号2805301300等。",
    "海關對一家貿易商虛報工具機出口品名立案偵辦。",
    "經濟部澄清，沒有限制晶片出口到中東。",
    "出口人輸出戰略性高科技貨品至管制地區者，應先取得輸出許可證。",
    "美國要求台積電自11月11日起停止向中國客戶供應7奈米AI晶片。",
]
NEIGHBOURS = [
    "商务部对原产于美国的进口模拟芯片发起反倾销调查。",
    "俄罗斯禁止汽油出口至年底。",
    "印度限制大米出口，国际粮价上涨。",
    "美国拟对进口半导体加征25%关税。",
    "中国前八月集成电路出口增长两成，对东盟出口尤为强劲。",
    "美国批准向台湾出售导弹，外交部提出严正交涉。",
    "乌克兰获准使用美制导弹打击俄境内目标。",
    "民航局限制无人机在机场周边飞行。",
    "警方破获走私毒品案，缴获冰毒30公斤。",
    "请从B出口离开，电梯限制载重。",
    "美国众议院通过法案，禁止政府采购大疆无人机。",
    "美国考虑限制中国投资美国人工智能公司。",
    "法院判处被告人窃取锂电池商业秘密有期徒刑三年。",
    "国家能源局批准新建四台核电机组。",
    "該軟體限制匯出的檔案大小，並可輸出半導體製程報表。",
    "颱風來襲，港務公司管制船舶進出。",
    "美國對台軍售案獲國會通過，含火箭系統。",
]


@pytest.mark.parametrize("text", RELEVANT)
def test_a_sentence_about_what_may_leave_a_state_is_relevant(text: str) -> None:
    assert claims(text).relevant


@pytest.mark.parametrize("text", NEIGHBOURS)
def test_neighbouring_matters_are_refused(text: str) -> None:
    assert not claims(text).relevant


SIDES = [
    # goods that flow to a place, and firms at a place
    ("欧盟第14轮制裁方案禁止向俄罗斯出口锰矿石和无人机发动机。", "EU", "RU"),
    ("新加坡三男子因涉嫌将装有英伟达芯片的服务器骗运至中国被控。", "SG", "CN"),
    ("德国检方起诉一名商人，指其向俄罗斯供应机床。", "DE", "RU"),
    ("美国切断了中国获得先进制程设备的渠道。", "US", "CN"),
    ("廠商未經許可將碳纖維輸往伊朗，依貿易法處罰。", "TW", "IR"),
    ("美國准許輝達向中國出售降規版AI晶片。", "US", "CN"),
    # parties put on lists and taken off
    ("又有12家台湾企业被大陆列入出口管制管控名单。", "CN", "TW"),
    ("美国将27家中国实体从未经核实清单中移除。", "US", "CN"),
    ("BIS自實體清單刪除一家韓國公司。", "US", "KR"),
    ("日本內閣決定將韓國從白名單中剔除。", "JP", "KR"),
    # protest and demand: who suffers speaks first
    ("韩国外交部召见日本大使，抗议日方限制半导体材料出口。", "JP", "KR"),
    ("中方敦促美方停止将出口管制武器化。", "US", "CN"),
    ("中国常驻世贸组织代表批评美国半导体出口管制破坏供应链。", "US", "CN"),
    ("南韓政府就日本限制半導體材料出口向世界貿易組織提出控訴。", "JP", "KR"),
    # an example that is followed has no part
    ("澳大利亚跟进美国，限制先进芯片设备销往中国。", "AU", "CN"),
    ("据报道，日本考虑跟进美国的对华芯片设备限制。", "JP", "CN"),
    # lists of destinations
    ("韩国对俄罗斯和白俄罗斯加强无人机出口管制。", "KR", "RU BY"),
    # talks about one side's controls
    ("日韩两国在东京举行出口管理政策对话。", "JP", "KR"),
    ("韓日兩國就出口管理問題進行了八小時會談。", "JP", "KR"),
]


@pytest.mark.parametrize(("text", "implementing", "affected"), SIDES)
def test_sides_come_from_grammar(text: str, implementing: str, affected: str) -> None:
    said = claims(text)
    assert (set(said.implementing), set(said.affected)) == (set(implementing.split()), set(affected.split()))


HEADLINES = [
    ("美拟限制对华出口AI芯片 最快下月公布", "US", "CN", "tighten"),
    ("美商务部解除对华EDA出口限制", "US", "CN", "ease"),
    ("日对韩断供氟化氢", "JP", "KR", "tighten"),
    ("日将韩移出白名单", "JP", "KR", "delist"),
    ("韩国被日本踢出白名单", "JP", "KR", "delist"),
    ("中国将28家美企列入管控名单", "CN", "US", "list"),
    ("美擬鬆綁對中晶片管制", "US", "CN", "ease"),
    ("陸商務部將8台企列管制名單", "CN", "TW", "list"),
    ("美BIS撤销三星SK海力士在华工厂豁免", "US", "", "tighten"),
]


@pytest.mark.parametrize(("title", "implementing", "affected", "action"), HEADLINES)
def test_headlines_name_states_by_a_letter(title: str, implementing: str, affected: str, action: str) -> None:
    said = claims("", title)
    assert said.relevant
    assert implementing in said.implementing
    assert said.affected == tuple(affected.split())
    assert said.actions[0] == action


ACTIONS = [
    ("美国对高带宽存储器新设出口管制。", "tighten"),
    ("中方宣布全面禁止镓对美出口。", "tighten"),
    ("商务部宣布中止对16家美国实体的出口管制措施。", "ease"),
    ("美国暂停实施对中国出口芯片软件的禁令。", "ease"),
    ("貿易署放寬碳纖維輸出申請文件，縮短審查天數。", "ease"),
    ("日本6月批准了首批对韩氟化氢出口。", "license"),
    ("出口人得申請有效期間二年之輸出許可證。", "license"),
    ("新凯来被美国列入实体清单。", "list"),
    ("美国把通用技术公司自实体清单除名。", "delist"),
    ("希捷因向华为出货硬盘被美国罚3亿美元。", "enforce"),
    ("新北地檢署將涉嫌把工具機賣到俄羅斯的業者提起公訴。", "enforce"),
    ("海關正清查無人機零件流向俄羅斯的管道。", "investigate"),
    ("中国商务部与欧盟委员会就稀土出口问题举行视频会晤。", "dialogue"),
    ("中国在世贸组织起诉美国滥用芯片出口管制。", "complaint"),
    ("台灣經濟部對大陸把八家企業列入管制名單表達抗議。", "complaint"),
    ("海关总署解读石墨出口报关要求。", "guidance"),
    ("貿易署製作戰略性高科技貨品出口管制手冊供廠商參考。", "guidance"),
    ("德国发布年度军备出口报告，全年批准额133亿欧元。", "report"),
]


@pytest.mark.parametrize(("text", "action"), ACTIONS)
def test_the_main_action_of_a_sentence(text: str, action: str) -> None:
    assert claims(text).actions[:1] == (action,)


UNDONE = [
    "美国没有考虑放松对华为的芯片出口限制。",
    "日方并未放松对韩国的材料出口管制。",
    "商务部：网传中国将禁止稀土对韩出口系谣言。",
    "如果台湾停止供应先进芯片，欧洲车厂将停产。",
    "若美国把长江存储移出实体清单，设备订单或将回流。",
    "国内企业呼吁尽快放开碳酸锂出口许可。",
    "中国会对韩国禁止稀土出口吗？",
    "行業協會促請政府簡化石墨出口審批。",
    "倘若中國停止供應釔，臺灣鍍膜業者的庫存只夠用三個月。",
]


@pytest.mark.parametrize("text", UNDONE)
def test_what_is_denied_supposed_demanded_or_asked_is_no_action(text: str) -> None:
    said = claims(text)
    assert said.relevant
    assert said.actions == ()


def test_a_protest_against_tariffs_is_not_what_a_listing_reports() -> None:
    said = claims(
        "商务部发言人说，中方对美方加征关税强烈不满、坚决反对，已在世贸组织起诉。"
        "同日，商务部将9家美国企业列入出口管制管控名单，禁止向其出口两用物项。",
        "中方就美国加征关税提起诉讼",
    )
    assert said.actions[0] == "list"
    assert (said.implementing, said.affected) == (("CN",), ("US",))


def test_what_others_did_stands_back_where_somebody_comments_on_it() -> None:
    said = claims("中方对此坚决反对。", "商务部发言人就美方升级芯片出口限制答记者问")
    assert said.actions[0] == "complaint"
    assert (said.implementing, said.affected) == (("US",), ("CN",))
