//! What a first pass wants looked at again, line by line.
//!
//! A first pass keeps counts, and counts nominate; what is said of a client in a report rests on its lines. The aims
//! are few (a client and a route each), so the second pass is little more than reading.

use hashbrown::{HashMap, HashSet};

use crate::ablation;
use crate::bounded::Bounded;
use crate::budget::{Among, Chance, Scores};
use crate::hash::{bit, join};
use crate::params::ParamProfile;
use crate::profile::PARAMS_MAX;
use crate::signal::Weight;

/// How many pairs of client and route are looked at again.
pub(crate) const AIMS_MAX: usize = 1 << 14;

/// A client on a route, and why its lines are wanted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Aim {
    /// The hash of the client.
    pub(crate) client: u64,
    /// The key of the route.
    pub(crate) route: u64,
    /// What belongs to one story has one number.
    pub(crate) story: u64,
    /// What it may be.
    pub(crate) kind: Kind,
    /// Why.
    pub(crate) suspicion: Suspicion,
    /// Whether it is nothing unless its client's use of the route has turned into another: of its lines no more is kept at first
    /// than tells that.
    pub(crate) is_turn: bool,
}

impl Aim {
    /// One for each of the clients that harvest a route together.
    pub(crate) fn of_many<'s>(
        clients: impl Iterator<Item = u64> + 's,
        (route, story): (u64, u64),
        suspicion: &'s Suspicion,
    ) -> impl Iterator<Item = Aim> + 's {
        clients.map(move |client| Aim {
            client,
            route,
            story,
            kind: Kind::Harvest,
            suspicion: suspicion.clone(),
            is_turn: false,
        })
    }

    /// The key under which it is kept.
    pub(crate) fn key(&self) -> u64 {
        join(self.client, self.route)
    }
}

/// What an aim may turn out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Many records fetched one by one.
    Harvest,
    /// Many values of a parameter asked for that are others'.
    Asked {
        /// How many clients ask the route something.
        clients: u32,
        /// Whether it is one of the others, who are the measure.
        is_measure: bool,
    },
    /// Answers far longer than those of all others, from so many bytes on.
    Far {
        /// The shortest of them.
        low: u64,
    },
    /// A role's key used from a place that is not its own, or for a telling deed.
    Use {
        /// The deed, if the place is not what is telling.
        deed: Option<crate::keys::Deed>,
    },
    /// A document of keys in an answer whose request does not show what was asked: the sizes of such answers in
    /// bytes, both included.
    Blind {
        /// The smallest.
        low: u64,
        /// The largest.
        high: u64,
    },
}

/// The reasons for an aim, and what speaks against it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Suspicion {
    /// The signals, by name, and what each saw.
    pub(crate) reasons: Vec<(&'static str, Weight)>,
    /// What speaks against it: a sum of bits, below zero.
    pub(crate) excuse_bits: i32,
    /// How likely as much is by chance, where it is judged by its rarity.
    pub(crate) chance: Option<Chance>,
    /// Whether the objects are somebody's own by what is seen of them.
    pub(crate) is_kept: bool,
    /// How many of the objects that were looked at belong to others, as far as that is known.
    pub(crate) foreign: u32,
    /// Whether the client looks around as users do, and takes what no user has.
    pub(crate) is_roaming: bool,
    /// Whether it asks for what the other clients of the route ask for besides, and for nothing that they do not.
    pub(crate) is_among_users: bool,
    /// A bit for each group of routes that it asks for and hardly another client of the route does.
    pub(crate) own_pages: u64,
    /// Whether it asks for these about as often as for records, and for nothing else.
    pub(crate) is_paged: bool,
    /// Whether clients of one agent are judged together, and whether users name it too.
    pub(crate) is_of_agent: bool,
    pub(crate) is_of_users: bool,
    /// Whether each of several clients takes far more than users have: no application fetches so much of its user's own.
    pub(crate) is_beyond_own: bool,
    /// Whether it is nothing unless the client came when the log had lasted for some days.
    pub(crate) is_newcomers: bool,
    /// Whether it is about visits of many, each by one client within one stretch of time.
    pub(crate) is_visit: bool,
    /// Whether it is about many clients of whatever agent that ask for nothing else.
    pub(crate) is_crowd: bool,
    /// Whether it is not known of these whose records they take.
    pub(crate) is_unowned: bool,
    /// What it was without the many whom it belongs to, and is again if what these do is a practice.
    pub(crate) alone: Option<Box<Suspicion>>,
}

impl Suspicion {
    /// The sum of the bits.
    pub(crate) fn bits(&self) -> i32 {
        self.excuse_bits + self.reasons.iter().map(|(_, weight)| weight.bits).sum::<i32>()
    }

