"""First visits of new pairs, and the companions who come along.

``new_pairs``: who is new, in which first days a visit is due, and how much more is due in the first weeks.
``companion_pool``: who may come along. ``requests``: which first visits are asked for, with whom.
``appointments``: when each takes place, where elder, volunteer and companion are free (``day_plans`` holds their days).
``protect_contacts``: which appointments are given up, so that nobody loses contacts of their own.
``companions``: who comes along in the end, also to first visits that the planner placed.
"""
