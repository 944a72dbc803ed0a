//! A second look at answers of odd sizes: what was tried before, how alike they are, which host was named.
//!
//! A first look ([`blind`](crate::blind)) knows the sizes. Whether they are those of keys fetched anew, or of somebody's
//! own small pictures, is in the lines: keys run out and come in another size each time, a picture is what it is.

use std::collections::{BTreeMap, BTreeSet};

use accesslog::Time;

use crate::ablation;
use crate::aims::{Aim, Aims, Kind};
use crate::blind::{self, FAMILY_BYTES, FAMILY_MIN, answers};
use crate::decode;
use crate::detector::URL_BYTES_MAX;
use crate::finding::{Finding, Judged, Severity, Stage, judged};
use crate::hash::{self, join};
use crate::lone_choice::LoneChoice;
use crate::outcome::Outcome;
use crate::params::host_of;
use crate::profile::{BUCKETS, Sizes, is_answer};
use crate::request;
use crate::route::route;
use crate::target::Target;
use crate::tracer::{self, BITS_ENOUGH, weights};
use crate::usual::UsualRoute;

/// How many bits are a document given away that a person should look at now.
pub(crate) const BITS_LOUD: i32 = tracer::BITS_LOUD - 1;

/// Where nothing was tried before, and nothing else tells: of how many answers of a route none other may be as odd, for an
/// odd size alone to be shown.
const RARE: u64 = 256;

/// How long before an answer a failure is still part of the same attempt, in nanoseconds: a day.
const TRY_NANOS: i64 = 86_400 * 1_000_000_000;

/// How often a client fails before an odd answer, at least, that does what it never did.
const TRIES_OF_ANOTHER: usize = 5;

/// Answers of odd sizes, of one client or of several that tried the same: their lines by time.
///
/// What the route answers others, and is asked by them, is known. By chance some who have nothing to do with each other got answers of nearly
/// one size: where they tell nothing together, each is judged by what it did.
pub(crate) fn judge(aims: &Aims, aim: &Aim, traces: Vec<Finding>, usual: Option<&UsualRoute>) -> Vec<Judged> {
    let Kind::Blind { low, high } = aim.kind else { return Vec::new() };
    let together = judge_those(aims, aim, &traces, usual);
    let Some(UsualRoute { sizes, .. }) = usual.filter(|_| together.is_empty()) else { return together };
    let mut of_each: BTreeMap<u64, Vec<Finding>> = BTreeMap::new();
    for trace in traces {
        of_each.entry(trace.client_key).or_default().push(trace);
    }
    if of_each.len() < 2 {
        return together;
    }
    let answered = sizes.counts().iter().fold(0_u32, |sum, count| sum.saturating_add(*count));
    let alone = of_each.into_iter().filter_map(|(client, own)| {
        let odd: Vec<u64> =
            own.iter().filter(|trace| is_odd(trace, (low, high))).filter_map(|trace| trace.bytes).collect();
        let suspicion = blind::weighed_among((sizes, answered), &odd)?;
        let kind = Kind::Blind { low: *odd.iter().min()?, high: *odd.iter().max()? };
        Some(judge_those(aims, &Aim { client, kind, suspicion, ..aim.clone() }, &own, usual))
    });
    alone.flatten().collect()
}

/// Whether a request was answered in one of the sizes in question, both ends included, and does not show why.
fn is_odd(trace: &Finding, (low, high): (u64, u64)) -> bool {
    trace.status.is_some_and(is_answer)
        && trace.bytes.is_some_and(|bytes| low <= bytes && bytes <= high)
        && !shows_record(trace)
}

