//! OCSF 1.8.0, one event a line: a Scan Activity (6007) that says what was read, and a Detection Finding (2004) for each
//! incident.
//!
//! The schema allows no key that it does not know; what has no name there stands under `unmapped`. It demands a time of
//! creation, which would be that of the clock: it is the time of the incident's last request instead, so that a scan that
//! is repeated gives the same event. Since there is always the one of the scan, a scan without incidents is an event too.

use std::io;
use std::net::IpAddr;

use accesslog::Time;
use detect::{Confidence, Severity, Stage};
use serde_json::{Value, json};

use crate::Untrusted;
use crate::attack;
use crate::document::{Document, Finding, Scan, Story};
use crate::facts::{last_time, lead, losses, millis, pruned, score, span};
use crate::fitted::{self, Omitted};
use crate::foreign;
use crate::json::write_line;
use crate::render::{Look, Render};

/// The version of the schema.
const VERSION: &str = "1.8.0";

/// How many requests of an incident an event begins with as evidence, and how many observables: more than ever fit.
const ITEMS_MAX: usize = 256;

/// The methods that the schema knows.
const METHODS: [&str; 9] = ["OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "CONNECT", "PATCH"];

/// The form for security lakes.
pub(crate) struct Ocsf;

impl Render for Ocsf {
    fn name(&self) -> &'static str {
        "ocsf"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["ocsf.json", "ocsf.jsonl", "ocsf.ndjson"]
    }

    fn about(&self) -> &'static str {
        "OCSF 1.8.0, one event a line: the scan (6007) and a Detection Finding (2004) for each incident"
    }

    fn render(&self, document: &Document, _: Look, out: &mut dyn io::Write) -> io::Result<()> {
        let last = last_time(document);
        write_line(out, &fitted::event(pruned(activity(document, last)), &noted))?;
        document.stories.iter().try_for_each(|story| {
            let event = pruned(event(document, story, last));
            write_line(out, &fitted::event(event, &|event, omitted| noted(event, further(omitted, story))))
        })
    }
}

/// Says of an event that was cut what is not in it.
fn noted(mut event: Value, omitted: Vec<Omitted>) -> Value {
    event["metadata"]["is_truncated"] = true.into();
    event["unmapped"]["omitted"] = json!(omitted);
    event
}

/// What is not in an event, with what it did not even begin with.
fn further(mut omitted: Vec<Omitted>, story: &Story) -> Vec<Omitted> {
    for Omitted { key, items, .. } in &mut omitted {
        *items += match key.as_str() {
            "evidences" | "unmapped.findings" => story.findings.len().saturating_sub(ITEMS_MAX),
            "observables" => observables(story).count().saturating_sub(ITEMS_MAX),
            _ => 0,
        };
    }
    omitted
}

fn activity(document: &Document, last: Time) -> Value {
    let Scan { totals, window, .. } = &document.scan;
    let is_whole = losses(&document.scan).next().is_none();
    let lost = losses(&document.scan).map(|(path, because)| json!({"path": path, "because": because}));
    // 2 is a scan that completed, 6 one that could not.
    let (activity, name) = if is_whole { (2, "Completed") } else { (6, "Error") };
    json!({
        "category_uid": 6,
        "category_name": "Application Activity",
        "class_uid": 6007,
        "class_name": "Scan Activity",
        "activity_id": activity,
        "activity_name": name,
        "type_uid": 600_700 + activity,
        "severity_id": 1,
        "severity": "Informational",
        "status_id": if is_whole { 1 } else { 2 },
        "status": if is_whole { "Success" } else { "Failure" },
        "time": millis(last),
        "start_time": totals.first.map(millis),
        "end_time": totals.last.map(millis),
        "message": format!("{} records of {} sources", totals.records, totals.inputs),
        "metadata": metadata(document, None),
        "scan": {"name": "access logs", "type_id": 1, "type": "Manual"},
        "num_detections": totals.incidents,
        "num_files": totals.inputs,
        "num_skipped_items": document.scan.passed.len(),
        "total": totals.records,
        "unmapped": {
            "totals": serde_json::to_value(totals).unwrap_or_default(),
            "window": serde_json::to_value(window).unwrap_or_default(),
            "not_read": lost.collect::<Vec<_>>(),
            "limits_reached": serde_json::to_value(&document.scan.limits_reached).unwrap_or_default(),
            "not_run": serde_json::to_value(&document.scan.not_run).unwrap_or_default(),
            "untrusted": foreign::keys("ocsf"),
        },
    })
}

