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

use accesslog::Time;
use hashbrown::{HashMap, HashSet};

use crate::aims::{Aim, Kind, Suspicion};
use crate::apart::{self, Apart};
use crate::budget::{Among, Chance, Scores};
use crate::company::{Companies, ORPHAN_OBJECTS_MIN, Orphans};
use crate::crossing;
use crate::crowd;
use crate::few;
use crate::grouped::{Buffers, FETCHED, Whose, by_agent, by_route, taken};
use crate::hash::{self, join};
use crate::ownership::{Mixing, Ownership};
use crate::peers::{Peers, numbers};
use crate::profile::Profile;
use crate::route::route;
use crate::scan;
use crate::signs::{
    self, GROUP_OBJECTS_MIN, NARROW, Privacy, Users, add_agent, add_division, add_interlock, add_misses, add_mixing,
    add_narrow, add_order, add_privacy, is_hammering, is_own, misses, share,
};
use crate::turned::{TURN_BITS, TURN_DAYS_MIN, TURN_DAYS_OF_OTHERS_MIN, TURN_FOREIGN_MIN};
use crate::walks::{Walk, Walks};

/// How many different objects make a walk long enough to be a harvest of its own.
const OBJECTS_MIN: u32 = 20;

/// How many clients make a group.
pub(crate) const GROUP_CLIENTS_MIN: usize = 8;

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
    /// A bit for each group of routes that it asks for.
    pub(crate) groups: u64,
    pub(crate) walk: &'a Walk,
}

