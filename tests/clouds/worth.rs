//! Uses of a stolen key in which one sign more tells a thief from a machine that is elsewhere for once.
//!
//! A few calls that the service makes itself, with its own tool, from an address that is not its own: that is a thief who takes
//! care, or a machine that was moved, and it is shown, not loud. Of each sign that decides nothing in the larger accounts there
//! is a thief here who takes less care in just that: with the sign it is loud, without it shown at most.

use super::accounts::{ACCOUNTS, Account, Prey};
use super::thefts::Theft;
use super::world::{DAY, Who, World};
use super::{SEED, score};

/// A use in which a signal decides.
pub(crate) struct Case {
    pub(crate) signal: &'static str,
    theft: Theft,
}

const fn case(signal: &'static str, name: &'static str, commit: fn(&mut World, &Prey)) -> Case {
    Case { signal, theft: Theft { name, is_refused: false, commit } }
}

impl Case {
    /// What is done.
    pub(crate) fn about(&self) -> &'static str {
        self.theft.name
    }

    /// Whether it is loud.
    pub(crate) fn is_loud(&self) -> bool {
        score(account(), Some(&self.theft), SEED).is_found
    }
}

/// All of them.
pub(crate) const CASES: [Case; 6] = [
    case("attack-tool", "the service's library, on a system made for attacks", |world, prey| {
        calls(world, prey, &elsewhere(prey).with(LIBRARY_ON_KALI));
    }),
    case("foreign-tool", "the service's calls, by another library", |world, prey| {
        calls(world, prey, &elsewhere(prey).with(OTHER_LIBRARY));
    }),
    case("refused-calls", "the service's calls, and some that are refused", |world, prey| {
        let who = elsewhere(prey);
        calls(world, prey, &who);
        (0..8).for_each(|number| world.refused(WHEN + 900 + number * 7, &who, "secretsmanager", "GetSecretValue"));
    }),
    case("foreign-prefixes", "objects that the service never reads", |world, prey| {
        let who = elsewhere(prey);
        (0..12)
            .for_each(|number| world.read(WHEN + number * 40, &who, prey.bucket, &format!("people/{number:04}.csv")));
    }),
    case("foreign-region", "the service's calls, in another region", |world, prey| {
        let who = Who { region: "us-west-2", ..elsewhere(prey) };
        (0..12).for_each(|number| world.call(WHEN + number * 40, &who, "ssm", "DescribeParameters"));
    }),
    case("network-of-others", "the service's calls, from where people call", |world, prey| {
        let who = prey.machine.from(&prey.person.client);
        calls(world, prey, &who);
    }),
];

/// The same with none of these signs.
const NONE: Theft = Theft {
    name: "the service's calls, with its library, from elsewhere",
    is_refused: false,
    commit: |world, prey| calls(world, prey, &elsewhere(prey)),
};

const LIBRARY_ON_KALI: &str = "aws-sdk-java/2.25.11 Linux/6.6.9-kali1-amd64 OpenJDK_64-Bit_Server_VM/17.0.10";
const OTHER_LIBRARY: &str = "Boto3/1.28.17 md/Botocore#1.31.17 ua/2.0 os/linux#6.1 lang/python#3.10.12";
const WHEN: u64 = 8 * DAY + 4_000;

/// An account with one server.
fn account() -> &'static Account {
    ACCOUNTS.iter().find(|account| account.name == "lab").expect("there is such an account")
}

fn elsewhere(prey: &Prey) -> Who {
    prey.machine.from("185.220.7.31")
}

/// A few calls that the service makes too.
fn calls(world: &mut World, prey: &Prey, who: &Who) {
    world.call(WHEN, who, "ssm", "DescribeParameters");
    for (number, key) in prey.keys.iter().take(12).enumerate() {
        world.read(WHEN + 20 + number as u64 * 40, who, prey.bucket, key);
    }
}

#[test]
fn a_sign_more_makes_a_careful_use_of_a_key_loud() {
    #[cfg(feature = "ablation")]
    let _alone = crate::ablated::alone();
    let careful = score(account(), Some(&NONE), SEED);
    assert!(careful.is_shown && !careful.is_found, "with none of these signs it is shown and wakes nobody");
    for case in &CASES {
        assert!(case.is_loud(), "{}: {}", case.signal, case.about());
    }
}

#[cfg(feature = "ablation")]
#[test]
fn without_its_sign_each_of_these_uses_is_shown_at_most() {
    let _alone = crate::ablated::alone();
    for case in &CASES {
        detect::ablation::take_out(Some(case.signal));
        let is_loud = case.is_loud();
        detect::ablation::take_out(None);
        assert!(!is_loud, "`{}` decides nothing: {}", case.signal, case.about());
    }
}
