"""What pages say (the gold text, written before and apart from any reader of it), and what stands around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A release: `paragraphs` and nothing else is its main text. `day` is the day of publication."""

    title: str
    day: str
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Furniture:
    """What a site of one language puts around every release."""

    lang: str
    charset: str
    site: str
    date: str
    """How it writes a day, as a format of `datetime`."""
    label: str
    """What it writes before the day of publication."""
    menu: tuple[str, ...]
    teasers: tuple[tuple[str, str], ...]
    """Headline and summary of other releases."""
    comments: tuple[str, ...]
    cookies: str
    share: tuple[str, ...]
    related: str
    advertisement: str
    footer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """A language: its furniture and three releases, the last one of two sentences."""

    furniture: Furniture
    articles: tuple[Article, Article, Article]


ENGLISH: Final = Tongue(
    furniture=Furniture(
        lang="en",
        charset="windows-1252",
        site="Bureau of Strategic Trade",
        date="%d %B %Y",
        label="Published:",
        menu=tuple(
            ["Home", "About the Bureau", "Licensing", "Regulations", "Enforcement", "Newsroom", "Careers", "Contact us"]
        ),
        teasers=(
            (
                "Seminar for small exporters moves online",
                "Registration for the spring series opens next week, the Bureau says.",
            ),
            (
                "Fee schedule for classification requests updated",
                "The new table of fees replaces the one of last year and has three tiers.",
            ),
            (
                "Two firms settle charges over unlicensed pumps",
                "They will pay a penalty of 400,000 dollars and train their staff.",
            ),
            (
                "Annual report laid before Parliament",
                "It counts 14,200 licence applications, of which 96 % were granted.",
            ),
        ),
        comments=(
            "We ship valves every week and nobody can tell us how long this will take. Has anybody heard anything?",
            "Good. It was about time that somebody looked at what leaves through the free port, if you ask me.",
            "My broker says that the form on the site is still the old one, so I would wait before filing anything.",
        ),
        cookies="We use cookies to make this site work and to understand how you use it. "
        "You may accept all of them or choose which ones.",
        share=("Share", "Print", "E-mail", "Facebook"),
        related="Related stories",
        advertisement="ADVERTISEMENT Compliance software for the whole supply chain. Book a demo today!",
        footer="Bureau of Strategic Trade, 4 Harbour Street. Telephone 555 0100. Terms of use. Privacy. Accessibility.",
    ),
    articles=(
        Article(
            title="Licence requirement for gallium and germanium compounds",
            day="2023-07-03",
            paragraphs=(
                (
                    "The Bureau of Strategic Trade today published a rule "
                    "that requires a licence for the export of gallium, "
                    "germanium and eleven of their compounds to all destinations."
                ),
                (
                    "The rule takes effect on 1 August. Contracts signed "
                    "before that day are not exempt, but applications "
                    "that concern them will be handled first."
                ),
                (
                    "An applicant has to name the end user, describe the "
                    "end use, and enclose the contract. A certificate "
                    "of the importing authority is needed for wafers above 200 millimetres."
                ),
                (
                    "“We are not closing a door,” the Director said. “We want "
                    "to know who stands behind it, and what the material "
                    "becomes once it has left the country.”"
                ),
                (
                    "Makers of light-emitting diodes had warned that stocks "
                    "would last for eight weeks at most. The Bureau "
                    "expects to decide on most applications within 45 days."
                ),
            ),
        ),
        Article(
            title="First policy dialogue on export controls in three years",
            day="2019-12-16",
            paragraphs=(
                (
                    "Officials of the two trade ministries met on Monday "
                    "for ten hours to discuss how each of them controls "
                    "the export of sensitive goods and technology."
                ),
                (
                    "It was the seventh meeting of its kind and the first "
                    "since June 2016. Both sides explained their systems "
                    "and agreed to meet again in the other capital."
                ),
                (
                    "No measure was lifted. The head of the delegation said "
                    "that the decision on the three materials was not "
                    "a subject of the talks and would be taken by his government alone."
                ),
                (
                    "Analysts saw the length of the meeting, which had been "
                    "planned for seven hours, as a sign that the two "
                    "sides at least wish to understand each other."
                ),
            ),
        ),
        Article(
            title="Office closed on Monday",
            day="2022-09-15",
            paragraphs=(
                (
                    "The licensing counter is closed on Monday, 19 September. "
                    "Applications filed through the electronic system "
                    "are received as usual."
                ),
            ),
        ),
    ),
)

