"""Log lines as JSON."""

import json
import logging
import sys

from transfer.logs import JsonFormatter, RequestIdFilter, request_id


def _line(record: logging.LogRecord) -> dict[str, object]:
    RequestIdFilter().filter(record)
    text = JsonFormatter().format(record)
    assert "\n" not in text
    return json.loads(text)


def test_json_line_has_request_id_and_extra_fields():
    token = request_id.set("abc-request")
    try:
        record = logging.makeLogRecord(
            {
                "name": "matching",
                "levelname": "INFO",
                "msg": "matched %d",
                "args": (3,),
                "demand": 7,
            }
        )
        line = _line(record)
    finally:
        request_id.reset(token)

    assert line["message"] == "matched 3"
    assert line["request_id"] == "abc-request"
    assert (line["logger"], line["level"], line["demand"]) == ("matching", "INFO", 7)


def test_json_line_outside_requests_keeps_exception_and_chinese_on_one_line():
    try:
        raise ValueError("坏的\n值")
    except ValueError:
        line = _line(logging.makeLogRecord({"msg": "失败", "exc_info": sys.exc_info()}))

    assert line["request_id"] == "-"
    assert line["message"] == "失败"
    assert "ValueError: 坏的" in str(line["exception"])
