//! Who asks a route how many different things by its parameters, where no record stands in the path.
//!
//! `/export?channel=blue&format=csv` names no record that could be told by its shape, and what it gives out is one customer's all
//! the same. Which parameter says whose it is cannot be known from one request. So a first pass counts, for each client
//! and route, how many different queries were answered, and no more; who had far more answered than the others of a route have
//! is looked at line by line, and beside it some of the others, who are the measure ([`others`](crate::others)).
//!
//! Pages of lists and records are told elsewhere ([`walks`](crate::walks)), and so are routes without any query.

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use crate::ahead;
use crate::aims::{Aim, Kind, Suspicion};
use crate::batch::Wanting;
use crate::bounded::{Bounded, Likely};
use crate::hash::{counted, join, salted};
use crate::memory::Memory;
use crate::sighting::Sighting;

/// How many pairs of a client and a route that it asked something are known.
pub(crate) const QUESTIONS_MAX: usize = 1 << 17;

/// How many words of bits count the different queries.
const SKETCH: usize = 2;

/// How many different queries make somebody worth a look.
pub(crate) const QUERIES_MIN: u32 = 20;

/// How many clients of a route are a measure of how many queries one has; and how many times as many as nine of ten have is
/// worth a look.
const CLIENTS_MIN: usize = 13;
const TIMES_MIN: u32 = 4;

/// How many clients of one route are looked at for what they asked, and how many are for a measure.
const SUSPECTS_MAX: usize = 4;
const OTHERS_MAX: usize = 192;

/// How many lines of one that is for a measure are read, at most: who asks more is no measure.
const LINES_OF_OTHER_MAX: u32 = 256;

/// How many lines of this kind are read again, of so many pairs that are known, as one in how many: the second pass is for others, too.
const LINES_PART: usize = 8;

/// What clients asked, by client and route.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Questions {
    by_pair: Bounded<Asker>,
}

/// What one client asked one route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Asker {
    client: u64,
    route: u64,
    /// How many queries were answered.
    answered: u32,
    /// Bits of the queries, by their hash.
    sketch: [u64; SKETCH],
}

impl Questions {
    /// Those that keep within some memory.
    pub(crate) fn within(memory: Memory) -> Questions {
        Questions { by_pair: Bounded::new(memory.share(QUESTIONS_MAX)) }
    }

    /// None, that drop what these would.
    pub(crate) fn emptied(&self) -> Questions {
        Questions { by_pair: self.by_pair.emptied() }
    }

    /// How many bytes they take.
    pub(crate) fn bytes(&self) -> usize {
        self.by_pair.bytes(0)
    }

    /// The requests of a batch that ask something and were answered.
    pub(crate) fn wanting(&self, batch: &[Sighting]) -> Wanting {
        let wanting = Wanting::of(batch, |seen| {
            let asks = seen.route.object.is_none() && seen.route.choice.query().is_some();
            (join(seen.client, seen.route.key), asks && seen.answer().is_some())
        });
        wanting.fetch_places(&self.by_pair);
        wanting
    }

    /// Fetches their entries.
    pub(crate) fn fetch(&self, wanting: &mut Wanting) {
        wanting.fetch_entries(&self.by_pair, ahead::fetch);
    }

    /// Takes them in.
    pub(crate) fn observe(&mut self, batch: &[Sighting], wanting: &Wanting) {
        for (number, key, likely) in wanting.each() {
            let Sighting { route, client, .. } = batch[number];
            if let Some(query) = route.choice.query() {
                self.add((client, route.key), query, (key, likely));
            }
        }
    }

    fn add(&mut self, (client, route): (u64, u64), query: u32, (key, likely): (u64, Likely)) {
        let Some(asker) = self.by_pair.get_or_insert_near(likely, key, Asker::default) else { return };
        (asker.client, asker.route) = (client, route);
        asker.answered = asker.answered.saturating_add(1);
        let key = salted(u64::from(query));
        asker.sketch[(key >> 63) as usize] |= 1 << (key >> 57 & 63);
    }

    /// Takes in what another worker saw.
    pub(crate) fn merge(&mut self, other: Questions) {
        self.by_pair.merge(other.by_pair, Asker::merge);
    }

    /// Enforces the bound.
    pub(crate) fn settle(&mut self) {
        self.by_pair.prune();
    }

    /// Whether something was dropped.
    pub(crate) fn is_full(&self) -> bool {
        self.by_pair.is_full()
    }

    /// How many are kept.
    pub(crate) fn capacity(&self) -> usize {
        self.by_pair.capacity()
    }

    /// Who is to be looked at, and who beside it.
    pub(crate) fn aims(&self) -> Vec<Aim> {
        let mut routes: HashMap<u64, Vec<&Asker>> = HashMap::new();
        self.by_pair.iter().for_each(|(_, asker)| routes.entry(asker.route).or_default().push(asker));
        let mut looks: Vec<Look<'_>> = routes.into_values().filter_map(Look::of).collect();
        // Those are read first who ask the most beside the others.
        looks.sort_unstable_by_key(|look| (std::cmp::Reverse(look.times), look.suspects[0].route));
        let mut left = (self.by_pair.capacity() / LINES_PART) as u64;
        let mut aims = Vec::new();
        for look in looks {
            if look.lines() <= left {
                left -= look.lines();
                aims.extend(look.aims());
            }
        }
        aims
    }
}

