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

use hashbrown::{HashMap, HashSet};

use crate::aims::{Aim, Kind, Suspicion};
use crate::budget::{Among, Chance, Scores};
use crate::hash::join;
use crate::profile::Profile;
use crate::route::route;
use crate::scan;
use crate::signal::Weight;
use crate::walks::{Walk, Walks};

/// How many different objects make a walk long enough to be a harvest of its own.
const OBJECTS_MIN: u32 = 20;

/// How many different objects of one client make it worth a look in a group.
const GROUP_OBJECTS_MIN: u32 = 30;

/// How many clients make a group.
const GROUP_CLIENTS_MIN: usize = 8;

/// How many groups of routes a narrow client asks for, at most.
const NARROW: u32 = 2;

/// How many groups of routes a crawler of a search engine asks for, at most, for it to be told that the rules are among
/// them.
const CRAWLERS_BREADTH: u32 = 6;

/// How many bits make a walk worth a second look.
const BITS_ENOUGH: i32 = 10;

/// How many other clients a route needs for them to be a measure.
const PEERS_MIN: usize = 12;

/// One walk beside the client that took it.
#[derive(Clone, Copy)]
struct Taken<'a> {
    client: u64,
    breadth: u32,
    walk: &'a Walk,
}

impl Taken<'_> {
    /// Whether the client fetches several records and nothing around them.
    fn is_orphan(&self) -> bool {
        self.breadth <= NARROW && ORPHAN_OBJECTS_MIN <= self.walk.distinct()
    }
}

/// What the walks of a route have in common.
struct Peers {
    /// How many different objects each client fetched, ascending.
    lengths: Vec<u32>,
    /// How many groups of routes the middle one of its clients asks for.
    breadth: u32,
    /// The share of requests that missed, of all but the longest walks, in hundredths.
    miss_share: u32,
    /// The share of walks of some length that are dense, in hundredths.
    dense_share: u32,
    /// How far the identifiers of nine of ten objects are spread.
    span: u64,
    /// How many of a hundred identifiers have one of another client close behind them.
    close_share: usize,
    /// How many of the clients ask for nothing else.
    narrow: usize,
}

/// What is known of whose the objects of a route are.
#[derive(Clone, Copy)]
struct Privacy {
    /// Whether most are given to no more clients than one person has.
    is_private: Option<bool>,
    /// How many different objects a crawler of a search engine was given: so many are anybody's.
    crawled: u32,
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
    taken.iter().filter(is_crawler).map(|one| one.walk.distinct()).max().unwrap_or(0)
}

/// The aims that walks give.
pub(crate) fn aims(walks: &Walks, profile: &Profile) -> Vec<Aim> {
    let mut routes: HashMap<u64, Vec<Taken<'_>>> = HashMap::new();
    let mut agents: HashMap<u64, HashSet<u64>> = HashMap::new();
    for (key, walk) in walks.walks.iter() {
        let client = walk.client(key);
        // Of who is not known to be narrow it is not said.
        let breadth = walks.breadth(client).unwrap_or(u64::BITS);
        routes.entry(walk.route(key)).or_default().push(Taken { client, breadth, walk });
        agents.entry(walk.agent).or_default().insert(client);
    }
    let mut aims: Vec<Aim> = Vec::new();
    for (route, mut taken) in routes {
        // The map's order must not show.
        taken.sort_unstable_by_key(|one| one.client);
        if PEERS_MIN < taken.len() {
            let users = |agent: u64| agents.get(&agent).map_or(0, HashSet::len);
            let is_list = taken.iter().any(|one| one.walk.is_list);
            let is_private = profile.routes.get(route).and_then(|route| route.owners.are_private());
            // The first pages of a list are everybody's, and that says nothing of the last.
            let is_private = if is_list { Some(true) } else { is_private };
            let privacy = Privacy { is_private, crawled: crawled(&taken, walks, &users) };
            of_route(route, &taken, privacy, &users, &mut aims);
        }
    }
    aims
}

