//! Accounts as they are when nothing is stolen, full of what looks like it.
//!
//! Machines that are added and come from new addresses, a gateway that changes its own, a region that is added, functions
//! that call from anywhere in the cloud, services that call for a role, build machines that are new each hour,
//! engineers at home, under way and in a new office, a backup that reads all there is, the drill in which it is read
//! back elsewhere, the first run of a job over data that it never saw.

use super::world::{DAY, DAYS, Who, World};

const SDK_PHP: &str = "aws-sdk-php/3.304.2 ua/2.0 OS/Linux#5.10.214 lang/php#8.2.18";
const BOTO: &str = "Boto3/1.34.84 md/Botocore#1.34.84 ua/2.0 os/linux#5.10 lang/python#3.11.8";
const CLI: &str = "aws-cli/2.15.38 Python/3.11.8 Darwin/23.4.0 exe/x86_64";
const JAVA: &str = "aws-sdk-java/2.25.11 Linux/5.10.214 OpenJDK_64-Bit_Server_VM/17.0.10";
const CONSOLE: &str =
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/124.0.0.0 Safari/537.36";
const TERRAFORM: &str = "APN/1.0 HashiCorp/1.0 Terraform/1.7.5 aws-sdk-go-v2/1.26.0 os/linux lang/go#1.21.8";
const GO: &str = "aws-sdk-go/1.51.21 (go1.22.2; linux; amd64)";

/// An account of this test.
pub(crate) struct Account {
    pub(crate) name: &'static str,
    pub(crate) live: fn(&mut World) -> Prey,
}

pub(crate) const ACCOUNTS: [Account; 3] =
    [Account { name: "shop", live: shop }, Account { name: "media", live: media }, Account { name: "lab", live: lab }];

/// What a thief could take in an account.
pub(crate) struct Prey {
    /// The role of servers, as one of them uses it.
    pub(crate) machine: Who,
    /// A user with a key that does not end.
    pub(crate) program: Who,
    /// A person, at work.
    pub(crate) person: Who,
    pub(crate) bucket: &'static str,
    /// What is in the bucket.
    pub(crate) keys: Vec<String>,
    /// A bucket that the servers have no business with.
    pub(crate) other: &'static str,
}

fn keys(world: &mut World, prefixes: &[&str], count: u64) -> Vec<String> {
    (0..count)
        .map(|number| {
            let prefix = *world.dice.pick(prefixes);
            format!("{prefix}/{:02}/{number:06}.bin", number % 24)
        })
        .collect()
}

/// A server: reads and writes objects all day, asks for its parameters every hour.
fn serves(world: &mut World, who: &Who, (from, until): (u64, u64), bucket: &str, keys: &[String], per_day: u64) {
    let count = (until - from) * per_day / DAY;
    for number in 0..count {
        let seconds = world.between(from, until);
        let key = world.dice.pick(keys).clone();
        if number % 9 == 0 {
            world.write(seconds, who, bucket, &key);
        } else {
            world.read(seconds, who, bucket, &key);
        }
    }
    for hour in from.div_ceil(3600)..until / 3600 {
        world.call(hour * 3600 + 7, who, "ssm", "DescribeParameters");
        if hour % 6 == 0 {
            world.call(hour * 3600 + 9, who, "secretsmanager", "GetSecretValue");
        }
    }
}

