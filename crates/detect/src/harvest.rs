//! Who harvests: the walks that no user of the service would take.
//!
//! All of a route's clients are each other's measure. A walk is held against the walks of the others on the same
//! route: how long it is, how dense its identifiers, how many of them do not exist, how little else of the service
//! its client ever asks for, and whose agent it names. Each of these has an innocent reason (a shop that owns five
//! thousand orders, a crawler, a partner who syncs every night, an office behind one address), and none of these
//! has all of them: the bits are added, and the innocent reasons are subtracted.
//!
//! A harvest over many addresses looks short from each. Clients that are narrow and name one agent are therefore
//! taken together, if together they show what none shows alone: identifiers that interlock, or misses.

use std::cmp::Reverse;

use hashbrown::{HashMap, HashSet};

use crate::aims::{Aim, Kind, Suspicion};
use crate::apart::{self, Apart};
use crate::budget::{Among, Chance, Scores};
use crate::company::{Company, ORPHAN_OBJECTS_MIN, Orphans};
use crate::hash::join;
use crate::ownership::{Mixing, Ownership};
use crate::peers::{Habits, Peers, close_share, numbers, span};
use crate::profile::Profile;
use crate::route::route;
use crate::scan;
use crate::walks::{Walk, Walks};

/// How many different objects make a walk long enough to be a harvest of its own.
const OBJECTS_MIN: u32 = 20;

/// How many different objects of one client make it worth a look in a group.
const GROUP_OBJECTS_MIN: u32 = 30;

/// How many clients make a group.
pub(crate) const GROUP_CLIENTS_MIN: usize = 8;

/// How many groups of routes a narrow client asks for, at most.
const NARROW: u32 = 2;

/// How many of a hundred of its requests are for one route, where a client asks for next to nothing else.
const NARROW_SHARE: u32 = 95;

/// How many of a hundred that may be for the middle one of the clients, for it to tell anything.
const SHARE_USUAL: u32 = 60;

/// How many groups of routes a crawler of a search engine asks for, at most, for it to be told that the rules are among
/// them.
const CRAWLERS_BREADTH: u32 = 6;

/// How many bits make a walk worth a second look.
const BITS_ENOUGH: i32 = 10;

/// How many bits of all signs make a run of identifiers worth one: whether they are of persons is not among them.
const BITS_ENOUGH_OF_ANY: i32 = 8;

/// How many other clients a route needs for them to be a measure.
pub(crate) const PEERS_MIN: usize = 12;

/// One walk beside the client that took it.
#[derive(Clone, Copy)]
pub(crate) struct Taken<'a> {
    pub(crate) client: u64,
    pub(crate) breadth: u32,
    /// Of a hundred of its requests, how many are for the route.
    pub(crate) share: u32,
    /// About how many different objects the walk has.
    pub(crate) distinct: u32,
    pub(crate) walk: &'a Walk,
}

impl Taken<'_> {
    /// Whether the client asks for next to nothing else. Of identifiers of drawn letters some look like words, and so
    /// like routes of their own: who asks often enough seems to look around.
    pub(crate) fn is_narrow(&self) -> bool {
        is_narrow(self.breadth, self.share)
    }

    /// Whether the client fetches several records and nothing around them.
    pub(crate) fn is_orphan(&self) -> bool {
        self.is_narrow() && ORPHAN_OBJECTS_MIN <= self.distinct
    }
}

fn is_narrow(breadth: u32, share: u32) -> bool {
    breadth <= NARROW || NARROW_SHARE <= share
}

/// What is known of whose the objects of a route are.
#[derive(Clone, Copy)]
struct Privacy {
    /// Whether most are given to no more clients than one person has.
    is_private: Option<bool>,
    /// How many different objects a crawler of a search engine was given: so many are anybody's.
    crawled: u32,
    /// Whether those who ask for an object again are those who asked before.
    is_kept: bool,
}

