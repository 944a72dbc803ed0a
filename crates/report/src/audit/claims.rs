//! Counts become claims.

use detect::audit::{Audited, Gap, SourceAudit};

use super::{AuditInput, Claim, Gravity, path_of};
use crate::show::{Shown, shortened};
use crate::words::{minute, second, thousands};

/// By how many seconds a line may be late: servers stamp the beginning of a request and write at its end.
const LATE_SECONDS_MAX: i64 = 300;

/// How many requests make a statement about clients worth it.
const REQUESTS_MIN: u64 = 500;

/// How many clients a log behind a proxy has, at most.
const PROXIES_MAX: usize = 8;

/// What is wrong with the logs, the worst first; of equal gravity in the order of names and sources.
pub(super) fn claims(inputs: &[AuditInput], missing_files: &[String], audited: &Audited) -> Vec<Claim> {
    let mut claims: Vec<Claim> = audited.gaps.iter().map(|gap| of_gap(inputs, gap)).collect();
    for name in missing_files {
        claims.push(Claim {
            gravity: Gravity::Serious,
            name: "missing-file",
            source: Some(Shown(name.as_bytes()).to_string()),
            says: "a part of a rotated log that its neighbours say should be there is not".to_owned(),
            lines: Vec::new(),
        });
    }
    for input in inputs {
        let path = path_of(inputs, input.number);
        claims.extend(of_lines(input).into_iter().map(|claim| Claim { source: Some(path.clone()), ..claim }));
    }
    for source in &audited.sources {
        let path = path_of(inputs, source.number);
        claims.extend(of_source(source).into_iter().map(|claim| Claim { source: Some(path.clone()), ..claim }));
    }
    claims.extend(of_copies(inputs, audited));
    claims.extend(of_redelivered(inputs, audited));
    for limit in &audited.limits {
        let says = format!("more than {} {}: {}", thousands(limit.limit), limit.name, limit.meaning);
        claims.push(claim(Gravity::Note, "limit", says, Vec::new()));
    }
    claims.sort_by(|one, other| (other.gravity, one.name, &one.source).cmp(&(one.gravity, other.name, &other.source)));
    claims
}

fn claim(gravity: Gravity, name: &'static str, says: String, lines: Vec<u64>) -> Claim {
    Claim { gravity, name, source: None, says, lines }
}

fn of_gap(inputs: &[AuditInput], gap: &Gap) -> Claim {
    let mut of_kind = inputs.iter().filter(|input| input.kind == gap.kind);
    let source = of_kind.next().map(|first| match of_kind.count() {
        0 => path_of(inputs, first.number),
        more => format!("{} and {more} more", path_of(inputs, first.number)),
    });
    let hours = (gap.until.0 - gap.from.0) / 3_600_000_000_000;
    let length = match hours {
        1 => "an hour".to_owned(),
        24.. if hours % 24 == 0 => format!("{} days", hours / 24),
        _ => format!("{hours} hours"),
    };
    let says = format!(
        "nothing from {} to {} UTC ({length}), where the same hours of other days make one expect {} requests; that there \
         was nothing to log has a chance of less than one in {}",
        minute(gap.from),
        minute(gap.until),
        thousands(gap.expected),
        thousands(gap.one_in)
    );
    Claim { gravity: Gravity::Serious, name: "gap", source, says, lines: Vec::new() }
}

/// What a census says.
fn of_lines(input: &AuditInput) -> Vec<Claim> {
    let mut claims = Vec::new();
    let census = &input.census;
    if let Some(because) = &input.cut_short {
        let says = format!("not read to its end: {}", Shown(because.as_bytes()));
        claims.push(claim(Gravity::Serious, "incomplete", says, Vec::new()));
    }
    let faults = census.fault_count();
    if 0 < faults {
        let mut kinds = census.faults.clone();
        kinds.sort_by_key(|(expected, count)| (std::cmp::Reverse(*count), *expected));
        let kinds: Vec<String> =
            kinds.iter().take(3).map(|(expected, count)| format!("{} lack {expected}", thousands(*count))).collect();
        let gravity = if census.lines <= faults * 100 { Gravity::Serious } else { Gravity::Warning };
        let says =
            format!("{} of {} lines are no record: {}", thousands(faults), thousands(census.lines), kinds.join("; "));
        claims.push(claim(
            gravity,
            "faults",
            says,
            census.first_faults.iter().take(3).map(|fault| fault.at.line).collect(),
        ));
    }
    if input.is_last_line_open && 0 < census.lines {
        let last_is_fault = census
            .first_faults
            .last()
            .is_some_and(|fault| fault.at.offset + u64::from(fault.at.length) == census.bytes);
        let (gravity, how) = match last_is_fault {
            true => (Gravity::Warning, "and cannot be read: it was cut in its middle"),
            false => (Gravity::Note, "so it may have been cut, or was being written"),
        };
        let says = format!("the last line has no end, {how}");
        claims.push(claim(gravity, "open-end", says, vec![census.lines]));
    }
    claims
}

