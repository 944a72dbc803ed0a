//! What a request got: decided without its body, from what is beside it.
//!
//! A log has no bodies. But it has the status, the size, what this route answers others, what this client was
//! answered for other things, and what was asked next. Each [signal of outcome](crate::signal::Role::Outcome)
//! weighs one of these in bits; the sum decides. Two bits, four to one, are enough to call it.

use accesslog::Time;
use hashbrown::{HashMap, HashSet};

use crate::ablation;
use crate::catalog::{Answer, Grade};
use crate::finding::Finding;
use crate::profile::{BUCKETS, Profile, Sizes, ends, is_answer};
use crate::request::Field;
use crate::signal::{Aim, Evidence, Weight};

/// How many bits for or against make an outcome certain enough to be called.
pub(crate) const BITS_ENOUGH: i32 = 2;

/// What a request got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Not what it reached for.
    Failure,
    /// That cannot be told.
    Unknown,
    /// What it reached for.
    Success,
}

impl Outcome {
    /// The name to show.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Failure => "failure",
            Outcome::Unknown => "unknown",
            Outcome::Success => "success",
        }
    }

    pub(crate) fn of(bits: i32) -> Outcome {
        match bits {
            BITS_ENOUGH.. => Outcome::Success,
            ..=-2 => Outcome::Failure,
            _ => Outcome::Unknown,
        }
    }
}

/// One request and one of its objectives, beside what is ordinary.
pub struct Case<'a> {
    pub(crate) finding: &'a Finding,
    pub(crate) evidence: &'a Evidence,
    pub(crate) ground: &'a Ground<'a>,
}

impl Case<'_> {
    /// The status and size of an answer; `None` where there was none or it is not known.
    pub(crate) fn answer(&self) -> Option<(u16, u64)> {
        let status = self.finding.status.filter(|status| is_answer(*status))?;
        Some((status, self.finding.bytes?))
    }

    /// The sizes that this route answers others, findings left out.
    pub(crate) fn usual(&self) -> Usual {
        self.ground.usual(self.finding.route)
    }

    /// Whether the parameter that the objective stands in ordinarily holds URLs, and of how many.
    pub(crate) fn live(&self) -> Option<(u32, u32)> {
        if self.evidence.field != Field::Param {
            return None;
        }
        self.ground.live(self.finding.param_key(self.evidence))
    }
}

/// What all cases are held against.
pub(crate) struct Ground<'a> {
    profile: &'a Profile,
    /// The sizes of the findings themselves, by route, to be left out of what is usual.
    own_sizes: HashMap<u64, Sizes>,
    /// URLs that findings put into parameters, to be left out likewise.
    own_urls: HashMap<u64, HashSet<u64>>,
    /// Answers that one client got for several things: client, status and size.
    constants: HashMap<(u64, u16, u64), HashSet<u64>>,
    /// Answers that differ from each other by the length of the target alone.
    echoes_of_target: HashMap<(u64, u16, i64), HashSet<(u64, usize)>>,
    /// When each client reached for what, weak things left out, by time.
    things: HashMap<u64, Vec<(Option<Time>, u64)>>,
    /// The clients that look for secrets.
    seekers: HashSet<u64>,
    /// Names of roles that a request repeats after a reply of their length, by the finding's place.
    roles: HashMap<usize, RoleEcho>,
}

/// A role that was named after a reply of its length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoleEcho {
    pub(crate) role: Box<[u8]>,
    /// When the list was asked for.
    pub(crate) listed: Option<Time>,
    /// The size of the list in bytes.
    pub(crate) bytes: u64,
}

