//! What the clients of a route have in common: the measure of each of them.
//!
//! What is judged is no measure of itself. The longest walks are left out of what is ordinary from the start; a group that
//! is judged together is taken out of the [`Habits`] then, which are counts for that reason.

use crate::harvest::{PEERS_MIN, Taken};
use crate::signs::DENSE;
use crate::walks::Walk;

/// What the walks of a route have in common.
pub(crate) struct Peers {
    /// How many different objects each client fetched, ascending.
    lengths: Vec<u32>,
    /// Their ways, but for the misses of the longest walks.
    pub(crate) habits: Habits,
    /// The shortest of the longest walks, and its client.
    long: Option<(u32, u64)>,
    /// How many groups of routes the middle one asks for of the clients that fetched at least as many objects as the powers
    /// of two, from 2 on; 0 where they are too few.
    breadths_of_long: [u32; LENGTHS],
    /// The groups of routes that its users ask for, a bit for each: those of more than a few of the ordinary walks.
    pub(crate) groups: u64,
    /// The share of walks of some length that are dense, in hundredths.
    pub(crate) dense_share: u32,
    /// How far the identifiers of nine of ten objects are spread.
    pub(crate) span: u64,
    /// How many of a hundred identifiers have one of another client close behind them.
    pub(crate) close_share: usize,
    /// Of a hundred answers in ordinary walks, how many gave out an object for the first time.
    fresh_share: u64,
}

/// The ways of some clients.
#[derive(Clone, Debug)]
pub(crate) struct Habits {
    /// How many clients ask for so many groups of routes; the last place is of those of whom it is not known.
    breadths: [u32; BREADTHS],
    /// How many ask for next to nothing else.
    pub(crate) narrow: u32,
    requests: u64,
    missed: u64,
    /// Of the ordinary walks: how many there are, and how many different objects they have in all.
    walks: u64,
    objects: u64,
}

/// How many powers of two are lengths of walks that are told apart.
const LENGTHS: usize = 10;

/// How many clients with walks of some length are a measure of who has one as long.
const LONG_MIN: u32 = 6;

/// Of a hundred answers in ordinary walks, how many give out an object for the first time, at most, where users come back.
const FRESH_SHARE: u64 = 75;

/// From no route to all groups of them.
const BREADTHS: usize = u64::BITS as usize + 1;

/// How many groups of routes the middle one of some clients asks for, which are counted by that.
fn middle(breadths: &[u32; BREADTHS]) -> u32 {
    let all: u32 = breadths.iter().sum();
    let mut below = 0;
    let middle = breadths.iter().position(|count| {
        below += count;
        all / 2 < below
    });
    middle.unwrap_or(0) as u32
}

impl Habits {
    /// How many groups of routes the middle one of the clients asks for.
    pub(crate) fn breadth(&self) -> u32 {
        middle(&self.breadths)
    }

    /// The share of requests that missed, in hundredths.
    pub(crate) fn miss_share(&self) -> u32 {
        (self.missed * 100 / self.requests.max(1)) as u32
    }

    /// How many different objects a client has on average, in hundredths.
    pub(crate) fn average(&self) -> u64 {
        self.objects * 100 / self.walks.max(1)
    }

    fn none() -> Habits {
        Habits { breadths: [0; BREADTHS], narrow: 0, requests: 0, missed: 0, walks: 0, objects: 0 }
    }

    fn add(&mut self, one: &Taken<'_>, is_ordinary: bool) {
        self.breadths[(one.breadth as usize).min(BREADTHS - 1)] += 1;
        self.narrow += u32::from(one.is_narrow());
        if is_ordinary {
            let misses = one.walk.misses();
            self.requests += u64::from(misses.requests);
            self.missed += u64::from(misses.missed);
            self.walks += 1;
            self.objects += u64::from(one.distinct);
        }
    }
}

