"""Rules on how well two fit, one by one, with their amounts; and how far each must be loosened."""

from dataclasses import replace

import numpy as np
import pytest

from matcher.features import Features
from matcher.matching import check_pins, match, plan_from_pairs
from matcher.matching.candidates import find_candidates, find_eligible_people
from matcher.rules import (
    RULES,
    Boundary,
    CommonLanguage,
    CommonTime,
    DementiaTraining,
    Distance,
    Family,
    HighRiskTraining,
    Interests,
    Loosened,
    ModedRule,
    OwnLimit,
    Rule,
    Sex,
    Stairs,
    WantedLanguage,
    measure_pairs,
)
from tests.helpers.people import month, north, pairs

MON_AM, MON_PM, SUNDAY = 1, 2, 3 << 12
HOME = {"building": "徐汇|零陵路300弄5号", "address": "徐汇区零陵路300弄5号602室"}
CHILD = {"emergency_contact": "王芳(女儿)", "emergency_contact_phone": "15400000001"}


def allowed(m):
    found = find_candidates(Features(m), *find_eligible_people(Features(m)))
    return set(zip(found.elder.tolist(), found.volunteer.tolist(), strict=True))


def one(elder, volunteer, **sections):
    """Whether the two may be a pair, and what it costs beside the walk and missed contacts."""
    m = month([elder], [volunteer], **sections)
    if not allowed(m):
        return None
    terms = match(m).cost_terms
    beside = ("walking", "missed_contacts")
    return {name: int(metres[0]) for name, metres in terms.items() if name not in beside and metres[0]}


CASES = [
    # the mode's setting and default, the price, the rule; an elder and a volunteer against it, and what mends it
    ("distance.own_limit", "hard", 91, "own_limit", {}, {**north(300), "max_walk_m": 299.0}, {"max_walk_m": 391.0}),
    ("family.mode", "hard", 2000, "family", HOME, HOME, {"address": "徐汇区零陵路300弄5号601室"}),
    ("family.mode", "hard", 2000, "family", CHILD, {"name": "王芳", "phone": "15400000001"}, {"phone": "15400000002"}),
    ("family.mode", "hard", 2000, "family", CHILD, {"name": "王芳", "phone": "15400000001"}, {"name": "王方"}),
    ("sex.mode", "hard", 400, "sex", {"wanted_sex": "female"}, {"sex": "male"}, {"sex": "female"}),
    (
        *("language.wanted", "hard", 500, "wanted_language", {"wanted_languages": ("沪语", "宁波话")}),
        *({"languages": ("普通话",)}, {"languages": ("普通话", "Shanghainese")}),
    ),
    (
        *("language.common", "soft", 500, "common_language", {"languages": ("温州话",)}),
        *({"languages": ("普通话",)}, {"languages": ("普通话", "温州话")}),
    ),
    (
        *("training.dementia", "hard", 300, "dementia_training", {"health": ("高血压", "轻度认知障碍")}),
        *({"training": ("急救",)}, {"training": ("认知症照护初级",)}),
    ),
    (
        *("training.high_risk", "soft", 300, "high_risk_training", {"self_care": "unable"}),
        *({"training": ("急救",)}, {"training": ("失能老人照护",)}),
    ),
    ("stairs.mode", "hard", 400, "stairs", {"floor": 5.0, "lift": "no"}, {"max_floor": 3.0}, {"max_floor": 5.0}),
    (
        *("availability.mode", "hard", 1000, "common_time", {"availability": MON_AM}),
        *({"availability": MON_PM}, {"availability": MON_AM | MON_PM}),
    ),
]
BORDER = {"district": "徐汇区", "subdistrict": "天平街道", "committee": "宛平居委会"}


def sections(path, value):
    section, key = path.split(".")
    return {section: {key: value}}


