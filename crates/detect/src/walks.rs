//! Who fetched which objects: the walk of each client over the identifiers of each route.
//!
//! One request for one record of the service is never suspicious, whoever's record it is. What tells a harvest is the
//! walk: how many objects one client fetches where others fetch a few, whether their identifiers follow each other,
//! how many it asks for that do not exist, and what else of the service it ever looks at. All of that is kept in a
//! few dozen bytes for each client and route, as counts, bits and the smallest hashes, so it merges exactly.
//!
//! Which clients are kept, of more than the bound, follows from the hash of the client: a fair sample of all.

use accesslog::Time;
use serde::{Deserialize, Serialize};

use crate::ahead;
use crate::apart::{self, Apart};
use crate::batch::{BATCH, Wanting};
use crate::bounded::{Aligned, Bounded, HalfLine, Line};
use crate::breadth::Breadth;
use crate::grouped::Whose;
use crate::hash::bit;
use crate::memory::Memory;
use crate::profile::is_answer;
use crate::questions::Questions;
use crate::route::Object;
use crate::sighting::Sighting;
use crate::turned::may_have_turned;
use crate::walked::{DATED, Day, REQUESTS, Walked, dated};

pub(crate) use crate::walked::SAMPLE;

/// How many clients are known.
pub(crate) const CLIENTS_MAX: usize = 1 << 18;

/// How many walks are kept.
pub(crate) const WALKS_MAX: usize = 1 << 18;

/// The bits of a walk's key that are the route's: a client has at most so many walks, by their power of two.
const ROUTE_BITS: u32 = 10;

/// How much more may lie beside the walks before they are shortened for it, in bytes.
const ROOM: usize = 1 << 20;

/// How many days have a bit.
const DAYS: usize = u64::BITS as usize;

/// The walks of all clients.
///
/// Two tables, since every request asks the first and few the second: the first is small enough to stay in the cache.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Walks {
    /// What each client asked for.
    pub(crate) routes: Bounded<Breadth, Aligned<Breadth, HalfLine>>,
    /// The walks, by the client and then the route: of more than the bound those of the same clients are kept.
    walks: Bounded<Walk, Aligned<Walk, Line>>,
    /// How many bytes lie beside the walks, at most, and how many did when they were last shortened.
    beside: usize,
    #[serde(skip)]
    shortened: usize,
    /// How many requests for objects there were.
    requests: u64,
    /// From how many of them on less is kept of each walk.
    fewer_from: u64,
    /// What clients asked where no object is known.
    pub(crate) questions: Questions,
}

impl Default for Walks {
    fn default() -> Walks {
        Walks::within(Memory::default())
    }
}

/// How many requests are for objects that are not there, or not for this client, of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Misses {
    pub(crate) missed: u32,
    pub(crate) requests: u32,
}

impl Misses {
    /// Those of both.
    pub(crate) fn and(self, other: Misses) -> Misses {
        Misses {
            missed: self.missed.saturating_add(other.missed),
            requests: self.requests.saturating_add(other.requests),
        }
    }
}

/// What one client fetched on one route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Walk {
    /// The bits of the client's hash that its key has no room for.
    client: u16,
    /// Whether its objects are pages of a list.
    pub(crate) is_list: bool,
    /// Requests for an object.
    pub(crate) requests: u32,
    /// Those that were answered.
    pub(crate) answered: u32,
    /// Those for which there was no such object, or none for this client.
    pub(crate) missed: u32,
    /// The key of the route: of two that share a place the smaller.
    pub(crate) route: u64,
    /// The smallest hash of an agent that it named.
    pub(crate) agent: u64,
    /// A bit for each day, modulo [`DAYS`].
    pub(crate) days: u64,
    /// The first day and the last.
    pub(crate) begin: Day,
    end: Day,
    objects: Walked,
}

impl Default for Walk {
    fn default() -> Walk {
        Walk {
            client: u16::MAX,
            is_list: false,
            requests: 0,
            answered: 0,
            missed: 0,
            route: u64::MAX,
            agent: u64::MAX,
            days: 0,
            begin: Day::NONE,
            end: Day(0),
            objects: Walked::default(),
        }
    }
}