impl<'a> Taken<'a> {
    /// A client's walk beside what is known of the client.
    /// Nothing is known of the client yet.
    pub(crate) fn of(whose: &Whose<'a>) -> Taken<'a> {
        let Whose { client, distinct, walk, .. } = *whose;
        // Of who is not known to be narrow it is not said.
        Taken { client, breadth: u64::BITS, share: 0, distinct, groups: u64::MAX, walk }
    }

    /// Takes in for about how many routes the client asked, how often, and for which groups of routes.
    pub(crate) fn know(&mut self, (breadth, requests, groups): (u32, u32, u64)) {
        let share = if requests == 0 { 0 } else { share(self.walk.requests, requests) };
        (self.breadth, self.share, self.groups) = (breadth, share, groups);
    }

    /// Whether the client asks for next to nothing else. Of identifiers of drawn letters some look like words, and so
    /// like routes of their own: who asks often enough seems to look around.
    pub(crate) fn is_narrow(&self) -> bool {
        signs::is_narrow(self.breadth, self.share)
    }

    /// Whether the client fetches several records and nothing around them.
    pub(crate) fn is_orphan(&self) -> bool {
        self.is_narrow() && ORPHAN_OBJECTS_MIN <= self.distinct
    }
}

/// How many different objects the longest walk of a crawler has.
///
/// A crawler asks for the rules (RFC 9309), comes day after day under a name of its own and is given what it asks for.
/// Where objects are somebody's own it is not let in. Who would pass for one to excuse a theft has to commit the theft
/// first, for days, under a name of its own.
fn crawled(taken: &[Taken<'_>], walks: &Walks, users: &dyn Fn(u64) -> Users) -> u32 {
    let rules = route(b"/robots.txt").key;
    let is_crawler = |one: &&Taken<'_>| {
        let walk = one.walk;
        one.breadth <= CRAWLERS_BREADTH
            && STEADY_DAYS <= walk.days.count_ones()
            && is_own(users(walk.agent))
            && walk.is_sure()
            && walks.has_asked_like(one.client, rules)
    };
    taken.iter().filter(is_crawler).map(|one| one.distinct).max().unwrap_or(0)
}

/// The aims that walks give, of a log that spans so much.
pub(crate) fn aims(walks: &Walks, profile: &Profile, span: Option<(Time, Time)>, apart: &dyn Apart) -> Vec<Aim> {
    let all = walks.in_order();
    let (routes, agents) = apart::both(apart, || by_route(&all), || by_agent(&all));
    let nameless = hash::hash(b"");
    let users = |agent: u64| if agent == nameless { None } else { agents.get(&agent).copied() };
    let breadth = walks.middle_breadth(NARROW);
    let buffers = Buffers::default();
    let of_route = |(route, own): (u64, Vec<u32>)| {
        let taken = taken(&all, &own, walks, apart);
        match PEERS_MIN < taken.len() {
            true => of_route(route, taken, (walks, profile, span), &users, &buffers),
            false => of_few(route, taken, (walks, profile, breadth), &users),
        }
    };
    let aims = apart::mapped(apart, routes, of_route);
    aims.into_iter().flatten().collect()
}

/// The aims that the walks on one route give.
fn of_route(
    route: u64,
    mut taken: Vec<Taken<'_>>,
    (walks, profile, span): (&Walks, &Profile, Option<(Time, Time)>),
    users: &(dyn Fn(u64) -> Users + Sync),
    buffers: &Buffers,
) -> Vec<Aim> {
    // The order in which they were met must not show.
    taken.sort_unstable_by_key(|one| one.client);
    // They are gone through a dozen times: in this order they lie strewn over all walks, and copies do not. The few that are long
    // are told by what lies beside them anyway.
    let mut own = buffers.take();
    own.reserve(taken.len());
    for batch in taken.chunks(FETCHED) {
        batch.iter().for_each(|one| one.walk.fetch());
        own.extend(batch.iter().map(|one| one.walk).filter(|walk| walk.is_short()).cloned());
    }
    let aims = of_copied(route, taken, &own, (walks, profile, span), users);
    buffers.give_back(own);
    aims
}

/// The same, the short ones of the walks being copied to there.
fn of_copied<'c>(
    route: u64,
    mut taken: Vec<Taken<'c>>,
    own: &'c [Walk],
    (walks, profile, span): (&Walks, &Profile, Option<(Time, Time)>),
    users: &(dyn Fn(u64) -> Users + Sync),
) -> Vec<Aim> {
    taken.iter_mut().filter(|one| one.walk.is_short()).zip(own).for_each(|(one, walk)| one.walk = walk);
    forget_shares(&mut taken);
    let is_list = taken.iter().any(|one| one.walk.is_list);
    let is_private = profile.routes.get(route).and_then(|route| route.owners.are_private());
    // The first pages of a list are everybody's, and that says nothing of the last.
    let is_private = if is_list { Some(true) } else { is_private };
    // Where most ask for next to nothing else there is next to nothing else, and that tells no user from a thief.
    let narrow = taken.iter().filter(|one| one.is_narrow()).count();
    let is_user = |one: &&Taken<'_>| taken.len() < narrow * 2 || !one.is_narrow();
    let mut ownership = Ownership::of(taken.iter().filter(is_user).map(|one| (one.client, one.walk)));
    ownership.has_narrow = taken.len() < narrow * 2;
    // What a guess misses is nobody's, and no measure of whose records there are.
    let is_sure = |walk: &Walk| walk.is_sure() && !walk.is_list;
    let is_long = |one: &&Taken<'_>| OBJECTS_MIN <= one.distinct && one.is_narrow() && is_sure(one.walk);
    ownership.measure(taken.iter().filter(is_long).map(|one| (one.client, one.walk)));
    let is_kept = is_private == Some(true) && ownership.is_kept();
    let privacy = Privacy { is_private, crawled: crawled(&taken, walks, users), is_kept };
    of_walks(route, &taken, (privacy, &ownership, span), users)
}

