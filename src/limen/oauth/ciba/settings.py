"""The settings of backchannel authentication (`LIMEN_OAUTH__CIBA__…`)."""

from dataclasses import dataclass
from datetime import timedelta

from limen.kernel.settings import setting


@dataclass(frozen=True, slots=True)
class CibaSettings:
    request_lifetime: timedelta = setting(
        timedelta(minutes=5), "How long a request waits for the person, if the client says nothing."
    )
    longest_lifetime: timedelta = setting(
        timedelta(minutes=10), "The longest that a client may let a request wait."
    )
    interval: timedelta = setting(
        timedelta(seconds=5), "How long a client waits between two questions for its tokens."
    )
    requests_per_person: int = setting(
        20, "How often a person is asked in an hour, by all applications together."
    )
    requests_per_person_and_client: int = setting(
        10, "How often a person is asked in an hour by one application."
    )
    waiting_per_person: int = setting(3, "How many requests may wait for one person at once.")
    wrong_codes_per_person: int = setting(
        5, "How many wrong user codes may be given for a person in an hour."
    )
    unknown_people_per_client: int = setting(
        200, "How often an application may name people who cannot be asked, in an hour."
    )
    least_time: timedelta = setting(
        timedelta(milliseconds=80),
        "No answer to a request comes sooner, so that its time tells nothing of the person.",
    )

    def __post_init__(self) -> None:
        shortest = timedelta(seconds=30)
        if not shortest <= self.request_lifetime <= self.longest_lifetime <= timedelta(minutes=30):
            raise ValueError("30 s <= request_lifetime <= longest_lifetime <= 30 minutes must hold")
        if not timedelta(seconds=1) <= self.interval <= timedelta(minutes=1):
            raise ValueError("interval must be 1 to 60 seconds")
        limits = (
            self.requests_per_person, self.requests_per_person_and_client,
            self.waiting_per_person, self.wrong_codes_per_person,
            self.unknown_people_per_client,
        )  # fmt: skip
        if min(limits) < 1:
            raise ValueError("limits per person are 1 or more")
        if not timedelta(0) <= self.least_time <= timedelta(seconds=1):
            raise ValueError("least_time must be at most 1 second")
