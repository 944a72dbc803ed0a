//! Three shapes of logs, each hard for another part of a scan, all seeded.
//!
//! A quiet shop, an API of many identifiers, and a flood in which no client, path or agent comes twice and texts come
//! close to what is looked for.

use std::io::Write;

use crate::shop::{self, Dice};

/// The shape of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A shop whose visitors come back, one line in a thousand a scanner's.
    Shop,
    /// An API that is asked for records by their identifiers; nobody attacks it.
    Api,
    /// A flood of strangers, one line in a thousand an attack.
    Hostile,
}

impl Shape {
    /// All shapes.
    pub const ALL: [Shape; 3] = [Shape::Shop, Shape::Api, Shape::Hostile];

    /// The name to show.
    pub fn name(self) -> &'static str {
        match self {
            Shape::Shop => "shop",
            Shape::Api => "api",
            Shape::Hostile => "hostile",
        }
    }

    /// A log of that shape in the combined format of at least `bytes` bytes.
    pub fn log(self, seed: u64, bytes: usize) -> Vec<u8> {
        if self == Shape::Shop {
            return shop::log(seed, bytes);
        }
        let mut dice = Dice::new(seed);
        let mut out = Vec::with_capacity(bytes + 1024);
        let mut seconds = 0;
        while out.len() < bytes {
            seconds += dice.below(2);
            let line = if self == Shape::Api { api(&mut dice) } else { hostile(&mut dice) };
            write(&line, seconds, &mut out);
        }
        out
    }

    /// Whether so many findings are what a log of that shape and so many lines holds.
    pub fn is_answer(self, findings: u64, lines: u64) -> bool {
        match self {
            Shape::Api => findings == 0,
            Shape::Shop | Shape::Hostile => 0 < findings && lines / 4000 < findings && findings < lines / 500,
        }
    }
}

/// What a line says beside its time.
struct Line {
    client: u32,
    target: String,
    status: u16,
    bytes: u64,
    agent: String,
}

fn write(line: &Line, seconds: u64, out: &mut Vec<u8>) {
    let (day, hour, minute, second) = (1 + seconds / 86_400 % 30, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let [a, b, c, d] = line.client.to_be_bytes();
    let Line { target, status, bytes, agent, .. } = line;
    writeln!(
        out,
        "{a}.{b}.{c}.{d} - - [{day:02}/May/2024:{hour:02}:{minute:02}:{second:02} +0000] \"GET {target} HTTP/1.1\" {status} {bytes} \"-\" \"{agent}\""
    )
    .expect("memory can be written");
}

fn api(dice: &mut Dice) -> Line {
    let (account, number) = (dice.skewed(50_000), dice.next());
    // What an account is given is its own: a few records of the many.
    let own = account * 40 + number % 40;
    let uuid = |n: u64| {
        let (one, other) = (Dice::new(n).next(), Dice::new(n + 1).next());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            one as u32,
            one >> 48,
            one >> 36 & 0xFFF,
            other & 0xFFF,
            other >> 16
        )
    };
    let (target, bytes) = match dice.below(10) {
        0..=3 => (format!("/api/v2/orders/{}", uuid(own)), 900 + dice.below(2_500)),
        4..=5 => (format!("/api/v2/orders/{}/items/{}", uuid(own), dice.below(9)), 300 + dice.below(900)),
        6..=7 => (
            format!("/api/v2/accounts/{}/events?page={}&limit=50", uuid(account), dice.skewed(30)),
            9_000 + dice.below(9_000),
        ),
        8 => (format!("/api/v2/products/{}?expand=price", dice.skewed(20_000)), 1_500 + dice.below(800)),
        _ => ("/api/v2/session".to_owned(), 180),
    };
    Line {
        client: 0x0A00_0000 | account as u32,
        target,
        status: 200,
        bytes,
        agent: format!("client-go/1.{} (linux; amd64)", dice.skewed(30)),
    }
}

/// Texts that come close to what is looked for, and are not it.
const NEARLY: [&str; 8] =
    ["heapdumb", "wp-confi", "environs", "passwort", "actuate", "credentia", "docker-com", "id_ras"];

fn hostile(dice: &mut Dice) -> Line {
    let number = dice.next();
    let attack = number.is_multiple_of(1000);
    let mut word = || {
        let length = 4 + dice.below(8);
        (0..length).map(|_| char::from(b'a' + dice.below(26) as u8)).collect::<String>()
    };
    let (one, other) = (word(), word());
    let target = match attack {
        true => format!("/{one}/..%2f..%2f..%2fetc/passwd"),
        false => {
            format!("/{one}/{}/{other}/{}?{}={number:x}", NEARLY[(number >> 8) as usize % 8], number >> 40, word())
        }
    };
    Line {
        client: (number >> 16) as u32,
        target,
        status: 404,
        bytes: 1532,
        agent: format!("{}/{number:x} ({})", word(), word()),
    }
}