JAPANESE: Final = Tongue(
    furniture=Furniture(
        lang="ja",
        charset="shift_jis",
        site="通商管理庁",
        date="%Y年%m月%d日",
        label="掲載日：",
        menu=(
            "ホーム",
            "通商管理庁について",
            "お知らせ",
            "政策一覧",
            "統計",
            "申請・お問い合わせ",
            "法令",
            "審議会・研究会",
        ),
        teasers=(
            (
                "中小企業向け説明会をオンラインで開催します",
                "春の説明会の参加申込みを来週から受け付けます。定員は二百名です。",
            ),
            ("手数料の一覧表を更新しました", "該非判定に係る手数料の新しい一覧表を掲載しました。"),
            ("無許可輸出に係る行政処分について", "ポンプを許可なく輸出した二社に対し、行政処分を行いました。"),
            ("年次報告書を公表しました", "昨年度の申請件数は一万四千二百件で、うち九割六分を許可しました。"),
        ),
        comments=(
            "うちも毎週バルブを出しているけど、どのくらい時間がかかるのか誰も教えてくれない。困ったものです。",
            "やっと動いたという感じですね。自由港から何が出ているのか、きちんと見てほしいと前から思っていました。",
            "様式がまだ古いままなので、少し待ってから申請した方がいいと通関業者に言われました。",
        ),
        cookies="当サイトでは、利便性の向上と利用状況の把握のためにクッキーを使用しています。閲覧を続けると同意したものとみなします。",
        share=("シェアする", "印刷", "メールで送る", "ツイート"),
        related="関連記事",
        advertisement="【PR】貿易管理の業務をまるごと支援。今なら無料で資料を差し上げます！",
        footer="通商管理庁　〒100-0000　港町四丁目　電話番号　555-0100（代表）"
        "　利用規約　個人情報保護　アクセシビリティ",
    ),
    articles=(
        Article(
            title="ガリウム及びゲルマニウム化合物の輸出許可制について",
            day="2023-07-03",
            paragraphs=(
                (
                    "通商管理庁は本日、ガリウム、ゲルマニウム及びこれら"
                    "の化合物十一品目について、全ての地域を仕向地とする"
                    "輸出に許可を要することとする省令を公布しました。"
                ),
                (
                    "本省令は八月一日に施行します。施行日より前に締結さ"
                    "れた契約も対象となりますが、当該契約に係る申請は優"
                    "先して審査します。"
                ),
                (
                    "申請者は、需要者の名称及び用途を明らかにし、契約書"
                    "の写しを添付しなければなりません。直径二百ミリメー"
                    "トルを超えるウエハについては、輸入国当局の証明書が必要です。"
                ),
                (
                    "長官は会見で「扉を閉ざすものではない。国外に出た物"
                    "資が何になるのか、誰が使うのかを知る必要がある」と"
                    "述べました。"
                ),
                (
                    "発光ダイオードの製造事業者からは、在庫は長くても八"
                    "週間分しかないとの声が上がっています。同庁は、大半"
                    "の申請について四十五日以内に結論を出す見込みです。"
                ),
            ),
        ),
        Article(
            title="三年半ぶりの輸出管理政策対話を開催しました",
            day="2019-12-16",
            paragraphs=(
                (
                    "両国の貿易当局の担当者は月曜日、機微な貨物と技術の"
                    "輸出管理の在り方について、およそ十時間にわたり意見"
                    "を交わした。"
                ),
                (
                    "対話は七回目で、二〇一六年六月以来となる。双方は自"
                    "国の制度と運用を説明し、次回は相手国の首都で開くこ"
                    "とで一致した。"
                ),
                (
                    "措置の見直しには至らなかった。代表は記者団に対し、"
                    "三品目に関する判断は議題ではなく、政府が独自に決め"
                    "るものだと説明した。"
                ),
                (
                    "七時間の予定が大幅に延びたことについて、専門家の間"
                    "では、互いに理解しようとする姿勢の表れと見る向きも"
                    "ある。"
                ),
            ),
        ),
        Article(
            title="窓口の休業について",
            day="2022-09-15",
            paragraphs=(
                "九月十九日（月曜日）は、許可申請の窓口を休業します。電子システムによる申請は通常どおり受け付けます。",
            ),
        ),
    ),
)

