"""Ask a provider for buildings: each once, at its pace, trying again where that helps, keeping every answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from geopy.exc import (
    GeocoderAuthenticationFailure,
    GeocoderInsufficientPrivileges,
    GeocoderParseError,
    GeocoderQueryError,
    GeocoderQuotaExceeded,
    GeocoderRateLimited,
    GeocoderServiceError,
    GeopyError,
)
from geopy.extra.rate_limiter import RateLimiter
from geopy.util import logger as geopy_logger

from matcher.datum import convert
from matcher.geo.geocode.answers import Answer, City
from matcher.geo.geocode.cache import Cache
from matcher.geo.geocode.providers import Access, Provider

TRIES = 4
LONGEST_PAUSE_S = 60.0
GIVE_UP_AFTER = 5
"""So many buildings in a row without an answer: the provider is down, or does not understand us at all."""

Stop = Literal["", "denied", "quota", "busy", "unreachable"]


@dataclass(slots=True)
class AskingOutcome:
    """What came of asking: answers by query, queries that failed each for itself, and why the asking ended early."""

    answers: dict[str, Answer] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    stopped: Stop = ""
    from_cache: int = 0
    asked: int = 0


def ask_all(
    queries: Iterable[str],
    provider: Provider,
    access: Access,
    city: City,
    cache: Cache,
    *,
    per_second: float = 0,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    pause: Callable[[float], None] = time.sleep,
) -> AskingOutcome:
    """Ask for each distinct query that the cache does not know, in order of the text.

    Time-outs, faults of the server and too many requests at a time are tried again, after 1, 2, 4 seconds or as the
    provider says. A refused key and a used-up quota end the asking at once; what is answered by then is kept.

    Args:
        queries: City and building, nothing else; they are sent as they are.
        provider: Whom to ask.
        access: By which key and server.
        city: Where the buildings are.
        cache: Where answers are kept, good and empty ones; failures are not.
        per_second: Requests a second, in place of the provider's usual rate.
        progress: Told how many queries of how many are done.
        pause: Waits so many seconds before another try.
    """
    wanted = sorted({query for query in queries if query})
    source = provider.source(access)
    outcome = AskingOutcome(cache.known(source, wanted))
    outcome.from_cache = done = len(outcome.answers)
    interval_s = 1 / (per_second or provider.per_second)
    # its own retries would log what is asked; ours do not
    paced = RateLimiter(
        provider.geocoder(access).geocode,
        min_delay_seconds=interval_s,
        error_wait_seconds=interval_s,
        max_retries=0,
        swallow_exceptions=False,
    )
    ask = partial(_send_once, paced, provider, provider.hints(city))
    unanswered_in_a_row = 0
    progress(done, len(wanted))
    with _mute_geopy():
        for query in wanted:
            if query in outcome.answers:
                continue
            outcome.asked += 1
            try:
                answer = _repeat(partial(ask, query), pause)
            except GeocoderQueryError:
                outcome.failed.append(query)
            except GeocoderServiceError as error:
                outcome.failed.append(query)
                unanswered_in_a_row += 1
                outcome.stopped = _decide_stop(error, unanswered_in_a_row)
                if outcome.stopped:
                    return outcome
            else:
                unanswered_in_a_row = 0
                outcome.answers[query] = answer
                cache.keep(source, query, answer)
            done += 1
            progress(done, len(wanted))
    return outcome


def _decide_stop(error: GeocoderServiceError, unanswered_in_a_row: int) -> Stop:
    """Say why there is no use in asking on; empty where there may be."""
    match error:
        case GeocoderAuthenticationFailure() | GeocoderInsufficientPrivileges():
            return "denied"
        case GeocoderRateLimited():
            return "busy"
        case GeocoderQuotaExceeded():
            return "quota"
    return "unreachable" if unanswered_in_a_row == GIVE_UP_AFTER else ""


def _repeat(ask: Callable[[], Answer], pause: Callable[[float], None]) -> Answer:
    """Ask until there is an answer, or trying again no longer helps."""
    for attempt in range(TRIES):
        try:
            return ask()
        except (GeocoderAuthenticationFailure, GeocoderInsufficientPrivileges, GeocoderQueryError):
            raise
        except GeocoderServiceError as error:
            limited = isinstance(error, GeocoderRateLimited)
            spent = isinstance(error, GeocoderQuotaExceeded) and not limited
            if spent or attempt == TRIES - 1:
                raise
            wait_s = (error.retry_after if limited else None) or 2.0**attempt
            pause(min(wait_s, LONGEST_PAUSE_S))
    raise AssertionError("the last try returns or raises")


def _send_once(paced: RateLimiter, provider: Provider, hints: dict[str, Any], query: str) -> Answer:
    """Send one request and return its answer, in WGS-84; one of another form raises ``GeocoderParseError``."""
    try:
        location = paced(query, **hints)
        if location is None:
            return Answer()
        lng, lat = convert(location.longitude, location.latitude, provider.datum, "wgs84")
        raw = location.raw
        return Answer(provider.quality(raw), float(lng), float(lat), provider.level(raw), provider.city(raw))
    except GeopyError:
        raise
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise GeocoderParseError(f"not as documented: {type(error).__name__}") from None


@contextmanager
def _mute_geopy() -> Iterator[None]:
    """Keep geopy from logging: its lines hold addresses and keys."""
    before = geopy_logger.disabled
    geopy_logger.disabled = True
    try:
        yield
    finally:
        geopy_logger.disabled = before
