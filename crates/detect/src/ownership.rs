//! Whose records a client takes: its own, or those of many others.
//!
//! Who owns a record comes back to it, and few others ever do. So the short walks of those who look around on the
//! service tell, for the objects of a walk under judgement, who else was given them. A second device of one person
//! shares its objects with the first; whoever takes what is lying around takes one from each. That is measured as
//! mixing: of all objects but one, how many are known to belong to somebody else than the owner who explains the most.
//! An address that many share mixes as well, so what is usual on the route, and for the agent, is the measure.
//!
//! Nothing new is kept for it: a walk of a few objects holds all of them ([`SAMPLE`]), and a longer one those of the
//! smallest hashes. These are the same for all, so of what a long walk holds, which are very small, every owner holds its own:
//! whoever took from many is held against the owners in full, though six objects of each are known.

use hashbrown::HashMap;

use crate::budget::bits_above;
use crate::route::Object;
use crate::walks::{SAMPLE, Walk};

/// How many owners of one object are told apart.
const OWNERS_MAX: usize = 4;

/// How many requests for the same object again make a habit.
const AGAIN_MIN: u32 = 40;

/// How many walks of users of an agent are a measure of their own.
const USERS_MIN: u32 = 12;

/// How many objects tell that those who take them are the same persons elsewhere, and one in how many of these may be
/// another's: families share some.
const SAME_MIN: u32 = 30;
const SAME_FOREIGN: u32 = 8;

/// What is the least that is called mixing by chance, in thousandths.
const BASE_MIN: u32 = 20;

/// How many objects are known to be somebody's, at least, for these alone to tell; and of a thousand of them how many are
/// another's at least, so that a few are no wonder.
const KNOWN_MIN: u32 = 12;
const KNOWN_BASE: u32 = 500;

/// How surprising a mixing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Surprise {
    /// In bits.
    pub(crate) bits: u32,
    /// Of so many objects.
    pub(crate) of: u32,
    /// What is usual, in hundredths.
    pub(crate) usual: u32,
}

impl Surprise {
    /// So many of so many, where so many of a thousand are usual.
    fn of((foreign, of): (u32, u32), usual: u32) -> Surprise {
        Surprise { bits: bits_above(foreign, of, f64::from(usual) / 1000.0), of, usual: usual / 10 }
    }
}

/// Who owns the objects of a route, as far as short walks tell.
#[derive(Debug, Default)]
pub(crate) struct Ownership {
    /// The owners of each object.
    owners: HashMap<u64, Owners>,
    all: Mixing,
    by_agent: HashMap<u64, (u32, Mixing)>,
    /// Whether those who ask for nothing else are among the users.
    pub(crate) has_narrow: bool,
    /// Answers to owners, those for an object that they had asked for before, and those to another owner of it.
    answers: u32,
    again: u32,
    shared: u32,
    /// The objects that were looked at of long walks of those who ask for nothing else.
    long: Known,
    /// The same of walks on several days over several objects; of these what is another's is not counted where one other
    /// has all of it, as the same person elsewhere has.
    returns: Returns,
}

/// What those who came on several days were given.
#[derive(Clone, Copy, Debug, Default)]
struct Returns {
    answers: u32,
    again: u32,
    foreign: u32,
}

/// How many of some objects are known to be somebody else's.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    objects: u32,
    owned: u32,
}

/// How many objects of long walks are a measure of how many of such are known to be somebody's: those of three walks.
const LONG_OBJECTS_MIN: u32 = 3 * SAMPLE as u32;

/// How unlikely it is by chance that none of somebody's records is known to be another's, at most, for them to be its own.
const OWN_CHANCE_MAX: f64 = 1.0 / 32.0;

/// Stands where there is no owner.
const NOBODY: u64 = u64::MAX;