KOREAN: Final = Tongue(
    furniture=Furniture(
        lang="ko",
        charset="euc-kr",
        site="통상관리처",
        date="%Y.%m.%d",
        label="등록일",
        menu=("홈", "기관 소개", "알림·소식", "정책 정보", "통계", "민원 신청", "법령 정보", "찾아오시는 길"),
        teasers=(
            (
                "중소기업 대상 설명회 온라인으로 개최",
                "봄철 설명회의 참가 신청을 다음 주부터 받습니다. 정원은 이백 명입니다.",
            ),
            ("판정 수수료 안내표 개정", "작년의 안내표를 대체하는 새로운 수수료 표를 게시하였습니다."),
            ("무허가 펌프 수출 업체 두 곳에 행정처분", "두 업체는 과징금을 내고 직원 교육을 실시하기로 하였습니다."),
            ("연차보고서 국회 제출", "지난해 허가 신청은 만 사천이백 건이며 이 가운데 구십육 퍼센트가 허가되었습니다."),
        ),
        comments=(
            "매주 밸브를 보내는데 얼마나 걸릴지 아무도 말을 안 해 주네요. 혹시 아시는 분 계신가요?",
            "진작 했어야 할 일입니다. 자유항으로 무엇이 나가는지 제대로 들여다봐야 한다고 생각합니다.",
            "관세사 말로는 누리집에 있는 서식이 아직 예전 것이라니 조금 기다렸다가 신청하는 게 좋겠어요.",
        ),
        cookies="이 누리집은 이용 편의와 통계 분석을 위하여 쿠키를 사용합니다. "
        "모두 허용하거나 일부만 선택하실 수 있습니다.",
        share=("공유하기", "인쇄", "메일 보내기", "페이스북"),
        related="관련 기사",
        advertisement="[광고] 수출 관리 업무를 한 번에 해결하는 프로그램, 지금 무료로 체험해 보세요!",
        footer="통상관리처 우)00000 항구로 4 대표전화 555-0100 이용약관 개인정보처리방침 저작권정책",
    ),
    articles=(
        Article(
            title="갈륨·게르마늄 화합물 수출허가제 시행",
            day="2023-07-03",
            paragraphs=(
                (
                    "통상관리처는 갈륨과 게르마늄, 그리고 그 화합물 열한 "
                    "개 품목을 수출할 때 목적지와 관계없이 허가를 받"
                    "도록 하는 고시를 오늘 공포하였다."
                ),
                (
                    "고시는 팔월 일일부터 시행된다. 시행일 이전에 체결한 "
                    "계약도 예외가 아니지만, 그러한 계약에 관한 신청"
                    "은 먼저 심사하기로 하였다."
                ),
                (
                    "신청인은 최종 사용자와 용도를 밝히고 계약서 사본을 "
                    "제출하여야 한다. 지름 이백 밀리미터를 넘는 웨이퍼"
                    "는 수입국 당국의 증명서가 있어야 한다."
                ),
                (
                    "처장은 브리핑에서 “문을 닫자는 것이 아니라, 나라 밖으로 "
                    "나간 물자가 무엇이 되는지, 누가 쓰는지를 알"
                    "자는 것”이라고 말했다."
                ),
                (
                    "발광다이오드 업계에서는 재고가 길어야 팔 주 치에 불과하다는 "
                    "우려가 나온다. 통상관리처는 대부분의 신"
                    "청을 사십오 일 안에 처리할 계획이다."
                ),
            ),
        ),
        Article(
            title="삼 년 반 만에 수출관리 정책대화 열려",
            day="2019-12-16",
            paragraphs=(
                (
                    "양국 통상 당국 담당자들은 월요일 민감한 물자와 기술의 "
                    "수출을 어떻게 관리하고 있는지를 놓고 열 시간 "
                    "동안 의견을 나누었다."
                ),
                (
                    "이번 대화는 일곱 번째이며 이천십육년 유월 이후 처음이다. "
                    "양측은 각자의 제도와 운용을 설명하고 다음 "
                    "회의를 상대국 수도에서 열기로 하였다."
                ),
                (
                    "조치의 변경은 없었다. 수석대표는 세 품목에 대한 결정은 "
                    "의제가 아니었으며 정부가 스스로 판단할 사안이"
                    "라고 밝혔다."
                ),
                (
                    "일곱 시간으로 예정되었던 회의가 크게 길어진 것을 두고, "
                    "서로를 이해하려는 뜻이 드러난 것이라는 평가도 "
                    "나온다."
                ),
            ),
        ),
        Article(
            title="민원 창구 휴무 안내",
            day="2022-09-15",
            paragraphs=(
                "구월 십구일 월요일에는 허가 신청 창구를 운영하지 않습니다. "
                "전자 시스템을 통한 신청은 평소와 같이 접수합니다.",
            ),
        ),
    ),
)