@pytest.mark.parametrize(("path", "default", "price", "name", "elder", "volunteer", "mended"), CASES)
def test_a_rule_is_hard_soft_or_off(path, default, price, name, elder, volunteer, mended):
    no_climbing = {"stairs": {"climb_m": 0}} if name != "stairs" else {}

    def under(mode):
        chosen = sections(path, mode)
        chosen.get("stairs", {})["climb_m"] = 0
        return one(elder, volunteer, **(no_climbing | chosen))

    near = {"same_building": -100} if "building" in volunteer else {}
    assert under("hard") is None
    assert under("soft") == near | {name: price}
    assert under("off") == near
    assert one(elder, volunteer, stairs={"climb_m": 0}) == under(default)
    fits = one(elder, volunteer | mended, stairs={"climb_m": 0})
    assert name not in fits


@pytest.mark.parametrize(
    ("level", "other", "across"),
    [
        ("district", {"district": "静安区"}, True),
        ("district", {"subdistrict": "湖南路街道"}, False),
        ("district", {"district": "上海市徐汇"}, False),
        ("district", {"district": ""}, False),
        ("subdistrict", {"subdistrict": "湖南路街道"}, True),
        ("subdistrict", {"district": "静安区"}, True),
        ("subdistrict", {"committee": "安亭"}, False),
        ("committee", {"committee": "安亭居委"}, True),
        ("committee", {"committee": "宛平"}, False),
        ("committee", {"committee": ""}, False),
        ("none", {"district": "静安区"}, False),
    ],
)
def test_boundary(level, other, across):
    people = [BORDER], [BORDER | other, BORDER | north(300)]
    assert ((0, 0) in allowed(month(*people, boundary={"level": level}))) is not across
    soft = month([BORDER], [BORDER | other], boundary={"level": level, "mode": "soft", "penalty_m": 70})
    assert int(match(soft).cost_terms.get("boundary", np.zeros(1))[0]) == (70 if across else 0)


def test_boundary_needs_names_on_both_sides():
    assert allowed(month([BORDER], [{}], boundary={"level": "committee"}))


@pytest.mark.parametrize("wish", ["female_preferred", "male_preferred"])
def test_a_preference_costs_and_never_forbids(wish):
    m = month([{"wanted_sex": wish}], [{"sex": "female"}])
    assert allowed(m) == {(0, 0)}
    assert match(m).cost_terms["sex"].tolist() == [0 if wish == "female_preferred" else 400]


def test_a_sex_that_is_not_known_is_not_the_one_asked_for():
    m = month([{"wanted_sex": "female"}, {}], [{}, {"sex": "female"}])
    assert allowed(m) == {(0, 1), (1, 0), (1, 1)}


def test_a_rule_without_data_says_nothing():
    elder = HOME | {
        **{"languages": ("粤语",), "health": ("失智",), "risk": "high", "floor": 6.0, "lift": "no"},
        **{"interests": ("书法",), "needs": ("理发",)},
    }
    m = month([elder], [{}])
    plan = match(m)
    assert {name: metres.tolist() for name, metres in plan.cost_terms.items()} == {"walking": [0]}
    block = measure_pairs(Features(m), np.zeros(1, np.int64), np.zeros(1, np.int64))
    spoken = {rule.name for rule in RULES if rule.bar_pairs(Features(m), block) is not None}
    assert spoken == {"distance", "no_place"}


@pytest.mark.parametrize("wish", [{"wanted_sex": "female"}, {"wanted_languages": ("粤语",)}])
def test_what_an_elder_asks_for_must_be_known_even_where_nobodys_is(wish):
    assert not allowed(month([wish], [{}]))


def test_stairs_with_a_lift_or_none_known_are_no_stairs():
    volunteers = [{"max_floor": 2.0}]
    for lift in ("yes", ""):
        assert allowed(month([{"floor": 6.0, "lift": lift}, {"floor": 3.0, "lift": "no"}], volunteers)) == {(0, 0)}
    spared = month([{"floor": 3.0, "lift": "no"}], volunteers, stairs={"spare_floors": 1})
    assert match(spared).cost_terms["stairs"].tolist() == [40]  # two floors up at 20 m


def test_climbing_costs_those_who_say_what_they_can():
    m = month([{"floor": 4.0, "lift": "no"}], [{"max_floor": 6.0}, {**north(30)}])
    assert match(m).volunteer.tolist() == [1]  # 39 m on foot against 60 m for three floors up


