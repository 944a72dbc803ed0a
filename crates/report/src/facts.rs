//! What several forms for programs say alike, said in one place.
//!
//! Standards demand a time where the log has none, and would have it from the clock. No report has a clock in it, or two
//! scans of one log would differ: such a time is the last one that the logs hold, and the epoch where they hold none.

use accesslog::Time;
use detect::{Confidence, Outcome, SIGNALS, Severity, Signal, Stage};
use serde_json::Value;

use crate::document::{Contents, Document, Finding, Incident, Persons, Scan, Sighting, Story, Suppressed};
use crate::untrusted::{Telling, Untrusted};
use crate::words::{plural, thousands};

/// The last time that the logs hold; the epoch if they hold none.
pub(crate) fn last_time(document: &Document) -> Time {
    let seen = document.stories.iter().filter_map(|story| story.incident.last_seen);
    document.scan.totals.last.into_iter().chain(seen).max().unwrap_or(Time(0))
}

/// When an incident began and ended, as far as is known; the last time of the logs if it is not.
pub(crate) fn span(incident: &Incident, last: Time) -> (Time, Time) {
    incident.first_seen.zip(incident.last_seen).unwrap_or((last, last))
}

/// Milliseconds since the epoch.
pub(crate) fn millis(time: Time) -> i64 {
    time.0.div_euclid(1_000_000)
}

/// What a finding is told by: its first signal.
pub(crate) fn lead(finding: &Finding) -> Option<&Sighting> {
    finding.signals.first()
}

/// The findings that tell a story best, by time: successes before failures, the certain before the others, and the
/// first of each stage before the second of any.
pub(crate) fn telling(story: &Story, most: usize) -> Vec<&Finding> {
    let mut places: Vec<usize> = (0..story.findings.len()).collect();
    let worth = |place: &usize| {
        let one = &story.findings[*place];
        (one.outcome == Outcome::Success, one.severity, one.confidence == Confidence::Confirmed)
    };
    let mut seen = [0_usize; Stage::ALL.len()];
    let turns: Vec<usize> = story
        .findings
        .iter()
        .map(|one| {
            let turn = &mut seen[one.stage as usize];
            *turn += usize::from(one.outcome == Outcome::Success);
            *turn
        })
        .collect();
    places.sort_by_key(|place| (std::cmp::Reverse(worth(place)), turns[*place], *place));
    places.truncate(most);
    places.sort_unstable();
    places.into_iter().map(|place| &story.findings[place]).collect()
}

/// The signal of that name, if this version has it.
pub(crate) fn signal(name: &str) -> Option<&'static dyn Signal> {
    SIGNALS.iter().copied().find(|signal| signal.name() == name)
}

/// What a finding came to, in a word or two.
pub(crate) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "got it",
        Outcome::Unknown => "unclear",
        Outcome::Failure => "failed",
    }
}

/// What an entry of what is allowed took out, and what it did not.
pub(crate) fn suppressed(entry: &Suppressed) -> String {
    let mut parts = Vec::new();
    let count = |count: u64, what: &str| format!("{} {what}{}", thousands(count), plural(count as usize));
    if entry.findings == 0 {
        parts.push("nothing was taken out".to_owned());
    } else {
        let of = |count: u64, what: &str| match count {
            0 => String::new(),
            _ => format!(", {} of them {what}", thousands(count)),
        };
        let (successes, unknown) = (of(entry.successes, "successful"), of(entry.unknown, "unclear"));
        let (findings, incidents) = (count(entry.findings, "finding"), count(entry.incidents, "incident"));
        parts.push(format!("{findings}{successes}{unknown}, of {incidents} ({} gone)", thousands(entry.gone)));
    }
    if 0 < entry.kept_successes {
        parts.push(format!("{} NOT suppressed, as it succeeded", count(entry.kept_successes, "finding")));
    }
    if 0 < entry.kept_counts {
        parts.push(format!("{} not suppressed, as not all of them were kept", count(entry.kept_counts, "finding")));
    }
    if entry.findings + entry.kept_successes + entry.kept_counts == 0 {
        parts = vec!["matched nothing".to_owned()];
    }
    parts.join("; ")
}

/// How many persons lost what.
pub(crate) fn persons(row: &Persons) -> Untrusted {
    let upper = match row.at_most.saturating_sub(row.certain) {
        0 => String::new(),
        _ => format!(" to {}", thousands(row.at_most)),
    };
    let many = if row.at_most == 1 { "" } else { "s" };
    let told = Telling::default().own(format_args!("{}{upper} ", thousands(row.certain))).text(&row.kind).own(many);
    let items = row.items.iter().enumerate();
    items.fold(told, |told, (place, item)| told.own(if place == 0 { ": " } else { " + " }).text(item)).finish()
}

/// The end of a path, in at most `width` characters.
pub(crate) fn file_name(path: &Untrusted, width: usize) -> String {
    let shown: Vec<char> = path.on_terminal().to_string().chars().collect();
    match shown.len().checked_sub(width) {
        None | Some(0) => shown.into_iter().collect(),
        Some(over) => "...".chars().chain(shown.into_iter().skip(over + 3)).collect(),
    }
}

