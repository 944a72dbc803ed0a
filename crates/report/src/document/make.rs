//! A report, written down.

use accesslog::{Census, FaultAt};
use detect::{CloudCall, Judged, Stage};
use sha2::{Digest, Sha256};

use super::{
    Actor, Alike, Chance, Contents, Count, Document, Fault, Finding, Impact, Incident, Input, Limit, NotRun, Passed,
    Persons, Reason, Reproduce, Request, RouteSizes, Scan, Setting, Share, Sighting, Source, Span, Stages, Story,
    Suppressed, Totals, Traffic, Window,
};
use crate::Untrusted;
use crate::json::{hex, spelt};
use crate::render::{self, Kept, Report};

/// What a report says, written down.
///
/// What is written down is let go of, finding by finding: a verdict and its document are never whole at once.
pub fn of_report(mut report: Report) -> Document {
    let scan = scan(&report);
    let incidents = std::mem::take(&mut report.verdict.incidents);
    Document { scan, stories: incidents.into_iter().map(|incident| story(&report, incident)).collect() }
}

fn scan(report: &Report) -> Scan {
    let total = report.total();
    let verdict = &report.verdict;
    Scan {
        version: report.version.to_owned(),
        is_complete: report.stopped_by.is_none()
            && report.inputs.iter().all(|input| input.cut_short.is_none())
            && report.passed.iter().all(|passed| !passed.is_loss),
        stopped_by: report.stopped_by.map(str::to_owned),
        settings: settings(report),
        settings_sha256: hex(&settings_digest(report)),
        inputs: report.read().map(input).collect(),
        passed: report.passed.iter().map(passed).collect(),
        window: Window { since: report.window.0, until: report.window.1 },
        totals: Totals {
            inputs: report.read().count(),
            bytes: total.bytes,
            lines: total.lines,
            records: total.records,
            faults: total.fault_count(),
            blank: total.blank,
            directives: total.directives,
            outside: report.inputs.iter().map(|input| input.outside).sum(),
            undated: report.inputs.iter().map(|input| input.undated).sum(),
            looked_at: verdict.records,
            first: total.span.map(|(first, _)| first),
            last: total.span.map(|(_, last)| last),
            incidents: verdict.incidents.len(),
            findings: verdict.incidents.iter().map(|incident| incident.finding_count).sum(),
        },
        limits_reached: verdict.limits.iter().map(limit).collect(),
        not_run: report.not_run.iter().map(not_run).collect(),
        suppressed: verdict.suppressed.iter().map(suppressed).collect(),
        traffic: traffic(&verdict.traffic),
    }
}

fn suppressed(of: &detect::Suppressed) -> Suppressed {
    let detect::Suppressed { reason, findings, successes, unknown, kept_successes, kept_counts, incidents, gone } = of;
    let (findings, successes, unknown) = (*findings, *successes, *unknown);
    let (kept_successes, kept_counts, incidents, gone) = (*kept_successes, *kept_counts, *incidents, *gone);
    let reason = Untrusted::of(reason.as_bytes());
    Suppressed { reason, findings, successes, unknown, kept_successes, kept_counts, incidents, gone }
}

fn persons(of: &detect::Persons) -> Persons {
    let items = of.items.iter().map(|item| Untrusted::of(item.as_bytes())).collect();
    Persons { kind: Untrusted::of(of.kind.as_bytes()), items, certain: of.certain, at_most: of.at_most }
}

fn contents(of: &detect::Contents) -> Contents {
    let detect::Contents { objects, whole, in_part, missing, unread, without_entry, unnamed } = *of;
    Contents { objects, whole, in_part, missing, unread, without_entry, unnamed }
}

fn traffic(traffic: &detect::Traffic) -> Traffic {
    Traffic {
        width: traffic.width_seconds(),
        stretches: traffic.stretches().map(|stretch| stretch.number).collect(),
        requests: traffic.stretches().map(|stretch| stretch.requests).collect(),
        failures: traffic.stretches().map(|stretch| stretch.failures).collect(),
    }
}

fn settings(report: &Report) -> Vec<Setting> {
    let setting =
        |(name, value): &(&str, String)| Setting { name: (*name).to_owned(), value: Untrusted::of(value.as_bytes()) };
    report.settings.iter().map(setting).collect()
}

fn settings_digest(report: &Report) -> [u8; 32] {
    let lines: String = report.settings.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    Sha256::digest(lines).into()
}