def test_common_time_on_days_that_are_planned():
    sunday = [{"availability": SUNDAY}]
    assert allowed(month(sunday, sunday))
    assert not allowed(month(sunday, sunday, schedule={"weekends": False}))


def test_own_limit_holds_for_last_months_pair_too():
    m = month([{}], [{**north(300), "max_walk_m": 300.0}], previous=pairs((0, 0)))
    assert not allowed(m)


def test_served_elsewhere():
    elders = [{"served_elsewhere": text} for text in ("居家养老服务", "无", "", "No ", "否")]
    m = month(elders, [{}])
    assert {e for e, _ in allowed(m)} == {1, 2, 3, 4}
    plan = match(month([*elders], [{}], previous=pairs((0, 0))))
    assert [(item.elder, item.reason) for item in plan.unmatched] == [(0, "served_elsewhere")]
    assert [change.reason for change in plan.changes] == ["served_elsewhere"]
    assert len(allowed(month(elders, [{}], consent={"served_elsewhere": True}))) == 5


# what a pair is worth

WORTHS = [
    ({"building": "a"}, {"building": "a"}, {"same_building": -100}),
    ({"lane": "a"}, {"lane": "a"}, {"same_lane": -50}),
    ({"compound": "杏苑"}, {"compound": "杏 苑"}, {"same_compound": -30}),
    ({"compound": "杏苑", "district": "徐汇区"}, {"compound": "杏苑", "district": "静安区"}, {}),
    (BORDER, BORDER | {"committee": "宛平居委"}, {"same_committee": -50}),
    (BORDER, BORDER | {"subdistrict": "湖南路街道"}, {}),
    ({"committee": "", "building": "", "lane": "", "compound": ""}, {}, {}),
    ({"acquainted": ("V000", "V777")}, {}, {"acquainted": -300}),
    ({}, {"acquainted": ("E000",)}, {"acquainted": -300}),
    ({"acquainted": ("V001",)}, {}, {}),
    ({"interests": ("书法", "chess", "沪剧")}, {"interests": ("下棋", "Calligraphy")}, {"interests": -100}),
    ({"interests": tuple("abcdef")}, {"interests": tuple("abcde")}, {"interests": -150}),
    ({"needs": ("陪同就医", "reading aloud")}, {"skills": ("急救", "listening")}, {"needs": -200}),
    ({"needs": ("理发",)}, {"skills": ("Haircuts",)}, {"needs": -100}),
    ({"needs": ("理发",)}, {"skills": ("书法",)}, {}),
]


@pytest.mark.parametrize(("elder", "volunteer", "worth"), WORTHS)
def test_what_a_pair_is_worth(elder, volunteer, worth):
    assert one(elder, volunteer) == worth


def test_words_and_answers_of_ones_own():
    needs = {"needs": ("喂猫",)}, {"skills": ("爱宠",)}
    assert one(*needs) == {}
    assert one(*needs, needs={"answered_by": {"喂猫": ["爱宠"]}}) == {"needs": -100}
    assert one(*needs, words={"same": [["喂猫", "爱宠"]]}) == {"needs": -100}
    assert one(*needs, words={"same": [["喂猫", "爱宠"]]}, needs={"worth_m": 7}) == {"needs": -7}


def test_more_words_than_bits():
    words = tuple(f"w{i:03}" for i in range(150))
    settings = {"interests": {"most": 64, "worth_m": 1}}
    assert one({"interests": words[:70]}, {"interests": words[10:]}, **settings) == {"interests": -60}
    lists = [words[62:63], words], [(*words[:62], *words[63:]), words]
    m = month(*([{"interests": words} for words in side] for side in lists), interests={"worth_m": 1})
    block = measure_pairs(Features(m), np.array([0, 0, 1]), np.array([0, 1, 1]))
    assert Interests().compute_cost_m(Features(m), block).tolist() == [0, -1, -3]
    assert one({"languages": words}, {"languages": words[149:]}) == {}
    m = month([{"languages": words[:1]}, {"languages": words[1:]}, {}], [{"languages": words[140:]}])
    block = measure_pairs(Features(m), np.arange(3), np.zeros(3, np.int64))
    assert CommonLanguage().find_breaches(Features(m), block).tolist() == [True, False, False]