/// The owners of one object.
#[derive(Clone, Copy, Debug)]
struct Owners {
    /// Those of the smallest hashes, ascending.
    clients: [u64; OWNERS_MAX],
    /// Whether it is in a walk that is known whole, and in one that is not.
    is_known: [bool; 2],
}

impl Default for Owners {
    fn default() -> Owners {
        Owners { clients: [NOBODY; OWNERS_MAX], is_known: [false; 2] }
    }
}

impl Owners {
    /// Takes in an owner, by a walk that is known whole or not. Gives whether there is one more whole walk with an object that
    /// another owner has too: whatever the order, that is said as often as there are whole walks, and once less where there
    /// are no others.
    fn add(&mut self, client: u64, is_whole: bool) -> bool {
        let [has_whole, has_other] = self.is_known;
        self.is_known[usize::from(!is_whole)] = true;
        if let Some(place) = self.clients.iter().position(|owner| client <= *owner)
            && self.clients[place] != client
        {
            self.clients.copy_within(place..OWNERS_MAX - 1, place + 1);
            self.clients[place] = client;
        }
        if is_whole { has_whole || has_other } else { has_whole && !has_other }
    }

    fn all(&self) -> impl Iterator<Item = u64> + '_ {
        self.clients.iter().copied().take_while(|owner| *owner != NOBODY)
    }
}

/// How many objects, of those that one owner does not explain at once, belong to others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mixing {
    /// All objects but one of each walk.
    pub(crate) objects: u32,
    /// Those that are known to belong to somebody else.
    pub(crate) owned: u32,
    /// Those that are known to belong to another owner than the one that explains the most.
    pub(crate) foreign: u32,
}

impl Mixing {
    pub(crate) fn add(&mut self, other: Mixing) {
        self.objects += other.objects;
        self.owned += other.owned;
        self.foreign += other.foreign;
    }

    /// What is left without some that are among them.
    fn without(self, own: Mixing) -> Mixing {
        Mixing {
            objects: self.objects.saturating_sub(own.objects),
            owned: self.owned.saturating_sub(own.owned),
            foreign: self.foreign.saturating_sub(own.foreign),
        }
    }

    /// Whether each takes what one other has: the same persons elsewhere, as phones on their way are.
    pub(crate) fn is_of_same(self) -> bool {
        SAME_MIN <= self.objects && self.objects <= self.owned * 2 && self.foreign * SAME_FOREIGN <= self.owned
    }

    /// The same by what is known alone, of those who have one agent: an application that fetches all of its user's own asks for much
    /// that its user never opened.
    pub(crate) fn is_of_same_as_known(self) -> bool {
        self.is_of_same() || SAME_MIN <= self.owned && self.foreign * SAME_FOREIGN <= self.owned
    }

    /// Of those that are known to be somebody's the share that is foreign, in thousandths.
    fn share_of_known(self) -> u32 {
        (u64::from(self.foreign) * 1000 / u64::from(self.owned.max(1))) as u32
    }

    /// The share that is foreign, in thousandths.
    fn share(self) -> u32 {
        (u64::from(self.foreign) * 1000 / u64::from(self.objects.max(1))) as u32
    }
}

