"""Values of rows, as the database has them."""

import os
import time
from datetime import datetime, timedelta, timezone


def new_task(number):
    return {
        "Command": f"cargo test --package search --test case_{number}",
        "RepositoryPath": f"/srv/git/repository-{number % 16:02}",
    }


def task_id(number):
    return f"01940000-0000-7000-8000-{number:012x}"


def new_id():
    """A UUID of version 7."""
    millis = time.time_ns() // 1_000_000
    tail = os.urandom(10).hex()
    text = f"{millis:012x}7{tail[:3]}8{tail[3:18]}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def moment(after=0):
    then = datetime.now(timezone.utc).replace(tzinfo=None) + timedelta(seconds=after)
    return then.isoformat(sep=" ", timespec="microseconds") + "0"


def seconds_between(start, end):
    return (datetime.fromisoformat(end[:26]) - datetime.fromisoformat(start[:26])).total_seconds()


def time_span(seconds):
    whole, ticks = int(seconds), round(seconds % 1 * 10_000_000)
    return f"{whole // 3600 % 24:02}:{whole // 60 % 60:02}:{whole % 60:02}.{ticks:07}"


def seconds_of(span):
    hours, minutes, seconds = span.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def reliability(successes, trials):
    """The lower bound of Wilson's score interval at 95 %."""
    z2, share = 1.959963984540054**2, successes / trials
    margin = (z2 * (share * (1 - share) + z2 / (4 * trials)) / trials) ** 0.5
    return (share + z2 / (2 * trials) - margin) / (1 + z2 / trials)