fn of_route(route: u64, taken: &[Taken<'_>], privacy: Privacy, users: &dyn Fn(u64) -> usize, aims: &mut Vec<Aim>) {
    let peers = Peers::of(taken);
    let mut alone: HashSet<u64> = HashSet::new();
    let suspicions: Vec<Suspicion> = taken
        .iter()
        .map(|one| match OBJECTS_MIN <= one.walk.distinct() {
            true => judge(one, &peers, privacy, users(one.walk.agent)),
            false => Suspicion::default(),
        })
        .collect();
    let scores = Scores::of(suspicions.iter().map(Suspicion::bits));
    for (one, suspicion) in taken.iter().zip(suspicions) {
        if BITS_ENOUGH <= suspicion.bits() {
            let suspicion = suspicion.ranked(Among::Clients, &scores);
            alone.insert(one.client);
            let story = join(join(route, one.walk.agent), 1);
            aims.push(Aim { client: one.client, route, story, kind: Kind::Harvest, suspicion });
        }
    }
    let mut groups: HashMap<u64, Vec<Taken<'_>>> = HashMap::new();
    for one in taken.iter().filter(|one| one.breadth <= NARROW && !alone.contains(&one.client)) {
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
            judge_group(members, &peers, privacy, users(*agent), orphans).unwrap_or_default()
        })
        .collect();
    let scores = Scores::of(suspicions.iter().map(Suspicion::bits));
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
            };
            aims.extend(members.iter().map(aim));
            told.extend(members.iter().map(|one| one.client));
        }
    }
    let rest: Vec<Taken<'_>> = taken
        .iter()
        .filter(|one| one.breadth <= NARROW && !alone.contains(&one.client) && !told.contains(&one.client))
        .copied()
        .collect();
    of_any_agent(route, &rest, &peers, privacy, aims);
}

/// Narrow clients of whatever agents whose identifiers lie side by side.
fn of_any_agent(route: u64, rest: &[Taken<'_>], peers: &Peers, privacy: Privacy, aims: &mut Vec<Aim>) {
    let numbers = numbers(rest);
    let Some(run) = scan::longest(&numbers) else { return };
    let clients: HashSet<u64> = numbers[run.from..run.to].iter().map(|(_, client)| *client).collect();
    let members: Vec<Taken<'_>> = rest.iter().filter(|one| clients.contains(&one.client)).copied().collect();
    if members.len() < SCANNERS_MIN || members.iter().any(|one| one.walk.is_list) {
        return;
    }
    let mut suspicion = Suspicion { chance: Some(Chance::Bits(run.bits.unsigned_abs())), ..Suspicion::default() };
    suspicion.add(
        "walk-order",
        (run.bits / 4).min(7),
        format!("{} identifiers side by side, each asked for by another client", run.to - run.from),
        "identifiers of strangers lie side by side by chance alone".to_owned(),
    );
    add_narrow(&mut suspicion, NARROW, peers);
    let (from, to) = (numbers[run.from].0, numbers[run.to - 1].0);
    // Those who asked beside the run and missed belong to it: what they asked for is not there to be counted.
    let (missed, requests) =
        members.iter().fold((0, 0), |(missed, requests), one| (missed + one.walk.missed, requests + one.walk.requests));
    let is_guessing = add_misses(&mut suspicion, missed, requests, peers);
    add_privacy(&mut suspicion, privacy, (to - from).min(u64::from(u32::MAX)) as u32);
    if !is_guessing {
        // Orders come in a row too, and each by its own buyer, where a link leads to them.
        suspicion.excuse(-1);
    }
    if BITS_ENOUGH <= suspicion.bits() {
        let aim = |one: &Taken<'_>| Aim {
            client: one.client,
            route,
            story: join(join(route, from), 4),
            kind: Kind::Harvest,
            suspicion: suspicion.clone(),
        };
        aims.extend(members.iter().map(aim));
    }
}

