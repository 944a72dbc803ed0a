//! How likely chance alone would give an incident that rests on rarity.

use serde::{Deserialize, Serialize};

/// How likely as much is by chance on this log, of an incident that rests on rarity alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chance {
    /// At most one in so many, as many times as there are parts.
    pub one_in: u64,
    /// How many parts of the incident rest on rarity; what follows is of the least likely.
    pub parts: u32,
    /// What it is ranked among on its route: `clients`, `agents` or `answers`; nothing where a model says it.
    pub among: Option<String>,
    /// How many others there are.
    pub others: Option<u32>,
    /// How many of them are at least as surprising.
    pub as_odd: Option<u32>,
}

impl Chance {
    /// The row of what the detector says.
    pub(super) fn of(rarity: detect::Rarity) -> Chance {
        let (one_in, parts) = (rarity.one_in(), rarity.parts);
        match rarity.least {
            detect::Chance::Rank { among, as_odd, others } => Chance {
                one_in,
                parts,
                among: Some(among.words().to_owned()),
                others: Some(others),
                as_odd: Some(as_odd),
            },
            detect::Chance::Bits(_) => Chance { one_in, parts, among: None, others: None, as_odd: None },
        }
    }
}