/// How many of the objects that left were looked into, and whether more persons may be concerned.
pub(crate) fn contents(of: &Contents) -> String {
    let Contents { objects, whole, in_part, missing, unread, without_entry, unnamed } = *of;
    let mut parts =
        vec![format!("{} of {} objects left whole and were read whole", thousands(whole), thousands(objects))];
    let others = [
        (in_part, "read, but perhaps left in part"),
        (missing, "not found"),
        (unread, "not read to the end"),
        (without_entry, "more that no entry is about"),
        (unnamed, "rows that name nobody who can be told apart"),
    ];
    parts.extend(
        others.iter().filter(|(count, _)| 0 < *count).map(|(count, what)| format!("{} {what}", thousands(*count))),
    );
    let open = if of.is_open() { ": there may be more persons than are counted here" } else { "" };
    format!("{}{open}", parts.join(", "))
}

/// In how many stretches of an incident's time no log holds any request, of how many, and how long one is in seconds.
/// `None` where there is no such stretch, or the report does not say. What left in them, if anything did, is in no count.
pub(crate) fn silence_within(scan: &Scan, incident: &Incident) -> Option<(u64, u64, i64)> {
    let width = scan.traffic.width;
    let nanos = width.checked_mul(1_000_000_000).filter(|nanos| 0 < *nanos)?;
    let (first, last) = (incident.first_seen?.0.div_euclid(nanos), incident.last_seen?.0.div_euclid(nanos));
    let all = u64::try_from(last.checked_sub(first)?).ok()?.checked_add(1)?;
    let held = scan.traffic.stretches.iter().filter(|stretch| (first..=last).contains(stretch)).count() as u64;
    // Findings without a request in the same stretch were written by another hand.
    let empty = all.checked_sub(held).filter(|empty| 0 < *empty && 0 < held)?;
    Some((empty, all, width))
}

/// The method and the target of a request; of a call to a cloud that has none, the operation and what it was of.
pub(crate) fn request_line(finding: &Finding) -> Untrusted {
    let request = &finding.request;
    let parts = match request.target {
        Some(_) => [&request.method, &request.target, &None],
        None => [&request.operation, &request.bucket, &request.object],
    };
    let parts = parts.into_iter().flatten().enumerate();
    parts
        .fold(Telling::default(), |line, (place, part)| line.own(if place == 0 { "" } else { " " }).text(part))
        .finish()
}

/// A finding in a sentence of our words alone: what was seen in it, what it got. Who asked for what stands in keys of
/// its own.
pub(crate) fn sentence(finding: &Finding) -> String {
    let lead = lead(finding).map_or("a request".to_owned(), |lead| match lead.what.as_str() {
        "" => lead.name.clone(),
        what => format!("{} ({what})", lead.name),
    });
    let status = finding.request.status.map_or(String::new(), |status| format!(", status {status}"));
    let bytes = finding.request.bytes.map_or(String::new(), |bytes| format!(", {bytes} bytes"));
    format!("{lead}: {}{status}{bytes}", outcome(finding.outcome))
}

/// A severity as a number from 0 to 100.
pub(crate) fn score(severity: Severity) -> u8 {
    match severity {
        Severity::Info => 10,
        Severity::Low => 30,
        Severity::Medium => 50,
        Severity::High => 80,
        Severity::Critical => 95,
    }
}

/// What is missing from the report: each source that was not read, or not to its end, and why. A scan that was stopped is
/// told by the name of no source, `-`.
pub(crate) fn losses(scan: &Scan) -> impl Iterator<Item = (Untrusted, Untrusted)> {
    let passed = scan.passed.iter().filter(|passed| passed.is_loss);
    let passed = passed.map(|passed| (passed.path.clone(), passed.because.clone()));
    let stopped = scan.stopped_by.as_ref().map(|_| ("-".into(), "the scan was stopped before its end".into()));
    stopped
        .into_iter()
        .chain(passed)
        .chain(scan.inputs.iter().filter_map(|input| Some((input.path.clone(), input.cut_short.clone()?))))
}

/// The value without keys whose value is `null` and without empty lists, all the way down.
pub(crate) fn pruned(value: Value) -> Value {
    let is_nothing = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().map(|(key, value)| (key, pruned(value)));
            Value::Object(kept.filter(|(_, value)| !is_nothing(value)).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(pruned).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_is_left_out_but_nothing() {
        let value = json!({"a": null, "b": [], "c": {"d": null}, "e": [null, 0], "f": "", "g": false});
        assert_eq!(pruned(value), json!({"c": {}, "e": [null, 0], "f": "", "g": false}));
    }

    #[test]
    fn stretches_of_an_incident_without_any_request_are_counted() {
        let mut document = crate::ndjson::tests::document();
        let mut told = |first: i64, last: i64, stretches: &[i64]| {
            let hours = |hours: i64| Some(Time(hours * 3_600_000_000_000 + 7));
            let incident = &mut document.stories[0].incident;
            (incident.first_seen, incident.last_seen) = (hours(first), hours(last));
            document.scan.traffic.width = 3_600;
            document.scan.traffic.stretches = stretches.to_vec();
            silence_within(&document.scan, &document.stories[0].incident)
        };
        assert_eq!(told(10, 14, &[8, 10, 11, 14, 20]), Some((2, 5, 3_600)));
        assert_eq!(told(10, 12, &[10, 11, 12]), None);
        assert_eq!(told(10, 12, &[]), None, "the report does not say");
        assert_eq!(told(-3, -1, &[-3, -1]), Some((1, 3, 3_600)), "before 1970 too");
    }

    #[test]
    fn no_time_is_made_up() {
        assert_eq!(last_time(&Document::default()), Time(0));
        assert_eq!(millis(Time(-1)), -1);
    }
}
