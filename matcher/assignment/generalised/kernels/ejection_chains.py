"""Ejection chains of the generalised assignment problem: an elder takes the place of another, who takes the next one's.

After Yagiura, Ibaraki and Glover (2006), who chain shifts under prices of the linear relaxation; accepted as in
simulated annealing (Kirkpatrick, Gelatt and Vecchi 1983), where a worse plan may lead to a better one. A plan never
breaks a capacity: what is exact in a single shift is rare, what is exact along a chain is not.

With prices of units p >= 0, an option's *reduced cost* is cost + use * p less the least that its elder can have. A plan
costs the bound of the relaxation, and its reduced costs, and p for each unit left: the latter two are what chains lower.
Arrays of a component: elder e has candidates ``start[e]:start[e + 1]`` in order of ``volunteer``.
"""

from collections import namedtuple

import numpy as np

from matcher.compiling import loop, step

NOBODY = -1
_LESS = 1e-6
"""What counts as less: sums of floating point."""

ChainProblem = namedtuple(
    "ChainProblem",
    "start volunteer use capacity first reduced left_out group may_leave near_start near unit_price",
)
"""A component at prices.

start, volunteer, use, capacity, first: as of the component.
reduced: Reduced cost of each candidate, float (n,).
left_out: The same of leaving each elder out, float (n_elders,).
group: Who of an elder's group is left out in the elder's place changes no limit, (n_elders,).
may_leave: Whether a chain that begins with somebody served may end by leaving another out.
near_start, near: Elder e's candidates that chains try, ``near[near_start[e]:near_start[e + 1]]``.
unit_price: Of each volunteer's units, float (n_volunteers,).
"""

_Plan = namedtuple("_Plan", "chosen left members held at")
"""A plan: units ``left``; ``members[first[v] : first[v] + held[v]]`` are whom v serves, elder e ``at[e]`` of them."""

_Chain = namedtuple("_Chain", "hand taken option member total last met")
"""A chain: elder ``hand[i]`` takes candidate ``taken[i]`` and ejects ``hand[i + 1]``.

option, member: Which candidate of hand[i], and which elder that it may eject, come next.
total: What the chain adds to the plan's cost before hand[i] finds a place; of hand[0]'s old volunteer nothing but its
reduced cost.
last: Its last elder, [0]. met: The number of the chain that last passed through a volunteer, (n_volunteers,).
"""


@step
def _find_candidate(volunteer, begin, end, v):
    """Return which of candidates ``begin:end``, in order of volunteer, is v's; NOBODY: none."""
    low, high = begin, end
    while low < high:  # all before low are below v, none from high on is
        middle = (low + high) // 2
        if volunteer[middle] < v:
            low = middle + 1
        else:
            high = middle
    return low if low < end and volunteer[low] == v else NOBODY


@step
def _place(problem, plan, e, option):
    """Give an elder without one a candidate."""
    plan.chosen[e] = option
    if option >= 0:
        v = problem.volunteer[option]
        plan.left[v] -= problem.use[option]
        plan.at[e] = plan.held[v]
        plan.members[problem.first[v] + plan.held[v]] = e
        plan.held[v] += 1


@step
def _remove(problem, plan, e):
    """Take an elder's candidate away; the last of the volunteer's members moves into the gap."""
    option = plan.chosen[e]
    if option >= 0:
        v = problem.volunteer[option]
        plan.left[v] += problem.use[option]
        plan.held[v] -= 1
        last = plan.members[problem.first[v] + plan.held[v]]
        plan.members[problem.first[v] + plan.at[e]] = last
        plan.at[last] = plan.at[e]
        plan.chosen[e] = NOBODY


@step
def _end_chain(problem, plan, chain, depth, origin, limit):
    """Return (change, last option) where hand[depth] can end the chain below ``limit``; change inf: it can't.

    It can be left out, or take the place of hand[0] with its old volunteer, whose candidate ``origin`` is.
    """
    f, total = chain.hand[depth], chain.total[depth]
    first = chain.hand[0]
    back = NOBODY
    released = 0.0
    if origin >= 0:
        back = problem.volunteer[origin]
        released = problem.unit_price[back] * problem.use[origin]
    if problem.may_leave or (origin < 0 and problem.group[f] == problem.group[first]):
        change = total + problem.left_out[f] + released
        if change < limit:
            return change, NOBODY
    if back >= 0:
        q = _find_candidate(problem.volunteer, problem.start[f], problem.start[f + 1], back)
        if q >= 0 and problem.use[q] <= plan.left[back] + problem.use[origin]:
            change = total + problem.reduced[q] + released - problem.unit_price[back] * problem.use[q]
            if change < limit:
                return change, q
    return np.inf, NOBODY


