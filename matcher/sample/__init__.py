"""Made-up, lifelike rosters of any size."""

from matcher.sample.make import Sample, make_sample
from matcher.sample.write import write_sample

__all__ = ["Sample", "make_sample", "write_sample"]
