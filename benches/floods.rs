//! Logs that strangers write on purpose, to make a scan slow or large: each line is what costs most, and none comes twice.
//!
//! What came once is remembered by every stage that can, so a flood of repetitions is cheap. These have nothing to remember.

use std::io::{self, Write};

/// A log that is hard on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flood {
    /// No client, path, agent or object twice, in lines as long as a shop's; no attack.
    Distinct,
    /// The same, but every fourth line is an attack and every eighth has a parameter of its own that holds a URL: every table
    /// fills. Numbers have eight digits from the first: a longer log holds more strangers, and no longer ones.
    Strangers,
    /// Words of the catalogue in one value, and a number that makes it another target each time.
    Words,
    /// The number stands between them, so that nothing before or after it can be kept.
    WordsApart,
    /// The words stand in names of pages and parameters, of which each is new.
    WordsInNames,
}

/// How long a log is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// At least so many bytes.
    Bytes(u64),
    /// Exactly so many lines.
    Lines(u64),
}

/// Words of the catalogue and pieces of attacks; together they are none.
const WORDS: &str = "metadata+credentials+passwd+env+config+169.254+%2e%2e+aHR0cDov";

impl Flood {
    /// All of them.
    pub const ALL: [Flood; 5] =
        [Flood::Distinct, Flood::Strangers, Flood::Words, Flood::WordsApart, Flood::WordsInNames];

    /// The name to show.
    pub fn name(self) -> &'static str {
        match self {
            Flood::Distinct => "distinct",
            Flood::Strangers => "strangers",
            Flood::Words => "words",
            Flood::WordsApart => "words-apart",
            Flood::WordsInNames => "words-in-names",
        }
    }

    /// Writes such a log in the combined format, line by line: it may be longer than memory. The same one each time.
    pub fn write(self, length: Length, out: &mut impl Write) -> io::Result<()> {
        let (mut lines, mut bytes) = (0, 0);
        while match length {
            Length::Bytes(wanted) => bytes < wanted,
            Length::Lines(wanted) => lines < wanted,
        } {
            let line = self.line(lines);
            out.write_all(line.as_bytes())?;
            lines += 1;
            bytes += line.len() as u64;
        }
        Ok(())
    }

    fn line(self, number: u64) -> String {
        let (target, status) = self.target(number);
        let [_, _, _, _, a, b, c, d] = match self {
            // Odd numbers have an inverse among the numbers of 32 bits: no address comes twice.
            Flood::Distinct | Flood::Strangers => u64::from((number as u32).wrapping_mul(0x9E37_79B1)).to_be_bytes(),
            _ => (0xCB00_7100 + number % 250).to_be_bytes(),
        };
        let agent = match self {
            Flood::Strangers => format!("agent/{number:08x}"),
            Flood::Distinct => {
                format!("Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0 {number:x}")
            }
            _ => "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0".to_owned(),
        };
        let (second, size) = (number / 500, 180 + number * 7 % 5_900);
        let (day, hour, minute) = (1 + second / 86_400 % 30, second / 3_600 % 24, second / 60 % 60);
        format!(
            "{a}.{b}.{c}.{d} - - [{day:02}/May/2024:{hour:02}:{minute:02}:{:02} +0000] \"GET {target} HTTP/1.1\" {status} {size} \"-\" \"{agent}\"\n",
            second % 60
        )
    }

    fn target(self, number: u64) -> (String, u16) {
        match self {
            Flood::Strangers if number.is_multiple_of(4) => (format!("/{number:08x}/..%2f..%2f..%2fetc/passwd"), 200),
            Flood::Strangers if number % 8 == 1 => {
                (format!("/{number:08x}/view?u{number:08x}=https://{number:08x}.example/"), 200)
            }
            Flood::Distinct => {
                (format!("/products/{number:x}-salmon/pictures/{}?size=large", number * 7_919 % 1_000_003), 200)
            }
            Flood::Strangers => (format!("/{number:08x}/{:06}", number * 7_919 % 1_000_003), 200),
            Flood::Words => (format!("/search?q={WORDS}+{WORDS}&page={number}"), 404),
            Flood::WordsApart => (format!("/search?q={WORDS}+{number}+{WORDS}"), 404),
            Flood::WordsInNames => (
                format!(
                    "/blog/credentials-of-the-metadata-service-{number}?ref=config-env-passwd-{number}&q=..{number}"
                ),
                404,
            ),
        }
    }
}