impl Walks {
    /// Those that keep within some memory.
    pub(crate) fn within(memory: Memory) -> Walks {
        Walks {
            routes: Bounded::new(memory.share(CLIENTS_MAX)),
            walks: Bounded::new(memory.share(WALKS_MAX)),
            beside: 0,
            shortened: 0,
            requests: 0,
            fewer_from: memory.share(REQUESTS) as u64,
            questions: Questions::within(memory),
        }
    }

    /// Walks of nobody that drop what these would.
    pub(crate) fn emptied(&self) -> Walks {
        Walks {
            routes: self.routes.emptied(),
            walks: self.walks.emptied(),
            beside: 0,
            shortened: 0,
            requests: 0,
            fewer_from: self.fewer_from,
            questions: self.questions.emptied(),
        }
    }

    /// How many bytes they take.
    pub(crate) fn bytes(&self) -> usize {
        self.routes.bytes(0) + self.walks.bytes(0) + self.beside + self.questions.bytes()
    }

    /// Takes in some requests, no more than [`BATCH`].
    pub(crate) fn observe(&mut self, batch: &[Sighting]) {
        let mut clients = Wanting::of(batch, |seen| (seen.client, true));
        let mut walked = Wanting::of(batch, |seen| {
            let is_walk = seen.route.object.is_some() && seen.status.is_some();
            (walk_key(seen.client, seen.route.key), is_walk)
        });
        walked.fetch_places(&self.walks);
        clients.fetch_places(&self.routes);
        let mut asking = self.questions.wanting(batch);
        walked.fetch_entries(&self.walks, Walk::fetch);
        clients.fetch_entries(&self.routes, ahead::fetch);
        self.questions.fetch(&mut asking);
        for (number, client, likely) in clients.each() {
            if let Some(routes) = self.routes.get_or_insert_near(likely, client, Breadth::default) {
                routes.add(batch[number].route.key);
            }
        }
        for (number, _, likely) in walked.each() {
            if let Some((walk, object)) = self.walks.at(likely).zip(batch[number].route.object) {
                walk.objects.fetch(object);
            }
        }
        self.questions.observe(batch, &asking);
        let before = self.dated();
        self.requests += walked.count() as u64;
        let dated = self.dated();
        if dated < before {
            self.shorten();
        }
        for (number, key, likely) in walked.each() {
            let Sighting { route, client, time, agent, .. } = batch[number];
            let (Some(object), Some(status)) = (route.object, batch[number].status) else { continue };
            if let Some(walk) = self.walks.get_or_insert_near(likely, key, Walk::default)
                && walk.is_of(beside_key(client), route.key)
            {
                let before = walk.objects.bytes();
                walk.is_list |= route.is_list;
                walk.add(object, status, time, agent, dated);
                self.beside += walk.objects.bytes() - before;
            }
        }
    }

    /// Fetches what [`of_client`](Walks::of_client) will be asked of some clients.
    pub(crate) fn fetch(&self, clients: impl Iterator<Item = u64> + Clone) {
        clients.clone().for_each(|client| self.routes.fetch_place(client));
        clients.filter_map(|client| self.routes.at(self.routes.likely(client))).for_each(ahead::fetch);
    }

    /// Takes in what another worker saw, shared out: half of it are the walks.
    pub(crate) fn merge_apart(&mut self, other: Walks, apart: &dyn Apart) {
        let before = self.dated();
        self.requests += other.requests;
        self.beside += other.beside;
        let Walks { routes, walks, questions, .. } = self;
        apart::both(
            apart,
            || walks.merge_fetched(other.walks, Walk::fetch, Walk::merge),
            || {
                routes.merge(other.routes, Breadth::merge);
                questions.merge(other.questions);
            },
        );
        let dated = self.dated();
        // To go through all walks takes long: where less is kept of each, and again when what others kept has doubled what there is.
        if dated < before || dated < DATED && 2 * self.shortened + ROOM < self.beside {
            self.shorten();
        }
    }