impl<'a> Ground<'a> {
    pub(crate) fn new(profile: &'a Profile, findings: &[Finding]) -> Ground<'a> {
        let mut ground = Ground {
            profile,
            own_sizes: HashMap::new(),
            own_urls: HashMap::new(),
            constants: HashMap::new(),
            echoes_of_target: HashMap::new(),
            things: HashMap::new(),
            seekers: HashSet::new(),
            roles: crate::signals::echoed_roles(findings),
        };
        for finding in findings {
            ground.take_in(finding);
        }
        let seekers = ground.things.iter().filter(|(_, things)| are_sought(things)).map(|(client, _)| *client);
        ground.seekers = seekers.collect();
        ground
    }

    fn take_in(&mut self, finding: &Finding) {
        if let Some(evidence) = finding.evidence.first() {
            self.own_urls.entry(finding.param_key(evidence)).or_default().insert(finding.client_key);
            if Grade::Weak < evidence.grade {
                self.things.entry(finding.client_key).or_default().push((finding.time, evidence.object));
            }
        }
        let (Some(status), Some(bytes)) = (finding.status.filter(|status| is_answer(*status)), finding.bytes) else {
            return;
        };
        self.own_sizes.entry(finding.route).or_default().add(bytes);
        let Some(evidence) = finding.evidence.first() else { return };
        self.constants.entry((finding.client_key, status, bytes)).or_default().insert(evidence.object);
        let length = finding.target.as_ref().map_or(0, |target| target.len());
        self.echoes_of_target
            .entry((finding.client_key, status, bytes as i64 - length as i64))
            .or_default()
            .insert((evidence.object, length));
    }

    pub(crate) fn profile(&self) -> &'a Profile {
        self.profile
    }

    /// The role that the finding of that place is the echo of.
    pub(crate) fn role_echo(&self, place: usize) -> Option<&RoleEcho> {
        self.roles.get(&place)
    }

    /// Whether a client reaches for so many different things within an hour that it is looking for secrets, and not
    /// reading what it was pointed to.
    pub(crate) fn is_seeker(&self, client: u64) -> bool {
        self.seekers.contains(&client)
    }

    /// For how many things a client got that answer, and whether for its length's sake.
    pub(crate) fn constant(&self, client: u64, status: u16, bytes: u64, length: usize) -> (usize, usize) {
        let same = self.constants.get(&(client, status, bytes)).map_or(0, HashSet::len);
        let echo = self.echoes_of_target.get(&(client, status, bytes as i64 - length as i64));
        let lengths =
            |things: &HashSet<(u64, usize)>| things.iter().map(|(_, length)| length).collect::<HashSet<_>>().len();
        (same, echo.filter(|things| 2 < lengths(things)).map_or(0, HashSet::len))
    }

    /// How many URLs others put into a parameter, and how many groups of clients did.
    fn live(&self, param: u64) -> Option<(u32, u32)> {
        let profile = self.profile.params.get(param)?;
        let own = self.own_urls.get(&param).map_or(0, HashSet::len) as u32;
        let clients = profile.clients.count_ones().saturating_sub(own);
        if CLIENTS_FOR_USE <= clients { Some((profile.urls, clients)) } else { None }
    }

    /// How many clients gave the parameter of a case something that is told of.
    pub(crate) fn mistaken(&self, case: &Case<'_>) -> usize {
        self.own_urls.get(&case.finding.param_key(case.evidence)).map_or(0, HashSet::len)
    }

    fn usual(&self, route: u64) -> Usual {
        let mut counts = self.profile.routes.get(route).map_or([0; BUCKETS], |route| route.sizes.counts());
        if let Some(own) = self.own_sizes.get(&route) {
            counts.iter_mut().zip(own.counts()).for_each(|(count, own)| *count = count.saturating_sub(own));
        }
        Usual { counts }
    }
}

/// Whether so many different things of one client, by time, are reached for within an hour that it looks for secrets.
fn are_sought(things: &[(Option<Time>, u64)]) -> bool {
    let within = |from: usize| {
        let (first, _) = things[from];
        let hour = things[from..].iter().take_while(|(time, _)| {
            first.zip(*time).is_none_or(|(first, time)| time.0.saturating_sub(first.0) <= HOUR_NANOS)
        });
        hour.take(SEEKERS_THINGS * 64).map(|(_, object)| *object).collect::<HashSet<u64>>().len()
    };
    SEEKERS_THINGS <= things.len() && (0..things.len()).any(|from| SEEKERS_THINGS <= within(from))
}

/// How many different things a client reaches for that is looking for secrets.
const SEEKERS_THINGS: usize = 3;