impl Ownership {
    /// Who owns what, by the walks of those who look around.
    pub(crate) fn of<'a>(users: impl Iterator<Item = (u64, &'a Walk)>) -> Ownership {
        let users: Vec<(u64, &Walk)> = users.filter(|(_, walk)| !walk.is_list).collect();
        let mut ownership = Ownership { owners: HashMap::with_capacity(users.len()), ..Ownership::default() };
        for (client, walk) in &users {
            // Of a longer walk it is not known how many of its objects are another's.
            let is_whole = walk.sample().count() < SAMPLE;
            if is_whole {
                ownership.answers += walk.answered;
                ownership.again += walk.answered.saturating_sub(walk.distinct());
            }
            for object in walk.sample() {
                let owners = ownership.owners.entry(object.bits()).or_default();
                ownership.shared += u32::from(owners.add(*client, is_whole));
            }
        }
        let own: Vec<(&Walk, Mixing)> =
            users.iter().map(|(client, walk)| (*walk, ownership.mixing(*client, walk))).collect();
        for (walk, mixing) in &own {
            let distinct = walk.sample().count();
            if (2..SAMPLE).contains(&distinct) && 2 <= walk.days.count_ones() {
                let returns = &mut ownership.returns;
                returns.answers += walk.answered;
                returns.again += walk.answered.saturating_sub(distinct as u32);
                returns.foreign += mixing.foreign;
            }
        }
        // Who has one record, and comes back to it, takes nobody else's: where most have one, those few who have several are no
        // measure. Who looks at one page of many has none.
        let single = u32::from(ownership.is_kept());
        for (walk, mixing) in own {
            let mixing = Mixing { objects: mixing.objects.max(single), ..mixing };
            ownership.all.add(mixing);
            let (walks, of_agent) = ownership.by_agent.entry(walk.agent).or_default();
            *walks += 1;
            of_agent.add(mixing);
        }
        ownership
    }

    /// Takes long walks of those who ask for nothing else for the measure of how many records are known to be somebody's.
    pub(crate) fn measure<'a>(&mut self, long: impl Iterator<Item = (u64, &'a Walk)>) {
        let known = long.map(|(client, walk)| self.known(client, walk));
        self.long = known.fold(Known::default(), |all, one| Known {
            objects: all.objects + one.objects,
            owned: all.owned + one.owned,
        });
    }

    fn known(&self, client: u64, walk: &Walk) -> Known {
        let has_other = |object: &Object| {
            self.owners.get(&object.bits()).is_some_and(|owners| owners.all().any(|owner| owner != client))
        };
        Known { objects: walk.sample().count() as u32, owned: walk.sample().filter(has_other).count() as u32 }
    }

    /// Whether a long walk is over records of the client's own: none that was looked at is known to be another's, where of those
    /// that others take in such numbers so many are that this is no chance.
    pub(crate) fn are_own(&self, client: u64, walk: &Walk) -> bool {
        let own = self.known(client, walk);
        let others = self.long.objects.saturating_sub(own.objects);
        if own.owned != 0 || own.objects < SAMPLE as u32 || others < LONG_OBJECTS_MIN || walk.is_list {
            return false;
        }
        let share = f64::from(self.long.owned) / f64::from(others);
        (1.0 - share.min(1.0)).powi(own.objects as i32) <= OWN_CHANCE_MAX
    }

    /// How far a walk mixes the objects of several owners, itself not among them.
    pub(crate) fn mixing(&self, client: u64, walk: &Walk) -> Mixing {
        let (mut objects, mut owned) = (0, 0);
        let mut others = [NOBODY; SAMPLE * OWNERS_MAX];
        let mut known = 0;
        for object in walk.sample() {
            objects += 1;
            let before = known;
            for owner in self.owners.get(&object.bits()).into_iter().flat_map(Owners::all) {
                if owner != client {
                    others[known] = owner;
                    known += 1;
                }
            }
            owned += u32::from(before < known);
        }
        let others = &mut others[..known];
        others.sort_unstable();
        let most = others.chunk_by(|one, other| one == other).map(<[u64]>::len).max().unwrap_or(0);
        let but_one = |count: u32| count.saturating_sub(1);
        Mixing { objects: but_one(objects), owned: but_one(owned), foreign: owned - most as u32 }
    }

    /// How surprising a mixing is beside that of the users of an agent and of all, in bits, and what these mix, in
    /// hundredths: by the bound of Chernoff (1952) for so many of so many.
    ///
    /// Those under judgement, so many of one agent and what they mix, are no measure of themselves.
    pub(crate) fn surprise(&self, mixing: Mixing, agent: u64, (judged, own): (u32, Mixing)) -> Surprise {
        let (walks, of_agent) = self.by_agent.get(&agent).copied().unwrap_or_default();
        let of_agent = (USERS_MIN + judged <= walks).then(|| of_agent.without(own));
        let all = self.all.without(own);
        let usual = all.share().max(of_agent.map_or(0, Mixing::share)).max(BASE_MIN);
        let of_all = Surprise::of((mixing.foreign, mixing.objects), usual);
        // Where few owners come by while the log lasts, most records are nobody's; but of those that are known to be
        // somebody's, who takes his own takes none of others'.
        if mixing.owned < KNOWN_MIN || all.owned < KNOWN_MIN {
            return of_all;
        }
        let known = all.share_of_known().max(of_agent.map_or(0, Mixing::share_of_known)).max(KNOWN_BASE);
        let of_known = Surprise::of((mixing.foreign, mixing.owned), known);
        if of_all.bits < of_known.bits { of_known } else { of_all }
    }

    /// Whether the objects are somebody's own by what is seen of them: who asks for one again is who asked before.
    ///
    /// Of what is public, one object is asked for again by somebody else, if at all. Where a person has another address each
    /// time, those who keep theirs tell: on another day an owner comes back to the same records, a reader to others.
    pub(crate) fn is_kept(&self) -> bool {
        let Returns { answers, again, foreign } = self.returns;
        AGAIN_MIN <= self.again && self.shared * 2 <= self.again && self.answers <= self.again * 5
            || AGAIN_MIN <= again && foreign * 2 <= again && answers <= again * 4
    }
}