SIMPLIFIED: Final = Tongue(
    furniture=Furniture(
        lang="zh-CN",
        charset="gb2312",
        site="对外贸易管理局",
        date="%Y-%m-%d",
        label="发布时间：",
        menu=("首页", "机构概况", "新闻发布", "政策法规", "统计数据", "办事指南", "互动交流", "联系我们"),
        teasers=(
            ("面向中小企业的说明会改为线上举行", "春季说明会下周开始报名，名额为二百人，先到先得。"),
            ("归类申请收费标准已更新", "新的收费标准分为三档，自公布之日起取代去年的标准。"),
            ("两家企业因无证出口泵类产品被处罚", "两家企业将缴纳罚款，并对员工进行合规培训。"),
            ("年度报告已提交审议", "报告显示，去年共受理申请一万四千二百件，其中百分之九十六获得许可。"),
        ),
        comments=(
            "我们每个星期都出口阀门，可是谁也说不清楚审批要多久，有没有人知道最新的消息？",
            "早就该管一管了，自由港每天出去那么多东西，谁知道最后到了什么人手里。",
            "报关行说网站上的表格还是旧的，我建议大家再等几天，不要急着提交申请。",
        ),
        cookies="本网站使用小型文本文件以保障网站正常运行并了解您的使用情况。您可以全部接受，也可以自行选择。",
        share=("分享到", "打印本页", "发送邮件", "微信"),
        related="相关新闻",
        advertisement="【广告】一站式贸易合规软件，覆盖整个供应链，现在预约即可免费试用！",
        footer="对外贸易管理局 版权所有 地址：海港路四号 电话：555-0100 网站标识码 使用条款 隐私声明 网站地图",
    ),
    articles=(
        Article(
            title="关于对镓、锗化合物实行出口许可管理的公告",
            day="2023-07-03",
            paragraphs=(
                "对外贸易管理局今日发布公告，决定对镓、锗及其十一种化合物实行出口许可管理，适用于所有目的国家和地区。",
                "公告自八月一日起施行。施行之前签订的合同不予豁免，但与此类合同有关的申请将优先办理。",
                (
                    "申请人应当说明最终用户和最终用途，并提交合同副本。"
                    "直径超过二百毫米的晶片，还须提交进口国主管机关出具"
                    "的证明。"
                ),
                "该局局长在发布会上表示：“这并不是把门关上，而是要弄清楚物资离境之后变成了什么，又是谁在使用。”",
                "发光二极管生产企业此前表示，现有库存最多只能维持八周。该局预计，大部分申请可以在四十五日内办结。",
            ),
        ),
        Article(
            title="时隔三年半再次举行出口管制政策对话",
            day="2019-12-16",
            paragraphs=(
                "两国贸易主管部门的官员周一举行了长达十个小时的会谈，就敏感物项和技术的出口管制制度交换了意见。",
                (
                    "这是第七次此类会谈，也是二〇一六年六月以来的第一次"
                    "。双方介绍了各自的制度和做法，并同意下一次在对方首"
                    "都举行。"
                ),
                "会谈没有取消任何措施。代表团团长表示，有关三种材料的决定不在会谈议题之内，将由本国政府自行作出。",
                "会谈原定七个小时，最后大大延长。分析人士认为，这至少说明双方都有意了解对方的想法。",
            ),
        ),
        Article(
            title="关于窗口暂停办公的通知",
            day="2022-09-15",
            paragraphs=("九月十九日（星期一）许可申请窗口暂停办公。通过电子系统提交的申请照常受理。",),
        ),
    ),
)