fn input(input: &render::Input) -> Input {
    let Census { lines, records, blank, directives, bytes, span, .. } = input.census;
    let counts = |counts: &[(&'static str, u64)]| {
        counts.iter().map(|(name, lines)| Count { name: (*name).to_owned(), lines: *lines }).collect()
    };
    Input {
        path: Untrusted::of_path(&input.path),
        sha256: input.digest.as_ref().map(|digest| hex(digest)),
        codec: input.codec.clone(),
        format: input.format.map(str::to_owned),
        recognised: Share { lines: input.recognised.0, of: input.recognised.1 },
        bytes,
        lines,
        records,
        faults: input.census.fault_count(),
        blank,
        directives,
        outside: input.outside,
        undated: input.undated,
        first: span.map(|(first, _)| first),
        last: span.map(|(_, last)| last),
        formats: counts(&input.census.formats),
        fault_kinds: counts(&input.census.faults),
        first_faults: input.census.first_faults.iter().map(fault).collect(),
        alike: input
            .alike
            .as_ref()
            .map(|(other, is_as_long)| Alike { path: Untrusted::of_path(other), is_as_long: *is_as_long }),
        cut_short: input.cut_short.as_ref().map(|because| Untrusted::of(because.as_bytes())),
        is_damaged: input.is_damaged,
    }
}

fn fault(FaultAt { at, fault }: &FaultAt) -> Fault {
    Fault { line: at.line, offset: at.offset, at: fault.at, expected: fault.expected.to_owned() }
}

fn passed(passed: &render::Passed) -> Passed {
    Passed {
        path: Untrusted::of_path(&passed.path),
        because: Untrusted::of(passed.because.as_bytes()),
        is_loss: passed.is_loss,
    }
}

fn limit(limit: &detect::Limit) -> Limit {
    Limit { name: limit.name.to_owned(), limit: limit.limit, over: limit.over, meaning: limit.meaning.to_owned() }
}

fn not_run(not_run: &detect::NotRun) -> NotRun {
    NotRun { signal: not_run.signal.to_owned(), because: not_run.because.clone() }
}

fn story(report: &Report, mut incident: detect::Incident) -> Story {
    let row = row(report, &incident);
    let impact = incident.impact.iter().map(|impact| row_of_impact(&incident, impact)).collect();
    let findings = std::mem::take(&mut incident.findings);
    let findings = findings.into_iter().map(|judged| finding(report, &incident, &judged)).collect();
    Story { incident: row, impact, findings }
}

fn row(report: &Report, incident: &detect::Incident) -> Incident {
    let [probe, extract, r#use, harvest] = incident.stages;
    const _: () = assert!(matches!(Stage::ALL, [Stage::Probe, Stage::Extract, Stage::Use, Stage::Harvest]));
    let actor = |actor: &detect::Actor| Actor {
        client: own(actor.client.as_deref()),
        agent: own(actor.agent.as_deref()),
        findings: actor.findings,
    };
    let reason = |reason: &detect::Reason| Reason {
        signal: reason.signal.to_owned(),
        role: reason.role,
        seen: Untrusted::of(&reason.seen),
        expected: reason.expected.as_str().into(),
        bits: reason.bits,
    };
    Incident {
        id: incident.id.clone(),
        rank: incident.rank,
        severity: incident.severity,
        confidence: incident.confidence,
        title: incident.title.as_str().into(),
        summary: incident.summary.as_str().into(),
        told: incident.told.as_deref().map(Untrusted::from),
        stages: Stages { probe, extract, r#use, harvest },
        first_seen: incident.span.map(|(first, _)| first),
        last_seen: incident.span.map(|(_, last)| last),
        actors: incident.actors.iter().map(actor).collect(),
        actor_count: incident.actor_count,
        techniques: incident.techniques.iter().map(|technique| (*technique).to_owned()).collect(),
        findings: incident.finding_count,
        successes: incident.success_count,
        why: incident.why.iter().map(reason).collect(),
        next: incident.advice.iter().map(|advice| (*advice).to_owned()).collect(),
        would_change: incident.would_change.iter().map(|sentence| sentence.as_str().into()).collect(),
        neighbour: incident.neighbour.as_deref().map(Untrusted::from),
        chance: incident.chance.map(Chance::of),
        routes: report.verdict.route_sizes(incident).iter().map(route_sizes).collect(),
        persons: incident.persons.iter().map(persons).collect(),
        contents: incident.contents.as_ref().map(contents),
        reproduce: reproduce(report, incident),
    }
}

/// Of the worst finding, of those as bad of the most certain, and of those of the first.
fn reproduce(report: &Report, incident: &detect::Incident) -> Option<Reproduce> {
    let worst = incident.findings.iter().rev().max_by_key(|one| (one.severity, one.confidence))?;
    let at = worst.finding.at;
    let input = report.input_at(at)?;
    match input.kept {
        Kept::InFile => Some(Reproduce::of(&input.path, at.offset)),
        Kept::Nowhere => Some(Reproduce::refused("the log was read from a pipe")),
        Kept::BuiltIn => None,
    }
}

fn route_sizes(of: &detect::RouteSizes) -> RouteSizes {
    let (floors, answers) = of.sizes.iter().copied().unzip();
    RouteSizes { route: Untrusted::of(&of.route), floors, answers }
}

fn row_of_impact(incident: &detect::Incident, impact: &detect::Impact) -> Impact {
    Impact {
        incident: incident.id.clone(),
        place: Untrusted::of(&impact.place),
        period: impact.month.map(|(year, month)| format!("{year:04}-{month:02}")),
        requests: impact.requests,
        successes: impact.successes,
        unknown: impact.unknown,
        bytes: impact.bytes,
        objects: impact.objects,
        objects_upper: impact.objects_upper,
        first_seen: impact.span.map(|(first, _)| first),
        last_seen: impact.span.map(|(_, last)| last),
    }
}

fn finding(report: &Report, incident: &detect::Incident, judged: &Judged) -> Finding {
    let finding = &judged.finding;
    let input = report.input_at(finding.at);
    let of_call = |field: fn(&CloudCall) -> Option<&[u8]>| own(finding.cloud.as_deref().and_then(field));
    Finding {
        id: judged.id(),
        incident: incident.id.clone(),
        stage: judged.stage,
        outcome: judged.outcome,
        severity: judged.severity,
        confidence: judged.confidence,
        signals: judged.sightings().iter().map(sighting).collect(),
        source: Source {
            path: input.map_or_else(Untrusted::default, |input| Untrusted::of_path(&input.path)),
            line: finding.at.line,
            offset: finding.at.offset,
            length: finding.at.length,
            record: finding.at.record.max(1),
            sha256: hex(&finding.digest),
            is_tainted: input.is_some_and(|input| input.is_damaged),
        },
        request: Request {
            time: finding.time,
            client: own(finding.client.as_deref()),
            user: own(finding.user.as_deref()),
            method: own(finding.method.as_deref()),
            target: own(finding.target.as_deref()),
            status: finding.status,
            bytes: finding.bytes,
            duration: finding.duration.map(|nanos| nanos as f64 / 1e9),
            referer: own(finding.referer.as_deref()),
            agent: own(finding.agent.as_deref()),
            host: own(finding.host.as_deref()),
            operation: of_call(|call| call.operation.as_deref()),
            service: of_call(|call| call.service.as_deref()),
            bucket: of_call(|call| call.bucket.as_deref()),
            object: of_call(|call| call.object.as_deref()),
            region: of_call(|call| call.region.as_deref()),
            principal: of_call(|call| call.principal.as_deref()),
            access_key_id: of_call(|call| call.access_key_id.as_deref()),
            error_code: of_call(|call| call.error.as_deref()),
        },
        telling: telling(judged),
        route: Untrusted::of(&report.verdict.route(judged)),
    }
}

fn sighting(sighting: &detect::Sighting<'_>) -> Sighting {
    Sighting {
        name: sighting.signal.to_owned(),
        role: sighting.role,
        evidence: Untrusted::of(sighting.seen),
        what: sighting.what.to_owned(),
    }
}

/// The telling part of the target as it is written down; none if a secret was cut, as then its place is not known.
fn telling(judged: &Judged) -> Option<Span> {
    let target = judged.finding.target.as_deref()?;
    let (start, length) = judged.telling()?;
    let (before, rest) = target.split_at_checked(start)?;
    let (telling, after) = rest.split_at_checked(length)?;
    let [before, telling, after] = [before, telling, after].map(spelt);
    let span = Span { start: before.len(), length: telling.len() };
    (Untrusted::from(format!("{before}{telling}{after}")) == Untrusted::of(target)).then_some(span)
}

fn own(value: Option<&[u8]>) -> Option<Untrusted> {
    value.map(Untrusted::of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_part_of_its_text_or_none() {
        let span = Span { start: 1, length: 2 };
        assert_eq!(span.split("abcd"), Some(("a", "bc", "d")));
        assert_eq!(span.split("ab"), None);
        assert_eq!(span.split("aé"), Some(("a", "é", "")));
        assert_eq!(span.split("éab"), None, "not at a character");
    }
}