/// An hour, in nanoseconds.
const HOUR_NANOS: i64 = 3_600 * 1_000_000_000;

/// How many groups of clients make what they do with a parameter its use.
const CLIENTS_FOR_USE: u32 = 3;

/// Of how many answers one at least says that there is nothing, where a route says so by a short one.
const NOTHING_SHARE: u64 = 20;

/// How many answers say so at least.
const NOTHING_MIN: u64 = 4;

/// Of how many answers one at most is shorter than that.
const SHORTER_SHARE: u64 = 50;

/// The sizes that a route usually answers.
#[derive(Clone, Debug)]
pub(crate) struct Usual {
    counts: [u32; BUCKETS],
}

impl Usual {
    /// How many answers there are.
    pub(crate) fn total(&self) -> u64 {
        self.counts.iter().map(|count| u64::from(*count)).sum()
    }

    /// The range in which all answers lie but one in a hundred at each end: the first bucket, and the last.
    ///
    /// With few answers the range is all of them, and a bucket more at each end.
    pub(crate) fn range(&self) -> (usize, usize) {
        let spare = self.total() / 100;
        let (first, last) = ends(&self.counts, spare);
        if spare == 0 { (first.saturating_sub(1), (last + 1).min(BUCKETS - 1)) } else { (first, last) }
    }

    /// Whether a size is that of the answer which is given where there is nothing to give: one of twenty answers has it, and next
    /// to none is shorter.
    pub(crate) fn is_of_nothing(&self, bytes: u64) -> bool {
        let bucket = Sizes::bucket(bytes);
        let shorter: u64 = self.counts[..bucket].iter().map(|count| u64::from(*count)).sum();
        let (alike, total) = (u64::from(self.counts[bucket]), self.total());
        NOTHING_MIN <= alike && total <= alike * NOTHING_SHARE && shorter * SHORTER_SHARE <= total
    }

    /// How many answers have a size between two, both included, by bucket.
    pub(crate) fn between(&self, low: u64, high: u64) -> u64 {
        self.counts[Sizes::bucket(low)..=Sizes::bucket(high)].iter().map(|count| u64::from(*count)).sum()
    }
}

/// All that the signals of outcome make of one objective of a finding, in the order of the signals.
pub(crate) fn weigh(case: &Case<'_>) -> Vec<(u8, Weight)> {
    let signals = crate::SIGNALS.iter().enumerate();
    let signals = signals.filter(|(_, signal)| !ablation::is_out(signal.name()));
    signals.filter_map(|(place, signal)| Some((place as u8, signal.weigh(case)?))).collect()
}

/// Whether an objective is the keys of a metadata service themselves.
pub(crate) fn is_keys(evidence: &Evidence) -> bool {
    matches!(evidence.aim, Aim::Metadata { answer: Answer::Secret, .. })
}

/// Whether an objective is a list of roles.
pub(crate) fn is_list(evidence: &Evidence) -> bool {
    matches!(evidence.aim, Aim::Metadata { answer: Answer::List, .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual(sizes: impl Iterator<Item = u64>) -> Usual {
        let mut all = Sizes::default();
        sizes.for_each(|bytes| all.add(bytes));
        Usual { counts: all.counts() }
    }

    #[test]
    fn the_answer_that_there_is_nothing_is_short_and_given_often() {
        let cards = || (0..400_u64).map(|n| 400 + n * 140);
        let with_stub = usual(cards().chain(std::iter::repeat_n(46, 45)));
        assert!(with_stub.is_of_nothing(46));
        assert!(!with_stub.is_of_nothing(2_212), "a size of its own");
        assert!(!usual(cards().chain(std::iter::repeat_n(46, 4))).is_of_nothing(46), "hardly anybody is told so");
        assert!(!usual([46, 900, 2_000, 5_000].into_iter()).is_of_nothing(46), "too few to know");
        let icons = usual(cards().chain((0..60).map(|n| 20 + n)).chain(std::iter::repeat_n(90, 60)));
        assert!(!icons.is_of_nothing(90), "many are shorter");
    }
}
