"""Reads iCalendar files that netwijzer wrote with a parser of others, and holds them against the calendar as JSON.

Usage: check_calendar.py JSON ICS [ICS ...]; each file in one language. Prints what differs and ends with 1 then.
"""

import datetime
import json
import sys

import icalendar


def main() -> int:
    with open(sys.argv[1], encoding="utf-8") as file:
        calendar = json.load(file)
    wanted = {entry["uid"]: entry for entry in calendar["entries"]}
    faults = []
    for path in sys.argv[2:]:
        with open(path, "rb") as file:
            text = file.read()
        for number, line in enumerate(text.split(b"\r\n"), 1):
            if len(line) > 75 or b"\n" in line:
                faults.append(f"{path}:{number}: a line of {len(line)} bytes")
        read = icalendar.Calendar.from_ical(text)
        if read.errors:
            faults.append(f"{path}: {read.errors}")
        seen = {}
        for event in read.walk("VEVENT"):
            if event.errors:
                faults.append(f"{path}: {event.errors}")
            seen[str(event["UID"])] = event
        if set(seen) != set(wanted):
            faults.append(f"{path}: {len(seen)} appointments, expected {len(wanted)}")
        language = None
        for uid, event in seen.items():
            entry = wanted.get(uid)
            if entry is None:
                continue
            tag = str(event["SUMMARY"].params["LANGUAGE"]).lower()
            language = language or tag
            start = datetime.date.fromisoformat(entry["date"])
            expected = {
                "SUMMARY": entry["title"][tag],
                "DTSTART": start,
                "DTEND": start + datetime.timedelta(days=entry["days"]),
                "SEQUENCE": entry["sequence"],
                "STATUS": "CANCELLED" if entry["state"] == "cancelled" else "CONFIRMED",
            }
            for name, value in expected.items():
                got = event[name]
                got = got.dt if hasattr(got, "dt") else int(got) if name == "SEQUENCE" else str(got)
                if got != value:
                    faults.append(f"{path}: {entry['id']}: {name} is {got!r}, expected {value!r}")
            if not str(event["DESCRIPTION"]).startswith(entry["tell"][tag]) or tag != language:
                faults.append(f"{path}: {entry['id']}: another text")
        print(f"icalendar {icalendar.__version__}: {path}: {len(seen)} appointments in {language}")
    print("\n".join(faults))
    return 1 if faults else 0


sys.exit(main())