impl Asker {
    fn merge(&mut self, other: Asker) {
        self.answered = self.answered.saturating_add(other.answered);
        self.sketch.iter_mut().zip(other.sketch).for_each(|(mine, other)| *mine |= other);
    }

    /// About how many different queries there are.
    fn queries(&self) -> u32 {
        counted(&self.sketch).map_or(self.answered, |estimate| estimate.min(self.answered))
    }
}

/// Who of a route is to be looked at.
struct Look<'a> {
    suspects: Vec<&'a Asker>,
    others: Vec<&'a Asker>,
    /// How many clients asked the route something.
    clients: u32,
    /// How many times as many queries as is usual the first has.
    times: u32,
}

impl Look<'_> {
    /// None where nobody asks far more than others.
    fn of(mut askers: Vec<&Asker>) -> Option<Look<'_>> {
        askers.sort_by_cached_key(|asker| (std::cmp::Reverse(asker.queries()), asker.client));
        let clients = askers.len();
        // Nine of ten have no more than that; where there are few nothing is usual.
        let usual = if clients < CLIENTS_MIN { 1 } else { askers[clients / 10].queries().max(1) };
        let is_suspect = |asker: &&Asker| QUERIES_MIN.max(usual * TIMES_MIN) <= asker.queries();
        let count = askers.iter().take_while(|asker| is_suspect(asker)).count().min(SUSPECTS_MAX);
        let mut others = askers.split_off(count);
        let times = askers.first()?.queries() / usual;
        others.retain(|asker| asker.answered <= LINES_OF_OTHER_MAX);
        others.sort_unstable_by_key(|asker| salted(asker.client));
        others.truncate(OTHERS_MAX);
        Some(Look { suspects: askers, others, clients: clients as u32, times })
    }

    fn lines(&self) -> u64 {
        self.suspects.iter().chain(&self.others).map(|asker| u64::from(asker.answered)).sum()
    }

    fn aims(&self) -> impl Iterator<Item = Aim> {
        let aim = |asker: &&Asker, is_measure| {
            let kind = Kind::Asked { clients: self.clients, is_measure };
            let story = join(join(asker.route, 0), 8);
            Aim {
                client: asker.client,
                route: asker.route,
                story,
                kind,
                suspicion: Suspicion::default(),
                is_turn: false,
            }
        };
        let suspects = self.suspects.iter().map(move |asker| aim(asker, false));
        suspects.chain(self.others.iter().map(move |asker| aim(asker, true)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: impl Iterator<Item = (u64, u32)>) -> Questions {
        let mut questions = Questions::within(Memory::default());
        pairs.for_each(|(client, query)| {
            questions.add((salted(client), 7), query, (join(salted(client), 7), Likely::default()));
        });
        questions
    }

    fn suspects(questions: &Questions) -> Vec<u64> {
        let aims = questions.aims();
        let of = |aim: &Aim| matches!(aim.kind, Kind::Asked { is_measure: false, .. }).then_some(aim.client);
        aims.iter().filter_map(of).collect()
    }

    /// A hundred clients that ask two things each.
    fn users() -> impl Iterator<Item = (u64, u32)> {
        (0..400).map(|n| (n % 100, (n % 100 * 2 + n / 200) as u32))
    }

    #[test]
    fn who_asks_far_more_than_others_is_looked_at_and_others_beside_it() {
        let questions = asked(users().chain((0..40).map(|n| (900, 5_000 + n))));
        assert_eq!(suspects(&questions), [salted(900)]);
        assert_eq!(questions.aims().len(), 101);
        assert_eq!(suspects(&asked(users())), []);
        let readers = users().chain((0..900).map(|n| (n % 30, n as u32)));
        assert_eq!(suspects(&asked(readers.chain((0..40).map(|n| (900, 5_000 + n))))), [], "as others do");
    }

    #[test]
    fn one_query_over_and_over_is_one() {
        assert_eq!(suspects(&asked(users().chain((0..400).map(|_| (900, 5_000))))), []);
    }

    #[test]
    fn where_few_ask_all_are_looked_at() {
        assert_eq!(suspects(&asked((0..60).map(|n| (1, n)))), [salted(1)]);
    }

    #[test]
    fn parts_make_the_whole() {
        let pairs = |part: u64| (0..4_000_u64).filter(move |n| n % 3 == part).map(|n| (n * 31 % 300, n as u32));
        let mut merged = asked(pairs(2));
        merged.merge(asked(pairs(0)));
        merged.merge(asked(pairs(1)));
        let whole = asked((0..3).flat_map(pairs));
        assert_eq!(merged.aims(), whole.aims());
        let all = |questions: &Questions| {
            let mut all: Vec<(u64, Asker)> = questions.by_pair.iter().map(|(key, asker)| (key, *asker)).collect();
            all.sort_unstable_by_key(|(key, _)| *key);
            all
        };
        assert_eq!(all(&merged), all(&whole));
    }
}
