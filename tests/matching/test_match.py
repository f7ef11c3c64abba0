"""Rules one by one, and whole months against an independent integer program."""

import numpy as np
import pytest
from geopy.distance import geodesic
from hypothesis import given, settings
from scipy.optimize import Bounds, LinearConstraint, milp

from matcher.api import verify_plan
from matcher.errors import NoPlanError
from matcher.features import Features
from matcher.matching import check_pins, match, plan_from_pairs
from matcher.matching.candidates import find_candidates, find_eligible_people
from matcher.rules import RULES, Rule
from tests.helpers.effort import some
from tests.helpers.pairs_by_loops import judged, months
from tests.helpers.people import month, north, pairs


def chosen(plan):
    return dict(zip(plan.elder.tolist(), plan.volunteer.tolist(), strict=True))


def reasons(plan):
    return {item.elder: item.reason for item in plan.unmatched}


def candidates(m):
    found = find_candidates(Features(m), *find_eligible_people(Features(m)))
    return set(zip(found.elder.tolist(), found.volunteer.tolist(), strict=True))


# one test a rule, with its amount


@pytest.mark.parametrize(("metres", "allowed"), [(769, True), (770, False)])  # 1,000 m on foot is 769.2 m straight
def test_distance_in_town(metres, allowed):
    m = month([{}], [north(metres)])
    assert bool(candidates(m)) is allowed


@pytest.mark.parametrize(("metres", "allowed"), [(2307, True), (2309, False)])  # 3,000 m / 1.3 = 2,307.7 m
def test_distance_in_the_country(metres, allowed):
    m = month([{"area": "rural"}], [north(metres)])
    assert bool(candidates(m)) is allowed


def test_distance_settings_are_read():
    assert candidates(month([{}], [north(950)], distance={"detour_factor": 1.0}))
    assert not candidates(month([{}], [north(250)], distance={"urban_limit_m": 300}))


def test_distance_spares_last_months_pairs_unless_told_otherwise():
    far = north(2000)
    assert candidates(month([{}], [far], previous=pairs((0, 0))))
    assert not candidates(month([{}], [far], previous=pairs((0, 0)), keep={"beyond_limit": False}))
    assert not candidates(month([{"consent": "no"}], [far], previous=pairs((0, 0))))


@pytest.mark.parametrize(("consent", "allowed"), [("yes", True), ("no", False), ("", False)])
def test_consent(consent, allowed):
    assert bool(candidates(month([{"consent": consent}], [{}]))) is allowed
    assert candidates(month([{"consent": consent}], [{}], consent={"required": False}))


@pytest.mark.parametrize(
    ("who", "values", "allowed"),
    [
        ("elder", {"joined": "2026-12-31"}, True),
        ("elder", {"joined": "2027-01-01"}, False),
        ("elder", {"left": "2026-12-01"}, True),
        ("elder", {"left": "2026-11-30"}, False),
        ("elder", {"status": "active"}, True),
        ("elder", {"status": "paused"}, False),
        ("volunteer", {"joined": "2026-12-31"}, True),
        ("volunteer", {"joined": "2027-01-01"}, False),
        ("volunteer", {"left": "2026-12-31"}, True),
        ("volunteer", {"left": "2026-12-30"}, False),
        ("volunteer", {"status": "left"}, False),
    ],
)
def test_dates(who, values, allowed):
    m = month([values], [{}]) if who == "elder" else month([{}], [values])
    assert bool(candidates(m)) is allowed


def test_capacity_serves_as_many_as_places_and_the_nearest():
    m = month([north(i * 10) for i in range(1, 5)], [{"capacity": 2.0}, {"capacity": 0.0}])
    plan = match(m)
    assert chosen(plan) == {0: 0, 1: 0}
    assert reasons(plan) == {2: "shortage", 3: "shortage"}
    assert plan.unmatched[0].evidence == {
        "elders": 4,
        "volunteers": 1,
        "places": 2,
        "missing": 2,
        "missing_volunteers": 1,
        "shortage": "S1",
    }
    assert plan.places == 2


def test_never():
    m = month([{}, {}], [{}, north(5)], never=pairs((1, 0), (0, 1)))
    assert candidates(m) == {(0, 0), (1, 1)}
    alone = match(month([{}, north(3)], [{}], never=pairs((0, 0))))
    assert reasons(alone) == {0: "ruled_out"}
    assert alone.unmatched[0].evidence == {"limit_m": 1000, "looked_at": 1, "in_reach": 1}
    assert alone.unmatched[0].nearest_volunteer_m == 0


def test_walking_costs_its_metres():
    plan = match(month([{}], [north(100)]))
    assert {name: term.tolist() for name, term in plan.cost_terms.items()} == {"walking": [130]}
    assert plan.cost_m.tolist() == [130]
    true_m = geodesic((31.2304, 121.4737), (north(100)["lat"], 121.4737)).m
    assert plan.distance_m[0] == pytest.approx(true_m, abs=1e-5)


