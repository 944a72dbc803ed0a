//! How keys are used by those who stole them.

use super::accounts::Prey;
use super::world::{DAY, Who, World};

/// A theft of this test.
pub(crate) struct Theft {
    pub(crate) name: &'static str,
    /// Whether nothing was got: then it is enough that it is shown.
    pub(crate) is_refused: bool,
    pub(crate) commit: fn(&mut World, &Prey),
}

pub(crate) const THEFTS: [Theft; 15] = [
    Theft { name: "machine's key, sync by hand", is_refused: false, commit: machine_sync },
    Theft { name: "machine's key, the service's own tool, known prefixes", is_refused: false, commit: machine_mimic },
    Theft { name: "machine's key, from a machine in the cloud", is_refused: false, commit: machine_in_cloud },
    Theft { name: "machine's key, spread over many networks", is_refused: false, commit: machine_spread },
    Theft { name: "machine's key, slow over days", is_refused: false, commit: machine_slow },
    Theft { name: "machine's key, another bucket", is_refused: false, commit: machine_other_bucket },
    Theft { name: "machine's key, all secrets", is_refused: false, commit: machine_secrets },
    Theft { name: "machine's key, an image given away", is_refused: false, commit: machine_share },
    Theft { name: "machine's key, all refused", is_refused: true, commit: machine_refused },
    Theft { name: "machine's key, who am I", is_refused: true, commit: machine_who },
    Theft { name: "program's key, over exits of a network that hides", is_refused: false, commit: program_exits },
    Theft { name: "program's key, a way back", is_refused: false, commit: program_persist },
    Theft { name: "person's session, all read", is_refused: false, commit: person_reads },
    Theft { name: "person's session, a user made", is_refused: false, commit: person_persist },
    Theft { name: "person's session, trail off and secrets", is_refused: false, commit: person_blind },
];

const KALI: &str = "aws-cli/2.15.38 Python/3.11.8 Linux/6.6.9-amd64 exe/x86_64.kali.2024";
const CLI: &str = "aws-cli/2.13.9 Python/3.11.4 Linux/5.15.0 exe/x86_64.ubuntu.22";
const BOTO: &str = "Boto3/1.28.17 md/Botocore#1.31.17 ua/2.0 os/linux#6.1 lang/python#3.10.12";
const WHEN: u64 = 8 * DAY + 4_000;

fn looks(world: &mut World, who: &Who, from: u64) {
    let asked =
        [("sts", "GetCallerIdentity"), ("s3", "ListBuckets"), ("iam", "ListRoles"), ("ec2", "DescribeInstances")];
    for (number, (service, operation)) in asked.into_iter().enumerate() {
        world.call(from + number as u64 * 20, who, service, operation);
    }
    world.refused(from + 90, who, "iam", "ListUsers");
}

fn reads(world: &mut World, who: &Who, prey: &Prey, from: u64, gap: u64) {
    for (number, key) in prey.keys.iter().enumerate() {
        world.read(from + number as u64 * gap, who, prey.bucket, key);
    }
}

fn machine_sync(world: &mut World, prey: &Prey) {
    let who = prey.machine.from("45.155.204.9").with(KALI);
    looks(world, &who, WHEN);
    world.list(WHEN + 200, &who, prey.bucket);
    reads(world, &who, prey, WHEN + 205, 1);
}

fn machine_mimic(world: &mut World, prey: &Prey) {
    let who = prey.machine.from("185.220.7.31");
    reads(world, &who, prey, WHEN, 9);
}

fn machine_in_cloud(world: &mut World, prey: &Prey) {
    let who = prey.machine.from("54.201.33.8").with(BOTO);
    world.call(WHEN, &who, "s3", "ListBuckets");
    world.list(WHEN + 3, &who, prey.bucket);
    reads(world, &who, prey, WHEN + 10, 2);
}

fn machine_spread(world: &mut World, prey: &Prey) {
    let at = |number: u64| prey.machine.from(&format!("{}.{}.9.77", 90 + number % 7, 3 + number * 5 % 240)).with(BOTO);
    world.list(WHEN, &at(0), prey.bucket);
    for (number, key) in prey.keys.iter().enumerate() {
        world.read(WHEN + 5 + number as u64 * 3, &at(number as u64 / 6), prey.bucket, key);
    }
}

