//! Whether clients of one agent have company: others of their agent who load what is around the records.

use hashbrown::HashMap;

use crate::aims::Suspicion;
use crate::harvest::{GROUP_CLIENTS_MIN, Taken};

/// Clients of one agent that fetch several records and nothing around them.
///
/// A page that browsers keep, or that another server gives, leaves such clients of every agent alike; an application that
/// never loads anything else has no others. What is neither borrows an agent whose users load the pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Orphans {
    /// How many there are.
    count: u32,
    /// How many there would be if they were as frequent as among the clients of other agents, in thousandths.
    expected: u32,
    /// How many clients of the agent ask for other things too.
    users: u32,
}

/// How many records a client fetches without anything around them that no link in a mail explains.
pub(crate) const ORPHAN_OBJECTS_MIN: u32 = 3;

/// How the clients of one agent, or of all, ask for the records of a route.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Company {
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
        self.users += u32::from(!one.is_narrow());
    }

    /// How frequent its orphans are, in thousandths.
    fn share(self) -> u64 {
        self.orphans * 1000 / self.clients.max(1)
    }
}

/// The company of all, and that of each agent.
pub(crate) struct Companies {
    all: Company,
    by_agent: HashMap<u64, Company>,
    /// How frequent orphans are with agents that many name, in thousandths, ascending.
    shares: Vec<u64>,
}

impl Companies {
    pub(crate) fn of(taken: &[Taken<'_>]) -> Companies {
        let mut all = Company::default();
        let mut by_agent: HashMap<u64, Company> = HashMap::new();
        for one in taken {
            all.add(one);
            by_agent.entry(one.walk.agent).or_default().add(one);
        }
        let known = by_agent.values().filter(|own| GROUP_CLIENTS_MIN as u64 <= own.clients);
        let mut shares: Vec<u64> = known.map(|own| own.share()).collect();
        shares.sort_unstable();
        Companies { all, by_agent, shares }
    }

    /// Whether users have an agent: of the clients that name it one in so many looks around, or too few name it to know. The agent
    /// of an application that is made for those who see everybody's records, or of a gateway that opens the links in mails, is
    /// named by many and is no user's. Where hardly anybody looks around, nothing is told by that.
    pub(crate) fn is_of_users(&self, agent: u64) -> bool {
        let own = self.by_agent.get(&agent).copied().unwrap_or_default();
        let is_usual = self.all.clients <= u64::from(self.all.users) * USERS_OF_ALL_ONE_IN;
        own.clients < OWN_CLIENTS_MIN || own.clients <= u64::from(own.users) * USERS_ONE_IN || !is_usual
    }

    /// How many agents there are.
    pub(crate) fn count(&self) -> usize {
        self.by_agent.len()
    }

    /// Of how many of the clients of an agent it would be usual that they are orphans, in thousandths, by those of the other
    /// agents: by the middle one of these, so that an application which asks in the background is no measure of browsers;
    /// where few agents are known, by all their clients.
    fn expected(&self, own: Company) -> u64 {
        let (others, orphans) = (self.all.clients - own.clients, self.all.orphans - own.orphans);
        let pooled = own.clients * (orphans + 1) * 1000 / (others + 2);
        if self.shares.len() <= AGENTS_MIN {
            return pooled;
        }
        let place = self.shares.partition_point(|share| *share < own.share());
        let middle = (self.shares.len() - 1) / 2;
        let middle = self.shares[middle + usize::from(place <= middle)];
        pooled.min(own.clients * middle.max(SHARE_MIN))
    }
}

/// How many clients name an agent for it to be known whose it is, and one in how many of these looks around where it is the users'.
/// Of all clients one in so many does, where that tells users.
const OWN_CLIENTS_MIN: u64 = 24;
const USERS_ONE_IN: u64 = 20;
const USERS_OF_ALL_ONE_IN: u64 = 8;

/// How many other agents that many name are a measure.
const AGENTS_MIN: usize = 5;

/// How frequent orphans are among the clients of any agent, at least, in thousandths.
const SHARE_MIN: u64 = 10;

impl Orphans {
    /// Those of some clients of an agent, of whose company the others are the measure.
    pub(crate) fn of(members: &[Taken<'_>], agent: u64, companies: &Companies) -> Orphans {
        let own = companies.by_agent.get(&agent).copied().unwrap_or_default();
        let count = members.iter().filter(|one| one.is_orphan()).count() as u32;
        Orphans { count, expected: companies.expected(own).min(u64::from(u32::MAX)) as u32, users: own.users }
    }

    /// Whether clients of the agent ask for other things too.
    pub(crate) fn has_users(self) -> bool {
        ORPHAN_USERS_MIN <= self.users
    }

    pub(crate) fn add(self, suspicion: &mut Suspicion) -> bool {
        let is_surprise =
            GROUP_CLIENTS_MIN as u32 <= self.count && self.has_users() && self.expected * 4 <= self.count * 1000;
        if !is_surprise {
            return false;
        }
        suspicion.add(
            "orphan-fetch",
            5,
            format!("{} clients of one agent fetch records and never a page, a list or a setting", self.count),
            format!("{} of them, as among the clients of other agents", self.expected.div_ceil(1000)),
        )
    }
}

/// How many clients of an agent load what is around the records for that to be its way.
const ORPHAN_USERS_MIN: u32 = 3;