@pytest.mark.parametrize(("nearer_by", "kept"), [(600, True), (630, False)])  # 800 m on foot is 615 m straight
def test_keep_is_worth_its_metres(nearer_by, kept):
    m = month([{}], [north(650), north(650 - nearer_by)], previous=pairs((0, 0)), keep={"worth_m": 800})
    plan = match(m)
    assert chosen(plan) == {0: 0 if kept else 1}
    assert plan.status == ("kept" if kept else "changed",)
    assert plan.cost_terms["keep"].tolist() == [-800 if kept else 0]
    assert [change.reason for change in plan.changes] == ([] if kept else ["better_plan"])


def test_serving_one_more_breaks_any_kept_pair():
    # elder 0 could stay with volunteer 0, the only one whom elder 1 can reach
    m = month([{}, north(-700)], [{"capacity": 1.0}, north(700)], previous=pairs((0, 0)), keep={"worth_m": 10**6})
    assert chosen(match(m)) == {0: 1, 1: 0}


# pins


def test_a_pin_stands_beyond_distance_and_takes_a_place():
    m = month([north(3000), {}, {}], [{"capacity": 2.0}], pins=pairs((0, 0)))
    plan = match(m)
    assert chosen(plan)[0] == 0
    assert len(plan.elder) == 2
    assert plan.status[plan.elder.tolist().index(0)] == "pinned"
    assert [issue.code for issue in check_pins(m)] == ["pin_beyond_limit"]
    assert check_pins(m)[0].params["walk_m"] == 3900


@pytest.mark.parametrize(
    ("elder", "volunteer", "never", "code"),
    [
        ({"consent": "no"}, {}, (), "pin_not_eligible"),
        ({"left": "2026-11-01"}, {}, (), "pin_not_eligible"),
        ({}, {"status": "paused"}, (), "pin_not_eligible"),
        ({}, {"capacity": 0.0}, (), "pin_over_capacity"),
        ({}, {}, ((0, 0),), "pin_never"),
    ],
)
def test_pins_that_cannot_stand(elder, volunteer, never, code):
    issues = check_pins(month([elder], [volunteer], pins=pairs((0, 0)), never=pairs(*never)))
    assert [(issue.code, issue.row, issue.severity) for issue in issues] == [(code, 2, "error")]
    assert "{" not in issues[0].message() + issues[0].advice()


def test_pins_over_capacity_are_named_each():
    issues = check_pins(month([{}, {}], [{"capacity": 1.0}], pins=pairs((0, 0), (1, 0))))
    assert [(issue.code, issue.row, issue.params["pins"]) for issue in issues] == [
        ("pin_over_capacity", 2, 2),
        ("pin_over_capacity", 3, 2),
    ]
    assert check_pins(month([{}], [{}])) == []


# reasons


def test_every_unmatched_reason():
    elders = [{}, {"consent": ""}, {"status": "left"}, north(5000), north(1), {"lat": 31.6}]
    m = month(elders, [{"capacity": 1.0}, {**north(5001), "capacity": 2.0}], never=pairs((3, 1)))
    plan = match(m)
    assert reasons(plan) == {1: "no_consent", 2: "absent", 3: "ruled_out", 4: "shortage", 5: "no_volunteer_in_reach"}
    far = plan.unmatched[-1]
    straight = geodesic((31.6, 121.4737), (north(5001)["lat"], 121.4737)).m
    assert far.nearest_volunteer_m == pytest.approx(straight, abs=1e-5)
    assert far.evidence == {"limit_m": 1000, "looked_at": 2, "in_reach": 0, "nearest_m": round(straight * 1.3)}


def test_reason_where_no_volunteer_takes_part():
    m = month([{}, {}], [{"status": "left"}], pins=pairs((0, 0)))
    assert reasons(match(m)) == {1: "no_volunteer"}


def test_every_change_reason():
    elders = [{}, {}, {"consent": "no"}, {}, {}, {}, {}, {}, {}]
    volunteers = [
        {"status": "left"},
        {"capacity": 9.0},
        {**north(100), "capacity": 1.0},
        north(3000),
        north(650),
        {"capacity": 1.0},
    ]
    m = month(
        elders,
        volunteers,
        previous=pairs((0, -1), (1, 0), (2, 1), (3, 1), (4, 1), (5, 3), (6, 2), (7, 2), (8, 4)),
        pins=pairs((4, 4)),
        never=pairs((3, 1)),
        keep={"worth_m": 800, "beyond_limit": False},
    )
    plan = match(m)
    why = {change.elder: change.reason for change in plan.changes}
    one_of_two = {6, 7} & set(why)
    assert len(one_of_two) == 1
    assert why == {
        0: "volunteer_gone",
        1: "volunteer_absent",
        2: "elder_not_eligible",
        3: "never_pair",
        4: "pinned",
        5: "beyond_limit",
        one_of_two.pop(): "capacity",
        8: "better_plan",
    }
    assert plan.changes[0].previous_volunteer_id == "V999"
    assert plan.changes[2].volunteer == -1