    /// Of how many objects of each long walk the first day is kept.
    fn dated(&self) -> usize {
        dated(self.requests, self.fewer_from)
    }

    /// Keeps of each walk what may be kept of so many.
    fn shorten(&mut self) {
        let dated = self.dated();
        self.walks.values_mut().for_each(|walk| walk.objects.shorten(dated));
        self.beside = self.walks.iter().map(|(_, walk)| walk.objects.bytes()).sum();
        self.shortened = self.beside;
    }

    /// Enforces the bounds, so that equal contents have equal states.
    pub(crate) fn settle(&mut self) {
        self.routes.prune();
        self.walks.prune();
        self.shorten();
        self.questions.settle();
    }

    /// Whether something was dropped.
    pub(crate) fn is_full(&self) -> bool {
        self.routes.is_full() || self.walks.is_full()
    }

    /// Every walk, in the order of the clients.
    pub(crate) fn in_order(&self) -> Vec<Whose<'_>> {
        let mut all: Vec<(u64, &Walk)> = self.walks.iter().collect();
        all.sort_unstable_by_key(|(key, _)| *key);
        let mut walks = Vec::with_capacity(all.len());
        for batch in all.chunks(BATCH) {
            batch.iter().for_each(|(_, walk)| walk.fetch());
            walks.extend(batch.iter().map(|(key, walk)| Whose {
                client: key >> ROUTE_BITS << ROUTE_BITS | u64::from(walk.client),
                route: walk.route,
                agent: walk.agent,
                distinct: walk.distinct(),
                walk,
            }));
        }
        walks
    }

    /// About how many routes a client asked for, a few of them exactly, how many requests of it there are, and a bit for each
    /// group of routes that it asked for; none if that is not known.
    pub(crate) fn of_client(&self, client: u64) -> Option<(u32, u32, u64)> {
        self.routes.get(client).map(|routes| (routes.count(), routes.requests, routes.groups))
    }

    /// How many routes the middle one asks for of the clients that ask for more than so many.
    pub(crate) fn middle_breadth(&self, narrow: u32) -> u32 {
        let mut counts = [0_usize; u64::BITS as usize + 1];
        let breadths = self.routes.iter().map(|(_, routes)| routes.count()).filter(|count| narrow < *count);
        breadths.for_each(|count| counts[count as usize] += 1);
        let half = counts.iter().sum::<usize>() / 2;
        let mut below = 0;
        let is_middle = |count: &usize| {
            below += count;
            half < below
        };
        counts.iter().position(is_middle).unwrap_or(0) as u32
    }

    /// Whether a client asked for a route of that group of routes.
    pub(crate) fn has_asked_like(&self, client: u64, route: u64) -> bool {
        self.routes.get(client).is_some_and(|routes| routes.groups & bit(route) != 0)
    }
}

/// The key of a walk: in the order of the clients, and of a client in that of the routes.
fn walk_key(client: u64, route: u64) -> u64 {
    client >> ROUTE_BITS << ROUTE_BITS | route >> (64 - ROUTE_BITS)
}

/// The bits of a client that the keys of its walks have no room for.
fn beside_key(client: u64) -> u16 {
    (client & ((1 << ROUTE_BITS) - 1)) as u16
}

const _: () = assert!(size_of::<Aligned<Walk, Line>>() == 128, "a walk is two lines of the cache");
const _: () = assert!(size_of::<Aligned<Breadth, HalfLine>>() == 32, "a client is half a line");

impl Walk {
    /// Fetches it: it lies in two lines of the cache, and of these two one begins in each.
    #[inline]
    pub(crate) fn fetch(&self) {
        ahead::fetch(&self.objects);
        ahead::fetch(&self.requests);
    }

    /// Whether the walk is that of a client, by its bits beside the key, on a route. One that is less than what has the place
    /// takes it.
    fn is_of(&mut self, client: u16, route: u64) -> bool {
        if (client, route) < (self.client, self.route) {
            *self = Walk { client, route, ..Walk::default() };
        }
        (client, route) == (self.client, self.route)
    }