/// How many clients make a scan of identifiers without a common agent.
const SCANNERS_MIN: usize = 30;

impl Peers {
    fn of(taken: &[Taken<'_>]) -> Peers {
        let mut by_length: Vec<&Taken<'_>> = taken.iter().collect();
        by_length.sort_by_cached_key(|one| (one.walk.distinct(), one.client));
        let lengths: Vec<u32> = by_length.iter().map(|one| one.walk.distinct()).collect();
        let mut breadths: Vec<u32> = taken.iter().map(|one| one.breadth).collect();
        breadths.sort_unstable();
        // The longest walks are those under judgement: they are no measure of themselves.
        let ordinary = &by_length[..by_length.len() - by_length.len() / 10];
        let requests: u64 = ordinary.iter().map(|one| u64::from(one.walk.requests)).sum();
        let missed: u64 = ordinary.iter().map(|one| u64::from(one.walk.missed)).sum();
        let densities: Vec<u32> = ordinary.iter().filter_map(|one| one.walk.density()).collect();
        let dense = densities.iter().filter(|density| DENSE <= **density).count();
        let numbers = numbers(taken);
        Peers {
            breadth: breadths[breadths.len() / 2],
            miss_share: (missed * 100 / requests.max(1)) as u32,
            span: span(&numbers),
            close_share: close_share(&numbers),
            narrow: breadths.partition_point(|breadth| *breadth <= NARROW),
            dense_share: if densities.len() < 5 { 0 } else { (dense * 100 / densities.len()) as u32 },
            lengths,
        }
    }

    /// How many clients fetched at least as many different objects, and how many there are.
    fn as_long(&self, length: u32) -> (usize, usize) {
        let shorter = self.lengths.partition_point(|other| *other < length);
        (self.lengths.len() - shorter, self.lengths.len())
    }

    /// How many different objects the middle one of the clients fetched.
    fn usual(&self) -> u32 {
        self.lengths[self.lengths.len() / 2]
    }
}

/// How many bits it takes away that only one sign of a harvest is there.
const LONE_SIGN_BITS: i32 = 5;

/// How dense identifiers are that follow each other, in hundredths.
const DENSE: u32 = 20;

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

fn things(walk: &Walk) -> &'static str {
    if walk.is_list { "pages of a list" } else { "objects" }
}

/// Judges a walk that is long by itself.
fn judge(one: &Taken<'_>, peers: &Peers, privacy: Privacy, users: usize) -> Suspicion {
    let walk = one.walk;
    let mut suspicion = Suspicion::default();
    let (as_long, all) = peers.as_long(walk.distinct());
    let rarity = ((all / as_long.max(1)).max(1).ilog2() as i32).min(8);
    suspicion.add(
        "walk-length",
        rarity,
        format!("{} different {}", walk.distinct(), things(walk)),
        format!("about {}, as the middle one of {all} clients of this route", peers.usual()),
    );
    let is_narrow = add_narrow(&mut suspicion, one.breadth, peers);
    let is_ordered = add_order(&mut suspicion, walk, peers);
    let is_guessing = add_misses(&mut suspicion, walk.missed, walk.requests, peers);
    add_agent(&mut suspicion, users);
    add_privacy(&mut suspicion, privacy, walk.distinct());
    if !is_guessing && users <= 2 && STEADY_DAYS <= walk.days.count_ones() {
        suspicion.excuse(-12);
    }
    // One of these alone is how some users are: the busiest fetch much of a small stock, the oldest follow dead links.
    let signs = [is_narrow, is_ordered, is_guessing].into_iter().filter(|is| *is).count();
    // A program that names itself may have its reasons for hundreds; who names a user's agent is held to a user's measure.
    let enough = match (5 <= users, walk.is_list) {
        (true, true) => FLOOD_PAGES,
        (true, false) => FLOOD_BORROWED,
        _ => FLOOD,
    };
    let is_flood = enough <= walk.distinct() && is_narrow && peers.usual() * 20 < walk.distinct();
    match signs {
        2.. if is_ordered || is_guessing || is_flood => suspicion,
        1.. if is_ordered || is_guessing => {
            Suspicion { excuse_bits: suspicion.excuse_bits - LONE_SIGN_BITS, ..suspicion }
        }
        _ if is_flood => suspicion,
        _ => Suspicion::default(),
    }
}

