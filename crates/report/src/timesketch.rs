//! Events of a time line, as Timesketch takes them in: `message`, `datetime`, `timestamp` (microseconds) and
//! `timestamp_desc`, and whatever else an event is told by.
//!
//! An incident is two events, its first request and its last; a finding is one. Timesketch cannot place an event without
//! a time: it stands at the last time of the logs, and says so by the tag `no-time`. Texts are cut until the event fits
//! ([`fitted`](crate::fitted)), and `omitted` says of which how much: the index behind Timesketch drops longer terms in
//! silence.

use accesslog::Time;

use crate::document::{Document, Finding, Incident};
use crate::facts::{last_time, lead, sentence, span};
use crate::fitted::{ROW_BYTES_MAX, by_steps};
use crate::show::instant;
use crate::untrusted::{Telling, Untrusted};

/// An event: each attribute with its value, in the order of [`COLUMNS`].
pub(crate) type Event = [Cell; COLUMNS.len()];

/// The value of an attribute.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    /// None.
    Nothing,
    /// Text; strangers' text may be in it.
    Text(Untrusted),
    /// A number.
    Number(i64),
    /// Labels of our own.
    Tags(Vec<String>),
}

/// The attributes of an event. The first three are demanded.
pub(crate) const COLUMNS: [&str; 31] = [
    "message",
    "datetime",
    "timestamp_desc",
    "timestamp",
    "tag",
    "incident",
    "finding",
    "severity",
    "confidence",
    "stage",
    "outcome",
    "source_ip",
    "username",
    "http_method",
    "url",
    "status_code",
    "bytes_sent",
    "referrer",
    "user_agent",
    "host",
    "signal",
    "evidence",
    "display_name",
    "line",
    "operation",
    "bucket",
    "object",
    "region",
    "principal",
    "access_key_id",
    "omitted",
];

/// All events of a document, incident by incident, each cut to [`ROW_BYTES_MAX`] as `bytes` measures it.
pub(crate) fn events(document: &Document, bytes: fn(&Event) -> usize) -> impl Iterator<Item = Event> {
    whole(document).map(move |event| match bytes(&event) <= ROW_BYTES_MAX {
        true => event,
        false => fitted(&event, bytes),
    })
}

/// The event with its texts cut so that it fits.
fn fitted(event: &Event, bytes: fn(&Event) -> usize) -> Event {
    let cut = |(text_bytes, _)| {
        let mut omitted = Vec::new();
        let mut cut = event.clone();
        for (cell, name) in cut.iter_mut().zip(COLUMNS) {
            let Cell::Text(text) = cell else { continue };
            let (own, left) = text.beginning(text_bytes);
            if 0 < left {
                omitted.push(format!("{name} {left} bytes"));
                *text = own;
            }
        }
        cut[COLUMNS.len() - 1] = text(&omitted.join(", "));
        cut
    };
    by_steps(cut, |event| bytes(event) <= ROW_BYTES_MAX)
}

fn whole(document: &Document) -> impl Iterator<Item = Event> {
    let last = last_time(document);
    document.stories.iter().flat_map(move |story| {
        let incident = &story.incident;
        let (from, to) = span(incident, last);
        let has_time = incident.first_seen.is_some();
        let ends =
            [("First Seen", from), ("Last Seen", to)].map(|(what, time)| of_incident(incident, what, time, has_time));
        ends.into_iter().chain(story.findings.iter().map(move |finding| of_finding(incident, finding, last)))
    })
}

fn of_incident(incident: &Incident, what: &str, time: Time, has_time: bool) -> Event {
    let message = Telling::default().own(&incident.id).own(": ").text(&incident.title);
    let message = message.own(". ").text(&incident.summary).finish();
    let tags = tags(incident.severity.name(), incident, has_time);
    let mut event = event(message, what, time, tags);
    event[5] = text(&incident.id);
    event[7] = text(incident.severity.name());
    event[8] = text(incident.confidence.name());
    event
}

fn of_finding(incident: &Incident, finding: &Finding, last: Time) -> Event {
    let Finding { request, source, .. } = finding;
    let own = |value: &Option<Untrusted>| value.as_ref().map_or(Cell::Nothing, foreign);
    let number = |value: Option<u64>| value.map_or(Cell::Nothing, |value| Cell::Number(value as i64));
    let tags = tags(finding.severity.name(), incident, request.time.is_some());
    let mut event = event(sentence(finding).into(), "Evidence Request", request.time.unwrap_or(last), tags);
    let rest = [
        text(&incident.id),
        text(&finding.id),
        text(finding.severity.name()),
        text(finding.confidence.name()),
        text(finding.stage.name()),
        text(finding.outcome.name()),
        own(&request.client),
        own(&request.user),
        own(&request.method),
        own(&request.target),
        number(request.status.map(u64::from)),
        number(request.bytes),
        own(&request.referer),
        own(&request.agent),
        own(&request.host),
        lead(finding).map_or(Cell::Nothing, |lead| text(&lead.name)),
        lead(finding).map_or(Cell::Nothing, |lead| foreign(&lead.evidence)),
        foreign(&source.path),
        number(Some(source.line)),
        own(&request.operation),
        own(&request.bucket),
        own(&request.object),
        own(&request.region),
        own(&request.principal),
        own(&request.access_key_id),
    ];
    for (cell, value) in event[5..].iter_mut().zip(rest) {
        *cell = value;
    }
    event
}

fn event(message: Untrusted, what: &str, time: Time, tags: Vec<String>) -> Event {
    let mut event = [const { Cell::Nothing }; COLUMNS.len()];
    event[0] = foreign(&message);
    event[1] = text(&datetime(time));
    event[2] = text(what);
    event[3] = Cell::Number(time.0.div_euclid(1_000));
    event[4] = Cell::Tags(tags);
    event
}

/// ISO 8601 with an offset; `Z` is one, but importers of older releases know it not.
fn datetime(time: Time) -> String {
    instant(time).replace('Z', "+00:00")
}

fn tags(severity: &str, incident: &Incident, has_time: bool) -> Vec<String> {
    let mut tags = vec!["keytrace".to_owned(), severity.to_owned()];
    tags.extend(incident.techniques.iter().filter(|id| crate::attack::page(id).is_some()).cloned());
    if !has_time {
        tags.push("no-time".to_owned());
    }
    tags
}

fn text(text: &str) -> Cell {
    Cell::Text(text.into())
}

fn foreign(text: &Untrusted) -> Cell {
    Cell::Text(text.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_omitted_stands_in_its_column() {
        assert_eq!(COLUMNS[30], "omitted");
    }
}