/// How many different objects the longest walk of a crawler has.
///
/// A crawler asks for the rules (RFC 9309), comes day after day under a name of its own and is given what it asks for.
/// Where objects are somebody's own it is not let in. Who would pass for one to excuse a theft has to commit the theft
/// first, for days, under a name of its own.
fn crawled(taken: &[Taken<'_>], walks: &Walks, users: &dyn Fn(u64) -> usize) -> u32 {
    let rules = route(b"/robots.txt").key;
    let is_crawler = |one: &&Taken<'_>| {
        let walk = one.walk;
        one.breadth <= CRAWLERS_BREADTH
            && STEADY_DAYS <= walk.days.count_ones()
            && users(walk.agent) <= 2
            && walk.missed * 20 <= walk.requests
            && walks.has_asked_like(one.client, rules)
    };
    taken.iter().filter(is_crawler).map(|one| one.distinct).max().unwrap_or(0)
}

/// The aims that walks give.
pub(crate) fn aims(walks: &Walks, profile: &Profile, apart: &dyn Apart) -> Vec<Aim> {
    let (routes, agents) = apart::both(apart, || by_route(walks), || by_agent(walks));
    let users = |agent: u64| agents.get(&agent).map_or(0, HashSet::len);
    apart::mapped(apart, routes, |(route, taken)| of_route(route, taken, (walks, profile), &users)).concat()
}