    /// Adds a reason if it weighs anything; whether it does.
    pub(crate) fn add(&mut self, signal: &'static str, bits: i32, seen: String, expected: String) -> bool {
        let is_reason = 0 < bits && !ablation::is_out(signal);
        if is_reason {
            self.reasons.push((signal, Weight { bits, seen, expected }));
        }
        is_reason
    }

    /// The reasons of one and of the many whom it belongs to, each as it weighs the more, and what speaks against that one.
    pub(crate) fn with(mut self, of_many: &Suspicion) -> Suspicion {
        let alone = Some(Box::new(self.clone()));
        for (signal, weight) in &of_many.reasons {
            match self.reasons.iter_mut().find(|(name, _)| name == signal) {
                Some((_, own)) if weight.bits <= own.bits => {}
                Some((_, own)) => *own = weight.clone(),
                None => self.reasons.push((signal, weight.clone())),
            }
        }
        self.excuse_bits = self.excuse_bits.min(of_many.excuse_bits);
        Suspicion { chance: of_many.chance, is_crowd: of_many.is_crowd, alone, ..self }
    }

    /// Whether a signal is among the reasons.
    pub(crate) fn has(&self, signal: &str) -> bool {
        self.reasons.iter().any(|(name, _)| *name == signal)
    }

    /// Whether the records were found by their numbers: in a row, or by guesses.
    pub(crate) fn is_found_by_number(&self) -> bool {
        self.has("walk-order") || self.has("walk-misses")
    }

    /// Takes a reason back that does not hold; whether it was there.
    pub(crate) fn take_back(&mut self, signal: &str) -> bool {
        let before = self.reasons.len();
        self.reasons.retain(|(name, _)| *name != signal);
        self.reasons.len() < before
    }

    /// The same with its chance: the rank of its bits among those of all, itself among them.
    pub(crate) fn ranked(self, among: Among, scores: &Scores) -> Suspicion {
        Suspicion { chance: Some(Chance::of(among, self.bits(), scores)), ..self }
    }

    /// Says what speaks against it, in bits below zero.
    pub(crate) fn excuse(&mut self, bits: i32) {
        self.excuse_bits += bits;
    }
}

/// How many words of bits tell groups of clients apart: four bits for each client there may be, which stay in a processor's own
/// cache.
const GROUPS: usize = AIMS_MAX * 4 / u64::BITS as usize;

/// The word of a client's bit.
fn group(client: u64) -> usize {
    (client >> 32) as usize % GROUPS
}

/// All aims, by client.
#[derive(Clone, Debug)]
pub struct Aims {
    by_key: HashMap<u64, Aim>,
    clients: HashSet<u64>,
    /// A bit for each group of clients of which one is aimed at: nearly all others are told by that alone.
    groups: Box<[u64]>,
    /// Which hosts are usual in which parameters.
    pub(crate) params: Bounded<ParamProfile>,
}

impl Default for Aims {
    fn default() -> Aims {
        let groups = vec![0; GROUPS].into_boxed_slice();
        Aims { by_key: HashMap::new(), clients: HashSet::new(), groups, params: Bounded::new(PARAMS_MAX) }
    }
}

impl Aims {
    pub(crate) fn new(mut aims: Vec<Aim>, params: Bounded<ParamProfile>) -> Aims {
        // The strongest are looked at, and of those as strong the smallest keys.
        aims.sort_by_key(|aim| (std::cmp::Reverse(aim.suspicion.bits()), aim.kind, aim.client, aim.route));
        aims.truncate(AIMS_MAX);
        let mut all = Aims { params, ..Aims::default() };
        for aim in aims.into_iter().rev() {
            all.clients.insert(aim.client);
            all.groups[group(aim.client)] |= bit(aim.client);
            all.by_key.insert(aim.key(), aim);
        }
        all
    }

    /// Whether there is nothing to look at again.
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// Those whose clients may have turned, to be looked at line by line.
    pub(crate) fn turned(&self, may_have: impl Fn(&Aim) -> bool) -> Aims {
        let turned = self.by_key.values().filter(|aim| aim.is_turn && may_have(aim));
        let aims = turned.map(|aim| Aim { is_turn: false, ..aim.clone() });
        Aims::new(aims.collect(), Bounded::new(PARAMS_MAX))
    }

    /// How many pairs of client and route are to be looked at again.
    pub(crate) fn len(&self) -> usize {
        self.by_key.values().filter(|aim| !matches!(aim.kind, Kind::Asked { is_measure: true, .. })).count()
    }

    pub(crate) fn has_client(&self, client: u64) -> bool {
        self.groups[group(client)] & bit(client) != 0 && self.clients.contains(&client)
    }

    pub(crate) fn get(&self, client: u64, route: u64) -> Option<&Aim> {
        self.by_key.get(&join(client, route))
    }
}