def test_no_pair_at_all_is_said():
    with pytest.raises(NoPlanError, match="1 elder and 1 volunteer"):
        match(month([{}], [north(5000)]))
    for nobody in (month([], []), month([{}], []), month([], [{}])):
        with pytest.raises(NoPlanError):
            match(nobody)


def test_pairs_made_by_hand_become_a_plan():
    m = month([{"building": "a"}, {}, {}], [{"building": "a"}, north(50)], previous=pairs((0, 0), (1, 0)))
    plan = plan_from_pairs(m, pairs((0, 0), (1, 1)))
    assert plan.status == ("kept", "changed")
    assert plan.same_building.tolist() == [True, False]
    assert plan.certificate is None
    assert plan.unmatched == ()
    assert [(c.elder, c.volunteer) for c in plan.changes] == [(1, 1)]


def test_a_rule_of_ones_own():
    class NotOnTheNinth(Rule):
        name = "ninth"
        sentence = "not on the ninth floor"

        def bar_elders(self, features):
            return features.roster.elders["floor"].to_numpy() == 9

        def compute_cost_m(self, features, block):
            return np.full(len(block.elder), 7)

    plan = match(month([{"floor": 9.0}, {"floor": 8.0}], [{}]), rules=(*RULES, NotOnTheNinth()))
    assert chosen(plan) == {1: 0}
    assert plan.cost_terms["ninth"].tolist() == [7]
    assert plan.cost_m.tolist() == [7]
    assert [v.rule for v in verify_plan(plan).violations] == []


# whole months against an independent integer program


def by_hand(m):
    """(most elders served, least metres) from the rules' text alone: plain loops, an integer program."""
    elders, volunteers = m.roster.elders, m.roster.volunteers
    arcs = []
    for e in range(len(elders)):
        for v in np.flatnonzero(volunteers["capacity"] > 0).tolist():
            broken, costs = judged(m, e, v)
            if not broken:
                arcs.append((e, v, sum(costs.values())))
    if not arcs:
        return 0, 0
    n, columns = len(arcs), np.arange(len(arcs))
    e, v, cost = np.array(arcs).T
    rows = np.zeros((len(elders) + len(volunteers), n))
    rows[e, columns] = rows[len(elders) + v, columns] = 1
    at_most = LinearConstraint(rows, ub=np.concatenate((np.ones(len(elders)), volunteers["capacity"])))
    common = {"integrality": np.ones(n), "bounds": Bounds(0, 1)}
    most = round(-milp(-np.ones(n), constraints=[at_most], **common).fun)
    exactly = LinearConstraint(np.ones((1, n)), most, most)
    return most, round(milp(cost, constraints=[at_most, exactly], **common).fun)


@given(months())
@settings(deadline=None, max_examples=some(30))
def test_the_plan_serves_most_at_the_least_cost(m):
    served, cost = by_hand(m)
    if not served:
        with pytest.raises(NoPlanError):
            match(m)
        return
    plan = match(m)
    assert (len(plan.elder), int(plan.cost_m.sum())) == (served, cost)
    assert verify_plan(plan).violations == ()
    assert plan.certificate.optimal
    load = np.bincount(plan.volunteer, minlength=m.n_volunteers)
    assert (load <= Features(m).max_elders).all()
    assert sorted([*plan.elder.tolist(), *(u.elder for u in plan.unmatched)]) == list(range(m.n_elders))


@pytest.mark.long
def test_candidates_are_all_pairs_in_reach_at_any_size_of_block(monkeypatch):
    rng = np.random.default_rng(3)

    def people(n):  # many at one place
        return [{"lat": 31.2 + y * 1e-4, "lng": 121.4 + x * 1e-4} for x, y in rng.integers(0, 200, (n, 2)) // 20 * 20]

    m = month(people(150), people(90), previous=pairs((0, 0), (1, 1)))
    whole = candidates(m)
    brute = {
        (e, v)
        for e, a in m.roster.elders.iterrows()
        for v, b in m.roster.volunteers.iterrows()
        if geodesic((a.lat, a.lng), (b.lat, b.lng)).m * 1.3 <= 1000
    }
    assert whole == brute | {(0, 0), (1, 1)}
    monkeypatch.setattr("matcher.matching.candidates._BLOCK", 7)
    assert candidates(m) == whole