/// The aims that the walks on a route give that few clients use.
fn of_few(
    route: u64,
    mut taken: Vec<Taken<'_>>,
    (walks, profile, breadth): (&Walks, &Profile, u32),
    users: &(dyn Fn(u64) -> Users + Sync),
) -> Vec<Aim> {
    taken.sort_unstable_by_key(|one| one.client);
    let is_private = profile.routes.get(route).and_then(|route| route.owners.are_private());
    let privacy = Privacy { is_private, crawled: crawled(&taken, walks, users), is_kept: false };
    few::aims(route, &taken, (profile, breadth), privacy, users)
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
    (privacy, ownership, span): (Privacy, &Ownership, Option<(Time, Time)>),
    users: &dyn Fn(u64) -> Users,
) -> Vec<Aim> {
    let mut aims = Vec::new();
    // Whose walks tell that they have not turned.
    let mut steady: HashSet<u64> = HashSet::new();
    let peers = Peers::of(taken);
    let companies = Companies::of(taken);
    // An agent that hardly anybody has who looks around is no user's, and so nobody borrows it.
    let borrowed = |agent: u64| users(agent).filter(|_| companies.is_of_users(agent));
    let mut alone: HashSet<u64> = HashSet::new();
    let long = taken.iter().filter(|one| OBJECTS_MIN <= one.distinct);
    let judged: Vec<(&Taken<'_>, Suspicion)> = long
        .map(|one| {
            let users = users(one.walk.agent);
            (one, judge(one, &peers, (privacy, ownership), users, borrowed(one.walk.agent)))
        })
        .collect();
    let short = taken.len() - judged.len();
    let scores = Scores::of(judged.iter().map(|(_, suspicion)| suspicion.bits()).chain(std::iter::repeat_n(0, short)));
    for (one, suspicion) in judged {
        let may_turn = may_have_turned(one, &peers, privacy, suspicion.foreign);
        if BITS_ENOUGH <= suspicion.bits() + if may_turn { TURN_BITS } else { 0 } {
            let suspicion = suspicion.ranked(Among::Clients, &scores);
            alone.insert(one.client);
            let story = join(join(route, one.walk.agent), 1);
            let is_turn = suspicion.bits() < BITS_ENOUGH;
            if is_turn && !one.walk.may_have_turned(suspicion.foreign) {
                steady.insert(one.client);
            }
            aims.push(Aim { client: one.client, route, story, kind: Kind::Harvest, suspicion, is_turn });
        }
    }
    let mut groups: HashMap<u64, Vec<Taken<'_>>> = HashMap::new();
    // Who names no agent has none in common with others.
    let is_of_group = |one: &&Taken<'_>| one.is_narrow() && !alone.contains(&one.client);
    for one in taken.iter().filter(is_of_group).filter(|one| users(one.walk.agent).is_some()) {
        groups.entry(one.walk.agent).or_default().push(*one);
    }
    let mut groups: Vec<(u64, Vec<Taken<'_>>)> = groups.into_iter().collect();
    let mut told: HashSet<u64> = HashSet::new();
    groups.sort_unstable_by_key(|(agent, _)| *agent);
    let suspicions: Vec<Suspicion> = groups
        .iter()
        .map(|(agent, members)| {
            let orphans = Orphans::of(members, *agent, &companies);
            judge_group((members, taken), &peers, (privacy, ownership), users(*agent), orphans).unwrap_or_default()
        })
        .collect();
    // Agents of whom nobody is narrow are others too.
    let others = companies.count().saturating_sub(suspicions.len());
    let scores = Scores::of(suspicions.iter().map(Suspicion::bits).chain(std::iter::repeat_n(0, others)));
    for ((agent, members), suspicion) in groups.into_iter().zip(suspicions) {
        if BITS_ENOUGH <= suspicion.bits() {
            let suspicion = suspicion.ranked(Among::Agents, &scores);
            let story = join(join(route, agent), 1);
            // Where nothing tells of how they were found, who took one record may have followed a link to its own.
            let is_found = suspicion.is_found_by_number();
            let own = || members.iter().filter(|one| is_found || 1 < one.distinct).map(|one| one.client);
            aims.extend(Aim::of_many(own(), (route, story), &suspicion));
            told.extend(own());
        }
    }
    told.extend(&alone);
    aims.extend(crossing::aims(route, taken, &told, &peers, (privacy, ownership)));
    // Who stands out alone may be one of many that act together all the same.
    let is_of_many = |one: &&Taken<'_>| one.is_narrow() && (alone.contains(&one.client) || !told.contains(&one.client));
    let rest: Vec<Taken<'_>> = taken.iter().filter(is_of_many).copied().collect();
    let run = of_any_agent(route, (&rest, taken), &peers, privacy);
    let mut told: HashSet<u64> = aims.iter().map(|aim| aim.client).filter(|client| !alone.contains(client)).collect();
    told.extend(run.iter().map(|aim| aim.client));
    join_many(&mut aims, run);
    let rest: Vec<Taken<'_>> = rest.into_iter().filter(|one| !told.contains(&one.client)).collect();
    join_many(&mut aims, crowd::aims(route, &rest, &peers, (privacy, ownership, span), users));
    aims.retain(|aim| !aim.is_turn || !steady.contains(&aim.client));
    aims
}

/// Takes in the aims of many that act together. Who is among them and stands out alone as well is told with them, for the reasons
/// of both; but not where it is unknown whose the records of the many are, which makes them less than one who stands out.
fn join_many(aims: &mut Vec<Aim>, many: Vec<Aim>) {
    let mut many: HashMap<u64, Aim> = many.into_iter().map(|aim| (aim.client, aim)).collect();
    for alone in aims.iter_mut() {
        if let Some(of_many) = many.remove(&alone.client).filter(|aim| !aim.suspicion.is_unowned) {
            *alone = match alone.is_turn {
                true => of_many,
                false => Aim { suspicion: std::mem::take(&mut alone.suspicion).with(&of_many.suspicion), ..of_many },
            };
        }
    }
    aims.extend(many.into_values());
}

/// Narrow clients of whatever agents whose identifiers lie side by side, more than those of who looks around.
fn of_any_agent(route: u64, (rest, taken): (&[Taken<'_>], &[Taken<'_>]), peers: &Peers, privacy: Privacy) -> Vec<Aim> {
    let own = numbers(rest);
    let Some(run) = scan::longest(&own) else { return Vec::new() };
    let around: Vec<Taken<'_>> = taken.iter().filter(|one| !one.is_narrow()).copied().collect();
    let bits = scan::beside(&own, run, &numbers(&around));
    if bits < RUN_BITS_MIN {
        return Vec::new();
    }
    let clients: HashSet<u64> = own[run.from..run.to].iter().map(|(_, client)| *client).collect();
    let members: Vec<Taken<'_>> = rest.iter().filter(|one| clients.contains(&one.client)).copied().collect();
    if members.len() < SCANNERS_MIN || members.iter().any(|one| one.walk.is_list) {
        return Vec::new();
    }
    let others = peers.without(&members);
    let mut suspicion = Suspicion { chance: Some(Chance::Bits(bits.unsigned_abs())), ..Suspicion::default() };
    suspicion.add(
        "walk-order",
        (bits / 4).min(7),
        format!("{} identifiers side by side, each asked for by another client", run.to - run.from),
        "identifiers of strangers lie side by side by chance alone".to_owned(),
    );
    add_narrow(&mut suspicion, NARROW, 0, others.breadth());
    let (from, to) = (own[run.from].0, own[run.to - 1].0);
    // Those who asked beside the run and missed belong to it: what they asked for is not there to be counted.
    let is_guessing = add_misses(&mut suspicion, misses(&members), &others);
    add_privacy(&mut suspicion, privacy, (to - from).min(u64::from(u32::MAX)) as u32);
    if !is_guessing {
        // Orders come in a row too, and each by its own buyer, where a link leads to them.
        suspicion.excuse(-1);
    }
    if suspicion.bits() < BITS_ENOUGH_OF_ANY {
        return Vec::new();
    }
    let story = join(join(route, from), 4);
    Aim::of_many(members.iter().map(|one| one.client), (route, story), &suspicion).collect()
}

/// Of a hundred requests how many are for records where each of these has a page.
const PAGED: std::ops::RangeInclusive<u32> = 35..=60;

/// How many bits make a run of identifiers worth one.
const RUN_BITS_MIN: i32 = 8;

/// How many clients make a scan of identifiers without a common agent.
const SCANNERS_MIN: usize = 30;

/// How many bits it takes away that only one sign of a harvest is there.
pub(crate) const LONE_SIGN_BITS: i32 = 5;

/// On how many days a client comes that keeps coming: with an agent of its own and no misses, a partner's sync.
pub(crate) const STEADY_DAYS: u32 = 5;

/// How many different objects are a flood, where the middle one of the clients fetches a twentieth of it at most.
const FLOOD: u32 = 500;

/// How many are one by a client that names the agent of the users.
const FLOOD_BORROWED: u32 = 120;

/// How many pages of a list are.
pub(crate) const FLOOD_PAGES: u32 = 80;

/// How many bits it takes away that a client comes back to the same objects on other days, as to its own; twice as many
/// where it asks for nothing else, and for each again and again, whenever.
const RETURN_BITS: i32 = 4;

/// How many times a client asks for each object, on average, that does not want to have it.
const AGAIN: u32 = 3;

/// Up to how many different objects they are counted well enough for that.
const COUNTED_MAX: u32 = 1_000;

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

pub(crate) fn things(walk: &Walk) -> &'static str {
    if walk.is_list { "pages of a list" } else { "objects" }
}

/// How many different objects are a flood, by a program that names itself or not, of a list or not.
pub(crate) fn flood(is_named: bool, is_list: bool) -> u32 {
    match (is_named, is_list) {
        (false, true) => FLOOD_PAGES,
        (false, false) => FLOOD_BORROWED,
        _ => FLOOD,
    }
}

/// Judges a walk that is long by itself.
fn judge(
    one: &Taken<'_>,
    peers: &Peers,
    (privacy, ownership): (Privacy, &Ownership),
    users: Users,
    borrowed: Users,
) -> Suspicion {
    let walk = one.walk;
    let mut suspicion = Suspicion::default();
    let (_, all) = peers.as_long(one.distinct);
    suspicion.add(
        "walk-length",
        rarity(one.distinct, peers),
        format!("{} different {}", one.distinct, things(walk)),
        format!("about {}, as the middle one of {all} clients of this route", peers.usual()),
    );
    let is_narrow = add_narrow(&mut suspicion, one.breadth, one.share, peers.breadth_of_long(one.distinct));
    let is_ordered = add_order(&mut suspicion, walk, peers);
    let is_guessing = add_misses(&mut suspicion, walk.misses(), &peers.habits);
    let mixing = ownership.mixing(one.client, walk);
    suspicion.foreign = mixing.foreign;
    suspicion.is_roaming = !is_narrow && is_roaming(one, peers, privacy);
    suspicion.own_pages = one.groups & !peers.groups;
    suspicion.is_paged = suspicion.own_pages != 0 && one.breadth <= NARROW && PAGED.contains(&one.share);
    suspicion.is_among_users = NARROW < one.breadth && suspicion.own_pages == 0;
    let is_crossing = is_narrow || suspicion.is_roaming;
    let is_mixing = is_crossing && add_mixing(&mut suspicion, mixing, (walk.agent, 1), ownership);
    add_agent(&mut suspicion, borrowed);
    add_privacy(&mut suspicion, privacy, one.distinct);
    // Who takes what is not its own takes it once.
    let comes_back = one.distinct * 2 <= walk.answered && 2 <= walk.days.count_ones();
    if is_narrow && one.distinct * AGAIN <= walk.answered && one.distinct <= COUNTED_MAX {
        // A test of the service's speed asks for the same all night.
        suspicion.excuse(-2 * RETURN_BITS);
    } else if comes_back && peers.is_usual_return(walk) {
        suspicion.excuse(-RETURN_BITS);
    }
    if !is_guessing && ownership.are_own(one.client, walk) {
        // A chain that fetches the receipts of its shops: many, in a row, and nobody else's.
        suspicion.excuse(-2 * RETURN_BITS);
    }
    if !is_guessing && is_own(users) && STEADY_DAYS <= walk.days.count_ones() {
        suspicion.excuse(-12);
    }
    // One of these alone is how some users are: the busiest fetch much of a small stock, the oldest follow dead links.
    let signs = [is_narrow, is_ordered, is_guessing, is_mixing].into_iter().filter(|is| *is).count();
    // A program that names itself may have its reasons for hundreds; who names a user's agent is held to a user's measure.
    let enough = flood(signs::is_named(users), walk.is_list);
    let is_flood = enough <= one.distinct && is_narrow && peers.usual() * 20 < one.distinct;
    match signs {
        2.. if is_ordered || is_guessing || is_mixing || is_flood => suspicion,
        // A crawler that names itself follows the links of years.
        1.. if is_guessing && is_hammering(walk.misses()) && !is_own(users) => suspicion,
        1.. if is_ordered || is_guessing => of_a_lone_sign(suspicion),
        _ if is_flood => suspicion,
        _ if suspicion.is_roaming && is_mixing => suspicion,
        _ if may_have_turned(one, peers, privacy, suspicion.foreign) => of_a_lone_sign(suspicion),
        _ => Suspicion::default(),
    }
}

/// The suspicion where one of its signs alone is how some users are.
fn of_a_lone_sign(suspicion: Suspicion) -> Suspicion {
    Suspicion { excuse_bits: suspicion.excuse_bits - LONE_SIGN_BITS, ..suspicion }
}

/// Whether a client takes far more than any user has, each once where users come back to theirs, and asks for nothing but
/// what users ask for: who helps the users has pages of his own.
fn is_roaming(one: &Taken<'_>, peers: &Peers, privacy: Privacy) -> bool {
    let is_beyond = peers.long_usual() * BEYOND_USERS <= one.distinct;
    privacy.is_kept && !one.walk.is_list && is_beyond && peers.is_fresh(one.walk) && one.groups & !peers.groups == 0
}

/// Whether a user may have turned into somebody who takes what is others', which the days of the lines tell.
fn may_have_turned(one: &Taken<'_>, peers: &Peers, privacy: Privacy, foreign: u32) -> bool {
    let is_theirs = privacy.is_private == Some(true) && !one.walk.is_list;
    let takes_others = TURN_FOREIGN_MIN <= foreign && peers.is_fresh(one.walk);
    let days = if takes_others { TURN_DAYS_OF_OTHERS_MIN } else { TURN_DAYS_MIN };
    is_theirs && days <= one.walk.days.count_ones() && peers.long_usual() * BEYOND_USERS <= one.distinct
}

/// Whether those who fetch nothing around their records take several times as many each as others have, on average of so
/// many hundredths: what an application fetches unseen is its user's own.
fn is_beyond_own(members: &[Taken<'_>], usual: u64) -> bool {
    let own = members.iter().filter(|one| one.is_orphan());
    let (clients, objects) =
        own.fold((0, 0), |(clients, objects), one| (clients + 1, objects + u64::from(one.distinct)));
    clients * usual * u64::from(BEYOND_USERS) <= objects * 100 && 0 < clients
}

/// Judges narrow clients of one agent that are short each.
fn judge_group(
    (members, taken): (&[Taken<'_>], &[Taken<'_>]),
    peers: &Peers,
    (privacy, ownership): (Privacy, &Ownership),
    users: Users,
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
    add_narrow(&mut suspicion, NARROW, 0, others.breadth());
    let is_ordered = add_interlock(&mut suspicion, members, peers) || add_division(&mut suspicion, members, taken);
    let is_guessing = add_misses(&mut suspicion, misses(members), &others);
    add_agent(&mut suspicion, users);
    add_privacy(&mut suspicion, privacy, objects);
    let mut mixing = Mixing::default();
    members.iter().filter(|one| one.is_orphan()).for_each(|one| mixing.add(ownership.mixing(one.client, one.walk)));
    let is_orphaned = !mixing.is_of_same_as_known() && orphans.add(&mut suspicion);
    let who = (members[0].walk.agent, members.iter().filter(|one| one.is_orphan()).count() as u32);
    let is_mixing = add_mixing(&mut suspicion, mixing, who, ownership);
    suspicion.is_beyond_own = is_beyond_own(members, others.average());
    // An application that no user has may be made for those who see everybody's records.
    (suspicion.is_of_agent, suspicion.is_of_users) = (true, orphans.has_users());
    (is_ordered || is_guessing || is_orphaned || is_mixing).then_some(suspicion)
}
