"""Frames and records: what is sent comes back, what is no record is refused by its path."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fumibako.wire import applier, frames
from fumibako.wire.records import BadRecord, as_json, from_json

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.text(), _JSON))
def test_a_message_comes_out_of_its_frame_as_it_went_in(message: dict[str, object]) -> None:
    frame = frames.encode(message)
    assert frames.body_length(frame[: frames.HEADER]) == len(frame) - frames.HEADER
    assert frames.decode(frame[frames.HEADER :]) == message


@given(st.binary(max_size=60))
def test_noise_is_no_frame_or_an_object(body: bytes) -> None:
    try:
        message = frames.decode(body)
    except frames.BadFrame:
        return
    assert isinstance(message, dict)


_REQUESTS = st.one_of(*(st.from_type(kind) for kind in applier.REQUESTS.values()))


@given(_REQUESTS)
def test_a_request_comes_over_the_wire_as_it_was_made(request: applier.Request) -> None:
    message = json.loads(json.dumps(applier.request_json(request)))
    assert applier.parse_request(message) == request


@given(st.from_type(applier.Observed))
def test_an_answer_comes_over_the_wire_as_it_was_made(observed: applier.Observed) -> None:
    assert from_json(applier.Observed, json.loads(json.dumps(as_json(observed)))) == observed


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ([], "Install"),
        ({"generation": 1}, "expect"),
        ({"generation": 1.5, "expect": None}, "generation"),
        ({"generation": True, "expect": None}, "generation"),
        ({"generation": 1, "expect": "1"}, "expect"),
        ({"generation": 1, "expect": None, "x": 1}, "x"),
    ],
)
def test_what_is_no_record_is_refused_by_its_path(value: object, path: str) -> None:
    with pytest.raises(BadRecord) as refused:
        from_json(applier.Install, value)
    assert str(refused.value).startswith(path)


def test_the_digest_tells_path_and_text_apart() -> None:
    assert applier.files_digest({"a": "b"}) != applier.files_digest({"ab": ""})
    assert applier.files_digest({"a": "x", "b": "y"}) == applier.files_digest({"b": "y", "a": "x"})