fn event(document: &Document, story: &Story, last: Time) -> Value {
    let Story { incident, findings, impact } = story;
    let (from, to) = span(incident, last);
    let evidences: Vec<Value> = findings.iter().take(ITEMS_MAX).map(evidence).collect();
    json!({
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2004,
        "class_name": "Detection Finding",
        "activity_id": 1,
        "activity_name": "Create",
        "type_uid": 200_401,
        "type_name": "Detection Finding: Create",
        "severity_id": severity(incident.severity).0,
        "severity": severity(incident.severity).1,
        "confidence_id": confidence(incident.confidence),
        "confidence": incident.confidence.name(),
        "risk_score": score(incident.severity),
        "status_id": 1,
        "status": "New",
        "is_alert": Severity::High <= incident.severity,
        "time": millis(to),
        "start_time": millis(from),
        "end_time": millis(to),
        "count": incident.findings,
        "message": incident.summary,
        "metadata": metadata(document, Some(&incident.id)),
        "finding_info": finding_info(story, from, to),
        "evidences": evidences,
        "observables": observables(story).take(ITEMS_MAX).collect::<Vec<_>>(),
        "remediation": (!incident.next.is_empty()).then(|| json!({"desc": incident.next.join(" ")})),
        "unmapped": {
            "rank": incident.rank,
            "successes": incident.successes,
            "actor_count": incident.actor_count,
            "impact": serde_json::to_value(impact).unwrap_or_default(),
            "stages": serde_json::to_value(incident.stages).unwrap_or_default(),
            "why": serde_json::to_value(&incident.why).unwrap_or_default(),
            "findings": findings.iter().take(ITEMS_MAX).map(unmapped).collect::<Vec<_>>(),
        },
    })
}

fn metadata(document: &Document, uid: Option<&str>) -> Value {
    json!({
        "version": VERSION,
        "product": {"name": "keytrace", "vendor_name": "keytrace", "version": document.scan.version},
        "log_name": "access log",
        "uid": uid,
    })
}

fn finding_info(story: &Story, from: Time, to: Time) -> Value {
    let Story { incident, findings, .. } = story;
    // The weightiest reason is what told the incident; the others stand beside it.
    let mut reasons: Vec<_> = incident.why.iter().collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.bits));
    let analytic = |name: &str| {
        let about = crate::facts::signal(name).map(detect::Signal::about);
        json!({"type_id": 1, "type": "Rule", "name": name, "uid": name, "desc": about, "version": env!("CARGO_PKG_VERSION")})
    };
    let mut analytics = reasons.iter().map(|reason| analytic(&reason.signal));
    let first = analytics.next();
    let mut sources: Vec<&Untrusted> = findings.iter().map(|finding| &finding.source.path).collect();
    sources.sort_unstable();
    sources.dedup();
    let phases = incident.stages.each().into_iter().filter(|(_, count)| 0 < *count).map(|(stage, _)| phase(stage));
    let mut phases: Vec<(u8, &str)> = phases.collect();
    phases.dedup();
    json!({
        "uid": incident.id,
        "title": incident.title,
        "desc": incident.summary,
        "created_time": millis(to),
        "first_seen_time": millis(from),
        "last_seen_time": millis(to),
        "analytic": first,
        "related_analytics": analytics.collect::<Vec<_>>(),
        "attacks": incident.techniques.iter().filter_map(|id| of_technique(id)).collect::<Vec<_>>(),
        "kill_chain": phases.into_iter().map(|(id, name)| json!({"phase_id": id, "phase": name})).collect::<Vec<_>>(),
        "data_sources": sources,
        "types": ["credential theft"],
    })
}

fn of_technique(id: &str) -> Option<Value> {
    let page = attack::page(id)?;
    let known = attack::technique(id);
    let key = if id.contains('.') { "sub_technique" } else { "technique" };
    let tactic = known.map(|known| json!({"uid": known.tactic.0, "name": known.tactic.1}));
    let parent = id
        .split_once('.')
        .map(|(parent, _)| json!({"uid": parent, "name": attack::technique(parent).map(|known| known.name)}));
    let mut attack = json!({"tactic": tactic, "technique": parent});
    attack[key] = json!({"uid": id, "name": known.map(|known| known.name), "src_url": page});
    Some(attack)
}

/// The phase of the kill chain that a stage is.
fn phase(stage: Stage) -> (u8, &'static str) {
    match stage {
        Stage::Probe => (1, "Reconnaissance"),
        Stage::Extract => (4, "Exploitation"),
        Stage::Use | Stage::Harvest => (7, "Actions on Objectives"),
    }
}

