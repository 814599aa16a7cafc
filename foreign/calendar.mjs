// Reads iCalendar files that netwijzer wrote with ical.js, and holds them against the calendar as JSON.
// Usage: calendar.mjs JSON ICS [ICS ...]

import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const [json, ...files] = process.argv.slice(2);
const wanted = new Map(JSON.parse(readFileSync(json, "utf8")).entries.map((e) => [e.uid, e]));
const faults = [];
for (const path of files) {
  // Strict: what is not in the standard is a fault, not a guess.
  ICAL.design.strict = true;
  const root = new ICAL.Component(ICAL.parse(readFileSync(path, "utf8")));
  if (root.getFirstPropertyValue("version") !== "2.0") faults.push(`${path}: no version`);
  const events = root.getAllSubcomponents("vevent");
  if (events.length !== wanted.size) faults.push(`${path}: ${events.length} appointments, expected ${wanted.size}`);
  let language;
  for (const event of events) {
    const value = (name) => event.getFirstPropertyValue(name);
    const entry = wanted.get(value("uid"));
    if (!entry) {
      faults.push(`${path}: an unknown appointment`);
      continue;
    }
    language = event.getFirstProperty("summary").getParameter("language");
    const last = new Date(`${entry.date}T00:00:00Z`);
    last.setUTCDate(last.getUTCDate() + entry.days);
    const expected = {
      summary: entry.title[language],
      dtstart: entry.date,
      dtend: last.toISOString().slice(0, 10),
      sequence: String(entry.sequence),
      status: entry.state === "cancelled" ? "CANCELLED" : "CONFIRMED",
    };
    for (const [name, text] of Object.entries(expected)) {
      if (String(value(name)) !== text) faults.push(`${path}: ${entry.id}: ${name} is ${value(name)}, expected ${text}`);
    }
    if (!value("dtstart").isDate || !value("dtend").isDate) faults.push(`${path}: ${entry.id}: not a whole day`);
    if (!value("description").startsWith(entry.tell[language])) faults.push(`${path}: ${entry.id}: another text`);
  }
  console.log(`ical.js: ${path}: ${events.length} appointments in ${language}`);
}
faults.forEach((fault) => console.log(fault));
process.exit(faults.length ? 1 : 0);