/// An engineer's day: the console, a command line, and what they ask.
fn works(world: &mut World, who: &Who, day: u64, bucket: &str, keys: &[String]) {
    let from = day * DAY + world.between(28_000, 34_000);
    const ASKED: [(&str, &str); 8] = [
        ("ec2", "DescribeInstances"),
        ("ec2", "DescribeSecurityGroups"),
        ("s3", "ListBuckets"),
        ("logs", "DescribeLogGroups"),
        ("cloudwatch", "DescribeAlarms"),
        ("iam", "ListRoles"),
        ("rds", "DescribeDBInstances"),
        ("lambda", "ListFunctions20150331"),
    ];
    for _ in 0..world.between(12, 40) {
        let seconds = from + world.between(0, 30_000);
        let who = if world.dice.one_in(3) { who.with(CLI) } else { who.with(CONSOLE) };
        let (service, operation) = *world.dice.pick(&ASKED);
        world.call(seconds, &who, service, operation);
    }
    if world.dice.one_in(2) {
        let seconds = from + world.between(0, 20_000);
        world.call(seconds, &who.with(CLI), "sts", "GetCallerIdentity");
        world.list(seconds + 5, &who.with(CLI), bucket);
        for number in 0..world.between(1, 12) {
            let key = world.dice.pick(keys).clone();
            world.read(seconds + 9 + number * 4, &who.with(CLI), bucket, &key);
        }
    }
    if world.dice.one_in(6) {
        let seconds = from + world.between(0, 20_000);
        (0..3).for_each(|number| world.refused(seconds + number, who, "iam", "GetRolePolicy"));
    }
}

/// A backup: lists all and reads what is new, every night.
fn backs_up(world: &mut World, who: &Who, buckets: &[&str], keys: &[String]) {
    for day in 0..DAYS {
        for bucket in buckets {
            let mut seconds = day * DAY + 7_200;
            world.list(seconds, who, bucket);
            for key in keys {
                seconds += 2;
                if world.dice.one_in(4) {
                    world.read(seconds, who, bucket, key);
                }
            }
        }
    }
}

/// A build machine: a new address each time, the same few calls.
fn builds(world: &mut World, role: &str, bucket: &str) {
    for day in 0..DAYS {
        for run in 0..world.between(2, 7) {
            let client = format!(
                "{}.{}.{}.{}",
                [20, 40, 52, 13][run as usize % 4],
                world.between(30, 230),
                world.between(0, 250),
                world.between(1, 250)
            );
            let who = Who::role(role, "GitHubActions", &client, TERRAFORM);
            let seconds = day * DAY + world.between(25_000, 70_000);
            world.call(seconds, &who, "sts", "GetCallerIdentity");
            for number in 0..world.between(5, 20) {
                world.call(
                    seconds + 2 + number,
                    &who,
                    "ec2",
                    ["DescribeVpcs", "DescribeSubnets", "DescribeImages"][number as usize % 3],
                );
                world.write(seconds + 40 + number, &who, bucket, &format!("releases/{day}/{run}/{number}.js"));
            }
            world.call(seconds + 90, &who, "lambda", "UpdateFunctionCode20150331v2");
        }
    }
}

