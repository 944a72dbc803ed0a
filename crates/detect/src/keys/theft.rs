//! The theft and the use of one key, joined into one story.
//!
//! A role that was named to a metadata service through a hole, and answered, and a use of that role from a stranger's
//! network soon after, are one story, unless it is chance. How likely chance is, is said: a use could have fallen behind
//! any of the moments at which the role's keys were handed out; the closer it follows, and the fewer such moments and
//! roles there are, the less likely that is. The last moment before the use is the one that is joined. Where a log says
//! when the key was issued, a theft before that is not the one: what was taken then was another key.
//!
//! The role is not always named. A key's id in an address that was asked for, the same client, its network, or a bucket
//! from which the answer came and which the key then reads, tie the two as well, each less than the one before; the last
//! two tie only what chance would not, and make nothing more certain than it was. Nothing else is pulled in: a role that
//! is merely named joins nothing, and no story is joined to two.

use std::collections::BTreeSet;
use std::sync::Arc;

use accesslog::Time;

use super::caller::network;
use super::validity::{Issue, SESSION_SECONDS_MAX, Validity};
use crate::ablation;
use crate::bounded::Bounded;
use crate::finding::{CloudCall, Confidence, Judged, Severity};
use crate::hash;
use crate::incident::{self, Incident, is_success};
use crate::outcome::is_keys;
use crate::signal::{Aim, Way, Weight};
use crate::signals::place_of;

/// How long after it was handed out a key can be used, in nanoseconds, where nothing more is known of it.
const VALID_NANOS: i64 = SESSION_SECONDS_MAX as i64 * 1_000_000_000;

/// Two clocks may differ by so much, in nanoseconds: five minutes.
const CLOCKS_NANOS: i64 = 300 * 1_000_000_000;

/// What is known of the cloud's log as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Cloud {
    /// How many roles it names.
    pub(crate) roles: u64,
    /// The first and last time in it.
    pub(crate) span: Option<(Time, Time)>,
    /// The keys whose issue it holds, by the hash of their ids.
    pub(crate) issues: Arc<Bounded<Issue>>,
}

/// What ties a use to a theft, the least telling first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tie {
    /// The answer came from the bucket that the key reads.
    Bucket,
    /// Both come from one network.
    Network,
    /// Both come from one client.
    Client,
    /// The id of the key stands in what was asked for.
    KeyId,
    /// The role was named, and its keys handed out.
    Role,
}

impl Tie {
    /// Whether it ties by itself; else only what chance would not.
    fn is_firm(self) -> bool {
        Tie::Client <= self
    }
}

/// How many bits must speak against chance for a tie that is not firm.
const LOOSE_BITS_MIN: i32 = 3;

/// How many bytes the name of a bucket has for it to be found in an address by more than chance.
const BUCKET_BYTES_MIN: usize = 6;

/// How many bytes the id of a key has (Amazon, "IAM identifiers": sixteen at least).
const KEY_ID_BYTES_MIN: usize = 16;

/// Joins what belongs together; the others stay as they are.
pub(crate) fn joined(mut incidents: Vec<Incident>, cloud: &Cloud) -> Vec<Incident> {
    if ablation::is_out("key-used-after") {
        return incidents;
    }
    incidents.sort_by_key(|incident| (incident.span, incident.id.clone()));
    let uses: Vec<usize> = (0..incidents.len()).filter(|place| is_use(&incidents[*place])).collect();
    let mut slots: Vec<Option<Incident>> = incidents.into_iter().map(Some).collect();
    for place in uses {
        let Some(using) = slots[place].clone() else { continue };
        let Some((theft, bond)) = theft_of(&slots, &using, cloud) else { continue };
        let weight = chance(&bond, cloud);
        if !bond.tie.is_firm() && weight.bits < LOOSE_BITS_MIN {
            continue;
        }
        let Some(mut theft) = slots[theft].take().map(|incident| incident.findings) else { continue };
        let mut findings = using.findings;
        if let Some(last) = theft.iter_mut().rfind(|one| bond.is_it(one)) {
            last.weights.push((place_of("key-used-after"), weight));
        }
        findings.extend(theft);
        for one in findings.iter_mut().filter(|one| bond.tie.is_firm() && is_success(one)) {
            one.confidence = Confidence::Confirmed;
            one.severity = Severity::Critical;
        }
        slots[place] = incident::of_story(findings);
    }
    slots.into_iter().flatten().collect()
}

fn is_use(incident: &Incident) -> bool {
    let is_use = |one: &Judged| one.aim().way == Way::Use && is_success(one);
    Severity::High <= incident.severity && incident.findings.iter().any(is_use)
}

/// A use of a key, as far as it can be tied to a theft.
struct Using<'a> {
    incident: &'a Incident,
    role: &'a [u8],
    /// When the key was first used elsewhere.
    used: Time,
    /// For how long that key was good.
    validity: Validity,
    key_ids: BTreeSet<&'a [u8]>,
    buckets: BTreeSet<&'a [u8]>,
    /// The public networks that it came from.
    networks: BTreeSet<u64>,
}