    fn add(&mut self, object: Object, status: u16, time: Option<Time>, agent: u64, dated: usize) {
        self.requests = self.requests.saturating_add(1);
        self.answered = self.answered.saturating_add(u32::from(is_answer(status)));
        self.missed = self.missed.saturating_add(u32::from(is_miss(status)));
        self.agent = self.agent.min(agent);
        let day = time.map_or(Day::NONE, |time| Day::of(time.day()));
        if let Some(time) = time {
            self.days |= 1 << time.day().rem_euclid(DAYS as i64);
            (self.begin, self.end) = (self.begin.min(day), self.end.max(day));
        }
        self.objects.add(object, day, dated);
    }

    fn merge(&mut self, other: Walk) {
        if !self.is_of(other.client, other.route) {
            return;
        }
        self.requests = self.requests.saturating_add(other.requests);
        self.answered = self.answered.saturating_add(other.answered);
        self.missed = self.missed.saturating_add(other.missed);
        self.agent = self.agent.min(other.agent);
        self.days |= other.days;
        self.is_list |= other.is_list;
        (self.begin, self.end) = (self.begin.min(other.begin), self.end.max(other.end));
        self.objects.merge(other.objects);
    }

    /// Whether all of it is in one place: that is so of a few objects.
    pub(crate) fn is_short(&self) -> bool {
        matches!(self.objects, Walked::Few { .. })
    }

    /// Whether it misses next to nothing: who is given what it asks for knows what there is.
    pub(crate) fn is_sure(&self) -> bool {
        self.missed * 20 <= self.requests
    }

    /// The objects that are kept as they are.
    pub(crate) fn sample(&self) -> impl Iterator<Item = Object> {
        self.objects.sample().iter().flatten().copied()
    }

    /// About how many different objects there are: exact for a few.
    pub(crate) fn distinct(&self) -> u32 {
        self.objects.distinct(self.requests)
    }

    /// Whether its client may have turned into somebody who takes what is others', so many of the records that were looked at
    /// being known to be others': where its days and objects do not tell that it has not.
    pub(crate) fn may_have_turned(&self, foreign: u32) -> bool {
        let Some((firsts, each)) = self.objects.firsts().filter(|_| self.has_few_days()) else { return true };
        let mut fresh = [0; DAYS];
        let since = |day: Day| usize::from(day.0.saturating_sub(self.begin.0));
        firsts.filter(|day| *day != Day::NONE).for_each(|day| fresh[since(day)] += 1);
        let has_asked = |since: &usize| self.days >> ((usize::from(self.begin.0) + since) % DAYS) & 1 == 1;
        let fresh: Vec<usize> = (0..DAYS).filter(has_asked).map(|since| fresh[since]).collect();
        may_have_turned(&fresh, each, foreign)
    }

    /// Whether the days lie so close together that each has a bit of its own.
    fn has_few_days(&self) -> bool {
        usize::from(self.end.0.saturating_sub(self.begin.0)) < DAYS
    }

    /// Its misses, each object once: who asks for one that is not there over and over guesses nothing.
    pub(crate) fn misses(&self) -> Misses {
        let missed = if self.missed < 2 { self.missed } else { self.missed.min(self.distinct()) };
        Misses { missed, requests: self.requests.saturating_sub(self.missed - missed) }
    }

    /// How dense the identifiers of the objects are, in hundredths: 100 where each follows the one before.
    ///
    /// Judged from the middle half of the sample, as one stray identifier must not hide a row; nothing is said of
    /// identifiers that are no numbers.
    pub(crate) fn density(&self) -> Option<u32> {
        let mut numbers = [0; SAMPLE];
        for (number, object) in numbers.iter_mut().zip(self.objects.sample()) {
            *number = (*object)?.number()?;
        }
        numbers.sort_unstable();
        let spread = |low: usize, high: usize| numbers[high] - numbers[low];
        // Of six drawn at random from a row of n, neighbours lie n / 7 apart on average: the narrowest run of four
        // spans about a third of it.
        let quarter = (0..=SAMPLE - 4).map(|low| spread(low, low + 3)).min().unwrap_or(u64::MAX);
        let span = (quarter as f64 * 7.0 / 3.0).max(1.0);
        Some((f64::from(self.distinct()) * 100.0 / span).min(100.0) as u32)
    }
}