/// Servers behind a gateway that changes its address; two that are added; a region that is added.
fn shop(world: &mut World) -> Prey {
    let photos = keys(world, &["photos/2021", "photos/2022", "photos/2023"], 420);
    let bucket = "shop-eu-photos";
    let server = |session: &str, client: &str| Who::role("web-eu", session, client, SDK_PHP);
    for (session, client) in [("i-0a1b2c3d4e5f60718", "3.120.7.14"), ("i-0b1b2c3d4e5f60719", "3.120.7.14")] {
        serves(world, &server(session, client), (0, 9 * DAY + 30_000), bucket, &photos, 140);
        // The gateway is replaced.
        serves(world, &server(session, "18.196.44.9"), (9 * DAY + 30_000, DAYS * DAY), bucket, &photos, 140);
    }
    // For an hour the gateway fails, and all go out by another.
    serves(
        world,
        &server("i-0a1b2c3d4e5f60718", "3.68.12.2"),
        (3 * DAY + 36_000, 3 * DAY + 39_600),
        bucket,
        &photos,
        140,
    );
    serves(
        world,
        &server("i-0b1b2c3d4e5f60719", "3.68.12.2"),
        (3 * DAY + 36_000, 3 * DAY + 39_600),
        bucket,
        &photos,
        140,
    );
    // A sale: machines with addresses of their own, for a day or two.
    for number in 0..6_u64 {
        let client = format!("18.{}.{}.20", 156 + number, 30 + number * 31);
        let session = format!("i-0c00{number}c3d4e5f60718");
        serves(world, &server(&session, &client), (5 * DAY + 20_000, 6 * DAY + 70_000), bucket, &photos, 140);
    }
    // A region is added.
    let west = Who { region: "us-west-2", ..server("i-0d1b2c3d4e5f60718", "44.230.9.7") };
    serves(world, &west, (8 * DAY, DAYS * DAY), bucket, &photos, 90);
    backs_up(world, &Who::role("backup", "nightly", "3.121.90.4", JAVA), &[bucket, "shop-eu-orders"], &photos);
    // The drill: all of it is read back, elsewhere.
    let drill = Who { region: "eu-west-1", ..Who::role("backup", "restore-drill", "34.250.11.77", JAVA) };
    world.list(10 * DAY + 36_000, &drill, bucket);
    for (number, key) in photos.iter().enumerate() {
        world.read(10 * DAY + 36_010 + number as u64 * 2, &drill, bucket, key);
    }
    // A job that is new on day six, and works through data that nobody else reads.
    let job = Who::role("etl-sales", "glue-job", "3.122.5.61", BOTO);
    for day in 6..DAYS {
        world.list(day * DAY + 10_000, &job, "shop-eu-orders");
        for number in 0..240 {
            world.read(
                day * DAY + 10_010 + number,
                &job,
                "shop-eu-orders",
                &format!("orders/{day}/{number:05}.parquet"),
            );
        }
    }
    // What services do for a role.
    let athena = Who {
        invoked_by: Some("athena.amazonaws.com"),
        ..Who::role("analyst", "ines", "athena.amazonaws.com", "athena.amazonaws.com")
    };
    for day in 1..DAYS {
        (0..60).for_each(|number| {
            world.read(
                day * DAY + 50_000 + number,
                &athena,
                "shop-eu-orders",
                &format!("orders/{day}/{number:05}.parquet"),
            );
        });
    }
    builds(world, "ci-deploy", "shop-eu-assets");
    people(world, "AWSReservedSSO_Engineer_0123", bucket, &photos);
    let program = exports(world, "erp-export", "198.51.100.24", "shop-eu-orders");
    Prey {
        machine: server("i-0a1b2c3d4e5f60718", "3.120.7.14"),
        program,
        person: Who::role("AWSReservedSSO_Engineer_0123", "mika@shop.example", "203.0.113.40", CONSOLE),
        bucket,
        keys: photos,
        other: "shop-eu-orders",
    }
}

/// Engineers: in an office, some days at home; the office moves; one of them is under way.
fn people(world: &mut World, role: &str, bucket: &str, keys: &[String]) {
    for (number, name) in ["mika", "ines", "tomas", "yuki"].iter().enumerate() {
        for day in (0..DAYS).filter(|day| day % 7 < 5) {
            let office = if day < 7 { "203.0.113.40" } else { "198.18.77.5" };
            let home = format!("81.{}.{}.9", 20 + number * 30, 7 + number * 11);
            let client = match (number, day) {
                (2, 8..=11) => format!("190.{}.{}.3", 100 + day, day * 9),
                _ if world.dice.one_in(3) => home,
                _ => office.to_owned(),
            };
            works(world, &Who::role(role, &format!("{name}@shop.example"), &client, CONSOLE), day, bucket, keys);
        }
    }
}

/// A program on premises, with a key that does not end: writes its exports every hour.
fn exports(world: &mut World, user: &str, client: &str, bucket: &str) -> Who {
    let who = Who::user(user, client, GO);
    for hour in 0..DAYS * 24 {
        world.write(hour * 3600 + 300, &who, bucket, &format!("erp/{}/{hour}.csv", hour / 24));
        world.read(hour * 3600 + 302, &who, bucket, &format!("erp/state/{}.json", hour % 5));
    }
    who
}