/// What is seen of the records of a source.
fn of_source(source: &SourceAudit) -> Vec<Claim> {
    let mut claims = Vec::new();
    if let Some(late) = source.late {
        let (gravity, name) = match LATE_SECONDS_MAX < late.seconds {
            true => (Gravity::Warning, "clock"),
            false => (Gravity::Note, "order"),
        };
        let says = format!(
            "at least {} line{} stand{} behind a line of a later time, the worst by {}: {}",
            thousands(late.lines),
            if late.lines == 1 { "" } else { "s" },
            if late.lines == 1 { "s" } else { "" },
            span(late.seconds),
            match gravity {
                Gravity::Note if source.records <= late.lines * 5 =>
                    "so many that their order, or their seconds, prove nothing",
                Gravity::Note => "as where requests are stamped when they begin and written when they end",
                _ => "the clock was set, or logs were joined out of order",
            }
        );
        claims.push(claim(gravity, name, says, vec![late.behind, late.line]));
    }
    if 1 < source.zones.len() {
        let zones: Vec<String> =
            source.zones.iter().map(|(zone, count)| format!("{} ({})", offset(*zone), thousands(*count))).collect();
        let says = format!("times are written with several offsets from UTC: {}", zones.join(", "));
        claims.push(claim(Gravity::Note, "zones", says, Vec::new()));
    }
    for (field, length, count) in &source.cuts {
        let says = format!(
            "{} values of {field} are exactly {} bytes long and none is longer: they were cut, and what stood behind is lost",
            thousands(*count),
            thousands(*length as u64)
        );
        claims.push(claim(Gravity::Warning, "cut", says, Vec::new()));
    }
    claims.extend(of_clients(source));
    if source.records <= source.health * 5 && 0 < source.health {
        let says = format!(
            "{} of {} requests are health checks: they hide quiet hours, and gaps are seen sooner by them",
            thousands(source.health),
            thousands(source.records)
        );
        claims.push(claim(Gravity::Note, "health-checks", says, Vec::new()));
    }
    claims
}

fn of_clients(source: &SourceAudit) -> Option<Claim> {
    let held = |name: &str| source.held.iter().find(|(field, _)| *field == name).map_or(0, |(_, held)| *held);
    let clients = source.clients.as_ref()?;
    let behind = match held("forwarded") {
        0 => "and no X-Forwarded-For is logged: whom it saw is lost",
        _ => "X-Forwarded-For is logged: name the proxies with --trusted-proxy",
    };
    let is_few = !clients.is_empty()
        && clients.len() <= PROXIES_MAX
        && source.agents.is_none_or(|agents| 10 * clients.len() as u64 <= agents);
    let is_private = held("client") * 9 <= source.private * 10;
    // A cloud's own log names services and machines of one's own as clients, and means them.
    if source.records < REQUESTS_MIN || held("cloud") != 0 || !(is_few || is_private && 0 < source.private) {
        return None;
    }
    let (count, name) = clients.first()?;
    let says = format!(
        "{} of {} requests come from private addresses, from {} address{} in all, {} of them from {}: that is a proxy or load \
         balancer, {behind}",
        thousands(source.private),
        thousands(source.records),
        clients.len(),
        if clients.len() == 1 { "" } else { "es" },
        thousands(*count),
        shortened(name, 50)
    );
    Some(claim(Gravity::Serious, "proxy", says, Vec::new()))
}

fn of_copies(inputs: &[AuditInput], audited: &Audited) -> Option<Claim> {
    let copies = audited.copies;
    let (count, at) = copies.most?;
    let whole = copies.distinct + copies.surplus;
    let gravity = if whole <= copies.surplus * 20 { Gravity::Warning } else { Gravity::Note };
    let of = if copies.is_whole { "lines" } else { "lines looked at (a fair sample)" };
    let says = format!(
        "{} of {} {of} are byte for byte what another line says; the most frequent stands there {} times. Either the same was \
         asked twice in one tick of the clock, or lines were written twice",
        thousands(copies.surplus),
        thousands(whole),
        thousands(count)
    );
    let source = Some(path_of(inputs, at.source));
    Some(Claim { source, ..claim(gravity, "copies", says, vec![at.line]) })
}

fn of_redelivered(inputs: &[AuditInput], audited: &Audited) -> Option<Claim> {
    let copies = audited.copies;
    let (first, last) = copies.redelivered.example?;
    let surely = match copies.redelivered.surely {
        0 => None,
        1 => Some(
            "1 line was delivered more than once: it names its request by an id, and another line is the same"
                .to_owned(),
        ),
        count => Some(format!(
            "{} lines were delivered more than once: they name their requests by ids, and other lines are the same",
            thousands(count)
        )),
    };
    let perhaps = match copies.redelivered.perhaps {
        0 => None,
        1 => Some("1 line without an id stands in two logs and may have been delivered twice".to_owned()),
        count => Some(format!(
            "{} lines without an id stand in two logs and may have been delivered twice",
            thousands(count)
        )),
    };
    let all: Vec<String> = surely.into_iter().chain(perhaps).collect();
    let sample = if copies.is_whole {
        String::new()
    } else {
        format!(" (of a fair sample of {} lines)", thousands(copies.distinct))
    };
    let says = format!(
        "{}{sample}; every figure counts them as often as they stand there. One stands in {}, line {}, and again in {}, line {}",
        all.join("; "),
        path_of(inputs, first.source),
        first.line,
        path_of(inputs, last.source),
        last.line
    );
    let gravity = if copies.redelivered.surely == 0 { Gravity::Note } else { Gravity::Warning };
    let source = Some(path_of(inputs, first.source));
    Some(Claim { source, ..claim(gravity, "redelivery", says, vec![first.line]) })
}

/// A number of seconds in a fitting unit.
fn span(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// An offset from UTC: `+09:00`.
fn offset(minutes: i32) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

/// The period of a census, for people.
pub(super) fn period(input: &AuditInput) -> String {
    match input.census.span {
        Some((first, last)) => format!("{} to {} UTC", second(first), second(last)),
        None => "without times".to_owned(),
    }
}