@pytest.mark.parametrize(("months", "worth"), [(1, 1600), (2, 1620), (13, 1840), (24, 2060), (60, 2060)])
def test_keep_is_worth_more_the_longer_it_has_lasted(months, worth):
    since = np.datetime64("2026-12", "M") - np.timedelta64(months, "M")
    for lasted in ({"since": np.array([since])}, {"months": np.array([float(months)])}):
        previous = pairs((0, 0))
        for name, values in lasted.items():
            object.__setattr__(previous, name, values)
        plan = match(month([{}], [{}], previous=previous))
        assert plan.cost_terms["keep"].tolist() == [-worth]
        assert plan.since.tolist() == [since.astype(object)]


def test_pairs_made_by_hand_stand_since_the_list_says():
    made = replace(pairs((0, 0), (1, 0), (2, 0)), since=np.array(["2025-03", "NaT", "2027-01"], "datetime64[M]"))
    plan = plan_from_pairs(month([{}, {}, {}], [{}]), made)
    assert plan.since.astype(str).tolist() == ["2025-03", "2026-12", "2026-12"]
    known = plan_from_pairs(month([{}, {}, {}], [{}], previous=pairs((1, 0))), made)
    assert known.since.astype(str).tolist() == ["2026-12", "2026-11", "2026-12"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[3])
def test_a_rule_that_ends_a_pair_is_the_reason(case):
    path, _default, _price, name, elder, volunteer, _mended = case
    other = {**north(5), "capacity": 5.0}
    mended = _mended | {"sex": "female", "languages": ("沪语", "温州话"), "training": ("认知症照护", "失能照护")}
    m = month([elder], [volunteer, other | mended], previous=pairs((0, 0)), **sections(path, "hard"))
    plan = match(m)
    assert plan.volunteer.tolist() == [1]
    assert [(change.elder, change.reason) for change in plan.changes] == [(0, name)]


def test_a_rule_of_ones_own_that_ends_a_pair_is_a_reason_too():
    class NotOnTheNinth(Rule):
        name = "ninth"
        sentence = "not on the ninth floor"

        def bar_pairs(self, features, block):
            return features.roster.elders["floor"].to_numpy()[block.elder] == 9

    m = month([{"floor": 9.0}, {}], [{}], previous=pairs((0, 0)))
    assert [change.reason for change in match(m, rules=(*RULES, NotOnTheNinth())).changes] == ["ruled_out"]


def test_a_moded_rule_of_ones_own():
    class SameSurname(ModedRule):
        name = "surname"
        sentence = "the two do not bear one surname"
        mode_path, penalty_path = "family.mode", "family.penalty_m"

        def find_breaches(self, features, block):
            first = [frame["name"].str[0].to_numpy() for frame in (features.roster.elders, features.roster.volunteers)]
            return first[0][block.elder] == first[1][block.volunteer]

    people = [{"name": "王一"}], [{"name": "王二"}, {"name": "李三", **north(200)}]
    rules = (*RULES, SameSurname())
    assert match(month(*people), rules=rules).volunteer.tolist() == [1]
    soft = match(month(*people, family={"mode": "soft", "penalty_m": 30}), rules=rules)
    assert soft.cost_terms["surname"].tolist() == [30]


# pins


def test_pins_stand_against_what_a_coordinator_may_know_better():
    elders, volunteers = [], []
    for _path, _default, _price, _name, elder, volunteer, _mended in CASES:
        elders.append(elder)
        volunteers.append(volunteer)
    elders.append({"served_elsewhere": "长护险"})
    volunteers.append({})
    hard = {"language": {"common": "hard"}, "training": {"high_risk": "hard"}}
    fixed = pairs(*((i, i) for i in range(len(elders))))
    m = month(elders, volunteers, pins=fixed, **hard)
    issues = check_pins(m)
    assert {issue.code for issue in issues} == {"pin_against"}
    assert {issue.severity for issue in issues} == {"warning"}
    assert [issue.row for issue in issues] == list(range(2, 2 + len(CASES)))
    assert all("{" not in issue.message() for issue in issues)
    plan = match(m)
    assert plan.volunteer.tolist() == list(range(len(elders)))
    assert set(plan.status) == {"pinned"}


