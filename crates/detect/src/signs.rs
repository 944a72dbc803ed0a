//! The signs of a harvest: what makes a walk, or those of a group, unlike what users do, each weighed in bits.
//!
//! A sign is worth its bits beside the others of the route, and says so in words; whether a sum of them is a harvest is
//! decided in [`harvest`](crate::harvest).

use hashbrown::HashSet;

use crate::aims::Suspicion;
use crate::harvest::Taken;
use crate::ownership::{Mixing, Ownership, Surprise};
use crate::peers::{Habits, Peers, close_share, numbers, span};
use crate::route::Object;
use crate::walks::{Misses, Walk};

/// How many groups of routes a narrow client asks for, at most.
pub(crate) const NARROW: u32 = 2;

/// How many of a hundred of its requests are for one route, where a client asks for next to nothing else.
pub(crate) const NARROW_SHARE: u32 = 95;

/// How dense identifiers are that follow each other, in hundredths.
pub(crate) const DENSE: u32 = 20;

/// How dense they are at least where nearly none is left out.
pub(crate) const ROW: u32 = 60;

/// What share of misses tells of guesses, in hundredths.
const MISSES: u32 = 4;

/// How many bits of surprise at mixed owners are set aside: many are looked at.
const MIXING_SLACK: u32 = 4;

/// How many bits mixed owners are at most, by one client and by several together.
const MIXING_MAX: i32 = 5;
const MIXING_OF_MANY_MAX: i32 = 7;

/// How many clients name an agent for it to be that of users.
const AGENT_USERS_MIN: usize = 5;

/// How many different objects of one client make it worth a look in a group.
pub(crate) const GROUP_OBJECTS_MIN: u32 = 30;

/// How many clients name an agent; none where no agent is named.
pub(crate) type Users = Option<usize>;

/// Whether next to nobody else names the agent.
pub(crate) fn is_own(users: Users) -> bool {
    users.is_some_and(|users| users <= 2)
}

/// Whether the agent is a program's own name, and not what users have.
pub(crate) fn is_named(users: Users) -> bool {
    users.is_some_and(|users| users < AGENT_USERS_MIN)
}

pub(crate) fn is_narrow(breadth: u32, share: u32) -> bool {
    breadth <= NARROW || NARROW_SHARE <= share
}

/// What is known of whose the objects of a route are.
#[derive(Clone, Copy)]
pub(crate) struct Privacy {
    /// Whether most are given to no more clients than one person has.
    pub(crate) is_private: Option<bool>,
    /// How many different objects a crawler of a search engine was given: so many are anybody's.
    pub(crate) crawled: u32,
    /// Whether those who ask for an object again are those who asked before.
    pub(crate) is_kept: bool,
}

pub(crate) fn add_narrow(suspicion: &mut Suspicion, breadth: u32, share: u32, usual: u32) -> bool {
    if !is_narrow(breadth, share) || usual < NARROW * 2 {
        return false;
    }
    let what = match breadth {
        1 => "only this route".to_owned(),
        ..=NARROW => format!("{breadth} routes at most"),
        _ => format!("{share} % of its requests for this route"),
    };
    suspicion.add("narrow-client", 3, what, format!("about {usual} routes, as the middle one of its clients"))
}

pub(crate) fn add_order(suspicion: &mut Suspicion, walk: &Walk, peers: &Peers) -> bool {
    // Drawn at random from all identifiers of the route, as many would be so dense.
    let by_chance = (u64::from(walk.distinct()) * 100 / peers.span.max(1)) as u32;
    // Of six objects drawn so, four lie within a fourteenth of all by chance in one of fifty walks, and within a seventh in
    // one of eight.
    let enough = (DENSE / 2).max(by_chance * 3).max((by_chance * 6).min(ROW));
    let Some(density) = walk.density().filter(|density| enough <= *density) else {
        return false;
    };
    let is_usual = 10 <= peers.dense_share;
    let bits = match density {
        _ if is_usual => 0,
        DENSE.. => 4,
        _ => 2,
    };
    suspicion.add(
        "walk-order",
        bits,
        format!("identifiers in a row: {density} % of those in between"),
        "scattered identifiers, as a person's own are".to_owned(),
    )
}