/// Whether a status says that there is no such object, or none for this client.
pub(crate) fn is_miss(status: u16) -> bool {
    matches!(status, 400 | 401 | 403 | 404 | 410 | 422)
}

#[cfg(test)]
mod tests {
    use std::mem::offset_of;

    use accesslog::{Position, Record};
    use proptest::prelude::*;

    use super::*;
    use crate::apart::Alone;
    use crate::choices::Choice;
    use crate::hash::Key;
    use crate::route::Route;

    fn walked(objects: impl Iterator<Item = u64>) -> Walk {
        let mut walk = Walk { client: 1, route: 1, ..Walk::default() };
        for number in objects {
            walk.add(Object::of_number(number), if number % 5 == 0 { 404 } else { 200 }, None, 7, 256);
        }
        walk
    }

    #[test]
    fn the_middle_one_of_those_who_look_around_is_the_measure_of_a_service() {
        let mut walks = Walks::default();
        let mut ask = |client: u64, routes: u64| {
            for route in 0..routes {
                let key = crate::hash::hash(&route.to_le_bytes());
                let route = Route { key, head: 0, object: None, is_list: false, choice: Choice::NONE };
                let client = crate::hash::hash(&client.to_le_bytes());
                let seen = Sighting::new(Position::default(), &Record::default(), route, client, 0, Key::default());
                walks.observe(&[seen]);
            }
        };
        (0..90).for_each(|client| ask(client, 1));
        (90..100).for_each(|client| ask(client, 4));
        ask(100, 9);
        assert_eq!(walks.middle_breadth(2), 4, "links and robots ask for one thing each, whatever the service is");
        assert_eq!(Walks::default().middle_breadth(2), 0);
    }

    #[test]
    fn a_walk_is_fetched_whole() {
        // The key lies before it.
        let line = |place: usize| (place + size_of::<u64>()) / 64;
        assert_eq!((line(offset_of!(Walk, objects)), line(offset_of!(Walk, requests))), (0, 1));
    }

    #[test]
    fn a_walk_merges_exactly() {
        let whole = walked(0..700);
        for parts in [2, 3, 7] {
            let mut merged = walked(std::iter::empty());
            for part in 0..parts {
                merged.merge(walked((0..700).skip(part).step_by(parts)));
            }
            assert_eq!(merged, whole, "{parts} parts");
        }
    }

    /// The walks of requests, each of a client for an object of a route, the last of which is a list; so many are kept.
    fn all_walks(requests: &[(u64, u64, u64)], bound: usize) -> Walks {
        let mut walks =
            Walks { routes: Bounded::new(bound), walks: Bounded::new(bound), fewer_from: 70, ..Walks::default() };
        let mut batch = Vec::new();
        for &(client, route, number) in requests {
            let object = Some(Object::of_number(number));
            let key = crate::hash::hash(&route.to_le_bytes());
            let route = Route { key, head: 0, object, is_list: route == 3, choice: Choice::NONE };
            let record = Record {
                time: Some(Time(number as i64 * 40_000_000_000_000)),
                status: Some(if number % 5 == 0 { 404 } else { 200 }),
                ..Record::default()
            };
            let client = crate::hash::hash(&client.to_le_bytes());
            batch.push(Sighting::new(Position::default(), &record, route, client, number % 3, Key::default()));
        }
        for batch in batch.chunks(BATCH) {
            walks.observe(batch);
        }
        walks
    }