#[cfg(test)]
mod tests {
    use accesslog::Record;

    use super::*;
    use crate::route::route;
    use crate::sighting::Sighting;
    use crate::walks::Walks;

    /// Nobody under judgement is among the users.
    const NONE: (u32, Mixing) = (0, Mixing { objects: 0, owned: 0, foreign: 0 });

    /// Walks of clients over orders, each client given with the orders that it was given.
    fn walks(taken: impl Iterator<Item = (u64, u64)>) -> Vec<(u64, Walk)> {
        let mut walks = Walks::default();
        for (client, order) in taken {
            let record = Record { status: Some(200), bytes: Some(900), ..Record::default() };
            let target = format!("/orders/{order}");
            // The place of a walk is the upper half of its client's hash.
            let route = route(target.as_bytes());
            let seen = Sighting::new(Default::default(), &record, route, client << 32, 7, Default::default());
            walks.observe(&[seen]);
        }
        let mut walks: Vec<(u64, Walk)> =
            walks.in_order().into_iter().map(|one| (one.client, one.walk.clone())).collect();
        walks.sort_unstable_by_key(|(client, _)| *client);
        walks
    }

    fn of(walks: &[(u64, Walk)]) -> Ownership {
        Ownership::of(walks.iter().map(|(client, walk)| (*client, walk)))
    }

    /// Three hundred users with three orders each, to which they come back.
    fn users() -> impl Iterator<Item = (u64, u64)> {
        (1..=300).flat_map(|user| (0..6).map(move |turn| (user, user * 10 + turn % 3)))
    }

    fn ownership_and(taken: impl Iterator<Item = (u64, u64)>) -> (Ownership, Vec<(u64, Walk)>) {
        let users = walks(users());
        (of(&users), walks(taken))
    }

    #[test]
    fn who_takes_one_from_each_mixes_and_a_second_device_does_not() {
        let thief = (1..=4).map(|turn| (900, turn * 60 * 10));
        let second = (0..3).map(|turn| (901, 70 + turn));
        let (ownership, taken) = ownership_and(thief.chain(second));
        let mixing: Vec<Mixing> = taken.iter().map(|(client, walk)| ownership.mixing(*client, walk)).collect();
        assert_eq!(mixing, [Mixing { objects: 3, owned: 3, foreign: 3 }, Mixing { objects: 2, owned: 2, foreign: 0 }]);
        assert!(8 <= ownership.surprise(mixing[0], 7, NONE).bits, "{:?}", ownership.surprise(mixing[0], 7, NONE));
        assert_eq!(ownership.surprise(mixing[1], 7, NONE).bits, 0);
    }