/// What those are told of who belong together, whose lines these are by time.
fn judge_those(aims: &Aims, aim: &Aim, traces: &[Finding], usual: Option<&UsualRoute>) -> Vec<Judged> {
    let Kind::Blind { low, high } = aim.kind else { return Vec::new() };
    let is_odd = |trace: &Finding| is_odd(trace, (low, high));
    let mut firsts: BTreeMap<u64, Time> = BTreeMap::new();
    for trace in traces.iter().filter(|trace| is_odd(trace)) {
        if let Some(time) = trace.time {
            firsts.entry(trace.client_key).or_insert(time);
        }
    }
    let is_try = |trace: &Finding| {
        trace.status.is_some_and(|status| 400 <= status && status != 401 && status != 429)
            && trace
                .time
                .zip(firsts.get(&trace.client_key))
                .is_some_and(|(time, first)| time <= *first && first.0 - time.0 <= TRY_NANOS)
    };
    let counts_tries = !ablation::is_out("failures-before");
    let tries: Vec<&Finding> = traces.iter().filter(|trace| counts_tries && is_try(trace)).collect();
    let odd: Vec<&Finding> = traces.iter().filter(|trace| is_odd(trace)).collect();
    let triers = tries.iter().map(|trace| trace.client_key).collect::<BTreeSet<_>>().len();
    // Of several clients most must have failed first: who belongs together tried together.
    if 1 < firsts.len() && triers * 2 <= firsts.len() {
        return Vec::new();
    }
    let sizes: BTreeSet<u64> = odd.iter().filter_map(|trace| trace.bytes).collect();
    if is_static(&odd, &sizes) {
        return Vec::new();
    }
    let mut suspicion = aim.suspicion.clone();
    let mut add = |name, bits, seen, expected: &str| suspicion.add(name, bits, seen, expected.to_owned());
    // Where a host is named, that is what tells.
    let asked = usual.filter(|_| odd.iter().all(|trace| hosts(trace).is_empty()));
    let lone = asked.and_then(|usual| LoneChoice::of(&odd, &tries, &usual.choices));
    let lone = lone.filter(|lone| add("lone-choice", 4, lone.seen(), &lone.expected()));
    // Who asks what nobody asks, and is refused, has tried once at least.
    let has_guessed = lone.as_ref().is_some_and(|lone| lone.has_guessed);
    if 2 <= tries.len() || has_guessed {
        let seen = match tries.len() {
            1 => "1 request failed on this route before the first such answer".to_owned(),
            many => format!("{many} requests failed on this route before the first such answer"),
        };
        add("failures-before", if tries.len() < 4 { 3 } else { 4 }, seen, "a client that knows what to send");
    }
    let host = host_of_all(&odd);
    let is_of_host = |trace: &Finding| host.is_none_or(|host| hosts(trace).contains(&host));
    let lists = usual.map_or(Vec::new(), |usual| shorter_before(traces, &odd, &usual.sizes));
    let lists: Vec<&Finding> = lists.into_iter().filter(|trace| is_of_host(trace)).collect();
    // What is named first, by an answer that is shorter than any, and then fetched has been told from a small picture already.
    let is_named = host.is_some() && !lists.is_empty();
    let is_renewed = is_renewed(&odd, &sizes, if is_named { FAMILY_MIN - 1 } else { FAMILY_MIN }) && {
        let seen = format!("{} answers hours apart, of {} different sizes", odd.len(), sizes.len());
        add("reply-renewal", 3, seen, "a picture or a form of one user, of one size")
    };
    let is_lone = host.is_some_and(|host| {
        let named = traces.iter().filter(|trace| is_of_host(trace)).count() as u32;
        let is_lone = aims.params.get(host.0).is_some_and(|param| param.is_stranger(host.1, named));
        let seen = || format!("all {} name the host {}", odd.len(), host_text(odd[0], host));
        is_lone && add("lone-host", 4, seen(), "one of the few hosts that other clients name")
    });
    let is_listed = lists.first().is_some_and(|first| {
        let seen = format!("{} of {} bytes before", answers(lists.len()), first.bytes.unwrap_or(0));
        add("list-before", 4, seen, "an answer as long as those that this route gives others")
    });
    let is_list = |trace: &Finding| is_listed && lists.iter().any(|list| list.at == trace.at);
    // What another host gave says nothing of this one.
    let is_of_same = |trace: &Finding| !(is_lone || is_listed) || is_of_host(trace);
    let is_answered =
        |trace: &Finding| trace.status.is_some_and(is_answer) && !is_odd(trace) && !is_list(trace) && is_of_same(trace);
    // What nobody else is given excuses nothing: it is a part of what was given away, or of what was tried.
    let others = usual.map(|usual| given_to_others(&usual.sizes, traces));
    let is_given_to_others = |trace: &Finding| match (&others, trace.bytes) {
        (Some(others), Some(bytes)) => 0 < others[Sizes::bucket(bytes)],
        _ => true,
    };
    // Who fails again and again, and then is given what nobody is, is no excuse to itself by what it did on other days.
    let has_turned = TRIES_OF_ANOTHER <= tries.len();
    let is_of_now = |trace: &Finding| !has_turned || is_within_a_day(trace, &odd);
    let is_ordinary = |trace: &&Finding| is_answered(trace) && is_given_to_others(trace) && is_of_now(trace);
    let ordinary = traces.iter().filter(is_ordinary).count();
    let is_beside = |trace: &Finding| is_answered(trace) && !is_given_to_others(trace) && is_within_a_day(trace, &odd);
    // An ordinary user of the route who now and then gets something small is that, and no more; but nobody's small things
    // come anew every few hours, each time of another size. Who asks otherwise for what is odd knows why it is.
    let each = if lone.is_some() { 0 } else { -2 + i32::from(is_renewed) };
    suspicion.excuse(each * ordinary.min(4) as i32);
    let bits = suspicion.bits();
    let is_rare = suspicion.chance.is_some_and(|chance| RARE <= chance.one_in());
    // One document that is filled in anew each time.
    let is_of_family = FAMILY_MIN <= sizes.len() && are_near(&sizes);
    let is_worth = 2 <= tries.len()
        || 3 <= odd.len() && (is_rare || is_lone || is_renewed || is_of_family)
        || 2 <= odd.len() && is_lone && is_listed
        || lone.as_ref().is_some_and(|lone| has_guessed || 2 <= lone.ways);
    if bits < BITS_ENOUGH || !is_worth {
        return Vec::new();
    }
    let is_told = 2 <= tries.len() || has_guessed || is_lone && (is_renewed || is_listed) || is_listed && is_renewed;
    let severity = if BITS_LOUD <= bits && is_told { Severity::High } else { Severity::Medium };
    let weights = weights(&suspicion.reasons);
    // What was asked for as nobody else does is of one story, whatever its size.
    let is_asked =
        |trace: &Finding| trace.status.is_some_and(is_answer) && lone.as_ref().is_some_and(|lone| lone.has(trace));
    let is_taken = |trace: &Finding| is_odd(trace) || is_beside(trace) || is_asked(trace) && !is_list(trace);
    let wanted = traces.iter().filter(|trace| is_taken(trace) || is_try(trace) || is_list(trace));
    wanted
        .map(|trace| {
            let (outcome, stage) = match (is_taken(trace), is_list(trace)) {
                (true, _) => (Outcome::Success, Stage::Extract),
                (_, true) => (Outcome::Success, Stage::Probe),
                _ => (Outcome::Failure, Stage::Probe),
            };
            let trace = trace.clone();
            let one = judged(trace, outcome, stage, severity, &weights, suspicion.excuse_bits);
            Judged { chance: suspicion.chance, ..one }
        })
        .collect()
}