@step
def _search_chain(problem, plan, chain, number, e, limit, most_nodes):
    """Search a chain from elder e that changes the plan's cost by less than ``limit``, depth first.

    Return (change, nodes); change inf: none was found within so many nodes. A prefix goes on while filling the room
    that e's old volunteer has left could still bring it below the limit (the gain criterion of Lin and Kernighan 1973).
    """
    origin = plan.chosen[e]
    fill, released = 0.0, 0.0
    if origin >= 0:
        u = problem.volunteer[origin]
        chain.met[u] = number
        fill = problem.unit_price[u] * plan.left[u]
        released = problem.unit_price[u] * problem.use[origin]
        chain.total[0] = -problem.reduced[origin]
    else:
        chain.total[0] = -problem.left_out[e]
    deepest = len(chain.hand) - 2
    chain.hand[0], chain.option[0], chain.member[0] = e, problem.near_start[e], 0
    depth, nodes = 0, 0
    # hand[0 … depth] is a chain so far; all that comes before option and member of each has been tried
    while depth >= 0 and nodes < most_nodes:
        g = chain.hand[depth]
        if chain.option[depth] >= problem.near_start[g + 1]:
            depth -= 1
            if depth >= 0:
                chain.met[problem.volunteer[chain.taken[depth]]] = 0
            continue
        o = problem.near[chain.option[depth]]
        v = problem.volunteer[o]
        if chain.met[v] == number or o == plan.chosen[g]:
            chain.option[depth] += 1
            continue
        nodes += 1
        chain.taken[depth] = o
        total = chain.total[depth] + problem.reduced[o]
        if chain.member[depth] == 0 and problem.use[o] <= plan.left[v]:
            change = total - problem.unit_price[v] * problem.use[o] + released
            if change < limit:
                chain.last[0] = depth
                return change, nodes
        is_deeper = False
        while depth < deepest and chain.member[depth] < plan.held[v]:
            f = plan.members[problem.first[v] + chain.member[depth]]
            chain.member[depth] += 1
            p = plan.chosen[f]
            if problem.use[o] > plan.left[v] + problem.use[p]:
                continue
            after = total - problem.reduced[p] + problem.unit_price[v] * (problem.use[p] - problem.use[o])
            if after - fill >= limit:
                continue
            nodes += 1
            chain.hand[depth + 1], chain.total[depth + 1] = f, after
            change, ending = _end_chain(problem, plan, chain, depth + 1, origin, limit)
            if change < limit:
                chain.taken[depth + 1] = ending
                chain.last[0] = depth + 1
                return change, nodes
            is_deeper = True
            break
        if is_deeper:
            chain.met[v] = number
            depth += 1
            chain.option[depth], chain.member[depth] = problem.near_start[chain.hand[depth]], 0
        else:
            chain.option[depth] += 1
            chain.member[depth] = 0
    return np.inf, nodes


@loop
def improve_by_ejection_chains(problem, chosen, best, heat, deepest, most_nodes, budget, seed):
    """Change ``chosen`` chain by chain until ``budget`` nodes are spent; write the best plan met into ``best``.

    A chain has at most ``deepest`` ejections and is searched for ``most_nodes`` nodes. It may make the plan dearer: by
    ``heat`` on average; 0: never. Returns by how much ``best`` is cheaper than ``chosen`` was.
    """
    np.random.seed(seed)
    n, m = len(problem.start) - 1, len(problem.capacity)
    plan = _Plan(
        chosen,
        problem.capacity.copy(),
        np.empty(len(problem.volunteer), np.int64),
        np.zeros(m, np.int64),
        np.empty(n, np.int64),
    )
    for e in range(n):
        _place(problem, plan, e, chosen[e])
    best[:] = chosen
    chain = _Chain(
        np.empty(deepest + 2, np.int64),
        np.empty(deepest + 2, np.int64),
        np.empty(deepest + 2, np.int64),
        np.empty(deepest + 2, np.int64),
        np.empty(deepest + 2),
        np.zeros(1, np.int64),
        np.zeros(m, np.int64),
    )
    changed, least = 0.0, 0.0
    spent = 0
    number = 0
    while spent < budget:
        number += 1
        limit = -_LESS
        if heat > 0:
            limit = -heat * np.log(np.random.random() + 1e-300)
        change, nodes = _search_chain(problem, plan, chain, number, np.random.randint(n), limit, most_nodes)
        spent += nodes + 5
        if change >= limit:
            continue
        changed += change
        last = chain.last[0]
        for i in range(last + 1):
            _remove(problem, plan, chain.hand[i])
        for i in range(last + 1):
            _place(problem, plan, chain.hand[i], chain.taken[i])
        if changed < least - _LESS:
            least = changed
            best[:] = plan.chosen
    return -least