/// Whether the objects of one client lie beside those of another more often than chance would have it.
pub(crate) fn add_interlock(suspicion: &mut Suspicion, members: &[Taken<'_>], peers: &Peers) -> bool {
    let own = numbers(members);
    if own.len() < GROUP_OBJECTS_MIN as usize {
        return false;
    }
    // By chance, numbers as many in as wide a range lie so close with this share.
    let chance = (own.len() as u64 * 200 / span(&own).max(1)).min(100) as usize;
    let share = close_share(&own);
    let usual = peers.close_share;
    let is_ordered = 40 <= share && chance * 2 <= share + 20 && usual + 15 <= share;
    if !is_ordered {
        return false;
    }
    suspicion.add(
        "walk-order",
        5,
        format!("identifiers of different clients follow each other: {share} % of them"),
        format!("{chance} % by chance, {usual} % among all clients"),
    )
}

/// Whether clients share the pages of a list out among them, so that none is asked for twice: a reader begins with the first,
/// as all do.
pub(crate) fn add_division(suspicion: &mut Suspicion, members: &[Taken<'_>], taken: &[Taken<'_>]) -> bool {
    if !members[0].walk.is_list {
        return false;
    }
    let own: HashSet<u64> = members.iter().map(|one| one.client).collect();
    let (pages, again) = repeats(members.iter());
    let (others, others_again) = repeats(taken.iter().filter(|one| !own.contains(&one.client)));
    let is_divided = GROUP_OBJECTS_MIN <= pages && again * 20 <= pages;
    if !is_divided || others < GROUP_OBJECTS_MIN || others_again * 3 < others {
        return false;
    }
    suspicion.add(
        "walk-order",
        5,
        format!("{again} of {pages} pages looked at are asked for by two of them: they are shared out"),
        format!("{} %, as among the others, who all begin with the first", others_again * 100 / others),
    )
}

/// How many objects are in the samples of walks, and how many of these are in another one too.
fn repeats<'a>(taken: impl Iterator<Item = &'a Taken<'a>>) -> (u32, u32) {
    let mut known: HashSet<Object> = HashSet::new();
    taken
        .flat_map(|one| one.walk.sample())
        .fold((0, 0), |(all, again), object| (all + 1, again + u32::from(!known.insert(object))))
}

/// The misses of all of some clients.
pub(crate) fn misses(members: &[Taken<'_>]) -> Misses {
    members.iter().fold(Misses::default(), |all, one| all.and(one.walk.misses()))
}

/// So many of so many, in hundredths.
pub(crate) fn share(part: u32, all: u32) -> u32 {
    (u64::from(part) * 100 / u64::from(all.max(1))) as u32
}

pub(crate) fn add_misses(suspicion: &mut Suspicion, misses: Misses, others: &Habits) -> bool {
    let Misses { missed, requests } = misses;
    let share = share(missed, requests);
    let is_guessing = MISSES <= share && others.miss_share() * 3 < share && 3 <= missed;
    if !is_guessing {
        return false;
    }
    suspicion.add(
        "walk-misses",
        4,
        format!("{missed} of {requests} requests are for objects that are not there or not its own"),
        format!("{} %, as the other clients: who knows an identifier does not miss", others.miss_share()),
    )
}

/// Whether so many requests are for what is not there or not its own that no user's old links explain them.
pub(crate) fn is_hammering(misses: Misses) -> bool {
    HAMMERED_MIN <= misses.missed && 50 <= share(misses.missed, misses.requests)
}

/// How many objects that are not there or not its own a client asks for, at least, that tries them through.
const HAMMERED_MIN: u32 = 100;

/// Stands for an agent where there is none in particular.
pub(crate) const OF_ANY: u64 = 0;

/// Whether the objects belong to many others, more than those of who looks around: of so many clients.
pub(crate) fn add_mixing(
    suspicion: &mut Suspicion,
    mixing: Mixing,
    (agent, clients): (u64, u32),
    ownership: &Ownership,
) -> bool {
    let judged = if ownership.has_narrow { (clients, mixing) } else { (0, Mixing::default()) };
    let Surprise { bits, of, usual } = ownership.surprise(mixing, agent, judged);
    let most = if clients == 1 { MIXING_MAX } else { MIXING_OF_MANY_MAX };
    let bits = (bits.saturating_sub(MIXING_SLACK) as i32).min(most);
    // Who takes what is others' takes one from each: where most of what is known to be somebody's is one other's, it is the same
    // person elsewhere. In a crowd of any agents these may stand beside others.
    let is_of_others = agent == OF_ANY || mixing.owned <= mixing.foreign * 2;
    let is_mixing = 3 <= mixing.foreign && is_of_others && 2 <= bits;
    if !is_mixing {
        return false;
    }
    suspicion.add(
        "crossed-owners",
        bits,
        match of == mixing.objects {
            true => format!("{} of {of} records looked at belong to others, each to somebody else", mixing.foreign),
            false => format!(
                "{} of {of} records that are somebody's belong to others, each to somebody else",
                mixing.foreign
            ),
        },
        format!("{usual} %, as of those who look around: a record is asked for by its owner"),
    )
}

pub(crate) fn add_agent(suspicion: &mut Suspicion, users: Users) {
    if let Some(users) = users.filter(|users| AGENT_USERS_MIN <= *users) {
        suspicion.add(
            "borrowed-agent",
            2,
            format!("the agent of {users} clients of this service"),
            "an agent of its own, as an honest program names itself".to_owned(),
        );
    }
}

pub(crate) fn add_privacy(suspicion: &mut Suspicion, privacy: Privacy, objects: u32) {
    suspicion.is_kept = privacy.is_kept;
    match privacy.is_private {
        _ if objects <= privacy.crawled => suspicion.excuse(-12),
        Some(true) => {}
        // Many clients are given the same objects: they are public.
        Some(false) => suspicion.excuse(-12),
        None => suspicion.excuse(-4),
    }
}