/// Whether a request shows which record it asks for, by a name that no address hides in: then the answer's size is that
/// record's, and however rare, it tells nothing.
fn shows_record(trace: &Finding) -> bool {
    let is_fetch = matches!(trace.method.as_deref(), None | Some(b"GET" | b"HEAD"));
    let target = Target::new(trace.target.as_deref().unwrap_or_default());
    let is_plain = |segment: &[u8]| {
        !segment.contains(&b'%') && !decode::begins_as_base64(segment) && !decode::begins_as_hex(segment)
    };
    is_fetch
        && target.query.is_none()
        && route(target.path).object.is_some()
        && target.path.split(|byte| matches!(byte, b'/' | b'.')).all(is_plain)
}

/// How far apart answers are that may be keys fetched anew, in nanoseconds: half an hour, as keys of a role last an hour
/// at least (AWS IAM, `GetSessionToken` and `AssumeRole`).
const RENEWAL_NANOS: i64 = 1_800 * 1_000_000_000;

/// Whether the answers are as those of keys that run out: hours apart, each of nearly the size of the others, and of so many sizes.
fn is_renewed(odd: &[&Finding], sizes: &BTreeSet<u64>, of_sizes: usize) -> bool {
    let gaps = odd.windows(2).filter_map(|pair| Some(pair[1].time?.0 - pair[0].time?.0));
    let apart = gaps.filter(|gap| RENEWAL_NANOS <= *gap).count();
    are_near(sizes) && FAMILY_MIN <= odd.len() && of_sizes <= sizes.len() && FAMILY_MIN - 1 <= apart
}

/// Whether sizes are so near each other as those of one document that is filled in anew each time.
fn are_near(sizes: &BTreeSet<u64>) -> bool {
    sizes.first().zip(sizes.last()).is_some_and(|(low, high)| high - low <= FAMILY_BYTES)
}

/// How long keys of a role are good at most, with some hours to spare, in nanoseconds: after that their document is another.
const STATIC_NANOS: i64 = 86_400 * 1_000_000_000;

