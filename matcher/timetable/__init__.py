"""Timetable: the best month of each volunteer, as arrays."""
