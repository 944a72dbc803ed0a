//! A second look at answers of odd sizes: what was tried before, how alike they are, which host was named.
//!
//! A first look ([`blind`](crate::blind)) knows the sizes. Whether they are those of keys fetched anew, or of somebody's
//! own small pictures, is in the lines: keys run out and come in another size each time, a picture is what it is.

use std::collections::{BTreeMap, BTreeSet};

use accesslog::Time;

use crate::ablation;
use crate::aims::{Aim, Aims, Kind};
use crate::blind::{FAMILY_BYTES, FAMILY_MIN};
use crate::decode;
use crate::detector::URL_BYTES_MAX;
use crate::finding::{Finding, Judged, Severity, Stage, judged};
use crate::hash::{self, join};
use crate::outcome::Outcome;
use crate::params::host_of;
use crate::profile::is_answer;
use crate::request;
use crate::route::route;
use crate::target::Target;
use crate::tracer::{self, BITS_ENOUGH, weights};

/// How many bits are a document given away that a person should look at now.
pub(crate) const BITS_LOUD: i32 = tracer::BITS_LOUD - 1;

/// Where nothing was tried before, and nothing else tells: of how many answers of a route none other may be as odd, for an
/// odd size alone to be shown.
const RARE: u64 = 256;

/// How long before an answer a failure is still part of the same attempt, in nanoseconds: a day.
const TRY_NANOS: i64 = 86_400 * 1_000_000_000;

/// Answers of odd sizes, of one client or of several that tried the same: their lines by time.
pub(crate) fn judge(aims: &Aims, aim: &Aim, traces: Vec<Finding>) -> Vec<Judged> {
    let Kind::Blind { low, high } = aim.kind else { return Vec::new() };
    let is_odd = |trace: &Finding| {
        trace.status.is_some_and(is_answer)
            && trace.bytes.is_some_and(|bytes| low <= bytes && bytes <= high)
            && !shows_record(trace)
    };
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
    let ordinary = traces.iter().filter(|trace| trace.status.is_some_and(is_answer) && !is_odd(trace)).count();
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
    if 2 <= tries.len() {
        let seen = format!("{} requests failed on this route before the first such answer", tries.len());
        add("failures-before", if tries.len() < 4 { 3 } else { 4 }, seen, "a client that knows what to send");
    }
    let is_renewed = is_renewed(&odd, &sizes) && {
        let seen = format!("{} answers hours apart, of {} different sizes", odd.len(), sizes.len());
        add("reply-renewal", 3, seen, "a picture or a form of one user, of one size")
    };
    let lone = lone_host(aims, &odd);
    let is_lone = lone.is_some_and(|seen| add("lone-host", 4, seen, "one of the few hosts that other clients name"));
    // An ordinary user of the route who now and then gets something small is that, and no more; but nobody's small things
    // come anew every few hours, each time of another size.
    suspicion.excuse(if is_renewed { -1 } else { -2 } * ordinary.min(4) as i32);
    let bits = suspicion.bits();
    let is_rare = suspicion.chance.is_some_and(|chance| RARE <= chance.one_in());
    let is_worth = 2 <= tries.len() || 3 <= odd.len() && (is_rare || is_lone || is_renewed);
    if bits < BITS_ENOUGH || !is_worth {
        return Vec::new();
    }
    let is_told = 2 <= tries.len() || is_lone && is_renewed;
    let severity = if BITS_LOUD <= bits && is_told { Severity::High } else { Severity::Medium };
    let weights = weights(&suspicion.reasons);
    let wanted = traces.iter().filter(|trace| is_odd(trace) || is_try(trace)).cloned().collect::<Vec<_>>();
    wanted
        .into_iter()
        .map(|trace| {
            let (outcome, stage) =
                if is_odd(&trace) { (Outcome::Success, Stage::Extract) } else { (Outcome::Failure, Stage::Probe) };
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

/// Whether the answers are as those of keys that run out: hours apart, and each of nearly the size of the others.
fn is_renewed(odd: &[&Finding], sizes: &BTreeSet<u64>) -> bool {
    let is_near = sizes.first().zip(sizes.last()).is_some_and(|(low, high)| high - low <= FAMILY_BYTES);
    let gaps = odd.windows(2).filter_map(|pair| Some(pair[1].time?.0 - pair[0].time?.0));
    let apart = gaps.filter(|gap| RENEWAL_NANOS <= *gap).count();
    is_near && FAMILY_MIN <= odd.len() && FAMILY_MIN <= sizes.len() && FAMILY_MIN - 1 <= apart
}

/// How long keys of a role are good at most, with some hours to spare, in nanoseconds: after that their document is another.
const STATIC_NANOS: i64 = 86_400 * 1_000_000_000;

/// Whether the answers are one document that never changes: always as long, for longer than keys are good.
fn is_static(odd: &[&Finding], sizes: &BTreeSet<u64>) -> bool {
    let times = odd.first().and_then(|first| first.time).zip(odd.last().and_then(|last| last.time));
    FAMILY_MIN <= odd.len() && sizes.len() == 1 && times.is_some_and(|(first, last)| STATIC_NANOS <= last.0 - first.0)
}

/// The host that all of the odd answers' requests name in a parameter where nobody else names it.
fn lone_host(aims: &Aims, odd: &[&Finding]) -> Option<String> {
    let named = |trace: &Finding| -> Vec<(u64, u64, Vec<u8>)> {
        let target = trace.target.as_deref().unwrap_or_default();
        let urls = Target::new(target).params().filter_map(|param| {
            let value = &param.value[..param.value.len().min(URL_BYTES_MAX)];
            let plain = decode::percent(value);
            let host = host_of(plain.as_deref().unwrap_or(value))?.to_vec();
            Some((param_key_of(trace.route, param.name), hash::hash(&host), host))
        });
        urls.collect()
    };
    let first = named(odd.first()?);
    first.into_iter().find_map(|(key, host, text)| {
        let own = odd.iter().filter(|trace| named(trace).iter().any(|one| (one.0, one.1) == (key, host))).count();
        let is_lone = own == odd.len() && aims.params.get(key)?.is_stranger(host, own as u32);
        is_lone.then(|| format!("all {own} name the host {}", String::from_utf8_lossy(&text)))
    })
}

/// The key of a parameter of a route, by its name as written.
fn param_key_of(route: u64, name: &[u8]) -> u64 {
    join(route, hash::hash(&request::param_name(name)))
}
