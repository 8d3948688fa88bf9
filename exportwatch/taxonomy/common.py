"""Frequent words of five scripts: a label that is one of them, or sits inside one, would fire on any text.

Not a corpus: words that newspapers and notices use daily and in which names of goods are known to hide (소만 in 최소만,
銀 in 銀行).
"""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


COMMON: Final[dict[str, frozenset[str]]] = {
    "en": _words(
        """
        a about above access account act action add after again agency agent aim air all also and any are area
        arm army as ask at away back bad bag ball bank bar base bass be bear beat bed before big bill bit black
        block blood blue board boat body book both box break bring budget build bus but buy by call camp can
        cap car card care case cast cat cause cell center chain chair chance change charge chip city claim
        class clean clear close coat code cold come company cook cool copy core cost count country course court
        cover crane cross cup current cut dam data date day deal dear deck deep desk die do dog door down draw
        drill drive drop dry duck due each ear east easy eat edge egg end engine even ever eye face fact fair
        fall fan far farm fast fat field file film find fine fire firm fish fit flag flat floor flow fly food
        foot for force form free frog from fuel full fun game gas gear get gift give glass go goal god gold
        good green ground group grow guard guide gun hair half hall hand hard hat have he head hear heart heat
        help hen here high hip hold hole home hope horse hot hour house how ice idea in iron is it item job
        join jump keep key kind king know lab lake land last late law lay lead leaf left leg let level lie life
        light like line link lip list live load lock log long look lot low luck main make man map mark mask
        match may meal mean meat men metal might mile milk mill mind mine miss mix model moon more most move
        mud must name near neck need net new next night no north nose not note now nut of off oil old on one
        open or order our out over own page pan paper park part pass past path pay pen people pipe place plan
        plane plant plate play point pool poor port post pot power press price pump push put race rail rain
        range rate raw ray reach read real red resist rest rice rich ride right ring rise river road rock role
        roll roof room root rope row rule run sail salt same sand save saw say scale sea seat see seed sell
        send set shape share sharp she sheet shell ship shoe shop short show side sign silk sing site size skin
        sky slow small snow so soft soil some song soon sort south space spot spring square staff stage star
        start state stay steam step stick stock stone stop store storm story strange stream street strong such
        sun sure swim table tail take talk tank tape task tea team tell ten term test text than that the then
        they thin thing think this time tin tip to tool top touch town track trade train tree trip true try
        tube turn two type unit up us use value van very view visit wait walk wall want war warm wash watch
        water wave way we wear week well west wet what wheel when while white who wide will win wind wine wing
        wire wise with wood word work world would year yes yet you
        """
    ),
    "ja": _words(
        """
        お米 インターネット オリンピック ゲルマン民族 コーヒー サービス システム スカンジナビア スポーツ選手
        スーパー センター ソフトクリーム データ ニュース マスクメロン メーカー ライダーキック ライダースーツ
        ランタン祭り 一億円 世界的 亜鉛筆 京都 今後 以上 以下 会社員 全体 十分 午前中 午後 参加 可能性 商品券
        問題 国際社会 場合 塩分 大統領 大阪府 実施 対応 年度末 影響 必要 技術者 政府関係者 材料費 東京都
        株式市場 検討 水銀 状況 発表 百万円 研究者 米軍 経済成長 自分 製品版 記者会見 貿易収支 貿易赤字 輸出先
        輸出入 輸出額 部分 金属 鉄道 鉛筆 銀行 銅像 錫杖 開催 開発者 関係 食塩水 首相官邸
        """
    ),
    "ko": _words(
        """
        가 가나다 가나안 가능성 강철수 개최 검토 게르만족 경우 경제성장 과 관계 구리시 구성요소 국회의원 규소리
        기자회견 납기 납득 납부 납세 네온사인 는 대구리 대응 대통령 도 라이더스 를 마스크팩 만 매매 무기력
        무기명 무기물 무기질 무기징역 무기한 문제 미소만 발표 붕소리 비소설 비소식 사람 사린다 사소만 산소리
        살린다 상황 선반영 선반입 소나기 소나무 소나티네 수소문 실시 앞으로 에 연구소 염소고기 염소자리 영향
        오만 오만한 오전 오후 와 요르단체 요소요소 유기한 은 은퇴 은행 은혜 을 의 이 이란다 이란성 이상
        이하 인구 인물 인사 인정 인천 장소만 전체 정부 주석궁 주석서 주식시장 주요소식 중요소 지르코 질소리
        참가 철도 철수 철저 철학 최소만 취소만 필요 한반도 한반도체 함정수사
        """
    ),
    "zh-Hans": _words(
        """
        上午 下午 世界 举行 人员 人民币 今后 他们 以上 以下 全体 公司 关系 出口商 出口处 出口额 参加 发布 可能
        国际社会 安全出口 实施 应对 影响 总统 情况 我们 政府 氢气 氧气 氮肥 水银 登录密码 研究 砷化 硅谷 硒鼓
        硫磺 硼砂 碘酒 碳中和 碳排放 经济增长 美元 股票市场 记者会 贸易逆差 输入密码 进出口 金属 钛媒体 钴蓝
        钻石 铁路 铂金 铅笔 铜像 铝箔 银行 锂电 锌片 锡箔 镁光 问题 需要
        """
    ),
    "zh-Hant": _words(
        """
        上午 下午 世界 人員 今後 他們 以上 以下 全體 公司 出口商 出口額 參加 可能 問題 因應 國際社會 安全出口
        實施 影響 情況 我們 政府 新臺幣 氧氣 氫氣 氮肥 水銀 登入密碼 發布 矽谷 研究 硒鼓 硫磺 硼砂 碘酒 碳中和
        碳排放 經濟成長 總統 美元 股票市場 舉行 記者會 貿易逆差 進出口 金屬 鉑金 鉛筆 銀行 銅像 鋁箔 鋰電 錫箔
        鐵路 鑽石 關係 需要
        """
    ),
}
"""By language, lower case."""

ACRONYMS: Final = _words(
    """
    AC AI AM AP API ATM BA BC CD CEO CV DC DM DNA EL EM EQ ER FM GM GP HD HP HR IC ID IE IP IQ IR IT IV KG KM
    LA LCD LED LG LP MA MB MC MD MG ML MM MP MT NC NY OK OS PC PDF PM PR PS RE RF SD SK SM ST TV UI USB VAT VIP
    WC WEB
    """
)
"""Capitals with an everyday meaning; labels in these need a guard."""
