//! The Elastic Common Schema, one JSON object a line, ready to be indexed.
//!
//! An incident is an alert, a finding an event that the alert's `event.id` is found in: so a rule that counts alerts
//! counts stories, and a search finds the requests. A source that was not read is a `pipeline_error`. What the schema has
//! no name for stands under `keytrace`, as it asks of custom fields.

use std::io;
use std::net::IpAddr;

use accesslog::Time;
use detect::{Outcome, Severity};
use serde_json::{Value, json};

use crate::attack;
use crate::document::{Document, Finding, Impact, Incident, Story};
use crate::facts::{last_time, lead, losses, pruned, score, sentence, signal, span};
use crate::fitted::{self, Omitted};
use crate::json::write_line;
use crate::render::{Look, Render};
use crate::show::instant;
use crate::untrusted::{Telling, Untrusted};

/// The version of the schema.
const VERSION: &str = "9.3.0";

/// The form for Elasticsearch.
pub(crate) struct Ecs;

impl Render for Ecs {
    fn name(&self) -> &'static str {
        "ecs"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["ecs.ndjson", "ecs.jsonl", "ecs.json"]
    }

    fn about(&self) -> &'static str {
        "Elastic Common Schema, one JSON object a line: an alert for each incident, an event for each finding"
    }

    fn render(&self, document: &Document, _: Look, out: &mut dyn io::Write) -> io::Result<()> {
        let last = last_time(document);
        let mut write = |value: Value| write_line(out, &fitted::event(pruned(value), &noted));
        for Story { incident, findings, impact } in &document.stories {
            write(alert(document, incident, impact, last))?;
            findings.iter().try_for_each(|finding| write(event(document, incident, finding, last)))?;
        }
        losses(&document.scan).try_for_each(|(path, because)| write(error(document, &path, &because, last)))
    }
}

/// Says of an event that was cut what is not in it.
fn noted(mut event: Value, omitted: Vec<Omitted>) -> Value {
    event["keytrace"]["omitted"] = json!(omitted);
    event
}

fn alert(document: &Document, incident: &Incident, impact: &[Impact], last: Time) -> Value {
    let (from, to) = span(incident, last);
    let clients: Vec<&Untrusted> = incident.actors.iter().filter_map(|actor| actor.client.as_ref()).collect();
    let (addresses, hosts) = related(clients);
    let rule = incident.why.first().map(|reason| reason.signal.as_str());
    let mut tactics: Vec<(&str, &str)> =
        incident.techniques.iter().filter_map(|id| Some(attack::technique(id)?.tactic)).collect();
    tactics.sort_unstable();
    tactics.dedup();
    let techniques = incident.techniques.iter().filter(|id| attack::page(id).is_some());
    let names: Vec<&str> = techniques.clone().map(|id| attack::technique(id).map_or("", |known| known.name)).collect();
    json!({
        "@timestamp": instant(to),
        "ecs": {"version": VERSION},
        "message": Telling::default().text(&incident.title).own(". ").text(&incident.summary).finish(),
        "event": {
            "kind": "alert",
            "category": ["intrusion_detection", "web"],
            "type": ["info"],
            "module": "keytrace",
            "dataset": "keytrace.incident",
            "id": incident.id,
            "severity": score(incident.severity),
            "risk_score": f64::from(score(incident.severity)),
            "outcome": if 0 < incident.successes { "success" } else { "failure" },
            "start": instant(from),
            "end": instant(to),
        },
        "rule": {"name": incident.title, "id": rule, "ruleset": "keytrace", "version": document.scan.version},
        "threat": {
            "framework": "MITRE ATT&CK",
            "tactic": {
                "id": tactics.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
                "name": tactics.iter().map(|(_, name)| *name).collect::<Vec<_>>(),
            },
            "technique": {
                "id": techniques.clone().collect::<Vec<_>>(),
                "name": names,
                "reference": techniques.filter_map(|id| attack::page(id)).collect::<Vec<_>>(),
            },
        },
        "related": {"ip": addresses, "hosts": hosts},
        "observer": observer(document),
        "tags": ["keytrace", incident.severity.name()],
        "keytrace": {
            "incident": serde_json::to_value(incident).unwrap_or_default(),
            "impact": serde_json::to_value(impact).unwrap_or_default(),
        },
    })
}

