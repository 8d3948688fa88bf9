"""English as ministries, gazettes, courts and newspapers write it: who controls what against whom."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

import pytest

from processors.directions import directions
from tests.documents import claims, reading

ANY: Final = "?"


class Case(NamedTuple):
    sentence: str
    action: str
    implementing: str
    affected: str


SAID: Final = [
    Case("Japan bars shipments of photoresist to South Korea", "tighten", "JP", "KR"),
    Case("The Netherlands halts sales of immersion lithography machines to China", "tighten", "NL", "CN"),
    Case("US widens curbs on sales of AI chips to Middle East after talks", "tighten", "US", ""),
    Case("U.S. to let Nvidia sell H20 chips to China", "ease", "US", "CN"),
    Case("Washington clears AMD to ship AI chips to China", "ease", "US", "CN"),
    Case("Germany refuses licence for sale of machine tools to Turkey", "license", "DE", "TR"),
    Case("China grants rare earth export licences to European carmakers", "license", "CN", ""),
    Case("Beijing tightens its grip on rare earth exports", "tighten", "CN", ""),
    Case("Beijing requires licences for exports of seven rare earths", "tighten", "CN", ""),
    Case("China adds five rare earth elements to its export control list", "tighten", "CN", ""),
    Case("Seoul files WTO complaint over Japan's export curbs", "complaint", "JP", "KR"),
    Case("South Korea urges Japan to withdraw export curbs on chip materials", "complaint", "JP", "KR"),
    Case("South Korea drops complaint against Japan at WTO over export curbs", "?", "JP", "KR"),
    Case(
        "China's commerce ministry condemned the U.S. decision to add 37 Chinese firms to the Entity List",
        "complaint",
        "US",
        "CN",
    ),
    Case("Tokyo removes South Korea from its white list of trusted trade partners", "delist", "JP", "KR"),
    Case("Japan restores South Korea to its white list", "ease", "JP", "KR"),
    Case("U.S. adds 28 Chinese companies to trade blacklist", "list", "US", "CN"),
    Case("Commerce Department removes 27 Chinese entities from the Unverified List", "delist", "US", "CN"),
    Case("Dutch firm fined for supplying drones to Russia in breach of export law", "enforce", "?", "RU"),
    Case("Two men were charged with smuggling Nvidia chips to China", "enforce", "?", "CN"),
    Case(
        "A California engineer pleaded guilty to shipping power amplifiers to China without a license",
        "enforce",
        "?",
        "CN",
    ),
    Case("Customs officers seized carbon fibre bound for Iran", "enforce", "?", "IR"),
    Case("Singapore charges three with fraud over Nvidia chips diverted to China", "enforce", "SG", "CN"),
    Case(
        "BIS fined a firm $300 million for selling disk drives to Huawei in breach of the foreign direct product rule",
        "enforce",
        "US",
        "",
    ),
    Case("Taiwan adds Huawei and SMIC to export control list", "list", "TW", ""),
    Case("UK suspends 30 arms export licences to Israel", "?", "GB", "IL"),
    Case("Canada bans export of weapons to Israel", "tighten", "CA", "IL"),
    Case(
        "The European Union adopted a new package of sanctions that bans exports of dual-use goods to Russia",
        "tighten",
        "EU",
        "RU",
    ),
    Case("EU proposes ban on exports of machine tools to Belarus", "tighten", "EU", "BY"),
    Case("India bars exports of drones with military uses", "tighten", "IN", ""),
    Case("China suspends export ban on gallium to U.S.", "ease", "CN", "US"),
    Case("China lifts export curbs on Nexperia chips", "ease", "CN", ""),
    Case("The U.S. and China agreed to suspend export controls for one year", "ease", "?", "?"),
    Case("The ministry issued guidance for exporters on diversion of semiconductors to Russia", "guidance", "?", "RU"),
    Case("U.S. lifts restrictions on sale of oil-drilling equipment to the Soviet Union", "ease", "US", "SU"),
    Case("Japan to toughen penalties for illegal exports to Soviet bloc", "?", "JP", "?"),
    Case("The Pentagon opposes sale of a Cray supercomputer to India", "?", "?", "IN"),
    Case("Toshiba Machine sold milling machines to the Soviet Union in violation of COCOM rules", "enforce", "?", "SU"),
    Case("China's access to advanced chips is curbed by new American rules", "tighten", "US", "CN"),
    Case("Chinese firms were denied licences to buy American chip tools", "license", "US", "CN"),
    Case(
        "Tokyo said it would add 23 types of chipmaking equipment to its list of controlled exports",
        "tighten",
        "JP",
        "",
    ),
    Case(
        "South Korea's exports of strategic items to Russia and Belarus will need a permit from February",
        "tighten",
        "KR",
        "BY RU",
    ),
    Case("China on Thursday placed export controls on tungsten, tellurium and bismuth", "tighten", "CN", ""),
    Case("China to restrict exports of graphite from December 1", "tighten", "CN", ""),
    Case("China denies it will ban rare earth exports to Japan", "?", "?", "JP"),
    Case("Export controls on encryption software have been relaxed for exports to most countries", "ease", "?", ""),
    Case("The government is considering whether to license exports of night-vision goggles to Turkey", "?", "?", "TR"),
    Case("Sales of quantum computers to China now need a licence, Spain's trade ministry said", "tighten", "ES", "CN"),
    Case("Ottawa revokes permits for drone sensors sold to Turkey", "license", "CA", "TR"),
    Case("Denmark says it will subject quantum technology to national export controls", "tighten", "DK", ""),
    Case("Malaysia requires permits for trade in U.S.-made AI chips", "tighten", "MY", ""),
    Case("Thailand probes reports that AI servers were shipped to China", "investigate", "TH", "CN"),
    Case(
        "U.S. officials are investigating whether DeepSeek obtained restricted Nvidia chips through Singapore",
        "investigate",
        "US",
        "",
    ),
    Case("Nvidia says U.S. will require licence for H20 chip exports to China", "tighten", "US", "CN"),
    Case("Seoul strikes Japan off trusted trade list", "delist", "KR", "JP"),
    Case("White House mulls new chip limits for China", "tighten", "US", "CN"),
    Case("China halts rare earth exports to Japan", "tighten", "CN", "JP"),
    Case("India relaxes drone export rules", "ease", "IN", ""),
    Case("US House passes bill to curb chip sales to China", "tighten", "US", "CN"),
    Case("China hits back with curbs on graphite", "tighten", "CN", ""),
    Case("Beijing bans dual-use exports to U.S. military contractors", "tighten", "CN", "US"),
    Case("Malaysia to track Nvidia chips bound for China", "?", "MY", "CN"),
    Case("Nvidia's China chip licence held up at Commerce", "?", "?", "?"),
    Case("US tells TSMC to halt chip shipments to China", "tighten", "US", "CN"),
    Case("China's gallium curbs squeeze U.S. chipmakers", "tighten", "CN", ""),
    Case("Tokyo to screen exports of chip gear to China more strictly", "tighten", "JP", "CN"),
    Case("Norway stops exports of drone engines to Turkey", "tighten", "NO", "TR"),
    Case("Switzerland turns down request to re-export ammunition to Ukraine", "license", "CH", "UA"),
    Case("UK trader jailed for selling missile parts to Iran", "enforce", "?", "IR"),
    Case("Huawei loses U.S. licences for Intel chips", "?", "US", ""),
    Case("Export controls forum opens in Tokyo", "?", "?", "?"),
    Case("Japan to ease chip material curbs on South Korea", "ease", "JP", "KR"),
    Case("Japan tightens chip export rules", "tighten", "JP", ""),
    Case("US chip curbs on China to be widened, sources say", "tighten", "US", "CN"),
    Case("Seoul slams Tokyo over export curbs", "complaint", "JP", "KR"),
    Case("Beijing protests Dutch chip curbs", "complaint", "NL", "CN"),
    Case("Russia bans exports of enriched uranium to U.S.", "tighten", "RU", "US"),
    Case("Japan, South Korea make up over export row", "?", "?", "?"),
    Case("US eases China chip curbs", "ease", "US", "CN"),
    Case("U.S. eases export controls on China", "ease", "US", "CN"),
    Case("Massachusetts firm fined over Iran sales of pressure sensors", "enforce", "?", "IR"),
    Case("Tokyo lifts Korea export curbs", "ease", "JP", "KR"),
    Case("China halts gallium shipments to Japan", "tighten", "CN", "JP"),
    Case(
        "The ministry will hold a seminar for exporters on classifying dual-use goods in Osaka on 12 June.",
        "guidance",
        "?",
        "?",
    ),
    Case("Beijing is reportedly preparing to limit exports of battery technology.", "?", "CN", ""),
    Case(
        "The United States, Japan and the Netherlands agreed to restrict exports of chipmaking tools to China.",
        "tighten",
        "JP NL US",
        "CN",
    ),
    Case("Vietnam's decree requires a permit for the export of dual-use goods from October 10.", "tighten", "VN", ""),
    Case("Turkey announced that it had stopped the export of 54 kinds of goods to Israel.", "tighten", "TR", "IL"),
    Case("The Entity List now holds 700 Chinese names.", "?", "US", "CN"),
    Case("Kazakhstan banned the export of drones and microchips to Russia.", "tighten", "KZ", "RU"),
    Case("Officials will remove a Malaysian firm from the end user list next month.", "delist", "?", "MY"),
    Case(
        "Licence applications for antimony shipments to the United States are under review, MOFCOM said.",
        "license",
        "CN",
        "US",
    ),
    Case("Tokyo, Seoul fail to mend rift over export curbs", "?", "?", "?"),
    Case("U.S., Dutch and Japanese limits on chip tools for China take effect", "?", "?", "CN"),
    Case("Nvidia barred from selling top chips to China, Russia", "tighten", "?", "CN RU"),
    Case("China lets rare earth exports to India resume", "ease", "CN", "IN"),
    Case("China approves rare earth magnet exports to Germany", "license", "CN", "DE"),
    Case("Japan denies plan to halt photoresist supply to Korea", "?", "JP", "KR"),
    Case("No, the U.S. has not lifted its chip ban on China", "?", "US", "CN"),
    Case("Will Washington let Nvidia sell Blackwell chips to China?", "?", "US", "CN"),
    Case("Thai firm put on U.S. Entity List over Nvidia servers", "list", "US", "TH"),
    Case("U.S. blacklists dozens of Chinese firms over military ties", "list", "US", "CN"),
    Case("Pakistan protests U.S. entity listings", "complaint", "US", "PK"),
    Case("Ten Indian firms added to U.S. Entity List", "list", "US", "IN"),
    Case("Export licence denials to China doubled, BIS says", "?", "US", "CN"),
    Case("Swiss tighten checks on machine tools for Turkey", "tighten", "CH", "TR"),
    Case(
        "The Ministry of Trade, Industry and Energy removed Japan from its list of trusted export destinations.",
        "delist",
        "KR",
        "JP",
    ),
    Case(
        "The Bureau of Industry and Security removed 26 Chinese parties from the Unverified List.", "delist", "US", "CN"
    ),
    Case(
        "Sixteen entities in China, two in Taiwan and one in Singapore were added to the Entity List.",
        "list",
        "US",
        "CN SG TW",
    ),
    Case(
        "The Department of Commerce issued a final rule imposing a license requirement on exports to Nicaragua.",
        "tighten",
        "US",
        "NI",
    ),
    Case(
        "Nova Labs settled charges that it exported EAR99 items to Syria without authorization.", "enforce", "US", "SY"
    ),
    Case(
        "Exporters of gallium oxide, heading 2825.90, must file an end-use declaration with customs.",
        "license",
        "?",
        "?",
    ),
    Case("The freeze on licences for Turkey ran out on 31 December.", "?", "?", "TR"),
    Case("The ministry's export control portal now accepts licence applications online.", "?", "?", "?"),
    Case(
        "A campaign against smuggling of antimony has led to 27 arrests in Guangxi, MOFCOM said.", "enforce", "CN", ""
    ),
    Case("China's customs seized 166 tonnes of antimony ingots hidden in a container.", "enforce", "CN", ""),
    Case("Chip equipment makers said Washington's curbs would cost them sales in China.", "?", "US", "CN"),
    Case("Cocom members agreed to let high-technology goods go to China more freely.", "ease", "?", "CN"),
    Case("The Commerce Department eased licensing of personal computers for the Soviet bloc.", "ease", "US", ""),
    Case("MITI told machine tool makers to stop shipments to East Germany.", "tighten", "JP", "DD"),
    Case("Japan's MITI banned Toshiba Machine from exporting to the Communist bloc for a year.", "?", "JP", ""),
    Case("Hitachi denied selling banned machinery to the Soviet Union.", "?", "?", "SU"),
    Case("U.S. Commerce Secretary Baldrige said export controls cost American firms business abroad.", "?", "US", ""),
    Case("The White House will ease rules on high-tech sales to China, officials said.", "ease", "US", "CN"),
    Case("Korea's customs service audits firms that send dual-use goods abroad.", "investigate", "KR", ""),
    Case("Investigators searched a Hamburg trader suspected of sending sensors to Russia.", "investigate", "?", "RU"),
    Case("The yearbook counts 11,000 dual-use licences worth 47 billion euros.", "report", "?", "?"),
    Case("Parliament's research service finds the chip controls on China leaky.", "report", "?", "CN"),
]

NEIGHBOURS: Final = [
    "U.S. doubles tariffs on Chinese chips",
    "US approves sale of Patriot missiles to Poland",
    "China bans imports of Japanese seafood",
    "India restricts sugar exports",
    "Indonesia lifts ban on palm oil exports",
    "Ivory Coast suspends cocoa export contracts",
    "U.S. approves sale of F-35 jets to Poland",
    "Samsung halts chip production in China",
    "Nvidia shares fall as sales to China slow",
    "South Korea's chip exports to China rose 20 percent in May",
    "Japan's exports of chipmaking equipment to China surged",
    "Britain blocks sale of chip maker Newport to Chinese-owned Nexperia",
    "US bans Chinese drones over security fears",
    "US bars imports of Chinese solar panels",
    "EU imposes anti-dumping duties on Chinese graphite",
    "Brazil's coffee exports to the U.S. fell 12 percent",
    "Airbus delivers 20 aircraft to China",
    "Boeing suspends deliveries of 737 aircraft to China",
    "Tesla ships batteries to Japan from its Shanghai plant",
    "FAA tightens rules on drones near airports",
    "The FDA approved a drug made in India",
    "Poland buys howitzers from South Korea",
    "Treasury sanctions Iranian oil traders",
    "The bank was fined for handling payments to Iran",
    "Court rules that Apple may sell watches in the United States",
    "Police seized cocaine bound for Australia",
    "U.S. licenses vaccine technology to South Africa",
    "Toyota recalls cars shipped to Canada",
    "Japan to resume imports of beef from the United States",
    "U.S. Commerce Department allowed the import of magnets from China",
    "The Agriculture Department announced export bonus sales of wheat to the Soviet Union",
    "South Korea to limit steel exports to the United States under a voluntary restraint agreement",
    "Japan to cut semiconductor output to ease trade friction with the U.S.",
    "U.S. to impose tariffs on Japanese electronics in chip dispute",
    "Korea Zinc metal needs China permit",
    "Berlin okays sale of submarine parts to Israel",
    "China launches probe into Qualcomm",
    "China lifts sanctions on Lithuanian beef",
    "Export volumes of ships from South Korea rose in June.",
    "The control voltage of the export model is 110 volts.",
    "The exit ramp closes while the port controls trucks.",
    "Seoul limits mortgage loans for flats in Gangnam.",
    "Japan freezes assets of three North Korean officials.",
    "France will control prices of electricity sold to Italy.",
    "The U.S. Treasury licensed the sale of Venezuelan oil to India.",
    "Malaysia lifts curbs on palm oil shipments to Europe.",
    "Chile allows shipments of cherries to China.",
    "China approves merger of two chip firms with sales in Japan.",
    "U.S. regulators approve sale of U.S. Steel to Nippon Steel of Japan.",
    "A ban on plastic bags sold to tourists in Kenya was tightened.",
    "U.S. approves loan for nuclear plant in Poland.",
    "The U.S. agreed to sell Taiwan rocket launchers.",
    "Export-Import Bank approves loan for sale of locomotives to Tanzania.",
    "Russia limits gasoline exports until September.",
    "India allows exports of broken rice to Senegal.",
    "Nissan stops selling diesel cars in Germany.",
    "Japan Airlines suspends flights to Russia.",
    "Intel sues Chinese firm over chip patents.",
    "The court jailed a man for smuggling cigarettes into Ireland.",
    "Customs officers at Heathrow seized ivory bound for Vietnam.",
    "The regulator fined a lender for selling loans to students in Brazil.",
    "The EU warned Turkey over visa rules.",
    "Seoul to Beijing: keep urea flowing",
    "Statistics Korea said exports of semiconductors to Vietnam fell for a third month.",
    "The export of the spreadsheet failed because access was restricted.",
    "Thai rubber exporters asked for loans to buy machines from China.",
    "Brussels opens probe into subsidies for Chinese electric cars.",
    "Russian hackers stole encryption keys from a bank in Poland.",
    "Japan approves the sale of its memory chip unit to a U.S. fund.",
    "Drones banned over stadiums in Germany",
    "Australia grants licence to mine rare earths to Chinese firm",
    "Kazakhstan's uranium exports to China hit record",
    "U.S. launches Section 301 probe into Chinese chips",
    "Pentagon officials fear the sale helped the Soviet navy build quieter submarines.",
]


@pytest.mark.parametrize("case", SAID, ids=lambda case: case.sentence)
@pytest.mark.parametrize("field", ["title", "text"])
def test_what_is_done_by_whom_and_to_whom(case: Case, field: Literal["title", "text"]) -> None:
    found = claims(case.sentence) if field == "text" else claims("", case.sentence)
    assert found.relevant
    assert case.action in (ANY, *found.actions)
    assert case.implementing in (ANY, " ".join(sorted(found.implementing)))
    assert case.affected in (ANY, " ".join(sorted(found.affected)))


@pytest.mark.parametrize("sentence", NEIGHBOURS)
@pytest.mark.parametrize("field", ["title", "text"])
def test_neighbouring_matters_are_refused(sentence: str, field: Literal["title", "text"]) -> None:
    found = claims(sentence) if field == "text" else claims("", sentence)
    assert not found.relevant


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Export controls on pumps shipped to Iran by way of Oman", {"IR": "affected"}),
        ("China put two firms on its list over arms sales to Taiwan", {"CN": "implementing"}),
        ("Exports of lasers to Syria, violating U.S. export law", {"SY": "affected", "US": "implementing"}),
        ("chips were re-exported from Malaysia to China", {"CN": "affected"}),
        ("tools contrary to U.S. national security", {}),
        ("Six entries stand under Pakistan", {"PK": "affected"}),
        ("America's semiconductor export controls", {"US": "implementing"}),
        ("New Swiss curbs bar Russian buyers", {"CH": "implementing", "RU": "affected"}),
        ("fined over Iran sales", {"IR": "affected"}),
        ("anger at Seoul's threat over fluorspar", {"KR": "implementing"}),
    ],
)
def test_names_have_the_part_that_the_words_around_give_them(sentence: str, expected: dict[str, str]) -> None:
    found = directions(reading(sentence, "en"), "en")
    assert {name.code: name.role for name in found if name.role} == expected


@pytest.mark.parametrize(
    ("sentence", "not_done"),
    [
        ("A METI official denied that Japan would tighten export controls on photoresist for Korea.", "tighten"),
        ("If China were to restrict exports of polysilicon, panel makers would suffer.", "tighten"),
        ("Will Washington lift its export controls on chips for China?", "ease"),
        ("Seoul demanded that Tokyo lift the export controls on hydrogen fluoride.", "ease"),
        ("Japan has no intention of lifting its export controls on hydrogen fluoride.", "ease"),
        ("China condemned the U.S. decision to tighten export controls on chips.", "tighten"),
    ],
)
def test_what_is_denied_supposed_asked_or_demanded_is_not_done(sentence: str, not_done: str) -> None:
    found = claims(sentence)
    assert found.relevant
    assert not_done not in found.actions


def test_what_was_lifted_is_not_imposed() -> None:
    found = claims("", "China lifts ban on gallium exports to the US")
    assert found.actions[:1] == ("ease",)
    assert "tighten" not in found.actions


def test_a_full_stop_after_a_single_letter_ends_no_sentence() -> None:
    assert "list" in claims("Ten Indian firms were added to the U.S. Entity List.").actions
