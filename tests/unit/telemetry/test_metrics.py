"""Counting is cheap, and what is scraped is well-formed."""

import logging
import re

import pytest

from limen.kernel.events import Fact
from limen.platform.telemetry.facts import FactCounter
from limen.platform.telemetry.http import HttpObserver
from limen.platform.telemetry.metrics import MOST_SERIES, Counter, Histogram, Metrics
from limen.platform.telemetry.vitals import add_vitals

_LINE = re.compile(
    r'(# (HELP|TYPE) \S+ .+)|([a-z_]+(\{[a-z]+="([^"\\\n]|\\.)*"(,[a-z]+="([^"\\\n]|\\.)*")*\})? \S+)'
)


def test_a_counter_counts_by_its_labels() -> None:
    counter = Counter("limen_tokens_issued_total", "Tokens.", "grant_type")
    counter.add("refresh_token")
    counter.add("refresh_token", by=2)
    assert counter.value("refresh_token") == 3
    assert list(counter.lines())[2] == 'limen_tokens_issued_total{grant_type="refresh_token"} 3'


def test_labels_that_somebody_else_chose_cannot_fill_the_memory() -> None:
    counter = Counter("x_total", "X.", "who")
    for number in range(MOST_SERIES + 500):
        counter.add(str(number))
    assert len(list(counter.lines())) == MOST_SERIES + 3
    assert counter.value("other") == 500


def test_wrong_labels_are_an_error_of_ours() -> None:
    with pytest.raises(TypeError):
        Counter("x_total", "X.", "a").add("1", "2")
    with pytest.raises(TypeError):
        Histogram("x_seconds", "X.", "a").observe((), 1.0)


def test_a_histogram_is_cumulative() -> None:
    histogram = Histogram("x_seconds", "X.", bounds=(0.1, 1.0))
    for seconds in (0.05, 0.1, 0.5, 7.0):
        histogram.observe((), seconds)
    assert list(histogram.lines())[2:] == [
        'x_seconds_bucket{le="0.1"} 2',
        'x_seconds_bucket{le="1.0"} 3',
        'x_seconds_bucket{le="+Inf"} 4',
        "x_seconds_sum 7.65",
        "x_seconds_count 4",
    ]


def test_every_line_is_well_formed_whatever_the_labels() -> None:
    """A129: a label cannot forge a line of the exposition."""
    metrics = Metrics()
    add_vitals(metrics, version="1.0")
    metrics.counter("limen_x_total", 'Says "x"\nand more.', "who").add('a"b\\c\nlimen_y 7')
    metrics.gauge("limen_y", "Y.", read=lambda: 2.5)
    observer = HttpObserver(metrics)
    observer.request("GET", "users.list", 200, 0.003)
    observer.request("BREW", "unrouted", 404, 0.001)
    text = metrics.text().decode()
    for line in text.rstrip("\n").split("\n"):
        assert _LINE.fullmatch(line), line
    assert 'http_requests_total{method="GET",endpoint="users.list",status="200"} 1' in text
    assert 'http_requests_total{method="other",endpoint="unrouted",status="404"} 1' in text


def test_a_name_is_given_once() -> None:
    metrics = Metrics()
    metrics.counter("a_total", "A.")
    with pytest.raises(ValueError, match="a_total"):
        metrics.counter("a_total", "A.")


def test_a_gauge_that_cannot_be_read_spoils_nothing() -> None:
    def lost() -> float:
        raise OSError

    metrics = Metrics()
    metrics.gauge("a", "A.", read=lost)
    metrics.gauge("b", "B.", read=lambda: 1)
    assert metrics.text() == b"# HELP b B.\n# TYPE b gauge\nb 1\n"


def test_only_faults_and_slow_answers_get_a_line(caplog: pytest.LogCaptureFixture) -> None:
    observer = HttpObserver(Metrics())
    with caplog.at_level(logging.INFO, logger="limen.access"):
        observer.request("POST", "token.issue", 200, 0.002)
        observer.request("POST", "token.issue", 400, 0.002)
        assert not caplog.records
        observer.request("POST", "token.issue", 503, 0.002)
        observer.request("POST", "token.issue", 200, 1.5)
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


def test_facts_are_counted_as_sign_ins_tokens_and_refusals() -> None:
    metrics = Metrics()
    count = FactCounter(metrics).count
    count(Fact("sign_in.succeeded"))
    count(Fact("sign_in.refused", result="refused", reason="wrong_credentials"))
    count(Fact("token.issued", data={"grant": "client_credentials"}))
    count(Fact("token_family.rotated", data={"grant": "refresh_token"}))
    text = metrics.text().decode()
    assert 'limen_sign_ins_total{result="success",reason=""} 1' in text
    assert 'limen_sign_ins_total{result="refused",reason="wrong_credentials"} 1' in text
    assert 'limen_tokens_issued_total{grant_type="client_credentials"} 1' in text
    assert 'limen_tokens_issued_total{grant_type="refresh_token"} 1' in text
    assert 'limen_facts_total{name="token.issued",result="success",reason=""} 1' in text