impl<'a> Using<'a> {
    fn of(incident: &'a Incident, cloud: &Cloud) -> Option<Using<'a>> {
        let uses = || incident.findings.iter().filter(|one| one.aim().way == Way::Use).map(|one| &one.finding);
        let first = uses().min_by_key(|finding| finding.time)?;
        let role = first.cloud.as_ref().and_then(|call| call.principal.as_deref()).map(role_name)?;
        // One log may say when the key was issued, where another that saw it first does not.
        let calls = || uses().filter_map(|finding| Some((finding.time, finding.cloud.as_deref()?)));
        let dated = calls().filter_map(|(time, call)| {
            let id = call.access_key_id.as_deref().map(hash::hash);
            let validity = call.validity.with(id.and_then(|id| cloud.issues.get(id)));
            Some((validity.issued?, time, validity))
        });
        let validity = dated.min_by_key(|(issued, time, _)| (*issued, *time)).map(|(.., validity)| validity);
        let texts = |text: fn(&CloudCall) -> Option<&[u8]>, least: usize| {
            calls().filter_map(|(_, call)| text(call)).filter(|text| least <= text.len()).collect()
        };
        Some(Using {
            incident,
            role,
            used: first.time?,
            validity: validity.unwrap_or_default(),
            key_ids: texts(|call| call.access_key_id.as_deref(), KEY_ID_BYTES_MIN),
            buckets: texts(|call| call.bucket.as_deref(), BUCKET_BYTES_MIN),
            networks: incident.actors.iter().filter_map(|actor| public_network(actor.client.as_deref())).collect(),
        })
    }

    /// Whether a key that was taken at a time can be the one that was used.
    fn can_follow(&self, taken: Time) -> bool {
        let gap = self.used.0.saturating_sub(taken.0);
        let begin = self.validity.issued.map_or(i64::MIN, |issued| issued.0.saturating_sub(CLOCKS_NANOS));
        let end = self.validity.expires.map_or(i64::MAX, |expires| expires.0.saturating_add(CLOCKS_NANOS));
        (-CLOCKS_NANOS..=VALID_NANOS).contains(&gap) && begin <= taken.0 && self.used.0 <= end
    }

    /// What ties it to a request of a theft.
    fn tie(&self, one: &Judged) -> Option<Tie> {
        if is_keys(one.aim()) && role_of(one) == Some(self.role) {
            return Some(Tie::Role);
        }
        let is_of_theft = matches!(one.aim().way, Way::Fetch | Way::Read | Way::Document | Way::Select | Way::Blind);
        if !is_of_theft {
            return None;
        }
        let finding = &one.finding;
        let names = |text: &&[u8]| finding.target.as_deref().is_some_and(|target| names_whole(target, text));
        let client = finding.client.as_deref();
        match () {
            () if self.key_ids.iter().any(&names) => Some(Tie::KeyId),
            () if client.is_some() && self.incident.actors.iter().any(|actor| actor.client.as_deref() == client) => {
                Some(Tie::Client)
            }
            () if public_network(client).is_some_and(|network| self.networks.contains(&network)) => Some(Tie::Network),
            () if self.buckets.iter().any(names) => Some(Tie::Bucket),
            () => None,
        }
    }
}

fn public_network(client: Option<&[u8]>) -> Option<u64> {
    client.and_then(network).filter(|(_, is_private)| !is_private).map(|(network, _)| network)
}

/// Whether a text stands in an address, and is no part of a longer name there.
fn names_whole(target: &[u8], text: &[u8]) -> bool {
    let is_of_name = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    memchr::memmem::find_iter(target, text).any(|at| {
        // What stands before may be the end of an escape: `%2F`.
        let before = at.checked_sub(1).filter(|_| !(3 <= at && target[at - 3] == b'%')).and_then(|at| target.get(at));
        !is_of_name(before) && !is_of_name(target.get(at + text.len()))
    })
}

/// What joins a theft and a use.
struct Bond {
    tie: Tie,
    /// When the key was handed out, and when it was first used elsewhere.
    taken: Time,
    used: Time,
    /// How often the same was handed out.
    moments: u64,
    validity: Validity,
}

impl Bond {
    fn is_it(&self, one: &Judged) -> bool {
        one.finding.time == Some(self.taken) && is_success(one)
    }
}

/// The incident in which the key of a use was taken, by its place.
fn theft_of(slots: &[Option<Incident>], using: &Incident, cloud: &Cloud) -> Option<(usize, Bond)> {
    let using = Using::of(using, cloud)?;
    let mut thefts = Vec::new();
    for (place, incident) in slots.iter().enumerate() {
        let Some(incident) =
            incident.as_ref().filter(|incident| !incident.findings.iter().any(|one| one.aim().way == Way::Use))
        else {
            continue;
        };
        for one in incident.findings.iter().filter(|one| is_success(one)) {
            if let Some(taken) = one.finding.time.filter(|taken| using.can_follow(*taken))
                && let Some(tie) = using.tie(one)
            {
                thefts.push((tie, taken, place));
            }
        }
    }
    // The firmest tie; of as firm the last before the use.
    let &(tie, taken, place) = thefts.iter().max()?;
    let moments = thefts.len() as u64;
    Some((place, Bond { tie, taken, used: using.used, moments, validity: using.validity }))
}

fn role_of(one: &Judged) -> Option<&[u8]> {
    match &one.aim().aim {
        Aim::Metadata { role, .. } => role.as_deref(),
        Aim::Plain => None,
    }
}

/// The name of the role in a principal: `web` of `arn:aws:sts::1:assumed-role/web/i-0abc`.
pub(crate) fn role_name(principal: &[u8]) -> &[u8] {
    let mut parts = principal.split(|byte| *byte == b'/');
    parts.nth(1).unwrap_or(principal)
}

/// How unlikely it is that the use followed the theft by chance, in bits, and in words.
fn chance(bond: &Bond, cloud: &Cloud) -> Weight {
    let gap = bond.used.0.saturating_sub(bond.taken.0).max(60 * 1_000_000_000) as u64;
    let span = cloud.span.map_or(0, |(first, last)| last.0.saturating_sub(first.0).max(0) as u64).max(gap);
    // A role that is named is one of all those that the log names.
    let roles = if bond.tie == Tie::Role { cloud.roles.max(1) } else { 1 };
    let odds = (span / gap / bond.moments.max(1)).saturating_mul(roles).max(1);
    let what = match bond.tie {
        Tie::Role => "the role whose keys were handed out",
        Tie::KeyId => "the key whose id stands in the request",
        Tie::Client => "a key, by the client that was handed secrets,",
        Tie::Network => "a key, from the network of the client that was handed secrets,",
        Tie::Bucket => "a key, on the bucket that the answer came from,",
    };
    Weight {
        bits: (odds.ilog2() as i32).clamp(1, 12),
        seen: format!("{what} was used from elsewhere {} later{}", lasting(gap), issue(bond)),
        expected: format!("no use from elsewhere; by chance it would fall so close about once in {odds} times"),
    }
}

/// When the key was issued, in words.
fn issue(bond: &Bond) -> String {
    let Some(issued) = bond.validity.issued else { return String::new() };
    let before = bond.taken.0.saturating_sub(issued.0);
    let issued = match u64::try_from(before) {
        Ok(before) => format!(": with the key that was issued {} before", lasting(before)),
        // The clocks of the two logs differ by that much.
        Err(_) => ": with the key that was issued at that time".to_owned(),
    };
    let how = if bond.validity.is_unasked {
        ", by a metadata service that asks for no token of its own (IMDSv1)"
    } else {
        ""
    };
    format!("{issued}{how}")
}

fn lasting(nanos: u64) -> String {
    match nanos / 60_000_000_000 {
        1 => "1 minute".to_owned(),
        minutes @ 0..120 => format!("{minutes} minutes"),
        minutes => format!("{} hours", minutes / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_named_by_its_principal() {
        assert_eq!(role_name(b"arn:aws:sts::1:assumed-role/web/i-0abc"), b"web");
        assert_eq!(role_name(b"arn:aws:iam::1:user/ops"), b"ops");
        assert_eq!(role_name(b"79a59df9"), b"79a59df9");
    }

    #[test]
    fn the_closer_the_less_likely_by_chance() {
        let hour = 3_600 * 1_000_000_000;
        let issues = Arc::new(Bounded::new(1));
        let cloud = Cloud { roles: 4, span: Some((Time(0), Time(240 * hour))), issues };
        let bond = |gap: i64, moments| {
            let validity = Validity { issued: Some(Time(-hour)), is_unasked: true, ..Validity::default() };
            Bond { tie: Tie::Role, taken: Time(0), used: Time(gap), moments, validity }
        };
        let bits = |gap: i64, moments| chance(&bond(gap, moments), &cloud).bits;
        assert!(bits(hour, 1) > bits(10 * hour, 1) && bits(hour, 1) > bits(hour, 8));
        assert_eq!(bits(240 * hour, 1), 2);
        let seen = chance(&bond(hour, 1), &cloud).seen;
        assert!(seen.contains("60 minutes later: with the key that was issued 60 minutes before, by"), "{seen}");
    }

    #[test]
    fn a_name_in_an_address_is_whole() {
        let names = |target: &str| names_whole(target.as_bytes(), b"shop-exports");
        assert!(names("/fetch?url=https://shop-exports.s3.amazonaws.com/keys"));
        assert!(names("/fetch?url=https%3A%2F%2Fs3.amazonaws.com%2Fshop-exports%2Fkeys"));
        assert!(!names("/fetch?url=https://my-shop-exports.s3.amazonaws.com/keys"));
        assert!(!names("/fetch?url=https://shop-exports-public.s3.amazonaws.com/keys"));
    }
}