    proptest! {
        #[test]
        fn walks_and_those_of_lists_merge_exactly_in_any_order_and_by_any_cut(
            requests in prop::collection::vec((0..40_u64, 0..4_u64, 0..90_u64), 0..300),
            deal in prop::collection::vec(0..4_usize, 300),
            bound in prop_oneof![Just(7_usize), Just(1_000)],
            clients in prop_oneof![Just(2_u64), Just(40)],
        ) {
            let requests: Vec<_> =
                requests.iter().map(|(client, route, number)| (client % clients, *route, *number)).collect();
            let part = |worker: usize| {
                let own = requests.iter().zip(&deal).filter(|(_, place)| **place == worker);
                all_walks(&own.map(|(request, _)| *request).collect::<Vec<_>>(), bound)
            };
            let settled = |mut walks: Walks| {
                walks.settle();
                let mut all: Vec<(u64, Walk)> =
                    walks.in_order().into_iter().map(|one| (one.client, one.walk.clone())).collect();
                let mut routes: Vec<(u64, Breadth)> = walks.routes.iter().map(|(key, routes)| (key, *routes)).collect();
                all.sort_unstable_by_key(|(client, walk)| (*client, walk.route));
                routes.sort_unstable_by_key(|(client, _)| *client);
                (all, routes)
            };
            let merged = |order: [usize; 4]| {
                let mut all = part(order[0]);
                order[1..].iter().for_each(|worker| all.merge_apart(part(*worker), &Alone));
                settled(all)
            };
            let whole = settled(all_walks(&requests, bound));
            let of_list = requests.iter().filter(|request| request.1 == 3).count();
            let lists = whole.0.iter().filter(|(_, walk)| walk.is_list);
            let kept: usize = lists.map(|(_, walk)| walk.requests as usize).sum();
            prop_assert!(if bound == 7 { kept <= of_list } else { kept == of_list }, "{} of {}", kept, of_list);
            prop_assert_eq!(&merged([0, 1, 2, 3]), &whole);
            prop_assert_eq!(&merged([3, 1, 0, 2]), &whole);
            let (mut left, mut right) = (part(0), part(2));
            left.merge_apart(part(1), &Alone);
            right.merge_apart(part(3), &Alone);
            right.merge_apart(left, &Alone);
            prop_assert_eq!(&settled(right), &whole);
        }
    }

    #[test]
    fn different_objects_are_counted() {
        assert_eq!(walked([7, 7, 7, 8].into_iter()).distinct(), 2);
        for count in [20, 50, 200, 600] {
            let told = i64::from(walked(1000..1000 + count).distinct());
            assert!((told - count as i64).abs() <= 3 + count as i64 / 5, "{told} of {count}");
        }
    }

    #[test]
    fn a_row_is_dense_and_scattered_objects_are_not() {
        let row = walked(500_401..500_451);
        assert!(40 <= row.density().unwrap(), "{:?}", row.density());
        let scattered = walked((0..50).map(|n| n * n * 977 % 100_003));
        assert!(scattered.density().unwrap() <= 3, "{:?}", scattered.density());
        assert_eq!(walked(1..4).density(), None);
        assert_eq!((row.missed, row.requests), (10, 50));
    }

    #[test]
    fn of_two_routes_that_share_a_place_the_smaller_is_kept_whole() {
        let visit = |routes: &mut dyn Iterator<Item = u64>| {
            let mut walk = Walk::default();
            for route in routes {
                if walk.is_of(1, route) {
                    walk.add(Object::of_number(route), 200, None, 7, 256);
                }
            }
            walk
        };
        let whole = visit(&mut [9, 4, 9, 7, 4].into_iter());
        assert_eq!((whole.route, whole.requests), (4, 2));
        let mut merged = visit(&mut [9, 4].into_iter());
        merged.merge(visit(&mut [9, 7, 4].into_iter()));
        assert_eq!(merged, whole);
        let mut merged = visit(&mut [9, 7].into_iter());
        merged.merge(visit(&mut [4, 9, 4].into_iter()));
        assert_eq!(merged, whole);
    }

    #[test]
    fn walks_are_kept_in_the_order_of_the_clients() {
        assert!(walk_key(5 << 40, u64::MAX) < walk_key(6 << 40, 0));
        assert!(walk_key(5 << 40, 1 << 60) < walk_key(5 << 40, 1 << 62));
    }
}
