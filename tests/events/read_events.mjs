// Prints what ical.js makes of the calendars on its input (NUL between them), as JSON: every VEVENT
// with its properties, and the first dates of each series, their moved ones where they went.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const imported = require("ical.js");
const ICAL = imported.default ?? imported;
const MOST_DATES = 8;

const wall = (time) => time.toString().slice(0, 16);
const all = (event, name) =>
    event
        .getAllProperties(name)
        .flatMap((property) => property.getValues().map(wall))
        .sort();

function properties(event) {
    const start = event.getFirstProperty("dtstart");
    const id = event.getFirstPropertyValue("recurrence-id");
    const rule = event.getFirstPropertyValue("rrule");
    return {
        uid: event.getFirstPropertyValue("uid"),
        id: id ? wall(id) : null,
        start: wall(start.getFirstValue()),
        end: wall(event.getFirstPropertyValue("dtend")),
        zone: start.getParameter("tzid") ?? (start.getFirstValue().isDate ? "" : "UTC"),
        rule: rule ? rule.toString().split(";").sort() : [],
        extra: all(event, "rdate"),
        excluded: all(event, "exdate"),
        status: event.getFirstPropertyValue("status"),
        sequence: event.getFirstPropertyValue("sequence"),
        stamp: event.getFirstPropertyValue("dtstamp").toString(),
        title: event.getFirstPropertyValue("summary"),
        about: event.getFirstPropertyValue("description"),
        place: event.getFirstPropertyValue("location") ?? "",
    };
}

function firstDates(master) {
    const found = [];
    const iterator = master.iterator();
    for (let next = iterator.next(); next && found.length < MOST_DATES; next = iterator.next()) {
        found.push(wall(master.getOccurrenceDetails(next).startDate));
    }
    return found;
}

const answer = { events: [], dates: {} };
for (const text of readFileSync(0, "utf8").split("\0")) {
    const calendar = new ICAL.Component(ICAL.parse(text));
    for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
    const masters = new Map();
    for (const each of calendar.getAllSubcomponents("vevent")) {
        answer.events.push(properties(each));
        // Given none, it looks through the whole calendar for exceptions, once for every event.
        const event = new ICAL.Event(each, { exceptions: [] });
        if (event.isRecurrenceException()) masters.get(event.uid).relateException(event);
        else masters.set(event.uid, event);
    }
    for (const [uid, master] of masters) answer.dates[uid] = firstDates(master);
}
process.stdout.write(JSON.stringify(answer));
