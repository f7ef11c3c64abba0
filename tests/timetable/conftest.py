import pytest


@pytest.fixture(scope="module", autouse=True)
def _whole_effort(whole_effort):
    """Here it is asked how good months are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matcher.timetable.exact_month._EFFORT", whole_effort)
        yield
