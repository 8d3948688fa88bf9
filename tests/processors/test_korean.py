"""Korean as ministries, newspapers, courts and petitioners write it: who controls what against whom."""

from __future__ import annotations

from typing import Final, NamedTuple

import pytest

from tests.documents import claims

ANY: Final = "?"


class Case(NamedTuple):
    title: str
    text: str
    actions: str
    """What is claimed is among these, and something is; nothing where empty."""
    implementing: str
    affected: str


TIGHTEN: Final = [
    Case("", "미국은 엔비디아의 AI 칩 H20을 중국에 팔려면 허가를 받으라고 통보했다.", "tighten license", "US", "CN"),
    Case("", "네덜란드 정부는 ASML의 심자외선 노광장비 수출에 허가 의무를 새로 부과했다.", "tighten", "NL", ""),
    Case("", "중국 상무부는 희토류 7종에 대한 수출통제를 즉시 시행한다고 공고했다.", "tighten", "CN", ""),
    Case("", "정부가 러시아·벨라루스에 대한 상황허가 품목을 682개 늘렸다.", "tighten", "KR", "RU BY"),
    Case("", "대만은 화웨이와 SMIC에 물품을 보내려면 당국의 승인을 받도록 했다.", "tighten list", "TW", ""),
    Case("", "유럽연합이 러시아로 흘러들 수 있는 공작기계의 튀르키예 수출을 제한하기로 했다.", "tighten", "EU", ANY),
    Case("", "산업부는 양자컴퓨터와 극저온 냉각장치를 전략물자 수출입고시에 새로 넣었다.", "tighten list", "KR", ""),
    Case("", "캐나다는 이란으로 가는 무인기 엔진의 반출 허가를 모두 정지했다.", "tighten license", "CA", "IR"),
    Case("", "미국이 반도체 설계 소프트웨어의 대중 공급을 끊었다.", "tighten", "US", "CN"),
    Case("", "스위스는 러시아행 이중용도 물품의 예외 조항을 없앴다.", "tighten", "CH", "RU"),
    Case("", "중국은 흑연을 한국으로 내보낼 때 정부 허가를 거치도록 했다.", "tighten license", "CN", "KR"),
    Case("", "영국은 이스라엘로 가는 무기 부품의 수출 면허 30건을 중단했다.", "tighten license", "GB", "IL"),
    Case("", "호주는 미얀마에 이중용도 품목을 파는 것을 전면 금지한다고 발표했다.", "tighten", "AU", "MM"),
    Case("", "독일 정부가 양자기술 수출에 허가제를 들여왔다.", "tighten", "DE", ""),
    Case(
        "", "미 상무부가 중국의 슈퍼컴퓨터 개발을 막기 위해 첨단 칩 수출을 옥죄는 규정을 내놨다.", "tighten", "US", "CN"
    ),
    Case("", "러시아는 네온 등 희귀가스를 비우호국에 팔지 못하게 했다.", "tighten", "RU", ""),
    Case("", "한국은 일본을 전략물자 수출 우대국에서 내리기로 했다.", "delist tighten", "KR", "JP"),
    Case("", "중국이 미국을 겨냥해 안티모니 수출을 끊었다.", "tighten", "CN", "US"),
    Case("", "우리 정부도 대러 수출통제에 동참해 전략물자 수출을 차단하기로 했다.", "tighten", "KR", "RU"),
    Case('日 "4일부터 韓 반도체 소재 수출 규제"', "", "tighten", "JP", "KR"),
    Case("美, 中 반도체 기업에 장비 공급 끊는다", "", "tighten", "US", "CN"),
    Case("중국, 갈륨·게르마늄 수출통제…美에 맞불", "", "tighten", "CN", ANY),
    Case("네덜란드, 반도체 장비 수출규제 美에 동참", "", "tighten", "NL", ANY),
    Case("日정부, 반도체 장비 23종 수출규제 발표", "", "tighten", "JP", ""),
    Case("'반도체 코리아' 정조준한 일본…불화수소 수출 막았다", "", "tighten", "JP", ANY),
    Case("美상무부, 화웨이에 반도체 공급 원천 차단", "", "tighten", "US", ANY),
    Case("바이든, 대중 AI칩 수출 더 죈다", "", "tighten", ANY, "CN"),
    Case("일본, 이르면 8월 한국 화이트리스트서 제외", "", "delist tighten", "JP", "KR"),
    Case("中, 배터리 양극재 기술 수출 통제 나섰다", "", "tighten", "CN", ""),
    Case("대러 수출통제 품목 1402개로 늘어", "", "tighten", ANY, "RU"),
    Case(
        "",
        "일본이 플루오린 폴리이미드를 포함한 세 품목의 대한국 수출 관리를 7월 4일부터 까다롭게 운용한다.",
        "tighten",
        "JP",
        "KR",
    ),
    Case("", "한국 정부는 대러시아 수출 제한 품목에 중장비와 배터리를 더했다.", "tighten", "KR", "RU"),
    Case("", "중국은 12월 1일부터 흑연 음극재를 내보내는 업체에 수출 허가를 받게 했다.", "tighten", "CN", ""),
    Case(
        "", "미국은 중국 반도체 공장에 쓰이는 장비와 인력 지원을 끊는 수출통제 규정을 시행했다.", "tighten", "US", "CN"
    ),
    Case("", "미국 정부가 엔비디아에 중국용 AI 반도체의 출하를 멈추라고 지시했다.", "tighten", "US", "CN"),
    Case("", "대만 경제부는 남아프리카공화국으로 나가는 칩에 사전 승인 의무를 지웠다.", "tighten", "TW", "ZA"),
    Case("", "체코가 벨라루스로 향하는 공작기계 부품의 통관을 막았다.", "tighten", "CZ", "BY"),
    Case("", "중국이 일본 기업에 대한 희토류 자석 공급을 사실상 멈춰 세웠다.", "tighten", "CN", "JP"),
    Case("정부, 대러 수출통제 품목에 1159개 추가", "", "tighten list", "KR", "RU"),
    Case("美, 中에 반도체 장비 못 판다…전방위 봉쇄", "", "tighten", "US", "CN"),
]
EASE: Final = [
    Case("", "일본 경제산업성은 한국을 수출무역관리령의 그룹A 국가로 다시 지정했다.", "ease list", "JP", "KR"),
    Case(
        "", "미 상무부는 한국 기업이 중국 공장에 들이는 장비에 대한 통제를 1년 더 미뤄주기로 했다.", "ease", "US", "CN"
    ),
    Case("", "중국은 요소의 한국 수출을 재개했다.", "ease", "CN", "KR"),
    Case("", "미국이 H20의 중국 판매를 다시 허용했다.", "ease", "US", "CN"),
    Case(
        "", "산업부는 일본을 다시 '가' 지역에 넣는 전략물자 수출입고시 개정안을 행정예고했다.", "ease list", "KR", "JP"
    ),
    Case("", "정부는 방산물자 수출허가 절차를 간소화했다.", "ease", "KR", ""),
    Case("", "중국 정부가 미국에 대한 희토류 수출통제 조치를 1년간 중단한다고 발표했다.", "ease", "CN", "US"),
    Case("", "일본 정부는 반도체 소재 3개 품목의 한국 수출규제를 해제했다.", "ease", "JP", "KR"),
    Case("", "일본이 불화수소 수출규제를 풀고 한국도 WTO 제소를 거둬들였다.", "ease", "JP", ANY),
    Case("", "미국은 시리아에 대한 민수용 물자 수출 제한을 대폭 누그러뜨렸다.", "ease", "US", "SY"),
    Case("日, 韓 화이트리스트 복귀 결정…4년 만에", "", "ease", "JP", "KR"),
    Case("美, 삼성·SK 중국 공장 장비 반입 무기한 유예", "", "ease", "US", "CN"),
    Case("中, 한국 기업에 희토류 수출 승인", "", "license ease", "CN", "KR"),
    Case("", "일본 정부는 각의를 열어 한국을 백색국가로 되돌리는 정령 개정을 의결했다.", "ease", "JP", "KR"),
    Case("", "중국이 갈륨 등의 대미 수출 빗장을 1년 동안 풀었다.", "ease", "CN", "US"),
    Case("", "정부는 미국과 영국에 대한 방산물자 수출 심사 서류를 줄인다.", "ease", "KR", "US GB"),
]
LIST: Final = [
    Case(
        "",
        "미국 상무부가 창신메모리를 비롯한 중국 업체 140곳을 거래제한 명단(Entity List)에 추가했다.",
        "list",
        "US",
        "CN",
    ),
    Case("", "중국 상무부는 미국 방산업체 16곳을 수출통제 관리 명단에 넣었다.", "list", "CN", "US"),
    Case("", "일본은 외국 사용자 리스트에 파키스탄 단체 등 42곳을 새로 올렸다.", "list", "JP", "PK"),
    Case("", "산업통상자원부는 북한 국적자 1명을 우려거래자로 지정했다.", "list", "KR", "KP"),
    Case("美, 中기업 33곳 '미검증 리스트'에 올려", "", "list", "US", "CN"),
    Case("美 상무부, 中 YMTC 등 36개 기업 블랙리스트 지정", "", "list", "US", "CN"),
    Case("", "미 상무부는 화웨이와 계열사 68곳의 이름을 블랙리스트에 올렸다.", "list", "US", ANY),
    Case("", "정부가 북한 미사일 개발에 관여한 홍콩 법인을 우려거래자에 넣었다.", "list", "KR", ANY),
]
DELIST: Final = [
    Case("", "미국은 중국 우시바이오를 미검증 명단에서 뺐다.", "delist", "US", "CN"),
    Case("", "일본이 한국을 화이트리스트에서 배제하는 정령을 각의에서 의결했다.", "delist tighten", "JP", "KR"),
    Case("", "한국이 일본의 백색국가 명단에서 빠졌다.", "delist tighten", "JP", "KR"),
    Case("", "미 상무부는 러시아 대학 한 곳을 거래제한 명단에서 지웠다.", "delist", "US", "RU"),
    Case("", "미국이 중국 기관 27곳을 미검증 명단에서 걷어냈다.", "delist", "US", "CN"),
    Case("", "정부는 일본을 전략물자 수출 우대국에서 한 단계 낮췄다.", "delist tighten", "KR", "JP"),
]
LICENSE: Final = [
    Case("", "전략물자를 수출하려는 자는 산업통상자원부 장관의 허가를 받아야 한다.", "license", "KR", ""),
    Case("", "미국은 퀄컴에 화웨이용 칩 판매 면허를 내줬다.", "license", "US", ANY),
    Case("", "중국 상무부가 일부 희토류 수출 신청을 승인했다고 밝혔다.", "license", "CN", ""),
    Case("", "국가핵심기술을 해외로 이전하려면 산업부 장관의 승인을 얻어야 한다.", "license", "KR", ""),
    Case("", "미국은 인텔의 화웨이 대상 수출 면허를 취소했다.", "license", "US", ANY),
    Case("", "일본 정부가 에칭가스의 한국 수출을 두 번째로 승인했다.", "license", "JP", "KR"),
    Case("", "방위사업청이 우크라이나행 포탄의 수출 승인을 내주지 않았다.", "license", "KR", "UA"),
    Case("", "일본은 액체 불화수소의 수출 신청을 돌려보냈다.", "license", "JP", ""),
    Case("", "산업부는 국가핵심기술인 디스플레이 기술의 수출을 불승인했다.", "license", "KR", ""),
    Case("", "네덜란드가 ASML의 대중 수출 면허를 일부 취소했다.", "license tighten", "NL", "CN"),
    Case("", "산업통상부 장관은 전략물자 수출허가에 조건을 붙일 수 있다.", "license", "KR", ""),
]
ENFORCE: Final = [
    Case("", "미 법무부는 엔비디아 칩을 중국으로 빼돌린 일당을 기소했다.", "enforce", "US", "CN"),
    Case("", "부산세관은 이란행 화물에서 진공펌프 12대를 적발했다.", "enforce", "KR", "IR"),
    Case("", "대구지법은 허가 없이 공작기계를 러시아에 수출한 업체 대표에게 징역형을 선고했다.", "enforce", "KR", "RU"),
    Case("", "일본 경찰은 분무건조기를 중국에 불법 수출한 혐의로 회사 사장을 체포했다.", "enforce", "JP", "CN"),
    Case("", "경찰청은 국가핵심기술을 중국에 넘긴 연구원 5명을 검찰에 송치했다.", "enforce", "KR", "CN"),
    Case("", "전략물자를 허가 없이 수출한 자는 7년 이하의 징역에 처한다.", "enforce license", "KR", ""),
    Case("", "미 상무부는 화웨이에 하드디스크를 공급한 업체에 3억 달러의 과징금을 물렸다.", "enforce", "US", ANY),
    Case("", "울산세관은 러시아로 중장비를 빼돌린 수출업자를 붙잡았다.", "enforce", "KR", "RU"),
    Case("", "검찰은 반도체 세정장비 도면을 중국에 넘긴 일당 7명을 재판에 넘겼다.", "enforce", "KR", "CN"),
    Case("", "산업부는 전략물자 판정을 받지 않고 수출한 업체에 교육 명령을 내렸다.", "enforce", "KR", ""),
]
INVESTIGATE: Final = [
    Case("", "미 상무부는 엔비디아 칩이 싱가포르를 거쳐 중국에 들어갔는지 조사하고 있다.", "investigate", "US", "CN"),
    Case(
        "",
        "관세청은 러시아 우회수출 실태를 집중 단속하기 위해 전담 조사팀을 꾸려 조사에 나섰다.",
        "investigate enforce",
        "KR",
        "RU",
    ),
    Case("", "대만 검찰은 화웨이에 부품을 공급한 업체를 압수수색했다.", "investigate enforce", "TW", ANY),
]
DIALOGUE: Final = [
    Case("", "한미 양국은 서울에서 수출통제 협력 회의를 열었다.", "dialogue", ANY, ""),
    Case("", "산업부는 EU 집행위원회와 대러시아 수출통제 공조를 협의했다.", "dialogue", ANY, "RU"),
    Case("", "한일 국장급 수출관리 정책대화가 3년 만에 재개됐다.", "dialogue", "JP", "KR"),
    Case("", "한국과 네덜란드는 반도체 장비 수출통제를 두고 고위급 대화를 했다.", "dialogue", ANY, ""),
    Case("", "한일 통상 당국 국장들이 3년 만에 수출관리를 주제로 머리를 맞댔다.", "dialogue", "JP", "KR"),
    Case("", "한국은 바세나르체제 총회에서 신기술 수출통제 공조를 제안했다.", "dialogue", ANY, ""),
]
COMPLAINT: Final = [
    Case("", "정부는 일본의 수출규제를 WTO 분쟁해결 절차에 회부했다.", "complaint", "JP", "KR"),
    Case("", "산업부 장관은 일본에 백색국가 제외 방침을 거둬들이라고 촉구했다.", "complaint", "JP", "KR"),
    Case("", "중국 외교부 대변인은 미국이 수출통제를 남용하고 있다고 비난했다.", "complaint", "US", "CN"),
    Case("", "한국무역협회는 일본이 수출규제를 즉각 철회해야 한다는 성명을 냈다.", "complaint", "JP", "KR"),
    Case("", "중국은 일본의 반도체 장비 수출규제에 강력히 반대한다고 밝혔다.", "complaint", "JP", "CN"),
    Case("", "러시아 외무부는 한국의 수출통제 확대에 유감을 표했다.", "complaint", "KR", "RU"),
    Case('中 "美 수출통제 단호히 반대…필요한 조치 취할 것"', "", "complaint", "US", "CN"),
    Case("한국, 日 수출규제 WTO 제소", "", "complaint", "JP", "KR"),
    Case("정부, 日에 화이트리스트 제외 철회 촉구", "", "complaint", "JP", "KR"),
    Case("", "정부는 일본의 3개 품목 수출제한을 세계무역기구에 다시 제소하기로 했다.", "complaint", "JP", "KR"),
    Case("", "외교부 1차관은 주한 일본대사에게 백색국가 제외는 받아들일 수 없다고 항의했다.", "complaint", "JP", "KR"),
    Case("", "국회는 일본의 수출규제를 규탄하는 결의안을 채택했다.", "complaint", "JP", "KR"),
    Case("", '중국 상무부는 "미국이 국가안보를 핑계로 수출통제를 남발한다"고 맞받았다.', "complaint", "US", "CN"),
]
GUIDANCE: Final = [
    Case("", "무역안보관리원은 반도체 장비 수출통제 안내서를 개정해 배포했다.", "guidance", "KR", ""),
    Case("", "관세청은 전략물자 해당 여부를 확인하는 방법을 담은 안내문을 홈페이지에 올렸다.", "guidance", "KR", ""),
    Case("", "산업부는 기술수출 담당자를 위한 전략기술 길잡이를 펴냈다.", "guidance", "KR", ""),
    Case("", "무역안보관리원이 중소기업의 전략물자 판정을 무료로 돕는다.", "guidance", "KR", ""),
]
REPORT: Final = [
    Case("", "산업부는 지난해 전략물자 수출허가 건수가 1만2천 건이라는 연차보고서를 냈다.", "report", "KR", ""),
    Case("", "한국은행은 중국의 희토류 수출통제가 국내 산업에 미칠 영향을 분석한 보고서를 냈다.", "report", "CN", "KR"),
    Case("", "국회입법조사처는 미국의 대중 반도체 수출통제를 다룬 보고서를 발간했다.", "report", "US", "CN"),
    Case("", "산업부는 2023년 전략물자 수출허가가 1만 1천 건으로 전년보다 늘었다고 밝혔다.", "report", "KR", ""),
    Case("", "감사원은 전략물자 관리 실태 감사 결과를 내놓았다.", "report", "KR", ""),
]
NONE: Final = [
    Case("", "일본은 한국에 대한 수출규제를 해제할 계획이 없다고 밝혔다.", "", "JP", "KR"),
    Case("", "중국 상무부는 희토류 수출을 전면 금지했다는 보도를 부인했다.", "", "CN", ""),
    Case("", "정부는 일본을 백색국가에서 제외하는 방안을 검토한 바 없다고 선을 그었다.", "", "KR", "JP"),
    Case("", "시민단체는 정부에 러시아 무기 부품 수출을 막으라고 요구했다.", "", ANY, "RU"),
    Case("", "미국이 수출통제를 강화할 경우 국내 반도체 업계는 타격이 불가피하다.", "", "US", ANY),
    Case("", "미국이 반도체 장비의 대중 수출을 추가로 제한할 수 있다는 우려가 나온다.", "", "US", "CN"),
    Case("", "일본 관방장관은 수출규제 철회 여부에 대해 언급을 피했다.", "", "JP", ""),
    Case(
        "",
        "미국이 한국에 대중 반도체 수출통제 동참을 요구했다는 보도에 대해 산업부는 요청받은 바 없다고 밝혔다.",
        "",
        ANY,
        ANY,
    ),
    Case("", "중국이 희토류 수출을 막으면 국내 전기차 공장은 멈춰 설 수밖에 없다.", "", "CN", ANY),
    Case("", "정부는 일본에 대한 맞대응 수출규제는 고려하지 않는다고 했다.", "", ANY, ANY),
    Case("대중 반도체 규제, 어디까지 갈까", "", ANY, ANY, "CN"),
]
PLAN: Final = [
    Case("", "정부는 국가핵심기술 수출 심사를 강화하는 산업기술보호법 개정을 추진한다.", "tighten", "KR", ""),
    Case("", "미국 행정부가 중국에 대한 AI 칩 수출을 추가로 제한하는 방안을 저울질하고 있다.", "tighten", "US", "CN"),
    Case("", "일본 정부는 양자컴퓨터를 수출규제 대상에 넣는 방안을 검토 중이다.", "tighten", "JP", ""),
    Case(
        "", "국회 산자위는 전략물자 불법수출의 벌금을 올리는 대외무역법 개정안을 심사한다.", "tighten enforce", "KR", ""
    ),
    Case("", "EU 집행위원회는 러시아로의 첨단 기술 이전을 막는 방안을 제안했다.", "tighten", "EU", "RU"),
]
SIDES: Final = [
    Case("", "미국은 한국을 제외한 중국 등 20여 개국에 대한 첨단 칩 수출을 통제한다.", "tighten", "US", "CN"),
    Case(
        "", "일본이 8월 28일 한국을 백색국가에서 제외했고, 한국은 9월 18일 일본을 제외했다.", "delist tighten", ANY, ANY
    ),
    Case("", "우리나라를 화이트리스트에서 뺀 일본의 경제보복을 규탄합니다.", "complaint tighten", "JP", "KR"),
    Case("", "일본의 경제보복으로 우리 중소기업이 큰 피해를 보고 있습니다.", "tighten", "JP", "KR"),
    Case("", "한국은 일본에 불화수소 수출 허가제를 철회할 것을 요구했다.", "complaint", "JP", "KR"),
    Case(
        "", "중국 정부는 네덜란드에 노광장비 수출 제한을 풀어 달라고 요청하고 유감을 표했다.", "complaint", "NL", "CN"
    ),
    Case("", "국회의원들은 주한 일본대사관을 항의 방문해 수출규제를 거두라고 따졌다.", "complaint", "JP", ANY),
    Case("", "영국은 대인도네시아 이중용도 품목 수출 심사를 강화했다.", "tighten", "GB", "ID"),
    Case("", "관세청은 최종 수요국이 이란인 진공펌프의 수출을 금지했다.", "tighten enforce", "KR", "IR"),
    Case("", "스위스는 목적지가 시리아인 화학물질의 수출 허가를 취소했다.", "license tighten", "CH", "SY"),
]
HEADLINES: Final = [
    Case("삼성·하이닉스 中공장 장비 반입, 건별 허가로 바뀐다", "", "tighten license", ANY, "CN"),
    Case("수출규제 4년 만에 완전 해제…韓日 화이트리스트 원상복구", "", "ease", ANY, ANY),
    Case("소부장 수출규제 3년…일본 의존도 줄었다", "", ANY, ANY, ANY),
    Case("화웨이에 반도체 못 판다…삼성·하이닉스 거래 중단", "", "tighten", ANY, ANY),
    Case("미국 반도체 규제에 中 YMTC 감원", "", ANY, ANY, ANY),
    Case('ASML CEO "중국 수출 제한, 역효과 낼 것"', "", ANY, ANY, ANY),
    Case("日 불화수소 수출 첫 허가", "", "license", "JP", ANY),
    Case("반도체 소재 수출 막은 일본, 왜?", "", ANY, ANY, ANY),
    Case('정부 "日 수출규제 WTO 제소 절차 재개"', "", "complaint", "JP", "KR"),
    Case('아베 "한국, 약속 지켜야"…백색국가 제외 수순', "", ANY, ANY, ANY),
    Case('中 "갈륨 수출통제, 특정 국가 겨냥 아냐"', "", ANY, "CN", ""),
    Case("SMIC, 美 블랙리스트에…반도체 굴기 제동", "", "list", "US", ANY),
    Case("네덜란드·일본, 美 대중 반도체 제재 동참 합의", "", "tighten dialogue", ANY, "CN"),
    Case("美, 對中 반도체 장비 수출규제 한국 기업 1년 유예", "", "ease", "US", "CN"),
    Case("삼성·SK, 중국 공장 美장비 반입 한숨 돌렸다", "", ANY, ANY, ANY),
    Case("美, 엔비디아 A100·H100 中 수출 금지", "", "tighten", "US", "CN"),
    Case("日, 수출규제 3품목 중 포토레지스트 첫 수출허가", "", "license", "JP", ANY),
    Case("화이트리스트 배제 D-1…산업계 초긴장", "", ANY, ANY, ANY),
    Case("화이트리스트 한국 제외 오늘 시행", "", "delist tighten", ANY, "KR"),
    Case("日 각의, 한국 백색국가 제외 의결", "", "delist tighten", "JP", "KR"),
    Case('"화웨이와 거래 말라"…美, 동맹국 압박', "", ANY, ANY, ANY),
    Case("화웨이 제재 1년…삼성 반도체 영향은", "", ANY, ANY, ANY),
    Case("日 수출규제에 삼성 비상경영", "", ANY, "JP", ANY),
    Case("일본 수출규제 대응 소부장 예산 2조", "", ANY, "JP", ANY),
    Case("미, 중국 슈퍼컴퓨터 업체 7곳 블랙리스트", "", "list", "US", "CN"),
    Case("中 희토류 수출통제에 車업계 비상", "", ANY, "CN", ANY),
    Case("중국, 반도체 핵심 원료 갈륨 8월부터 수출 통제", "", "tighten", "CN", ""),
    Case("네덜란드 ASML 장비 중국 수출 막는다", "", "tighten", "NL", "CN"),
    Case('일본도 반도체 장비 수출규제…중국 "강력 반발"', "", "tighten complaint", "JP", "CN"),
    Case('美 상무장관 "첨단칩 中 수출 계속 막을 것"', "", "tighten", "US", "CN"),
    Case('韓 정부 "美 반도체 장비규제 유예 연장 협의"', "", ANY, ANY, ANY),
    Case("한·미, 반도체 수출통제 실무협의", "", "dialogue", ANY, ANY),
    Case("러 침공에 美 대러 반도체 수출 제재", "", "tighten", "US", "RU"),
    Case("정부, 대러 전략물자 수출 차단", "", "tighten", "KR", "RU"),
    Case("한국, FDPR 면제국 포함", "", "ease list", ANY, ANY),
    Case("엔비디아, 中 전용 저사양칩 출시…美 규제 우회", "", ANY, ANY, ANY),
    Case("SMIC에 반도체 장비 수출 허가 미룬 美", "", ANY, "US", ANY),
    Case('마이크론 "화웨이 공급 중단"', "", ANY, ANY, ANY),
    Case("대만 TSMC, 화웨이 신규 수주 중단", "", ANY, ANY, ANY),
    Case("日기업도 한국 수출규제에 한숨", "", ANY, ANY, ANY),
    Case("WTO 패널, 日 수출규제 심리 착수", "", ANY, "JP", ANY),
    Case("아베 경제보복에 반도체株 출렁", "", ANY, ANY, ANY),
    Case("반도체 '급소' 찌른 日…3개 품목 수출 제한", "", "tighten", "JP", ""),
    Case("'전략물자 밀반출' 日주장에 정부 \"근거 없다\"", "", ANY, ANY, ANY),
    Case("전략물자 불법수출 5년간 156건 적발", "", "enforce", ANY, ANY),
    Case("하이닉스 우시공장 EUV 반입 무산되나", "", ANY, ANY, ANY),
    Case("中, 한국에 희토류 수출 허가 첫 승인", "", "license ease", "CN", "KR"),
    Case('"中 군사용 AI칩 차단"…美 새 수출통제 발표', "", "tighten", "US", "CN"),
]
KINDS: Final = [
    Case("", "기술을 국외로 이전하려는 자는 미리 산업통상자원부 장관의 허가를 받아야 한다.", "license", "KR", ""),
    Case("", "거짓으로 전략물자 수입목적확인서를 발급받은 업체가 고발됐다.", "enforce", ANY, ANY),
    Case(
        "",
        "일본은 오는 28일 시행되는 개정 수출무역관리령에 따라 한국을 그룹 B로 옮긴다.",
        "delist tighten list",
        "JP",
        "KR",
    ),
    Case("", "불화수소(CAS 7664-39-3)를 시리아로 보내려면 사전 허가가 있어야 한다.", "license tighten", ANY, "SY"),
    Case("", "통제번호 3B001에 해당하는 장비는 수출 전에 산업부 승인을 거쳐야 한다.", "license tighten", "KR", ""),
    Case(
        "", "중국 상무부 2025년 제18호 공고에 따라 디스프로슘 수출에 허가증이 필요해졌다.", "tighten license", "CN", ""
    ),
    Case(
        "",
        "산업부는 최종사용자 확인서를 위조해 열화상 카메라를 내보낸 업체의 수출을 1년간 금지했다.",
        "enforce tighten",
        "KR",
        "",
    ),
    Case("", "대법원은 무허가로 방탄소재를 수출한 무역상의 유죄를 확정했다.", "enforce", "KR", ""),
    Case("", "한국 정부는 미국의 해외직접생산품규칙(FDPR) 적용을 면제받았다.", "ease", "US", ANY),
    Case("", "미국은 한국을 FDPR 면제 국가에 포함했다.", "ease list", "US", ANY),
    Case("", "영국 정부는 튀르키예로의 무기 부품 수출 면허 발급을 재개했다.", "ease license", "GB", "TR"),
    Case(
        "",
        "러시아에 이중용도 부품을 넘긴 국내 중소기업 두 곳이 미국 재무부와 상무부의 명단에 올랐다.",
        "list",
        "US",
        ANY,
    ),
    Case("", "중국 세관은 허가 없이 안티모니를 반출하려던 컨테이너를 압류했다.", "enforce", "CN", ""),
    Case("", "네덜란드 경찰은 러시아에 칩 기술을 넘긴 전 ASML 직원을 체포했다.", "enforce", "NL", "RU"),
    Case("", "산업부는 반도체 공정 기술을 중국에 빼돌린 의혹이 제기된 업체를 조사 중이다.", "investigate", "KR", "CN"),
    Case("", "한국과 EU는 이중용도 물자 통제에 관한 작업반을 설치하기로 합의했다.", "dialogue", ANY, ANY),
    Case("", "일본 경제산업상은 이번 조치가 수출관리의 운용을 바로잡은 것일 뿐 금수가 아니라고 말했다.", "", "JP", ANY),
    Case(
        "", "정부가 반도체 장비의 대중 수출을 통제하기로 했다는 소문은 사실무근이라고 산업부가 해명했다.", "", ANY, "CN"
    ),
    Case("", "일본의 불화수소 수출 제한에 맞서 국산 소재를 쓰자는 청원이 올라왔다.", ANY, "JP", ANY),
    Case("", "전략물자 수출입고시 별표 2의 통제번호 가운데 5A002를 고쳤다.", ANY, "KR", ""),
    Case("", "방위사업청은 무기 수출 허가 때 인권 침해 우려를 심사하도록 훈령을 고쳤다.", "tighten license", "KR", ""),
    Case("", "정부는 이란에 대한 이중용도 품목 수출을 막는 유엔 결의 이행을 고시했다.", "tighten", "KR", "IR"),
    Case("", "일본 정부는 한국의 수출관리 체제가 미흡하다고 주장했다.", "", ANY, ANY),
    Case("", "삼성전자는 미국 정부로부터 중국 공장용 장비 수출 승인을 받았다.", "license ease", "US", "CN"),
    Case("", "엔비디아는 미국의 허가를 받아 H20 칩을 중국에 다시 공급한다.", "ease license", "US", "CN"),
    Case("", "중국산 희토류에 대한 우리 기업의 수출허가 신청을 중국 당국이 반려했다.", "license", "CN", ANY),
    Case("", "독일은 사우디아라비아에 대한 무기 수출 금지를 풀기로 했다.", "ease", "DE", "SA"),
    Case(
        "",
        "대만 정부가 대중 반도체 기술 유출을 막으려 핵심기술 목록을 공개하고 수출 심사를 강화했다.",
        "tighten list",
        "TW",
        "CN",
    ),
    Case("", "산업부는 이라크로 수출하려던 화학물질에 대해 상황허가를 내주지 않았다.", "license", "KR", "IQ"),
    Case("", "미국은 인도를 전략무역허가(STA-1) 국가로 올려 수출 허가를 면제했다.", "ease list", "US", "IN"),
    Case(
        "",
        "관세청은 러시아행 전자부품 2천여 점의 통관을 보류하고 업체를 조사하고 있다.",
        "investigate enforce",
        "KR",
        "RU",
    ),
    Case(
        "",
        "국회는 산업기술보호법을 고쳐 국가핵심기술을 해외로 빼돌린 사람의 벌금을 65억 원으로 올렸다.",
        "tighten enforce",
        "KR",
        "",
    ),
    Case("", "한국무역협회가 대러 수출통제 대응 설명회를 부산에서 연다.", "guidance", ANY, "RU"),
    Case("", "미국의 수출통제로 화웨이에 반도체를 공급하지 못하게 된 국내 기업들이 대책을 호소했다.", ANY, "US", ANY),
    Case("", "일본이 또다시 수출을 규제하면 국산 소재로 버틸 수 있느냐는 질문이 나왔다.", "", "JP", ANY),
    Case("", "네덜란드는 미국의 요청에도 구형 노광장비의 중국 수출을 막지 않기로 했다.", ANY, "NL", "CN"),
    Case("", "중국은 한국에 대한 희토류 수출을 막은 적이 없다고 반박했다.", "", "CN", "KR"),
    Case("", "EU는 벨라루스로 흘러가는 군용 전환 가능 품목을 통제 목록에 넣었다.", "tighten list", "EU", "BY"),
    Case("", "정부는 북한으로 갈 우려가 있는 물품의 중국 수출 심사를 까다롭게 하기로 했다.", "tighten", "KR", ANY),
    Case("", "말레이시아가 미국산 AI 칩의 수출과 환적에 허가를 받도록 했다.", "tighten license", "MY", ""),
    Case("", "미국 법무부는 이란에 드론 부품을 보낸 독일인과 이란인을 재판에 넘겼다.", "enforce", "US", "IR"),
    Case("", "우리나라는 미국·일본 등과 함께 양자컴퓨터 수출통제를 시행한다.", "tighten", "KR", ANY),
    Case("", "원자력안전위원회는 원전 기술을 UAE로 내보내는 한전에 수출허가를 내줬다.", "license", "KR", "AE"),
    Case("", "한국형 전투기 부품의 수출을 미국이 허가하지 않아 계약이 무산됐다.", ANY, "US", ANY),
]


@pytest.mark.parametrize(
    "case",
    [
        *TIGHTEN,
        *EASE,
        *LIST,
        *DELIST,
        *LICENSE,
        *ENFORCE,
        *INVESTIGATE,
        *DIALOGUE,
        *COMPLAINT,
        *GUIDANCE,
        *REPORT,
        *NONE,
        *PLAN,
        *SIDES,
        *HEADLINES,
        *KINDS,
    ],
)
def test_what_is_done_by_whom_and_to_whom(case: Case) -> None:
    found = claims(case.text, case.title)
    assert found.relevant
    if case.actions == "":
        assert found.actions == ()
    elif case.actions != ANY:
        assert found.actions
        assert set(found.actions) <= set(case.actions.split())
    if case.implementing != ANY:
        assert set(found.implementing) == set(case.implementing.split())
    if case.affected != ANY:
        assert set(found.affected) == set(case.affected.split())