fn machine_slow(world: &mut World, prey: &Prey) {
    let who = prey.machine.from("62.102.148.9").with(CLI);
    world.list(7 * DAY + 9_000, &who, prey.bucket);
    reads(world, &who, prey, 7 * DAY + 9_100, 900);
}

fn machine_other_bucket(world: &mut World, prey: &Prey) {
    let who = prey.machine.from("91.219.236.4").with(CLI);
    world.list(WHEN, &who, prey.other);
    for number in 0..120 {
        world.read(WHEN + 4 + number, &who, prey.other, &format!("private/{number:04}.csv"));
    }
}

fn machine_secrets(world: &mut World, prey: &Prey) {
    let who = prey.machine.from("45.155.204.9").with(CLI);
    world.call(WHEN, &who, "secretsmanager", "ListSecrets");
    (0..14).for_each(|number| world.call(WHEN + 2 + number, &who, "secretsmanager", "GetSecretValue"));
}

fn machine_share(world: &mut World, prey: &Prey) {
    let who = prey.machine.from("45.155.204.9").with(CLI);
    world.call(WHEN, &who, "ec2", "DescribeSnapshots");
    world.call_with(
        WHEN + 60,
        &who,
        "ec2",
        "ModifySnapshotAttribute",
        r#"{"snapshotId":"snap-1","createVolumePermission":{"add":{"items":[{"userId":"999988887777"}]}}}"#,
    );
}

fn machine_refused(world: &mut World, prey: &Prey) {
    let who = prey.machine.from("45.155.204.9").with(CLI);
    let asked =
        [("iam", "ListUsers"), ("s3", "ListBuckets"), ("ec2", "DescribeInstances"), ("secretsmanager", "ListSecrets")];
    for number in 0..40 {
        let (service, operation) = asked[number as usize % 4];
        world.refused(WHEN + number, &who, service, operation);
    }
}

fn machine_who(world: &mut World, prey: &Prey) {
    world.call(WHEN, &prey.machine.from("45.155.204.9").with(CLI), "sts", "GetCallerIdentity");
}

fn program_exits(world: &mut World, prey: &Prey) {
    let exits = ["185.220.101.4", "109.70.100.19", "171.25.193.77", "199.249.230.87"];
    let at = |number: usize| prey.program.from(exits[number % 4]).with(CLI);
    looks(world, &at(0), WHEN);
    world.list(WHEN + 300, &at(1), prey.bucket);
    for (number, key) in prey.keys.iter().enumerate() {
        world.read(WHEN + 305 + number as u64 * 2, &at(number / 40), prey.bucket, key);
    }
}

fn program_persist(world: &mut World, prey: &Prey) {
    let who = prey.program.from("193.32.127.5").with(BOTO);
    world.call(WHEN, &who, "sts", "GetCallerIdentity");
    for (number, operation) in ["CreateUser", "AttachUserPolicy", "CreateAccessKey"].iter().enumerate() {
        world.call(WHEN + 30 + number as u64 * 9, &who, "iam", operation);
    }
}

fn person_reads(world: &mut World, prey: &Prey) {
    let who = prey.person.from("146.70.84.11").with(CLI);
    world.call(WHEN, &who, "sts", "GetCallerIdentity");
    world.list(WHEN + 30, &who, prey.bucket);
    reads(world, &who, prey, WHEN + 40, 1);
}

fn person_persist(world: &mut World, prey: &Prey) {
    let who = prey.person.from("146.70.84.11").with(CLI);
    for (number, operation) in ["CreateUser", "AttachUserPolicy", "CreateAccessKey"].iter().enumerate() {
        world.call(WHEN + 30 + number as u64 * 9, &who, "iam", operation);
    }
}

fn person_blind(world: &mut World, prey: &Prey) {
    let who = prey.person.from("146.70.84.11").with(CLI);
    world.call(WHEN, &who, "cloudtrail", "DescribeTrails");
    world.call(WHEN + 20, &who, "cloudtrail", "StopLogging");
    world.call(WHEN + 60, &who, "secretsmanager", "ListSecrets");
    (0..14).for_each(|number| world.call(WHEN + 70 + number, &who, "secretsmanager", "GetSecretValue"));
}