TRADITIONAL: Final = Tongue(
    furniture=Furniture(
        lang="zh-TW",
        charset="big5",
        site="貿易管理署",
        date="%Y/%m/%d",
        label="發布日期：",
        menu=("首頁", "關於本署", "新聞發布", "法規查詢", "統計資料", "申辦服務", "意見交流", "聯絡我們"),
        teasers=(
            ("中小企業說明會改為線上舉行", "春季說明會下週開始受理報名，名額二百人，額滿為止。"),
            ("鑑定申請收費標準更新", "新的收費標準分為三級，自公布日起取代去年的標準。"),
            ("兩家廠商擅自輸出幫浦遭處分", "兩家廠商將繳納罰鍰，並辦理員工教育訓練。"),
            ("年度報告送交審議", "報告指出，去年共受理一萬四千二百件申請，其中九成六獲得許可。"),
        ),
        comments=(
            "我們每個禮拜都出口閥門，可是沒有人說得清楚要等多久，有人知道最新的消息嗎？",
            "早就該好好管一管了，自由港每天運出去那麼多東西，誰曉得最後到了什麼人手上。",
            "報關行說網站上的表格還是舊的，建議大家再等幾天，不要急著送件。",
        ),
        cookies="本網站使用小型文字檔以維持網站運作並瞭解您的使用情形。您可以全部接受，也可以自行選擇。",
        share=("分享", "友善列印", "轉寄好友", "臉書"),
        related="相關新聞",
        advertisement="【廣告】貿易管理軟體一次到位，涵蓋整條供應鏈，立即預約免費試用！",
        footer="貿易管理署 地址：海港路四號 電話：555-0100 隱私權政策 網站安全政策 政府網站資料開放宣告",
    ),
    articles=(
        Article(
            title="鎵、鍺化合物輸出許可管理規定",
            day="2023-07-03",
            paragraphs=(
                "貿易管理署今日公告，鎵、鍺及其十一種化合物之輸出，不論目的地為何，均應事先取得許可。",
                "本規定自八月一日起施行。施行前已簽訂之契約亦不例外，惟與該等契約有關之申請將優先審查。",
                (
                    "申請人應敘明最終使用者及最終用途，並檢附契約影本。"
                    "直徑超過二百公釐之晶圓，另須檢附輸入國主管機關出具"
                    "之證明書。"
                ),
                "署長在記者會上說：「這不是要把門關上，而是要知道物資離開國境之後變成什麼、由誰使用。」",
                "發光二極體業者先前表示，現有庫存最多只能支應八週。該署預計大部分申請可在四十五日內核定。",
            ),
        ),
        Article(
            title="睽違三年半再度舉行輸出管制政策對話",
            day="2019-12-16",
            paragraphs=(
                "兩國貿易主管機關官員週一舉行長達十小時的會談，就敏感貨品與技術的輸出管制制度交換意見。",
                (
                    "這是第七次舉行類似會談，也是二〇一六年六月以來的第"
                    "一次。雙方說明各自的制度與運作方式，並同意下次在對"
                    "方首都舉行。"
                ),
                "會談並未解除任何措施。代表團團長表示，有關三項材料的決定不在議題之內，將由該國政府自行判斷。",
                "會談原訂七小時，最後大幅延長。分析人士認為，這至少顯示雙方都有意瞭解對方的想法。",
            ),
        ),
        Article(
            title="窗口暫停服務公告",
            day="2022-09-15",
            paragraphs=("九月十九日（星期一）許可申請窗口暫停服務。以電子系統送出之申請照常受理。",),
        ),
    ),
)
TONGUES: Final = (ENGLISH, JAPANESE, KOREAN, SIMPLIFIED, TRADITIONAL)
