// Prints what ical.js makes of a calendar on its input, as JSON: each date of each event from
// process.argv[2] up to process.argv[3], with its local start, instant and status.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const imported = require("ical.js");
const ICAL = imported.default ?? imported;

const calendar = new ICAL.Component(ICAL.parse(readFileSync(0, "utf8")));
for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);

const events = calendar.getAllSubcomponents("vevent").map((each) => new ICAL.Event(each));
const masters = events.filter((event) => !event.isRecurrenceException());
for (const event of events) {
    if (!event.isRecurrenceException()) continue;
    masters.find((master) => master.uid === event.uid)?.relateException(event);
}

const [from, until] = process.argv.slice(2);
const found = [];
for (const master of masters) {
    const iterator = master.iterator();
    for (let next = iterator.next(); next; next = iterator.next()) {
        if (next.toString() >= until) break;
        if (next.toString() < from) continue;
        const { item, startDate } = master.getOccurrenceDetails(next);
        found.push({
            start: startDate.toString().slice(0, 16),
            instant: startDate.toJSDate().toISOString(),
            status: item.component.getFirstPropertyValue("status"),
            summary: item.summary,
        });
    }
}
process.stdout.write(JSON.stringify(found));