/// Containers inside a network, functions anywhere in the cloud; objects in the trail.
fn media(world: &mut World) -> Prey {
    let clips = keys(world, &["clips/raw", "clips/cut", "thumbs/a"], 360);
    let bucket = "media-clips-prod";
    for task in 0..3_u64 {
        for day in 0..DAYS {
            let session = format!("{:032x}", (task + 1) * 0x9E37 * (day + 11));
            let who = Who::role("transcoder-task", &session, &format!("10.20.{task}.{}", 9 + day), GO);
            serves(world, &who, (day * DAY, (day + 1) * DAY), bucket, &clips, 90);
        }
    }
    // A server with an address of its own.
    let server = Who::role("player-web", "i-0e1b2c3d4e5f60718", "52.59.200.31", BOTO);
    serves(world, &server, (0, DAYS * DAY), bucket, &clips, 160);
    // A function, from wherever the cloud runs it.
    for number in 0..DAYS * 60 {
        let client = format!(
            "{}.{}.{}.{}",
            [3, 18, 35, 52][number as usize % 4],
            world.between(64, 127),
            world.between(0, 250),
            world.between(1, 250)
        );
        let who = Who::role(
            "thumb-maker",
            "thumb-maker",
            &client,
            "Boto3/1.34.42 md/Botocore#1.34.42 exec-env/AWS_Lambda_python3.12",
        );
        let key = world.dice.pick(&clips).clone();
        let seconds = world.between(0, DAYS * DAY);
        world.read(seconds, &who, bucket, &key);
        world.write(seconds + 1, &who, bucket, &format!("thumbs/a/{number}.jpg"));
    }
    // For two hours the server goes out by another gateway.
    serves(world, &server.from("3.66.7.40"), (4 * DAY + 30_000, 4 * DAY + 37_200), bucket, &clips, 160);
    // A policy that was narrowed by mistake: the server is refused at home for an hour.
    (0..50).for_each(|number| world.refused(7 * DAY + 40_000 + number * 60, &server, "sqs", "SendMessage"));
    builds(world, "release-runner", "media-assets");
    people(world, "AWSReservedSSO_Producer_77", bucket, &clips);
    let stack = Who {
        invoked_by: Some("cloudformation.amazonaws.com"),
        ..Who::role("release-runner", "GitHubActions", "cloudformation.amazonaws.com", "cloudformation.amazonaws.com")
    };
    for day in 0..DAYS {
        world.call(day * DAY + 45_000, &stack, "iam", "CreateRole");
        world.call(day * DAY + 45_003, &stack, "iam", "AttachRolePolicy");
    }
    let program = exports(world, "newsroom-sync", "192.0.2.200", "media-feeds");
    Prey {
        machine: server,
        program,
        person: Who::role("AWSReservedSSO_Producer_77", "ines@shop.example", "203.0.113.40", CONSOLE),
        bucket,
        keys: clips,
        other: "media-feeds",
    }
}

/// A small account: users with keys, an office, one server.
fn lab(world: &mut World) -> Prey {
    let runs = keys(world, &["runs/2024-05", "runs/2024-06"], 300);
    let bucket = "lab-measurements";
    let server = Who::role("collector", "i-0f1b2c3d4e5f60718", "3.64.18.220", JAVA);
    serves(world, &server, (0, DAYS * DAY), bucket, &runs, 60);
    for (number, name) in ["ruth", "omar", "lena"].iter().enumerate() {
        for day in (0..DAYS).filter(|day| (day + number as u64) % 3 != 1) {
            let client = match (number, day) {
                // At a conference.
                (1, 6..=8) => format!("77.{}.14.66", 40 + day),
                _ => "192.0.2.77".to_owned(),
            };
            works(world, &Who::user(name, &client, CLI), day, bucket, &runs);
        }
    }
    // Somebody takes all of the month's measurements home, from the office, once.
    let taker = Who::user("lena", "192.0.2.77", CLI);
    world.list(4 * DAY + 50_000, &taker, bucket);
    for (number, key) in runs.iter().enumerate() {
        world.read(4 * DAY + 50_010 + number as u64, &taker, bucket, key);
    }
    let program = exports(world, "microscope", "192.0.2.90", bucket);
    Prey {
        machine: server,
        program,
        person: Who::user("ruth", "192.0.2.77", CLI),
        bucket,
        keys: runs,
        other: "lab-people",
    }
}
