"""Joint: match and hours at once, as one integer program: a bound on what any match with any month can come to."""

from matcher.joint.problem import JointProblem, VolunteerWeek
from matcher.joint.solve import JointOutcome, solve_joint

__all__ = ["JointOutcome", "JointProblem", "VolunteerWeek", "solve_joint"]
