//! Texts that are made so that their hashes are the same, or the smallest.
//!
//! They are made as a stranger would make them who has the program but not the log: against hashes that are known to
//! everybody, and against that of a scan of which no content is known.

use std::fmt::Write;

use rapidhash::v3::{RapidSecrets, rapidhash_v3_inline};

use super::load::seconds;
use super::{Outcome, Place, Row, ensure, row};
use crate::logs::{self, Hit, Writing};
use crate::program::{keytrace, parsed};

pub(super) const ROWS: &[Row] = &[
    row("F49", "texts whose hashes crowd the places of a table", crowded),
    row("F50", "texts whose hashes are the same", merged),
    row("F51", "texts whose hashes are the smallest, or the largest", skewed),
];

fn line(number: u64, client: &str, target: &str, agent: &str) -> String {
    let mut hit = Hit::new(number, client, target, 200, 900 + number % 700);
    agent.clone_into(&mut hit.agent);
    logs::line(&hit, Writing::Combined) + "\n"
}

/// So many texts of one length that have one hash where a letter counts 31 times (or 33 times) what the next does.
fn sums(pair: [&str; 2], count: usize) -> Vec<String> {
    let digits = |number: usize| (0..16).map(|digit| pair[number >> digit & 1]).collect::<String>();
    (0..count).map(digits).collect()
}

/// Texts whose hash under the key of no content begins with these bits, and as many whose hash does not.
fn known(bits: u32, count: usize) -> [Vec<String>; 2] {
    let secrets = RapidSecrets::seed(0x6b65_7974_7261_6365);
    let name = |number: u64| {
        let [one, other] = [0x9E37_79B9_7F4A_7C15, 0xF39C_C060_5CED_C835].map(|factor| number.wrapping_mul(factor));
        format!("{one:016x}{other:016x}")
    };
    let is_wanted = |name: &String| {
        let hash = rapidhash_v3_inline::<true, false, false>(name.as_bytes(), &secrets);
        hash.leading_zeros() >= bits
    };
    let all = || (1..).map(name);
    [all().filter(is_wanted).take(count).collect(), all().filter(|name| !is_wanted(name)).take(count).collect()]
}

/// What a scan takes longer for texts that are made than for others is no more than for a crowd by chance.
fn crowded() -> Outcome {
    let of = |names: &[String]| {
        let texts = names.iter().enumerate();
        texts.fold(String::new(), |all, (number, name)| all + &line(number as u64, name, &format!("/{name}"), name))
    };
    // Each beside texts of the same form that do not collide.
    let sets = [
        ("31 times", [sums(["Aa", "BB"], 12_000), sums(["Aa", "BC"], 12_000)]),
        ("33 times", [sums(["Ab", "BA"], 12_000), sums(["Ab", "BC"], 12_000)]),
        ("the key of nothing", known(6, 12_000)),
    ];
    for (name, [made, others]) in sets {
        let (took, usual) = (seconds(&of(&made)), seconds(&of(&others)));
        ensure(took < usual * 1.2 + 0.2, || format!("{name}: {took:.2} s against {usual:.2} s"))?;
    }
    Ok(())
}

/// The rows of the routes of a log.
fn routes(text: &[u8]) -> Vec<serde_json::Value> {
    let place = Place::new();
    let path = place.file("access.log", text);
    let run = keytrace(["routes".as_ref(), "--output-format".as_ref(), "ndjson".as_ref(), path.as_os_str()]);
    parsed(run.text())
}

fn merged() -> Outcome {
    // In the second pair the highest bit of a word, which no odd factor loses, is undone in the next word.
    let pairs: [[&[u8]; 2]; 4] = [
        [b"AaAaAaAa", b"BBBBBBBB"],
        [b"healthAb", b"healthBA"],
        [b"abcdefghijklmnop", b"abcdefg\xe8ijk\xecmno\xf0"],
        [b"fileAaBBAaBB.html", b"fileBBAaBBAa.html"],
    ];
    for pair in pairs {
        let text: Vec<u8> = (0..40)
            .flat_map(|number| {
                let line = line(number, "192.0.2.1", "/shop/NAME", "x");
                let (before, after) = line.split_once("NAME").expect("it is there");
                [before.as_bytes(), pair[number as usize % 2], after.as_bytes()].concat()
            })
            .collect();
        let rows = routes(&text);
        ensure(rows[0]["routes"] == 2, || format!("{} routes of {pair:?}", rows[0]["routes"]))?;
    }
    // Clients are told apart by their hashes, as far as the bound goes that is said.
    let clients = sums(["Aa", "BB"], 100);
    let text = clients.iter().enumerate().fold(String::new(), |all, (number, client)| {
        all + &line(number as u64, client, "/shop", "x") + &line(number as u64, client, "/shop", "x")
    });
    let rows = routes(text.as_bytes());
    ensure(rows[1]["clients"] == 100, || rows[1].to_string())
}

fn skewed() -> Outcome {
    let [smallest, others] = known(6, 8_000);
    for (name, made) in [("the smallest", smallest), ("none of the smallest", others)] {
        let mut text = String::new();
        for (number, client) in made.iter().enumerate() {
            write!(text, "{}", line(number as u64, client, "/shop", "x")).expect("memory can be written");
        }
        // A stranger is never alone.
        (0..50).for_each(|number| text.push_str(&line(number, &format!("198.51.100.{number}"), "/", "y")));
        let rows = routes(text.as_bytes());
        let shop = rows.iter().find(|row| row["route"] == "/shop").and_then(|row| row["clients"].as_u64()).unwrap_or(0);
        // Three times the usual error of an estimate by 128 hashes.
        ensure(shop.abs_diff(8_000) < 8_000 * 27 / 100, || format!("{name}: {shop} clients of 8000"))?;
    }
    Ok(())
}