/// The walks on each route that has enough of them, those first on which there are the most.
fn by_route(walks: &Walks) -> Vec<(u64, Vec<Taken<'_>>)> {
    let mut routes: HashMap<u64, Vec<Taken<'_>>> = HashMap::new();
    for (client, walk) in walks.all() {
        // Of who is not known to be narrow it is not said.
        let (breadth, requests) = walks.of_client(client).unwrap_or((u64::BITS, 0));
        let share = if requests == 0 { 0 } else { share(walk.requests, requests) };
        routes.entry(walk.route).or_default().push(Taken { client, breadth, share, distinct: walk.distinct(), walk });
    }
    let mut routes: Vec<(u64, Vec<Taken<'_>>)> =
        routes.into_iter().filter(|(_, taken)| PEERS_MIN < taken.len()).collect();
    routes.sort_unstable_by_key(|(_, taken)| Reverse(taken.len()));
    routes
}

/// The clients that name each agent.
fn by_agent(walks: &Walks) -> HashMap<u64, HashSet<u64>> {
    let mut agents: HashMap<u64, HashSet<u64>> = HashMap::new();
    for (client, walk) in walks.all() {
        agents.entry(walk.agent).or_default().insert(client);
    }
    agents
}

/// The aims that the walks on one route give.
fn of_route(
    route: u64,
    mut taken: Vec<Taken<'_>>,
    (walks, profile): (&Walks, &Profile),
    users: &(dyn Fn(u64) -> usize + Sync),
) -> Vec<Aim> {
    // The order in which they were met must not show.
    taken.sort_unstable_by_key(|one| one.client);
    forget_shares(&mut taken);
    let is_list = taken.iter().any(|one| one.walk.is_list);
    let is_private = profile.routes.get(route).and_then(|route| route.owners.are_private());
    // The first pages of a list are everybody's, and that says nothing of the last.
    let is_private = if is_list { Some(true) } else { is_private };
    // Where most ask for next to nothing else there is next to nothing else, and that tells no user from a thief.
    let narrow = taken.iter().filter(|one| one.is_narrow()).count();
    let is_user = |one: &&Taken<'_>| taken.len() < narrow * 2 || !one.is_narrow();
    let ownership = Ownership::of(taken.iter().filter(is_user).map(|one| (one.client, one.walk)));
    let is_kept = is_private == Some(true) && ownership.is_kept();
    let privacy = Privacy { is_private, crawled: crawled(&taken, walks, users), is_kept };
    of_walks(route, &taken, (privacy, &ownership), users)
}

/// Sets aside how much of their requests clients have for a route, where it is usual that this is most of them: a page of
/// two hundred pictures is one page.
fn forget_shares(taken: &mut [Taken<'_>]) {
    let mut shares: Vec<u32> = taken.iter().map(|one| one.share).collect();
    shares.sort_unstable();
    if SHARE_USUAL < shares[shares.len() / 2] {
        taken.iter_mut().for_each(|one| one.share = 0);
    }
}

fn of_walks(
    route: u64,
    taken: &[Taken<'_>],
    (privacy, ownership): (Privacy, &Ownership),
    users: &dyn Fn(u64) -> usize,
) -> Vec<Aim> {
    let mut aims = Vec::new();
    let peers = Peers::of(taken);
    let mut alone: HashSet<u64> = HashSet::new();
    let suspicions: Vec<Suspicion> = taken
        .iter()
        .map(|one| match OBJECTS_MIN <= one.distinct {
            true => judge(one, &peers, (privacy, ownership), users(one.walk.agent)),
            false => Suspicion::default(),
        })
        .collect();
    let scores = Scores::of(suspicions.iter().map(Suspicion::bits));
    for (one, suspicion) in taken.iter().zip(suspicions) {
        let may_turn = may_have_turned(one, &peers, privacy);
        if BITS_ENOUGH <= suspicion.bits() + if may_turn { TURN_BITS } else { 0 } {
            let suspicion = suspicion.ranked(Among::Clients, &scores);
            alone.insert(one.client);
            let story = join(join(route, one.walk.agent), 1);
            let is_turn = suspicion.bits() < BITS_ENOUGH;
            aims.push(Aim { client: one.client, route, story, kind: Kind::Harvest, suspicion, is_turn });
        }
    }
    let mut groups: HashMap<u64, Vec<Taken<'_>>> = HashMap::new();
    for one in taken.iter().filter(|one| one.is_narrow() && !alone.contains(&one.client)) {
        groups.entry(one.walk.agent).or_default().push(*one);
    }
    let mut groups: Vec<(u64, Vec<Taken<'_>>)> = groups.into_iter().collect();
    let mut told: HashSet<u64> = HashSet::new();
    groups.sort_unstable_by_key(|(agent, _)| *agent);
    let (all, companies) = Company::of(taken);
    let suspicions: Vec<Suspicion> = groups
        .iter()
        .map(|(agent, members)| {
            let orphans = Orphans::of(members, companies.get(agent).copied().unwrap_or_default(), all);
            judge_group(members, &peers, (privacy, ownership), users(*agent), orphans).unwrap_or_default()
        })
        .collect();
    // Agents of whom nobody is narrow are others too.
    let others = companies.len().saturating_sub(suspicions.len());
    let scores = Scores::of(suspicions.iter().map(Suspicion::bits).chain(std::iter::repeat_n(0, others)));
    for ((agent, members), suspicion) in groups.into_iter().zip(suspicions) {
        if BITS_ENOUGH <= suspicion.bits() {
            let suspicion = suspicion.ranked(Among::Agents, &scores);
            let story = join(join(route, agent), 1);
            let aim = |one: &Taken<'_>| Aim {
                client: one.client,
                route,
                story,
                kind: Kind::Harvest,
                suspicion: suspicion.clone(),
                is_turn: false,
            };
            aims.extend(members.iter().map(aim));
            told.extend(members.iter().map(|one| one.client));
        }
    }
    let rest: Vec<Taken<'_>> = taken
        .iter()
        .filter(|one| one.is_narrow() && !alone.contains(&one.client) && !told.contains(&one.client))
        .copied()
        .collect();
    of_any_agent(route, (&rest, taken), &peers, privacy, &mut aims);
    aims
}

/// Narrow clients of whatever agents whose identifiers lie side by side, more than those of who looks around.
fn of_any_agent(
    route: u64,
    (rest, taken): (&[Taken<'_>], &[Taken<'_>]),
    peers: &Peers,
    privacy: Privacy,
    aims: &mut Vec<Aim>,
) {
    let own = numbers(rest);
    let Some(run) = scan::longest(&own) else { return };
    let around: Vec<Taken<'_>> = taken.iter().filter(|one| !one.is_narrow()).copied().collect();
    let bits = scan::beside(&own, run, &numbers(&around));
    if bits < RUN_BITS_MIN {
        return;
    }
    let clients: HashSet<u64> = own[run.from..run.to].iter().map(|(_, client)| *client).collect();
    let members: Vec<Taken<'_>> = rest.iter().filter(|one| clients.contains(&one.client)).copied().collect();
    if members.len() < SCANNERS_MIN || members.iter().any(|one| one.walk.is_list) {
        return;
    }
    let others = peers.without(&members);
    let mut suspicion = Suspicion { chance: Some(Chance::Bits(bits.unsigned_abs())), ..Suspicion::default() };
    suspicion.add(
        "walk-order",
        (bits / 4).min(7),
        format!("{} identifiers side by side, each asked for by another client", run.to - run.from),
        "identifiers of strangers lie side by side by chance alone".to_owned(),
    );
    add_narrow(&mut suspicion, NARROW, 0, &others);
    let (from, to) = (own[run.from].0, own[run.to - 1].0);
    // Those who asked beside the run and missed belong to it: what they asked for is not there to be counted.
    let (missed, requests) = misses(&members);
    let is_guessing = add_misses(&mut suspicion, missed, requests, &others);
    add_privacy(&mut suspicion, privacy, (to - from).min(u64::from(u32::MAX)) as u32);
    if !is_guessing {
        // Orders come in a row too, and each by its own buyer, where a link leads to them.
        suspicion.excuse(-1);
    }
    if BITS_ENOUGH_OF_ANY <= suspicion.bits() {
        let aim = |one: &Taken<'_>| Aim {
            client: one.client,
            route,
            story: join(join(route, from), 4),
            kind: Kind::Harvest,
            suspicion: suspicion.clone(),
            is_turn: false,
        };
        aims.extend(members.iter().map(aim));
    }
}

/// How many bits make a run of identifiers worth one.
const RUN_BITS_MIN: i32 = 8;

/// How many clients make a scan of identifiers without a common agent.
const SCANNERS_MIN: usize = 30;

/// How many bits it takes away that only one sign of a harvest is there.
const LONE_SIGN_BITS: i32 = 5;

/// How dense identifiers are that follow each other, in hundredths.
pub(crate) const DENSE: u32 = 20;

/// On how many days a client comes that keeps coming: with an agent of its own and no misses, a partner's sync.
const STEADY_DAYS: u32 = 5;

/// What share of misses tells of guesses, in hundredths.
const MISSES: u32 = 4;

/// How many different objects are a flood, where the middle one of the clients fetches a twentieth of it at most.
const FLOOD: u32 = 500;

/// How many are one by a client that names the agent of the users.
const FLOOD_BORROWED: u32 = 120;

/// How many pages of a list are.
const FLOOD_PAGES: u32 = 80;

/// How many bits it takes away that a client comes back to the same objects on other days, as to its own.
const RETURN_BITS: i32 = 4;

/// On how many days somebody used a route, at least, for it to be told that its use has turned into another.
pub(crate) const TURN_DAYS_MIN: u32 = 8;

/// How many bits it is that it has.
pub(crate) const TURN_BITS: i32 = 6;

/// How many bits of surprise at mixed owners are set aside: many are looked at.
const MIXING_SLACK: u32 = 4;

/// How many times as long as the longest ordinary walk one is that no user's own records explain.
const BEYOND_USERS: u32 = 3;

/// How surprising a length is: by its rank among all, or by how far it is beyond the longest ordinary walk. Of lengths with
/// as heavy a tail as that of Pareto's law with the exponent 1, a tenth is beyond the longest ordinary one, half of these
/// beyond twice of it, and so on.
fn rarity(length: u32, peers: &Peers) -> i32 {
    let (as_long, all) = peers.as_long(length);
    let by_rank = (all / as_long.max(1)).max(1).ilog2();
    let beyond = length / peers.long_usual().max(1);
    let by_length = if beyond < 2 { 0 } else { (10 * beyond).ilog2() };
    by_rank.max(by_length).min(8) as i32
}

fn things(walk: &Walk) -> &'static str {
    if walk.is_list { "pages of a list" } else { "objects" }
}

/// Judges a walk that is long by itself.
fn judge(one: &Taken<'_>, peers: &Peers, (privacy, ownership): (Privacy, &Ownership), users: usize) -> Suspicion {
    let walk = one.walk;
    let mut suspicion = Suspicion::default();
    let (_, all) = peers.as_long(one.distinct);
    suspicion.add(
        "walk-length",
        rarity(one.distinct, peers),
        format!("{} different {}", one.distinct, things(walk)),
        format!("about {}, as the middle one of {all} clients of this route", peers.usual()),
    );
    let is_narrow = add_narrow(&mut suspicion, one.breadth, one.share, &peers.habits);
    let is_ordered = add_order(&mut suspicion, walk, peers);
    let is_guessing = add_misses(&mut suspicion, walk.missed, walk.requests, &peers.habits);
    let is_mixing = is_narrow && add_mixing(&mut suspicion, ownership.mixing(one.client, walk), walk.agent, ownership);
    add_agent(&mut suspicion, users);
    add_privacy(&mut suspicion, privacy, one.distinct);
    if one.distinct * 2 <= walk.answered && 2 <= walk.days.count_ones() && peers.is_usual_return(walk) {
        // Who takes what is not its own takes it once.
        suspicion.excuse(-RETURN_BITS);
    }
    if !is_guessing && users <= 2 && STEADY_DAYS <= walk.days.count_ones() {
        suspicion.excuse(-12);
    }
    // One of these alone is how some users are: the busiest fetch much of a small stock, the oldest follow dead links.
    let signs = [is_narrow, is_ordered, is_guessing, is_mixing].into_iter().filter(|is| *is).count();
    // A program that names itself may have its reasons for hundreds; who names a user's agent is held to a user's measure.
    let enough = match (5 <= users, walk.is_list) {
        (true, true) => FLOOD_PAGES,
        (true, false) => FLOOD_BORROWED,
        _ => FLOOD,
    };
    let is_flood = enough <= one.distinct && is_narrow && peers.usual() * 20 < one.distinct;
    match signs {
        2.. if is_ordered || is_guessing || is_mixing || is_flood => suspicion,
        1.. if is_ordered || is_guessing => of_a_lone_sign(suspicion),
        _ if is_flood => suspicion,
        _ if may_have_turned(one, peers, privacy) => of_a_lone_sign(suspicion),
        _ => Suspicion::default(),
    }
}

/// The suspicion where one of its signs alone is how some users are.
fn of_a_lone_sign(suspicion: Suspicion) -> Suspicion {
    Suspicion { excuse_bits: suspicion.excuse_bits - LONE_SIGN_BITS, ..suspicion }
}

/// Whether a user may have turned into somebody who takes what is others', which the days of the lines tell.
fn may_have_turned(one: &Taken<'_>, peers: &Peers, privacy: Privacy) -> bool {
    let is_theirs = privacy.is_private == Some(true) && !one.walk.is_list;
    is_theirs && TURN_DAYS_MIN <= one.walk.days.count_ones() && peers.long_usual() * BEYOND_USERS <= one.distinct
}

/// Judges narrow clients of one agent that are short each.
fn judge_group(
    members: &[Taken<'_>],
    peers: &Peers,
    (privacy, ownership): (Privacy, &Ownership),
    users: usize,
    orphans: Orphans,
) -> Option<Suspicion> {
    let objects: u32 = members.iter().map(|one| one.distinct).sum();
    if members.len() < GROUP_CLIENTS_MIN || objects < GROUP_OBJECTS_MIN {
        return None;
    }
    let others = peers.without(members);
    let mut suspicion = Suspicion::default();
    // Narrow clients are few where most look around: how surprising so many of one agent are.
    let share = members.len() * 100 / peers.habits.narrow.max(1) as usize;
    suspicion.add(
        "walk-length",
        if 20 <= share { 4 } else { 2 },
        format!(
            "{objects} different {} by {} clients that ask for nothing else",
            things(members[0].walk),
            members.len()
        ),
        format!("about {} each, among other requests", peers.usual()),
    );
    add_narrow(&mut suspicion, NARROW, 0, &others);
    let is_ordered = add_interlock(&mut suspicion, members, peers);
    let (missed, requests) = misses(members);
    let is_guessing = add_misses(&mut suspicion, missed, requests, &others);
    add_agent(&mut suspicion, users);
    add_privacy(&mut suspicion, privacy, objects);
    let is_orphaned = orphans.add(&mut suspicion);
    let mut mixing = Mixing::default();
    members.iter().filter(|one| one.is_orphan()).for_each(|one| mixing.add(ownership.mixing(one.client, one.walk)));
    let is_mixing = add_mixing(&mut suspicion, mixing, members[0].walk.agent, ownership);
    (is_ordered || is_guessing || is_orphaned || is_mixing).then_some(suspicion)
}

fn add_narrow(suspicion: &mut Suspicion, breadth: u32, share: u32, others: &Habits) -> bool {
    if !is_narrow(breadth, share) || others.breadth() < NARROW * 2 {
        return false;
    }
    let what = match breadth {
        1 => "only this route".to_owned(),
        ..=NARROW => format!("{breadth} routes at most"),
        _ => format!("{share} % of its requests for this route"),
    };
    suspicion.add(
        "narrow-client",
        3,
        what,
        format!("about {} routes, as the middle one of its clients", others.breadth()),
    )
}

fn add_order(suspicion: &mut Suspicion, walk: &Walk, peers: &Peers) -> bool {
    // Drawn at random from all identifiers of the route, as many would be so dense.
    let by_chance = (u64::from(walk.distinct()) * 100 / peers.span.max(1)) as u32;
    let Some(density) = walk.density().filter(|density| (DENSE / 2).max(by_chance * 3) <= *density) else {
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
fn add_interlock(suspicion: &mut Suspicion, members: &[Taken<'_>], peers: &Peers) -> bool {
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

/// How many requests of clients missed, of how many.
fn misses(members: &[Taken<'_>]) -> (u32, u32) {
    members.iter().fold((0, 0), |(missed, requests), one| (missed + one.walk.missed, requests + one.walk.requests))
}

/// So many of so many, in hundredths.
fn share(part: u32, all: u32) -> u32 {
    (u64::from(part) * 100 / u64::from(all.max(1))) as u32
}

fn add_misses(suspicion: &mut Suspicion, missed: u32, requests: u32, others: &Habits) -> bool {
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

/// Whether the objects belong to many others, more than of anybody else's.
fn add_mixing(suspicion: &mut Suspicion, mixing: Mixing, agent: u64, ownership: &Ownership) -> bool {
    let (bits, usual) = ownership.surprise(mixing, agent);
    let bits = bits.saturating_sub(MIXING_SLACK).min(5) as i32;
    let is_mixing = 3 <= mixing.foreign && 2 <= bits;
    if !is_mixing {
        return false;
    }
    suspicion.add(
        "crossed-owners",
        bits,
        format!("{} of {} records looked at belong to others, each to somebody else", mixing.foreign, mixing.objects),
        format!("{usual} %, as of those who look around: a record is asked for by its owner"),
    )
}

fn add_agent(suspicion: &mut Suspicion, users: usize) {
    if 5 <= users {
        suspicion.add(
            "borrowed-agent",
            2,
            format!("the agent of {users} clients of this service"),
            "an agent of its own, as an honest program names itself".to_owned(),
        );
    }
}

fn add_privacy(suspicion: &mut Suspicion, privacy: Privacy, objects: u32) {
    suspicion.is_kept = privacy.is_kept;
    match privacy.is_private {
        _ if objects <= privacy.crawled => suspicion.excuse(-12),
        Some(true) => {}
        // Many clients are given the same objects: they are public.
        Some(false) => suspicion.excuse(-12),
        None => suspicion.excuse(-4),
    }
}