fn evidence(finding: &Finding) -> Value {
    let Finding { request, source, .. } = finding;
    let client = request.client.as_ref();
    let address = client.filter(|client| client.is(is_address));
    let name = client.filter(|client| !client.is(is_address) && !client.is_empty());
    let endpoint = client.filter(|client| !client.is_empty()).map(|_| json!({"ip": address, "name": name}));
    let (path, query) = request.target.as_ref().map(Untrusted::split_query).unzip();
    let url = request
        .target
        .as_ref()
        .map(|target| json!({"url_string": target, "path": path, "query_string": query, "hostname": request.host}));
    let is_asked = request.method.is_some() || request.target.is_some();
    let (known, odd): (Vec<&Untrusted>, Vec<&Untrusted>) =
        request.method.iter().partition(|method| method.is(|method| METHODS.contains(&method)));
    let asked = is_asked.then(
        || json!({"http_method": known.first(), "referrer": request.referer, "user_agent": request.agent, "url": url}),
    );
    let answered = request.status.map(|status| {
        json!({
            "code": status,
            "length": request.bytes,
            "latency": request.duration.map(|seconds| (seconds * 1e3).round() as i64),
        })
    });
    json!({
        "uid": finding.id,
        "name": lead(finding).map(|lead| &lead.name),
        "src_endpoint": endpoint,
        "url": url,
        "http_request": asked,
        "http_response": answered,
        "user": user(finding),
        "api": request.operation.as_ref().map(|operation| {
            let service = request.service.as_ref().map(|service| json!({"name": service}));
            let error = request.error_code.as_ref().map(|code| json!({"error": code}));
            json!({"operation": operation, "service": service, "response": error})
        }),
        "databucket": bucket(finding),
        "data": {
            "method": odd.first(),
            "region": request.region,
            "source": serde_json::to_value(source).unwrap_or_default(),
            "signals": serde_json::to_value(&finding.signals).unwrap_or_default(),
        },
    })
}

/// As whom it was asked, with the key that signed.
fn user(finding: &Finding) -> Option<Value> {
    let request = &finding.request;
    let name = request.user.as_ref().or(request.principal.as_ref());
    let key = request.access_key_id.as_ref();
    (name.is_some() || key.is_some()).then(|| {
        // One of name and uid is demanded.
        json!({"name": name, "uid": request.principal.as_ref().or(key), "credential_uid": key})
    })
}

fn bucket(finding: &Finding) -> Option<Value> {
    let request = &finding.request;
    let is_s3 = request.service.as_ref().is_some_and(|service| service.is(|service| service.starts_with("s3")))
        || request.operation.as_ref().is_some_and(|operation| operation.is(|name| name.starts_with("REST.")));
    let (id, kind) = if is_s3 { (1, "S3") } else { (99, "Other") };
    let object = request.object.as_ref().map(|object| json!({"name": object, "type_id": 1}));
    request.bucket.as_ref().map(|bucket| json!({"name": bucket, "type_id": id, "type": kind, "file": object}))
}

/// What the schema has no name for in an evidence.
fn unmapped(finding: &Finding) -> Value {
    json!({
        "uid": finding.id,
        "stage": finding.stage.name(),
        "outcome": finding.outcome.name(),
        "severity": finding.severity.name(),
        "confidence": finding.confidence.name(),
        "time": finding.request.time.map(millis),
    })
}

fn observables(story: &Story) -> impl Iterator<Item = Value> {
    let observable = |name: &str, (id, kind): (u8, &str), value: &Untrusted| json!({"name": name, "type_id": id, "type": kind, "value": value});
    let clients =
        story.incident.actors.iter().filter_map(|actor| actor.client.as_ref()).map(move |client| {
            match client.is(is_address) {
                true => observable("evidences.src_endpoint.ip", (2, "IP Address"), client),
                false => observable("evidences.src_endpoint.name", (1, "Hostname"), client),
            }
        });
    let mut users: Vec<&Untrusted> =
        story.findings.iter().filter_map(|finding| finding.request.user.as_ref()).collect();
    users.sort_unstable();
    users.dedup();
    let users = users.into_iter().map(move |user| observable("evidences.user.name", (4, "User Name"), user));
    clients.chain(users)
}

fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

fn severity(severity: Severity) -> (u8, &'static str) {
    match severity {
        Severity::Info => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    }
}

/// Low, medium or high.
fn confidence(confidence: Confidence) -> u8 {
    match confidence {
        Confidence::Anomaly => 1,
        Confidence::Attempt => 2,
        Confidence::Probable | Confidence::Confirmed => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ndjson::tests::document;

    #[test]
    fn who_asked_is_an_address_or_a_name_and_who_signed_a_name_or_a_key() {
        let finding = |client: Option<&str>, user: Option<&str>, key: Option<&str>| {
            let mut finding = document().stories.remove(0).findings.remove(0);
            let request = &mut finding.request;
            (request.client, request.user) = (client.map(Untrusted::from), user.map(Untrusted::from));
            (request.principal, request.access_key_id) = (None, key.map(Untrusted::from));
            finding
        };
        for (client, wanted) in [
            (Some("192.0.2.7"), json!({"ip": "192.0.2.7", "name": null})),
            (Some("host.example"), json!({"ip": null, "name": "host.example"})),
            (Some(""), Value::Null),
            (None, Value::Null),
        ] {
            assert_eq!(evidence(&finding(client, None, None))["src_endpoint"], wanted);
        }
        for (name, key, wanted) in [
            (None, None, None),
            (Some("me"), None, Some(json!({"name": "me", "uid": null, "credential_uid": null}))),
            (None, Some("AKIA****"), Some(json!({"name": null, "uid": "AKIA****", "credential_uid": "AKIA****"}))),
        ] {
            assert_eq!(user(&finding(None, name, key)), wanted);
        }
    }
}