/// Judges narrow clients of one agent that are short each.
fn judge_group(
    members: &[Taken<'_>],
    peers: &Peers,
    privacy: Privacy,
    users: usize,
    orphans: Orphans,
) -> Option<Suspicion> {
    let objects: u32 = members.iter().map(|one| one.walk.distinct()).sum();
    if members.len() < GROUP_CLIENTS_MIN || objects < GROUP_OBJECTS_MIN {
        return None;
    }
    let mut suspicion = Suspicion::default();
    // Narrow clients are few where most look around: how surprising so many of one agent are.
    let share = members.len() * 100 / peers.narrow.max(1);
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
    add_narrow(&mut suspicion, NARROW, peers);
    let is_ordered = add_interlock(&mut suspicion, members, peers);
    let (missed, requests) =
        members.iter().fold((0, 0), |(missed, requests), one| (missed + one.walk.missed, requests + one.walk.requests));
    let is_guessing = add_misses(&mut suspicion, missed, requests, peers);
    add_agent(&mut suspicion, users);
    add_privacy(&mut suspicion, privacy, objects);
    let is_orphaned = orphans.add(&mut suspicion);
    (is_ordered || is_guessing || is_orphaned).then_some(suspicion)
}

/// Clients of one agent that fetch several records and nothing around them.
///
/// A page that browsers keep, or that another server gives, leaves such clients of every agent alike; an application that
/// never loads anything else has no others. What is neither borrows an agent whose users load the pages.
#[derive(Clone, Copy, Debug)]
struct Orphans {
    /// How many there are.
    count: u32,
    /// How many there would be if they were as frequent as among the clients of other agents, in thousandths.
    expected: u32,
    /// How many clients of the agent ask for other things too.
    users: u32,
}

/// How many records a client fetches without anything around them that no link in a mail explains.
const ORPHAN_OBJECTS_MIN: u32 = 3;

/// How the clients of one agent, or of all, ask for the records of a route.
#[derive(Clone, Copy, Debug, Default)]
struct Company {
    clients: u64,
    /// Those that fetch several records and nothing around them.
    orphans: u64,
    /// Those that ask for other things too.
    users: u32,
}

impl Company {
    fn add(&mut self, one: &Taken<'_>) {
        self.clients += 1;
        self.orphans += u64::from(one.is_orphan());
        self.users += u32::from(NARROW < one.breadth);
    }

    /// The company of all, and that of each agent.
    fn of(taken: &[Taken<'_>]) -> (Company, HashMap<u64, Company>) {
        let mut all = Company::default();
        let mut by_agent: HashMap<u64, Company> = HashMap::new();
        for one in taken {
            all.add(one);
            by_agent.entry(one.walk.agent).or_default().add(one);
        }
        (all, by_agent)
    }
}

impl Orphans {
    /// Those of some clients of an agent, of whose company the others are the measure.
    fn of(members: &[Taken<'_>], own: Company, all: Company) -> Orphans {
        let count = members.iter().filter(|one| one.is_orphan()).count() as u32;
        let others = all.clients - own.clients;
        let usual = all.orphans - own.orphans + 1;
        let expected = (own.clients * usual * 1000 / (others + 2)) as u32;
        Orphans { count, expected, users: own.users }
    }

    fn add(self, suspicion: &mut Suspicion) -> bool {
        let is_surprise = GROUP_CLIENTS_MIN as u32 <= self.count
            && ORPHAN_USERS_MIN <= self.users
            && self.expected * 4 <= self.count * 1000;
        if is_surprise {
            suspicion.add(
                "orphan-fetch",
                5,
                format!("{} clients of one agent fetch records and never a page, a list or a setting", self.count),
                format!("{} of them, as among the clients of other agents", self.expected.div_ceil(1000)),
            );
        }
        is_surprise
    }
}

/// How many clients of an agent load what is around the records for that to be its way.
const ORPHAN_USERS_MIN: u32 = 3;

fn add_narrow(suspicion: &mut Suspicion, breadth: u32, peers: &Peers) -> bool {
    let is_narrow = breadth <= NARROW && NARROW * 2 <= peers.breadth;
    if is_narrow {
        let what = if breadth == 1 { "only this route".to_owned() } else { format!("{breadth} routes at most") };
        suspicion.add(
            "narrow-client",
            3,
            what,
            format!("about {} routes, as the middle one of its clients", peers.breadth),
        );
    }
    is_narrow
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
    );
    0 < bits
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
    if is_ordered {
        suspicion.add(
            "walk-order",
            5,
            format!("identifiers of different clients follow each other: {share} % of them"),
            format!("{chance} % by chance, {usual} % among all clients"),
        );
    }
    is_ordered
}

/// The identifiers in the samples of walks that are numbers, and whose they are, ascending.
fn numbers(taken: &[Taken<'_>]) -> Vec<(u64, u64)> {
    let of_one = |one: &Taken<'_>| {
        let client = one.client;
        one.walk.sample().filter_map(move |object| Some((object.number()?, client))).collect::<Vec<_>>()
    };
    let mut numbers: Vec<(u64, u64)> = taken.iter().flat_map(of_one).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// How many of a hundred identifiers have one of another client close behind them.
fn close_share(numbers: &[(u64, u64)]) -> usize {
    let is_close = |pair: &&[(u64, u64)]| pair[0].1 != pair[1].1 && pair[0].0 < pair[1].0 && pair[1].0 - pair[0].0 <= 2;
    numbers.windows(2).filter(is_close).count() * 100 / numbers.len().max(1)
}

/// How far identifiers are spread, a tenth of them left out at both ends together.
fn span(numbers: &[(u64, u64)]) -> u64 {
    match numbers.len() {
        0 => 0,
        count => numbers[count - 1 - count / 20].0 - numbers[count / 20].0,
    }
}

fn add_misses(suspicion: &mut Suspicion, missed: u32, requests: u32, peers: &Peers) -> bool {
    let share = (u64::from(missed) * 100 / u64::from(requests.max(1))) as u32;
    let is_guessing = MISSES <= share && peers.miss_share * 3 < share && 3 <= missed;
    if is_guessing {
        suspicion.add(
            "walk-misses",
            4,
            format!("{missed} of {requests} requests are for objects that are not there or not its own"),
            format!("{} %, as the other clients: who knows an identifier does not miss", peers.miss_share),
        );
    }
    is_guessing
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
    match privacy.is_private {
        _ if objects <= privacy.crawled => suspicion.excuse(-12),
        Some(true) => {}
        // Many clients are given the same objects: they are public.
        Some(false) => suspicion.excuse(-12),
        None => suspicion.excuse(-4),
    }
}

impl Suspicion {
    /// The sum of the bits.
    pub(crate) fn bits(&self) -> i32 {
        self.excuse_bits + self.reasons.iter().map(|(_, weight)| weight.bits).sum::<i32>()
    }

    fn add(&mut self, signal: &'static str, bits: i32, seen: String, expected: String) {
        if 0 < bits {
            self.reasons.push((signal, Weight { bits, seen, expected }));
        }
    }

    /// The same with its chance: the rank of its bits among those of all, itself among them.
    fn ranked(self, among: Among, scores: &Scores) -> Suspicion {
        Suspicion { chance: Some(Chance::of(among, self.bits(), scores)), ..self }
    }

    fn excuse(&mut self, bits: i32) {
        self.excuse_bits += bits;
    }
}