    #[test]
    fn who_takes_what_one_other_each_has_is_the_same_person_elsewhere_though_most_is_nobodys() {
        let of = |objects, owned, foreign| Mixing { objects, owned, foreign }.is_of_same_as_known();
        assert!(of(60, 40, 4), "phones on their way");
        assert!(of(400, 40, 4), "which fetch all that they have after a release, where users open a few");
        assert!(!of(400, 20, 1), "too few are known");
        assert!(!of(400, 40, 30), "one of each");
    }

    #[test]
    fn of_few_records_whose_owners_are_known_these_alone_tell() {
        let second = (301..=360).flat_map(|user| (0..3).map(move |turn| (user, (user - 300) * 10 + turn)));
        let ownership = of(&walks(users().chain(second)));
        let of = |foreign| ownership.surprise(Mixing { objects: 600, owned: 32, foreign }, 9, NONE);
        assert_eq!((of(32).of, of(32).bits), (32, 32));
        assert_eq!(of(14).bits, 0, "devices of the same persons, and a few of families");
        let few = ownership.surprise(Mixing { objects: 600, owned: 6, foreign: 6 }, 9, NONE);
        assert_eq!((few.of, few.bits), (600, 0), "six are no measure");
    }

    #[test]
    fn where_everybody_mixes_nobody_stands_out() {
        let all = walks((1..=300).flat_map(|user| (0..4).map(move |turn| (user, (user * 7 + turn * 31) % 120))));
        let ownership = of(&all);
        assert!(
            all.iter().all(|(client, walk)| ownership.surprise(ownership.mixing(*client, walk), 7, NONE).bits <= 3)
        );
    }

    #[test]
    fn records_are_kept_by_those_who_come_back_and_pages_are_not() {
        assert!(ownership_and(std::iter::empty()).0.is_kept());
        let pages = walks((1..=300).flat_map(|user| (0..4).map(move |turn| (user, (user * 7 + turn * 31) % 120))));
        assert!(!of(&pages).is_kept());
        let read_once = walks((1..=300).flat_map(|user| (0..3).map(move |turn| (user, user * 10 + turn))));
        assert!(!of(&read_once).is_kept(), "nothing is known of it");
    }

    #[test]
    fn records_that_nobody_else_asks_for_are_ones_own_where_others_take_somebodys() {
        let mut ownership = of(&walks(users()));
        let partner = |client: u64| (0..40).map(move |turn| (client, (turn * 7 + client) % 300 * 10 + 10));
        let chain = (0..40).map(|turn| (990, 50_000 + turn));
        let taken = walks((900..904).flat_map(partner).chain(chain));
        let are_own = |ownership: &Ownership, place: usize| ownership.are_own(taken[place].0, &taken[place].1);
        assert!(!are_own(&ownership, 4), "who else would take them is not known");
        ownership.measure(taken.iter().map(|(client, walk)| (*client, walk)));
        assert!(are_own(&ownership, 4));
        assert!(!are_own(&ownership, 0));
    }

    #[test]
    fn where_users_have_one_record_each_a_desk_is_no_measure() {
        let of = |times: u64| {
            let users = (1..=300).flat_map(|user| (0..times).map(move |_| (user, user * 10)));
            let desks = (301..=304).flat_map(|desk| (0..40).map(move |turn| (desk, (turn * 7 + desk) % 300 * 10 + 10)));
            of(&walks(users.chain(desks))).surprise(Mixing { objects: 5, owned: 5, foreign: 5 }, 9, NONE).bits
        };
        assert!(8 <= of(2), "{}", of(2));
        assert_eq!(of(1), 0, "a page that each looked at, of many");
    }
}
