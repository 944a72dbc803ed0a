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

    /// The company of all, and that of each agent.
    pub(crate) fn of(taken: &[Taken<'_>]) -> (Company, HashMap<u64, Company>) {
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
    pub(crate) fn of(members: &[Taken<'_>], own: Company, all: Company) -> Orphans {
        let count = members.iter().filter(|one| one.is_orphan()).count() as u32;
        let others = all.clients - own.clients;
        let usual = all.orphans - own.orphans + 1;
        let expected = (own.clients * usual * 1000 / (others + 2)) as u32;
        Orphans { count, expected, users: own.users }
    }

    pub(crate) fn add(self, suspicion: &mut Suspicion) -> bool {
        let is_surprise = GROUP_CLIENTS_MIN as u32 <= self.count
            && ORPHAN_USERS_MIN <= self.users
            && self.expected * 4 <= self.count * 1000;
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