fn event(document: &Document, incident: &Incident, finding: &Finding, last: Time) -> Value {
    let Finding { request, source, .. } = finding;
    let client = request.client.as_ref();
    let address = client.filter(|client| client.is(is_address));
    let (addresses, hosts) = related(client);
    let rule = lead(finding).and_then(|lead| signal(&lead.name));
    let (path, query) = request.target.as_ref().map(Untrusted::split_query).unzip();
    json!({
        "@timestamp": instant(request.time.unwrap_or(last)),
        "ecs": {"version": VERSION},
        "message": sentence(finding),
        "event": {
            "kind": "event",
            "category": ["web", "intrusion_detection"],
            "type": [if finding.outcome == Outcome::Failure { "denied" } else { "access" }],
            "module": "keytrace",
            "dataset": "keytrace.finding",
            "id": finding.id,
            "severity": score(finding.severity),
            "outcome": finding.outcome.name(),
            "action": request.operation,
            "provider": request.service,
            "duration": request.duration.map(|seconds| (seconds * 1e9).round() as i64),
        },
        "rule": {
            "id": lead(finding).map(|lead| &lead.name),
            "name": lead(finding).map(|lead| &lead.name),
            "description": rule.map(detect::Signal::about),
            "ruleset": "keytrace",
            "version": document.scan.version,
        },
        "source": {"address": client, "ip": address},
        "user": {"name": request.user},
        "url": {"original": request.target, "path": path, "query": query, "domain": request.host},
        "http": {
            "request": {"method": request.method, "referrer": request.referer},
            "response": {"status_code": request.status, "bytes": request.bytes},
        },
        "user_agent": {"original": request.agent},
        "cloud": {"region": request.region},
        "error": {"code": request.error_code},
        "log": {"file": {"path": source.path}, "origin": null, "offset": source.offset},
        "related": {"ip": addresses, "hosts": hosts, "user": request.user.iter().collect::<Vec<_>>()},
        "observer": observer(document),
        "tags": ["keytrace", finding.severity.name()],
        "keytrace": {"finding": {
            "incident": incident.id,
            "incident_severity": incident.severity.name(),
            "stage": finding.stage.name(),
            "severity": finding.severity.name(),
            "confidence": finding.confidence.name(),
            "is_loud": Severity::High <= finding.severity,
            "line": source.line,
            "length": source.length,
            "record": source.record,
            "signals": serde_json::to_value(&finding.signals).unwrap_or_default(),
            "has_time": request.time.is_some(),
            "bucket": request.bucket,
            "object": request.object,
            "principal": request.principal,
            "access_key_id": request.access_key_id,
        }},
    })
}

fn error(document: &Document, path: &Untrusted, because: &Untrusted, last: Time) -> Value {
    json!({
        "@timestamp": instant(last),
        "ecs": {"version": VERSION},
        "message": "a source was not read, or not to its end",
        "event": {
            "kind": "pipeline_error",
            "category": ["file"],
            "type": ["error"],
            "module": "keytrace",
            "dataset": "keytrace.scan",
            "outcome": "failure",
        },
        "error": {"message": because},
        "log": {"file": {"path": path}},
        "observer": observer(document),
        "tags": ["keytrace"],
    })
}

fn observer(document: &Document) -> Value {
    json!({"product": "keytrace", "type": "log-analyser", "version": document.scan.version})
}

/// Clients that are addresses, and those that are something else. The type `ip` takes nothing but addresses.
fn related<'a>(clients: impl IntoIterator<Item = &'a Untrusted>) -> (Vec<&'a Untrusted>, Vec<&'a Untrusted>) {
    clients.into_iter().partition(|client| client.is(is_address))
}

fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_event_lacks_is_said_in_it_and_addresses_are_told_from_names() {
        let lacks = vec![Omitted { key: "url.original".to_owned(), items: 0, bytes: 7 }];
        let event = noted(json!({"keytrace": {"id": "KT-1"}}), lacks);
        let wanted = json!({"keytrace": {"id": "KT-1", "omitted": [{"key": "url.original", "bytes": 7}]}});
        assert_eq!(event, wanted);
        assert!(is_address("2001:db8::1") && !is_address("host.example"));
    }
}