# how far a rule must be loosened

EXAMPLES = {name: (elder, volunteer) for _path, _default, _penalty, name, elder, volunteer, _mended in CASES}
"""Two who break a rule, by its name."""

WITHIN_COMMITTEE = {"boundary": {"level": "committee"}}

LOOSENED = [
    (Distance(), {}, north(899.5), {}, "distance.urban_limit_m", 1170),
    (Distance(), {"area": "rural"}, north(2499.5), {}, "distance.rural_limit_m", 3250),
    (Distance(), {}, north(60_000), {}, "", None),
    (Distance(), {}, north(10), {}, "", None),
    (OwnLimit(), {}, {**north(299.5), "max_walk_m": 299.0}, {}, "volunteers.max_walk_m", 390),
    (Boundary(), BORDER, BORDER | {"committee": "x"}, WITHIN_COMMITTEE, "boundary.level", "subdistrict"),
    (Boundary(), BORDER, BORDER | {"district": "静安区"}, WITHIN_COMMITTEE, "boundary.level", "none"),
    (Stairs(), {"floor": 6.0, "lift": "no"}, {"max_floor": 4.0}, {}, "stairs.spare_floors", 2),
    (Sex(), {"wanted_sex": "male"}, {"sex": "female"}, {}, "sex.mode", "soft"),
    (Family(), HOME, HOME, {}, "family.mode", "soft"),
    (WantedLanguage(), *EXAMPLES["wanted_language"], {}, "language.wanted", "soft"),
    (CommonLanguage(), *EXAMPLES["common_language"], {"language": {"common": "hard"}}, "language.common", "soft"),
    (DementiaTraining(), *EXAMPLES["dementia_training"], {}, "training.dementia", "soft"),
    (
        HighRiskTraining(),
        *EXAMPLES["high_risk_training"],
        {"training": {"high_risk": "hard"}},
        "training.high_risk",
        "soft",
    ),
    (CommonTime(), *EXAMPLES["common_time"], {}, "availability.mode", "soft"),
]


@pytest.mark.parametrize(("rule", "elder", "volunteer", "sections", "path", "needed"), LOOSENED)
def test_how_far_a_rule_must_be_loosened(rule, elder, volunteer, sections, path, needed):
    m = month([elder, {}], [volunteer, {}], **sections)
    block = measure_pairs(Features(m), np.array([0, 1]), np.array([0, 1]))
    told = rule.loosen(Features(m), block)
    assert told.path.tolist() == [path, ""]
    assert np.isnan(told.value[1])
    if path:
        assert rule.bar_pairs(Features(m), block).tolist() == [True, False]
        assert (told.value if told.word is None else told.word)[0] == needed
        _assert_it_helps_and_no_less_does(rule, elder, volunteer, sections, path, needed)


def _assert_it_helps_and_no_less_does(rule, elder, volunteer, sections, path, needed):
    def bars(value):
        section, key = path.split(".")
        dialled = {name: dict(keys) for name, keys in sections.items()}
        own = dict(volunteer)
        if section == "volunteers":
            own[key] = float(value)
        else:
            dialled.setdefault(section, {})[key] = value
        m = month([elder], [own], **dialled)
        barred = rule.bar_pairs(Features(m), measure_pairs(Features(m), np.zeros(1, np.int64), np.zeros(1, np.int64)))
        return barred is not None and bool(barred[0])

    assert not bars(needed)
    if isinstance(needed, int):
        assert bars(needed - 1)


def test_a_rule_has_no_dial_unless_it_says_so():
    m = month([{}], [{}])
    block = measure_pairs(Features(m), np.zeros(1, np.int64), np.zeros(1, np.int64))
    silent = [rule.name for rule in RULES if rule.loosen(Features(m), block) is None]
    assert {"consent", "dates", "never", "capacity", "walking", "sex", "stairs", "own_limit"} <= set(silent)
    assert Rule.loosen(Rule(), Features(m), block) is None
    assert isinstance(Distance().loosen(Features(m), block), Loosened)
