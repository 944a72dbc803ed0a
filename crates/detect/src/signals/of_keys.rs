//! The signals of stolen keys: they are counted over many calls and judged where all uses of a role are known.
//!
//! What they see is worked out in [`keys`](crate::keys). Here stands what they are.

use accesslog::Fields;

use super::counted::Counted;
use crate::signal::Role;

const fn signal(
    name: &'static str,
    role: Role,
    technique: Option<&'static str>,
    about: &'static str,
    twin: &'static str,
) -> Counted {
    Counted { name, role, technique, about, twin, needs: Fields::CLIENT }
}

/// A key used from a place that is not its role's own.
pub(crate) const KEY_USE: Counted = signal(
    "key-use",
    Role::Objective,
    Some("T1078.004"),
    "The key of a role is used from a place, with a tool and for calls that are not the role's own.",
    "An engineer under way, a machine that was added, a new office: the place is new, and what is done there is not.",
);

/// A deed that is worth a row whoever did it.
pub(crate) const TELLING_DEED: Counted = signal(
    "telling-deed",
    Role::Objective,
    Some("T1552"),
    "Secrets are read in a row, data is given to another account, a trail is switched off.",
    "An administrator at work: a row, and no alarm, unless the place is strange too.",
);

/// A network that the role is not used from.
pub(crate) const FOREIGN_NETWORK: Counted = signal(
    "foreign-network",
    Role::Surprise,
    None,
    "The role is used from a network where it is not at home.",
    "A role that is somewhere else each day: then a new network says nothing.",
);

/// A machine's session outside.
pub(crate) const MACHINE_KEY_OUTSIDE: Counted = signal(
    "machine-key-outside",
    Role::Surprise,
    Some("T1552.005"),
    "The key of a machine's session is used from a public address that is not known to be the machine's.",
    "A machine with a public address of its own, or behind a gateway: then it is there day by day.",
);

/// A machine's session in a network of people.
pub(crate) const NETWORK_OF_OTHERS: Counted = signal(
    "network-of-others",
    Role::Surprise,
    None,
    "The key of a machine's session is used from a network from which people call.",
    "A gateway that machines and people share.",
);

/// A tool for attacks.
pub(crate) const ATTACK_TOOL: Counted = signal(
    "attack-tool",
    Role::Surprise,
    Some("T1580"),
    "The agent names a tool, or a system, that is made for attacks.",
    "Testers under contract.",
);

/// A tool that the role is not used with.
pub(crate) const FOREIGN_TOOL: Counted = signal(
    "foreign-tool",
    Role::Surprise,
    None,
    "The role is used with a tool that it is not used with elsewhere.",
    "A new release of the service, built with another library: then all its machines change.",
);

/// Calls that the role does not make.
pub(crate) const FOREIGN_CALLS: Counted = signal(
    "foreign-calls",
    Role::Surprise,
    Some("T1526"),
    "Calls that the role does not make elsewhere, such as those that ask what there is.",
    "A new release of the service.",
);

/// Calls that were refused.
pub(crate) const REFUSED_CALLS: Counted = signal(
    "refused-calls",
    Role::Surprise,
    None,
    "Calls were refused, of a role that otherwise knows what it may.",
    "A policy that was narrowed: then the calls from home are refused too.",
);

/// A listing, then everything on it.
pub(crate) const LIST_THEN_READ: Counted = signal(
    "list-then-read",
    Role::Surprise,
    Some("T1619"),
    "A bucket is listed, then its objects are read one after the other.",
    "A backup: it does so every night, from one place.",
);

/// Prefixes that the role does not touch.
pub(crate) const FOREIGN_PREFIXES: Counted = signal(
    "foreign-prefixes",
    Role::Surprise,
    None,
    "Objects below prefixes that the role touches nowhere else.",
    "New data of the service.",
);

/// More objects than the role reads.
pub(crate) const FOREIGN_VOLUME: Counted = signal(
    "foreign-volume",
    Role::Surprise,
    Some("T1530"),
    "Many times as many objects are read in a day as where the role is at home.",
    "A restore, a first run over old data: with the role's own tool, and from a place that stays.",
);

/// A region that the role does not act in.
pub(crate) const FOREIGN_REGION: Counted = signal(
    "foreign-region",
    Role::Surprise,
    Some("T1535"),
    "The role is used in regions that it is not used in elsewhere.",
    "A region that is added to the service: then its machines act there day by day.",
);

/// One session's key in two places.
pub(crate) const KEY_IN_TWO_PLACES: Counted = signal(
    "key-in-two-places",
    Role::Surprise,
    Some("T1550.001"),
    "One session's key is used at home and elsewhere.",
    "A machine with two ways out.",
);

/// A way back in.
pub(crate) const WAY_BACK: Counted = signal(
    "way-back",
    Role::Surprise,
    Some("T1098.001"),
    "Calls that make keys, users or roles, or switch a trail off.",
    "The role of those who build the account.",
);

/// A theft that a use followed.
pub(crate) const KEY_USED_AFTER: Counted = signal(
    "key-used-after",
    Role::Outcome,
    Some("T1078.004"),
    "The key that was handed out was used from elsewhere soon after: the theft succeeded.",
    "Chance, whose odds are told.",
);