/// Whether the answers are one document that never changes: always as long, for longer than keys are good.
pub(crate) fn is_static(odd: &[&Finding], sizes: &BTreeSet<u64>) -> bool {
    let times = odd.first().and_then(|first| first.time).zip(odd.last().and_then(|last| last.time));
    FAMILY_MIN <= odd.len() && sizes.len() == 1 && times.is_some_and(|(first, last)| STATIC_NANOS <= last.0 - first.0)
}

/// How many answers of each size, by bucket, a route gives others than those whose lines these are.
fn given_to_others(usual: &Sizes, traces: &[Finding]) -> [u32; BUCKETS] {
    let mut counts = usual.counts();
    let answered = traces.iter().filter(|trace| trace.status.is_some_and(is_answer));
    for bytes in answered.filter_map(|trace| trace.bytes) {
        let count = &mut counts[Sizes::bucket(bytes)];
        *count = count.saturating_sub(1);
    }
    counts
}

/// Whether a client's own answers of odd sizes lie within a day of a line.
fn is_within_a_day(trace: &Finding, odd: &[&Finding]) -> bool {
    odd.iter().filter(|other| other.client_key == trace.client_key).any(|other| {
        other.time.zip(trace.time).is_some_and(|(other, own)| other.0.abs_diff(own.0) <= TRY_NANOS.unsigned_abs())
    })
}

/// How many times as long as a list what follows it is, at least.
const TIMES_AS_LONG: u64 = 4;

/// The answers to a client's own requests that came before its odd ones, within a day, and are shorter than next to all that the
/// route gives others.
fn shorter_before<'t>(traces: &'t [Finding], odd: &[&'t Finding], usual: &Sizes) -> Vec<&'t Finding> {
    let Some(longest) = odd.iter().filter_map(|trace| trace.bytes).min().map(|bytes| bytes / TIMES_AS_LONG) else {
        return Vec::new();
    };
    let is_before = |trace: &Finding| {
        odd.iter().any(|other| {
            let gap = other.time.zip(trace.time).map(|(other, own)| other.0.saturating_sub(own.0));
            other.client_key == trace.client_key && gap.is_some_and(|gap| (0..=TRY_NANOS).contains(&gap))
        })
    };
    let is_short = |trace: &&Finding| {
        trace.status.is_some_and(is_answer)
            && trace.bytes.is_some_and(|bytes| 0 < bytes && bytes <= longest)
            && is_before(trace)
    };
    let short: Vec<&Finding> = traces.iter().filter(is_short).collect();
    let Some(most) = short.iter().filter_map(|trace| trace.bytes).max() else { return Vec::new() };
    let counts = usual.counts();
    let sum = |counts: &[u32]| counts.iter().map(|count| u64::from(*count)).sum::<u64>();
    let others = sum(&counts[..=Sizes::bucket(most)]).saturating_sub(short.len() as u64);
    if others * RARE <= sum(&counts) { short } else { Vec::new() }
}

/// A host that a request names in a parameter: the key of that, and the hash of the host.
type Named = (u64, u64);

/// The hosts that a request names in its parameters.
fn hosts(trace: &Finding) -> Vec<Named> {
    named(trace).into_iter().map(|(host, _)| host).collect()
}

/// The same with the text of each.
fn named(trace: &Finding) -> Vec<(Named, Vec<u8>)> {
    let target = trace.target.as_deref().unwrap_or_default();
    let urls = Target::new(target).params().filter_map(|param| {
        let value = &param.value[..param.value.len().min(URL_BYTES_MAX)];
        let plain = decode::percent(value);
        let host = host_of(plain.as_deref().unwrap_or(value))?.to_vec();
        Some(((param_key_of(trace.route, param.name), hash::hash(&host)), host))
    });
    urls.collect()
}

/// The host that all of the odd answers' requests name in a parameter.
fn host_of_all(odd: &[&Finding]) -> Option<Named> {
    let first = hosts(odd.first()?);
    first.into_iter().find(|host| odd.iter().all(|trace| hosts(trace).contains(host)))
}

fn host_text(trace: &Finding, host: Named) -> String {
    let own = named(trace).into_iter().find(|(one, _)| *one == host);
    own.map_or(String::new(), |(_, text)| String::from_utf8_lossy(&text).into_owned())
}

/// The key of a parameter of a route, by its name as written.
fn param_key_of(route: u64, name: &[u8]) -> u64 {
    join(route, hash::hash(&request::param_name(name)))
}