impl Peers {
    pub(crate) fn of(taken: &[Taken<'_>]) -> Peers {
        let mut by_length: Vec<(u32, u64, &Taken<'_>)> =
            taken.iter().map(|one| (one.distinct, one.client, one)).collect();
        by_length.sort_unstable_by_key(|(distinct, client, _)| (*distinct, *client));
        let by_length: Vec<&Taken<'_>> = by_length.into_iter().map(|(.., one)| one).collect();
        let lengths: Vec<u32> = by_length.iter().map(|one| one.distinct).collect();
        // The longest walks are those under judgement: they are no measure of themselves.
        let (ordinary, long) = by_length.split_at(by_length.len() - by_length.len() / 10);
        let mut habits = Habits::none();
        ordinary.iter().for_each(|one| habits.add(one, true));
        long.iter().for_each(|one| habits.add(one, false));
        let densities: Vec<u32> = ordinary.iter().filter_map(|one| one.walk.density()).collect();
        let dense = densities.iter().filter(|density| DENSE <= **density).count();
        let numbers = numbers(taken);
        let sum = |count: fn(&Taken<'_>) -> u32| ordinary.iter().map(|one| u64::from(count(one))).sum::<u64>();
        let (fresh, answers) = (sum(|one| one.distinct), sum(|one| one.walk.answered));
        Peers {
            fresh_share: fresh * 100 / answers.max(1),
            habits,
            groups: usual_groups(ordinary),
            breadths_of_long: breadths_of_long(taken),
            long: long.first().map(|one| (one.distinct, one.client)),
            span: span(&numbers),
            close_share: close_share(&numbers),
            dense_share: if densities.len() < 5 { 0 } else { (dense * 100 / densities.len()) as u32 },
            lengths,
        }
    }

    /// The ways of the others, where these are judged together; those of all where there are too few others.
    pub(crate) fn without(&self, members: &[Taken<'_>]) -> Habits {
        if self.lengths.len() < members.len() + PEERS_MIN {
            return self.habits.clone();
        }
        let mut own = Habits::none();
        for one in members {
            own.add(one, self.long.is_none_or(|long| (one.distinct, one.client) < long));
        }
        let mut others = self.habits.clone();
        for (all, own) in others.breadths.iter_mut().zip(own.breadths) {
            *all -= own;
        }
        others.narrow -= own.narrow;
        others.requests -= own.requests;
        others.missed -= own.missed;
        others.walks -= own.walks;
        others.objects -= own.objects;
        others
    }

    /// How many clients fetched at least as many different objects, and how many there are.
    pub(crate) fn as_long(&self, length: u32) -> (usize, usize) {
        let shorter = self.lengths.partition_point(|other| *other < length);
        (self.lengths.len() - shorter, self.lengths.len())
    }

    /// How many groups of routes a client with so long a walk is to be held to: as the middle one of some whose walks are a
    /// quarter as long asks for. Of many who follow a link, or whose phone asks in the background, each has one or two objects.
    pub(crate) fn breadth_of_long(&self, length: u32) -> u32 {
        let lengths = (length / 4).max(1).ilog2() as usize;
        let of_long = self.breadths_of_long.iter().take(lengths).copied().max();
        self.habits.breadth().max(of_long.unwrap_or(0))
    }

    /// How many different objects the longest of the ordinary walks has: nine of ten have no more.
    pub(crate) fn long_usual(&self) -> u32 {
        self.lengths[(self.lengths.len() - self.lengths.len() / 10).max(1) - 1]
    }

    /// Whether a walk comes back to its objects as often as others do to theirs, or a third of it.
    pub(crate) fn is_usual_return(&self, walk: &Walk) -> bool {
        let share = u64::from(walk.distinct()) * 100 / u64::from(walk.answered.max(1));
        share <= self.fresh_share.max(1) * 3
    }

    /// Whether hardly an object of a walk is asked for twice, where others come back to theirs.
    pub(crate) fn is_fresh(&self, walk: &Walk) -> bool {
        walk.answered * 8 <= walk.distinct() * 10 && self.fresh_share <= FRESH_SHARE
    }

    /// How many different objects the middle one of the clients fetched.
    pub(crate) fn usual(&self) -> u32 {
        self.lengths[self.lengths.len() / 2]
    }
}

/// How many groups of routes the middle one asks for of those with at least 2, 4, 8 and so on different objects.
fn breadths_of_long(taken: &[Taken<'_>]) -> [u32; LENGTHS] {
    let mut counts = [[0; BREADTHS]; LENGTHS];
    for one in taken {
        let lengths = one.distinct.max(1).ilog2() as usize;
        counts.iter_mut().take(lengths).for_each(|counts| counts[(one.breadth as usize).min(BREADTHS - 1)] += 1);
    }
    counts.map(|counts| if LONG_MIN <= counts.iter().sum() { middle(&counts) } else { 0 })
}

/// The groups of routes that some of these clients ask for, and not one or two of them alone.
fn usual_groups(taken: &[&Taken<'_>]) -> u64 {
    let mut counts = [0; u64::BITS as usize];
    for one in taken {
        let mut groups = one.groups;
        while groups != 0 {
            counts[groups.trailing_zeros() as usize] += 1;
            groups &= groups - 1;
        }
    }
    let is_usual = |count: usize| 3 <= count && taken.len() < count * 500;
    counts.into_iter().enumerate().fold(0, |all, (group, count)| all | u64::from(is_usual(count)) << group)
}

/// The identifiers in the samples of walks that are numbers, and whose they are, ascending.
pub(crate) fn numbers(taken: &[Taken<'_>]) -> Vec<(u64, u64)> {
    let mut numbers: Vec<(u64, u64)> = Vec::with_capacity(taken.len());
    for Taken { client, walk, .. } in taken {
        numbers.extend(walk.sample().filter_map(|object| Some((object.number()?, *client))));
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// How many of a hundred identifiers have one of another client close behind them.
pub(crate) fn close_share(numbers: &[(u64, u64)]) -> usize {
    let is_close = |pair: &&[(u64, u64)]| pair[0].1 != pair[1].1 && pair[0].0 < pair[1].0 && pair[1].0 - pair[0].0 <= 2;
    numbers.windows(2).filter(is_close).count() * 100 / numbers.len().max(1)
}

/// How far identifiers are spread, a tenth of them left out at both ends together.
pub(crate) fn span(numbers: &[(u64, u64)]) -> u64 {
    match numbers.len() {
        0 => 0,
        count => numbers[count - 1 - count / 20].0 - numbers[count / 20].0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_no_measure_of_itself() {
        let walk = |requests, missed| {
            let mut walk = Walk::default();
            (walk.requests, walk.missed) = (requests, missed);
            walk
        };
        let (users, guessers) = (walk(10, 0), walk(10, 5));
        let one = |client, breadth, walk| Taken { client, breadth, share: 0, distinct: 0, groups: 1, walk };
        let all: Vec<Taken<'_>> = (0..40)
            .map(|client| one(client, 8, &users))
            .chain((40..140).map(|client| one(client, 1, &guessers)))
            .collect();
        let peers = Peers::of(&all);
        assert_eq!(peers.habits.breadth(), 1);
        let others = peers.without(&all[40..]);
        assert_eq!((others.breadth(), others.miss_share(), others.narrow), (8, 0, 0));
        assert_eq!(peers.without(&all).breadth(), 1, "there is nobody else");
    }

    #[test]
    fn how_much_others_take_is_told_without_those_who_are_judged() {
        let walk = Walk::default();
        let one = |client, distinct| Taken { client, breadth: 1, share: 0, distinct, groups: 1, walk: &walk };
        let all: Vec<Taken<'_>> = (0..60).map(|client| one(client, 3)).chain((60..90).map(|n| one(n, 12))).collect();
        let peers = Peers::of(&all);
        assert!(300 < peers.habits.average());
        assert_eq!(peers.without(&all[60..]).average(), 300);
    }
}
